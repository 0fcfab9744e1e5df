"""What a network is made of, in the notation of the papers: ``15C5-P2-40C5-P2-300-10``.

``15C5``: a convolution with 15 maps and kernels of 5 x 5, no padding; ``P2``: average pooling over
squares of 2 x 2; a number: fully connected neurons. The last layer is the output.
"""

import math
import re
from dataclasses import dataclass

from models.errors import SuiteError

# Numbers of up to seven digits: more neurons than that fit into no computer.
_TOKEN = re.compile(
    r"(?:(?P<maps>\d{1,7})C(?P<kernel>\d{1,7})|P(?P<square>\d{1,7})|(?P<neurons>\d{1,7}))", re.ASCII)


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
    source: tuple
    shape: tuple

    @property
    def parameters(self):
        """``{name: shape}`` of weights and biases; empty for pooling."""
        if self.kind == "pool":
            return {}
        w = ((self.size, self.size, self.source[2]) if self.kind == "convolution"
             else self.source) + self.shape[-1:]
        return {f"{self.name}.w": w, f"{self.name}.b": self.shape[-1:]}


def layers_of(text, input_shape):
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
    shape, layers, count = tuple(input_shape), [], {"conv": 0, "pool": 0, "dense": 0}
    tokens = text.split("-")
    for k, token in enumerate(tokens):
        match = _TOKEN.fullmatch(token)
        numbers = {n: int(v) for n, v in match.groupdict().items() if v} if match else {}
        if not numbers or 0 in numbers.values():
            raise SuiteError(f"network {text!r}: {token!r} is none of 15C5 (convolution), P2 "
                             "(pooling) and 300 (fully connected)")
        last = k == len(tokens) - 1
        if last and "neurons" not in numbers:
            raise SuiteError(f"network {text!r} must end with its number of output neurons")
        if "neurons" in numbers:
            kind, short, size = "dense", "dense", 0
            source, shape = (math.prod(shape),), (numbers["neurons"],)
        else:
            if len(shape) != 3:
                raise SuiteError(f"network {text!r}: {token} needs an image, but follows a layer "
                                 "or a set without rows and columns")
            source = shape
            if "maps" in numbers:
                kind, short, size = "convolution", "conv", numbers["kernel"]
                shape = (source[0] - size + 1, source[1] - size + 1, numbers["maps"])
            else:
                kind, short, size = "pool", "pool", numbers["square"]
                if source[0] % size or source[1] % size:
                    raise SuiteError(f"network {text!r}: squares of {size} do not fill an image "
                                     f"of {source[0]} x {source[1]}")
                shape = (source[0] // size, source[1] // size, source[2])
            if min(shape) < 1:
                raise SuiteError(f"network {text!r}: {token} does not fit into an image of "
                                 f"{source[0]} x {source[1]}")
        count[short] += 1
        name = "output" if last else f"{short}{count[short]}"
        layers.append(Layer(name, kind, size, source, shape))
    return layers
