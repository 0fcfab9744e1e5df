"""What a network is made of, in the notation of the papers: ``15C5-P2-40C5-P2-300-10``.

``15C5``: a convolution with 15 maps and kernels of 5 x 5, no padding; ``P2``: average pooling over
squares of 2 x 2; a number: fully connected neurons. The last layer is the output.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass

from models.errors import SuiteError

# Numbers have up to seven digits: more neurons than that fit into no computer.
_TOKEN = re.compile(
    r"(?:(?P<maps>\d{1,7})C(?P<kernel>\d{1,7})"
    r"|P(?P<square>\d{1,7})"
    r"|(?P<neurons>\d{1,7}))", re.ASCII)
_NAMES = {"convolution": "conv", "pool": "pool", "dense": "dense"}


@dataclass(frozen=True)
class Layer:
    """A layer of a network.

    Attributes
    ----------
    name : str
        'conv1', 'pool1', 'dense1' ... and 'output'.
    kind : {'convolution', 'pool', 'dense'}
    size : int
        Edge of the kernel or of the square; 0 for 'dense'.
    source : tuple of int
        Shape of what comes in: (height, width, channels), or (inputs,) for 'dense'.
    shape : tuple of int
        Shape of its neurons: (height, width, maps), or (neurons,).
    """

    name: str
    kind: str
    size: int
    source: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """``{name: shape}`` of weights and biases; empty for pooling."""
        if self.kind == "pool":
            return {}
        seen = self.source
        if self.kind == "convolution":
            seen = (self.size, self.size, self.source[2])
        neurons = self.shape[-1:]
        return {f"{self.name}.w": seen + neurons, f"{self.name}.b": neurons}


def layers_of(text: str, input_shape: tuple[int, ...]) -> list[Layer]:
    """Read a network's notation.

    Parameters
    ----------
    text : str
        Such as ``"800-10"`` or ``"15C5-P2-40C5-P2-300-10"``; the input is not named in it.
    input_shape : tuple of int
        (height, width, channels) or (inputs,) of a sample.

    Returns
    -------
    list of Layer

    Raises
    ------
    SuiteError
        If the notation is wrong or an image is too small for it.
    """
    shape = tuple(input_shape)
    layers = []
    count = Counter()
    tokens = text.split("-")
    for k, token in enumerate(tokens):
        numbers = _numbers(text, token)
        last = k == len(tokens) - 1
        if last and "neurons" not in numbers:
            raise SuiteError(f"network {text!r} must end with its number of output neurons")
        if "neurons" in numbers:
            kind = "dense"
            size = 0
            source = (math.prod(shape),)
            shape = (numbers["neurons"],)
        else:
            source = shape
            kind, size, shape = _over_image(text, token, numbers, source)
        count[kind] += 1
        name = "output" if last else f"{_NAMES[kind]}{count[kind]}"
        layers.append(Layer(name, kind, size, source, shape))
    return layers


def _numbers(text, token):
    """The numbers of a token by the names of `_TOKEN`."""
    match = _TOKEN.fullmatch(token)
    numbers = {n: int(v) for n, v in match.groupdict().items() if v} if match else {}
    if not numbers or 0 in numbers.values():
        raise SuiteError(f"network {text!r}: {token!r} is none of 15C5 (convolution), P2 "
                         "(pooling) and 300 (fully connected)")
    return numbers


def _over_image(text, token, numbers, source):
    """Kind, size and shape of a layer that sees an image of the shape `source`."""
    if len(source) != 3:
        raise SuiteError(f"network {text!r}: {token} needs an image, but follows a layer "
                         "or a set without rows and columns")
    height, width, channels = source
    if "maps" in numbers:
        kind = "convolution"
        size = numbers["kernel"]
        shape = (height - size + 1, width - size + 1, numbers["maps"])
    else:
        kind = "pool"
        size = numbers["square"]
        if height % size or width % size:
            raise SuiteError(f"network {text!r}: squares of {size} do not fill an image "
                             f"of {height} x {width}")
        shape = (height // size, width // size, channels)
    if min(shape) < 1:
        raise SuiteError(f"network {text!r}: {token} does not fit into an image of "
                         f"{height} x {width}")
    return kind, size, shape
