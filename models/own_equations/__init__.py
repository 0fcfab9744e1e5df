"""Equations of one's own: tables of text that replace or add those of a protocol's network.

The tables are those of a TOML file (`protocols/README.md` shows them) or of a dictionary. Nothing
in them is executed. `tables` reads them, `equations` holds them, `applied` puts them in place of a
paper's, and `check` lets Brian2 check names and units in the network that they make.
"""

from models.own_equations.equations import OwnEquations

__all__ = ["OwnEquations"]
