"""Reading a pickle as data: nothing that it names is imported, looked up or called.

A pickle is a program for a stack machine. `pickletools` splits it into its instructions; the
few that the batches of CIFAR-10 consist of are carried out here on built-in values, and what
would be a call is kept as a record of the call.
"""

import math
import pickletools
from dataclasses import dataclass

import numpy as np

RECONSTRUCT = ("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct")
"""How a pickle names NumPy's function that makes an empty array, before and since NumPy 2."""

NDARRAY = "numpy ndarray"
DTYPE = "numpy dtype"
ENCODE = "_codecs encode"
"""How a pickle of Python 3 for Python 2 (protocol 2) writes bytes: as text to be encoded."""

KNOWN = {*RECONSTRUCT, NDARRAY, DTYPE, ENCODE}


@dataclass(eq=False)
class Call:
    """A call which the pickle asks for; it is never made.

    Attributes
    ----------
    function : str
        Module and name.
    arguments : tuple
    state : object
        What the result would be set to.
    """

    function: str
    arguments: tuple
    state: object = None


@dataclass(eq=False)
class Name:
    """A function or class which the pickle names; it is never looked up."""

    text: str


class Machine:
    """Carries out the instructions of one pickle."""

    def __init__(self):
        self.stack = []
        self.marks = []
        self.memo = {}

    def run(self, content: bytes) -> object:
        """Return what the pickle describes; see `read_inert`."""
        for instruction, argument, _ in pickletools.genops(content):
            self.step(instruction.name, argument)
        value, = self.stack
        return value

    def step(self, instruction, argument):
        """Carry out one instruction."""
        stack = self.stack
        match instruction:
            case "PROTO" | "STOP":
                pass
            case "MARK":
                self.marks.append(len(stack))
            case "NONE":
                stack.append(None)
            case "NEWFALSE":
                stack.append(False)
            case "NEWTRUE":
                stack.append(True)
            case "BININT" | "BININT1" | "BININT2" | "BINUNICODE":
                stack.append(argument)
            case "BINSTRING" | "SHORT_BINSTRING":
                # pickletools makes text of what Python 2 called a string.
                stack.append(argument.encode("latin-1"))
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(self.take(int(instruction[-1]))))
            case "TUPLE":
                stack.append(tuple(self.take_marked()))
            case "APPEND":
                self.extend(self.take(1))
            case "APPENDS":
                self.extend(self.take_marked())
            case "SETITEM":
                self.update(self.take(2))
            case "SETITEMS":
                self.update(self.take_marked())
            case "BINPUT" | "LONG_BINPUT":
                self.memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(self.memo[argument])
            case "GLOBAL":
                if argument not in KNOWN:
                    raise ValueError(f"it names {argument!r}, which is not allowed")
                stack.append(Name(argument))
            case "REDUCE":
                stack.append(record_call(*self.take(2)))
            case "BUILD":
                state, = self.take(1)
                if not isinstance(stack[-1], Call):
                    raise ValueError("it sets the state of a built-in value")
                stack[-1].state = state
            case _:
                raise ValueError(f"it holds the instruction {instruction}, which is not allowed")

    def take(self, n):
        """Remove the last ``n`` values from the stack and return them."""
        if len(self.stack) - n < (self.marks[-1] if self.marks else 0):
            raise ValueError("it takes a value which is not there")
        values = self.stack[-n:]
        del self.stack[-n:]
        return values

    def take_marked(self):
        """Remove the values after the last mark from the stack and return them."""
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def extend(self, values):
        """Append values to the list on top of the stack."""
        if not isinstance(self.stack[-1], list):
            raise ValueError("it appends to what is no list")
        self.stack[-1].extend(values)

    def update(self, values):
        """Put keys and values, by turns, into the dictionary on top of the stack."""
        if not isinstance(self.stack[-1], dict):
            raise ValueError("it sets items of what is no dictionary")
        keys = values[::2]
        if not all(isinstance(key, bytes | str) for key in keys):
            raise ValueError("it has keys which are no strings")
        self.stack[-1].update(zip(keys, values[1::2], strict=True))


def record_call(function, arguments):
    """Return the record of a call; the bytes themselves where Python 3 wrote bytes."""
    if not isinstance(function, Name) or not isinstance(arguments, tuple):
        raise ValueError("it calls what is no function")
    if function.text == ENCODE:
        text, encoding = arguments
        if encoding != "latin1":
            raise ValueError("it holds bytes in another coding than those of Python")
        return text.encode("latin-1")
    return Call(function.text, arguments)


def read_inert(content: bytes) -> object:
    """Read a pickle of protocol 2 without executing any of it.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    object
        Made of dict, list, tuple, bytes (also for the str of Python 2), str, int, bool, None
        and `Call`; see `uint8_array`.

    Raises
    ------
    ValueError, LookupError
        If it is damaged, or holds an instruction or a name that no batch of CIFAR-10 needs.
    """
    return Machine().run(content)


def uint8_array(value: object) -> np.ndarray:
    """Return the array of bytes that a `Call` stands for.

    Parameters
    ----------
    value : object
        From `read_inert`.

    Returns
    -------
    ndarray of uint8
        Read-only.

    Raises
    ------
    ValueError
        If it is no array of uint8 in C order, or its shape does not fit its bytes.
    """
    match value:
        case Call(function, _, (1, tuple(shape), Call(of, (kind, *_)), False, bytes(raw))):
            named = function in RECONSTRUCT and of == DTYPE and kind in ("u1", b"u1")
            shaped = all(type(n) is int and n >= 0 for n in shape)
            if named and shaped and math.prod(shape) == len(raw):
                return np.frombuffer(raw, np.uint8).reshape(shape)
    raise ValueError("its data is no array of uint8")
