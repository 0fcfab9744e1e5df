"""exp, log and powers of two in + - * / alone, so that their bits are the same everywhere.

A C library's functions are other ones on another machine: glibc's exp and log differ in their last
bits between processors with and without fused multiply-add, and from those of other libraries.
These functions are sums, products and quotients of double precision, which IEEE 754 rounds in one
way only. The same steps stand here twice: as C for all compilers, and in NumPy. They are at most
0.53 units in the last place wrong, log near 1 at most 0.75 (tests/test_elementary.py).

exp
    x = k log 2 + r with an integer k and |r| <= log(2)/2; exp x = 2**k exp r, and exp r is its
    series. r is the sum of a multiple of 2**-26, whose square is exact, and a small rest: the first
    three terms of the series have no error to speak of.
log
    x = 2**k m with m about 1; log x = k log 2 - log c + log(1 + r), where c is a short number near
    1/m, of a table, and r = c m - 1, |r| < 0.009. log(1 + r) is its series. What counts is added
    without error: c m - 1 is a short number and a small rest, and logarithms are cut likewise.

In single precision they are computed in double and rounded once. Numbers below the smallest normal
one count as 0 and become 0, as in the programs, which flush them: so exp of less than
-708.3964185322641 is 0, and log of such a number is -infinity.
"""

import ast

from brian2.core.functions import DEFAULT_FUNCTIONS

from models.shared.elementary.c_text import CPP, NAMES, POWER_OF_TWO, c_text
from models.shared.elementary.constants import HIGHEST, LOWEST
from models.shared.elementary.in_numpy import exp, log, power_of_two

__all__ = ["CPP", "FUNCTIONS", "HIGHEST", "LOWEST", "NAMES", "POWER_OF_TWO", "c_text", "called", "exp",
           "is_power_of_two", "log", "power_of_two", "use"]


def called(text: str) -> bool:
    """Whether generated code calls one of them."""
    return any(f"{name}{kind}(" in text for name in (*NAMES.values(), POWER_OF_TWO)
               for kind in ("", "_double", "_float"))


def is_power_of_two(node: ast.AST) -> bool:
    """Whether an operation is ``2**x``."""
    return (type(node.op).__name__ == "Pow" and type(node.left).__name__ == "Constant"
            and node.left.value == 2)


FUNCTIONS = {"exp": exp, "log": log}
"""By Brian2's names."""


def use(code_object: type) -> None:
    """Let a class of Brian2's code objects call these functions for `exp` and `log`.

    Other classes go on as before.

    Parameters
    ----------
    code_object : type
        Subclass of ``brian2.codegen.codeobject.CodeObject``; its generator adds `CPP` or `c_text`.
    """
    for name, stand_in in NAMES.items():
        DEFAULT_FUNCTIONS[name].implementations.add_implementation(code_object, code=None,
                                                                   name=stand_in)
