"""A stand-in for CuPy that takes only what CuPy takes, for machines without a GPU.

Its arrays wrap NumPy's, but: functions that CuPy lacks do not exist; arrays of the two modules
do not mix; nothing becomes a NumPy array without ``get``; and what would make the host wait for
the device (``float``, ``int``, ``bool``, ``get``) is counted.
"""

import numpy as np

syncs = 0

# What the suite's array code may use; all of it is in CuPy's reference.
FUNCTIONS = (
    "abs", "add", "arange", "argmax", "clip", "concatenate", "dot", "einsum", "empty",
    "empty_like", "equal", "exp", "full", "full_like", "greater", "greater_equal", "isfinite",
    "less", "log", "logical_and", "matmul", "maximum", "minimum", "multiply", "negative", "nonzero",
    "ones", "ones_like", "reciprocal", "sqrt", "square", "stack", "subtract", "sum", "take",
    "tanh", "tensordot", "transpose", "true_divide", "where", "zeros", "zeros_like")
METHODS = (
    "all", "any", "argmax", "astype", "copy", "dot", "fill", "max", "mean", "min", "nonzero",
    "ravel", "repeat", "reshape", "sum", "swapaxes", "take", "transpose")
PROPERTIES = ("dtype", "flags", "itemsize", "nbytes", "ndim", "shape", "size", "strides")
CONSTANTS = ("finfo", "inf")
OPERATORS = ("add", "sub", "mul", "truediv", "pow", "matmul", "floordiv", "mod", "and", "or")
COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


class ndarray:  # noqa: N801  the name that CuPy gives it
    """An array on the device that is not there."""

    __array_ufunc__ = None  # NumPy must leave operators to this class
    __array_priority__ = 100
    __hash__ = None

    def __init__(self, held):
        self.held = held

    def __array__(self, *_, **__):
        raise TypeError("implicit conversion to a NumPy array is not allowed; use .get()")

    def __len__(self):
        return len(self.held)

    def __iter__(self):
        return (wrapped(part) for part in self.held)

    def get(self):
        _wait()
        return self.held.copy()

    def __float__(self):
        _wait()
        return float(self.held)

    def __int__(self):
        _wait()
        return int(self.held)

    def __bool__(self):
        _wait()
        return bool(self.held)

    @property
    def T(self):  # noqa: N802
        return wrapped(self.held.T)

    def __getitem__(self, key):
        return wrapped(self.held[unwrapped(key)])

    def __setitem__(self, key, value):
        self.held[unwrapped(key)] = unwrapped(value)

    def __neg__(self):
        return wrapped(-self.held)

    def __abs__(self):
        return wrapped(np.abs(self.held))

    def __invert__(self):
        return wrapped(~self.held)


def _wait():
    global syncs
    syncs += 1


def wrapped(value):
    """NumPy's answer as the device's; scalars become arrays without dimension, as in CuPy."""
    if isinstance(value, (np.ndarray, np.generic)):
        return ndarray(np.asarray(value))
    if isinstance(value, tuple):
        return tuple(wrapped(v) for v in value)
    return value


def unwrapped(value):
    """What a device's function may take: its own arrays and plain numbers."""
    if isinstance(value, ndarray):
        return value.held
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if isinstance(value, (tuple, list)):
        return type(value)(unwrapped(v) for v in value)
    return value


def _call(function):
    def call(*arguments, **keywords):
        given = keywords.get("out")
        result = function(*(unwrapped(a) for a in arguments),
                          **{k: unwrapped(v) for k, v in keywords.items()})
        return given if given is not None else wrapped(result)
    return call


for _name in FUNCTIONS:
    globals()[_name] = _call(getattr(np, _name))
for _name in CONSTANTS:
    globals()[_name] = getattr(np, _name)
for _name in METHODS:
    setattr(ndarray, _name, (lambda name: lambda self, *a, **k: _call(
        getattr(self.held, name))(*a, **k))(_name))
for _name in PROPERTIES:
    setattr(ndarray, _name, property((lambda name: lambda self: getattr(self.held, name))(_name)))


def _operator(name):
    def operate(self, other):
        return wrapped(getattr(self.held, name)(unwrapped(other)))
    return operate


def _in_place(name):
    def operate(self, other):
        getattr(self.held, name)(unwrapped(other))
        return self
    return operate


for _name in OPERATORS:
    setattr(ndarray, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(ndarray, f"__r{_name}__", _operator(f"__r{_name}__"))
    setattr(ndarray, f"__i{_name}__", _in_place(f"__i{_name}__"))
for _name in COMPARISONS:
    setattr(ndarray, f"__{_name}__", _operator(f"__{_name}__"))


def asarray(value, dtype=None):
    """To the device, where it is not there yet."""
    return ndarray(np.asarray(value.held if isinstance(value, ndarray) else value, dtype))


def array(value, dtype=None):
    """A copy on the device."""
    return ndarray(np.array(value.held if isinstance(value, ndarray) else value, dtype))


class lib:  # noqa: N801
    """cupy.lib."""

    class stride_tricks:  # noqa: N801
        """cupy.lib.stride_tricks."""

        sliding_window_view = staticmethod(_call(np.lib.stride_tricks.sliding_window_view))
        as_strided = staticmethod(_call(np.lib.stride_tricks.as_strided))
