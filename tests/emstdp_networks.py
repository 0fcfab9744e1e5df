"""Networks of Shrestha et al. (2019) for tests: compiled once in a process, shown real images."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from equations.shrestha2019.settings import rules
from models.devices import compile_network, standalone
from models.devices.shared_networks import exact
from models.devices.standalone import StandaloneNetwork
from models.emstdp.architecture import Architecture
from models.emstdp.network import build
from models.emstdp.reference import Reference, input_spikes
from protocols.benchmarks.images import load_images
from tests.dense_networks import NOT, compiled_with
from tests.precompiled import standard_headers

STREAM = 3
"""Random stream of the input spikes."""

_made = {}


def architecture(sizes, feedback="sw", form="adapted", learns=True, capacity=60, observe=True,
                 **changes):
    """A network with changes of the form's rules."""
    return Architecture(tuple(sizes), replace(rules(form, feedback), **changes), feedback,
                        learns=learns, capacity=capacity, observe=observe)


def network(chosen, device="dense", precision="float64", threads=1):
    """A compiled network; ``device`` is 'dense', 'plain' or 'runtime'."""
    key = (exact(chosen), device, precision, threads, *standalone.FLAGS)
    if key not in _made:
        make = partial(build, chosen)
        with pytest.MonkeyPatch.context() as patch:
            if device == "plain":
                # Brian2's own loops are only compared with.
                options = compiled_with(NOT)
                patch.setattr(standalone, "FLAGS", [*options, *standard_headers(tuple(options))])
            _made[key] = (compile_network(make, "runtime", precision=precision)
                          if device == "runtime" else
                          StandaloneNetwork(make, plain=device == "plain", precision=precision,
                                            threads=threads))
    return _made[key]


def images(n, inputs=784):
    """Intensities of n images, shape (n, inputs), and labels; of MNIST where there is MNIST.

    Fewer inputs are those that differ most between the first hundred images.
    """
    patterns, labels, _ = load_images(max(n, 100))
    patterns = np.minimum(patterns, 1)
    chosen = np.sort(np.argsort(patterns[:100].std(0), kind="stable")[-inputs:])
    return patterns[:n, chosen], labels[:n]


def stimuli(chosen, n, first=0, rate=None):
    """The stimuli of a call: n images from the ``first`` on."""
    patterns, labels = images(first + n, chosen.sizes[0])
    given = {"pattern": patterns[first:], "stream": STREAM, "first": first}
    if not chosen.learns:
        return given
    number = np.arange(first, first + n)
    rates = np.full(n, chosen.rules.eta if rate is None else rate)
    rates[(number + 1) % chosen.rules.windows != 0] = 0
    return given | {"label": labels[first:] % chosen.sizes[-1], "rate": rates}


def reference(chosen, state, given, precision="float64"):
    """What the NumPy reference makes of the stimuli of a call."""
    trains = [input_spikes(chosen, pattern, given["stream"], given["first"] + k, precision)
              for k, pattern in enumerate(given["pattern"])]
    return Reference(chosen, precision)(state, trains, given.get("label"), given.get("rate"))
