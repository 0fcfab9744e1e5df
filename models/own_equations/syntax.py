"""Text of equations taken apart, and refused where it is no such text.

Nothing is evaluated. An expression consists of numbers, names, operators and calls of functions;
whatever else Python's grammar knows is refused before Brian2 sees it.
"""

import ast
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 20000
"""Characters of a text."""
ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Name, ast.Load,
    ast.Constant, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
RANDOM = ("rand", "randn", "poisson", "binomial", "xi")
"""Names of random numbers, which differ when a run is resumed."""
FLAGS = ("constant", "shared", "constant over dt", "unless refractory")
DEEPEST = 100
"""Brackets in brackets."""
HIGHEST_POWER = 64
"""Of a number to the power of a number: what is larger no double holds."""

_NAME = re.compile(r"[A-Za-z]\w*")
_FACTOR = r"[A-Za-z]\w*(\s*\*\*\s*-?\d)?"
_UNIT = re.compile(rf"1|({_FACTOR}|1(?=\s*/))(\s*[*/]\s*{_FACTOR})*")
_FIRST_LINE = re.compile(r"\s*(d([A-Za-z]\w*)/dt\s*=|([A-Za-z]\w*)\s*[=:])")
_EQUATION = re.compile(
    r"(?:d(?P<differential>[A-Za-z]\w*)/dt|(?P<plain>[A-Za-z]\w*))\s*"
    r"(?:=(?P<expression>[^:]*))?:(?P<unit>[^()]*)(?:\((?P<flags>[^()]*)\))?\s*")


class NotUnderstood(Exception):
    """What is wrong with a text, in words."""


@dataclass(frozen=True)
class Equation:
    """One model equation.

    Attributes
    ----------
    name : str
        Its variable.
    differential : bool
    expression : str
        Empty for a parameter.
    unit : str
    flags : tuple of str
    """

    name: str
    differential: bool
    expression: str
    unit: str
    flags: tuple[str, ...] = ()

    @property
    def stored(self) -> bool:
        """Whether it is a value that lasts: solved or set, not computed from others."""
        return self.differential or not self.expression

    def __str__(self):
        flags = f" ({', '.join(self.flags)})" if self.flags else ""
        if not self.expression:
            return f"{self.name} : {self.unit}{flags}"
        left = f"d{self.name}/dt" if self.differential else self.name
        return f"{left} = {self.expression} : {self.unit}{flags}"


def equations(text: str) -> list[Equation]:
    """The model equations of a text, in their order.

    Raises
    ------
    NotUnderstood
        If a line is no equation, or a variable has two.
    """
    found = {}
    for whole in _joined(_lines(text)):
        equation = _equation(whole)
        if equation.name in found:
            raise NotUnderstood(f"{equation.name} has two equations")
        found[equation.name] = equation
    return list(found.values())


def _joined(lines: Iterable[str]) -> list[str]:
    """Equations of several lines as one each."""
    wholes = []
    for line in lines:
        if _FIRST_LINE.match(line) or not wholes:
            wholes.append(line)
        else:
            wholes[-1] += f" {line}"
    return wholes


def _equation(text: str) -> Equation:
    match = _EQUATION.fullmatch(text)
    if match is None:
        raise NotUnderstood(f"{_brief(text)!r} is no equation such as dv/dt = -v/tau : volt")
    unit = match["unit"].strip()
    if not _UNIT.fullmatch(unit):
        raise NotUnderstood(f"{_brief(unit)!r} in {_brief(text)!r} is no unit such as volt, second "
                            "or 1")
    flags = tuple(flag.strip() for flag in (match["flags"] or "").split(",") if flag.strip())
    for flag in flags:
        if flag not in FLAGS:
            raise NotUnderstood(f"({flag}) in {_brief(text)!r} is not for variables of neurons "
                                f"here: choose of {', '.join(FLAGS)}")
    name = match["differential"] or match["plain"]
    expression = " ".join((match["expression"] or "").split())
    if match["expression"] is not None:
        check_expression(expression)
    elif match["differential"]:
        raise NotUnderstood(f"d{name}/dt in {_brief(text)!r} equals nothing")
    return Equation(name, bool(match["differential"]), expression, unit, flags)


def check_statements(text: str) -> None:
    """Refuse a text that is not a list of statements such as ``w += nu*x_pre``.

    Raises
    ------
    NotUnderstood
    """
    for line in _lines(text, ";\n"):
        tree = _parsed(line, "exec").body
        statement = tree[0] if len(tree) == 1 else None
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
        else:
            target = getattr(statement, "target", None)
        changes = isinstance(statement, (ast.Assign, ast.AugAssign))
        if not changes or not isinstance(target, ast.Name):
            raise NotUnderstood(f"{_brief(line)!r} is no statement such as w += nu*x_pre")
        _check_tree(statement.value, line)


