"""Imports go one way: equations <- models <- protocols, and what is shared knows no method."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("equations", "models", "protocols", "analysis")
TOP = {*PACKAGES, "tests", ".ci", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md",
       "DATA.md", "LICENSE", "README.md", "pyproject.toml"}
ROOMS = {
    "equations": [],
    "models/shared": ["models.errors"],
    "models/programs": ["models.errors", "models.shared"],
    "models/dense": ["models.errors", "models.shared", "models.programs"],
    # `compile_network` makes a network for whichever device is asked for.
    "models/devices": ["models.errors", "models.shared", "models.programs", "models.dense",
                       "models.gpu"],
    "models/gpu": ["models.errors", "models.shared", "models.dense", "models.devices"],
    # Text in place of a paper's, of whatever paper.
    "models/own_equations": ["equations.forms", "models.errors"],
    "models/diehl_cook": ["equations.parameters", "equations.forms", "equations.hao2020",
                          "models.errors", "models.shared", "models.dense", "models.devices",
                          "models.own_equations"],
    "models/stbp": ["equations.parameters", "equations.wu2018", "models.errors",
                    "models.shared", "models.dense", "models.devices"],
    "models/baselines": ["equations.zhao2020.baselines", "models.errors", "models.shared"],
    # Its BP-MLP learns by the rule of the baselines.
    "models/emstdp": ["equations.parameters", "equations.forms", "equations.shrestha2019",
                      "models.errors", "models.shared", "models.dense", "models.devices",
                      "models.baselines.bp", "models.own_equations"],
    "models/glsnn": ["equations.parameters", "equations.zhao2020", "models.errors",
                     "models.shared", "models.dense", "models.devices"],
}
"""What a room may import of this repository beside itself."""


def imported(file):
    """Names of the modules, and of what is taken from them, that a file imports anywhere."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_one_way(room):
    allowed = [*ROOMS[room], room.replace("/", ".")]
    files = list((ROOT / room).rglob("*.py"))
    assert files
    for file in files:
        for name in imported(file):
            if name.partition(".")[0] in PACKAGES:
                inside = any(f"{name}.".startswith(f"{other}.") for other in allowed)
                assert inside, f"{file.relative_to(ROOT)} imports {name}"


def test_analysis_stands_apart():
    """Its notebooks are a reader's scripts: they train by command lines, and none is imported."""
    for file in (ROOT / "analysis").rglob("*.py"):
        for name in imported(file):
            if name.partition(".")[0] in PACKAGES:
                assert name.startswith("analysis."), f"{file.relative_to(ROOT)} imports {name}"
                assert not name.startswith("analysis.notebooks"), file


def test_nothing_lies_about():
    """What tools leave behind in the top folder is not committed."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no git checkout")
    assert {name.partition("/")[0] for name in listed.stdout.splitlines()} == TOP