def check_expression(text: str) -> None:
    """Refuse a text that is not an expression such as ``v > v_th + theta``.

    Raises
    ------
    NotUnderstood
    """
    if not text.strip() or len(text) > LONGEST:
        raise NotUnderstood("there is no expression" if not text.strip() else
                            f"it has more than {LONGEST} characters")
    _check_tree(_parsed(text.strip(), "eval").body, text.strip())


def identifiers(text: str) -> set[str]:
    """Names in a text that has been checked."""
    lines = "\n".join(_lines(text))
    return set(_NAME.findall(re.sub(r"\b\d+\.?\d*([eE][+-]?\d+)?", " ", lines)))


def exponents(text: str) -> list[str]:
    """Right sides of all ``**`` in statements that have been checked."""
    trees = [ast.parse(line) for line in _lines(text, ";\n")]
    return [ast.unparse(node.right) for tree in trees for node in ast.walk(tree)
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)]


def assigned(text: str) -> list[str]:
    """Names that statements change, in their order."""
    return [_NAME.match(line)[0] for line in _lines(text, ";\n")]


def level_of(condition: str, variable: str) -> str | None:
    """What a variable is compared with in a condition: ``'v_th'`` of ``v > v_th and ...``.

    Returns
    -------
    str or None
        None where the condition asks for nothing of the kind.
    """
    for node in ast.walk(ast.parse(condition.strip(), mode="eval")):
        if (isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Gt, ast.GtE))
                and isinstance(node.left, ast.Name) and node.left.id == variable):
            return ast.unparse(node.comparators[0])
    return None


def suffixed(text: str, names: Iterable[str], suffix: str) -> str:
    """Text with a suffix behind some of its names."""
    for name in names:
        text = re.sub(rf"\b{name}\b", f"{name}{suffix}", text)
    return text


def _lines(text: str, ends: str = "\n") -> list[str]:
    """Lines that are not empty, without comments.

    Raises
    ------
    NotUnderstood
        If it is too long.
    """
    if len(text) > LONGEST:
        raise NotUnderstood(f"it has more than {LONGEST} characters")
    lines = [line.partition("#")[0] for line in text.split("\n")]
    parts = [part.strip() for line in lines for part in re.split(f"[{ends}]", line)]
    return [part for part in parts if part]


def _parsed(text: str, mode: str):
    """The tree of a text; Python parses, and runs nothing."""
    try:
        return ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotUnderstood(f"{_brief(text)!r} is not understood: a bracket, an operator or a name "
                            "is missing or wrong") from None


def _check_tree(tree: ast.AST, text: str) -> None:
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise NotUnderstood(f"{_brief(text)!r} is nested more than {DEEPEST} deep")
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED):
            raise NotUnderstood(f"{_brief(text)!r} holds something else than numbers, names, "
                                "operators and functions")
        if isinstance(node, ast.Constant):
            _check_number(node.value, text)
        if isinstance(node, ast.Call) and (node.keywords or not isinstance(node.func, ast.Name)):
            raise NotUnderstood(f"{_brief(text)!r} calls something that is no function")
        if isinstance(node, ast.Name) and node.id in RANDOM:
            raise NotUnderstood(f"{node.id} draws other random numbers when a run is resumed: use "
                                "counter_uniform(stream, sample, attempt, i, draw) where the group "
                                "has it")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            _check_power(node, text)


def _check_number(value: object, text: str) -> None:
    if not isinstance(value, (bool, int, float)):
        raise NotUnderstood(f"{_brief(text)!r} holds {_brief(repr(value))}, which is no number")
    if abs(value) > 1e300 or not math.isfinite(value):
        raise NotUnderstood(f"{_brief(text)!r} holds a number beyond 1e300")


def _check_power(node: ast.BinOp, text: str) -> None:
    """A number to the power of a number is computed at once: 9**9**9 never ends."""
    if any(isinstance(each, ast.Name) for each in ast.walk(node)):
        return
    exponent = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
    if not isinstance(exponent, ast.Constant) or exponent.value > HIGHEST_POWER:
        raise NotUnderstood(f"{_brief(text)!r} holds a power beyond {HIGHEST_POWER}")


def _brief(text: str) -> str:
    """A text in a message, cut after a line."""
    return text if len(text) <= 80 else f"{text[:80]}..."
