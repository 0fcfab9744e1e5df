"""Single images through a trained STBP network, for ``protocols.predict``."""

import time

import numpy as np

from models.errors import SuiteError
from models.stbp.architecture import layers_of
from models.stbp.build import build
from protocols import datasets
from protocols.rundir import fact
from protocols.stbp.inputs import Images
from protocols.stbp.plan import from_config
from protocols.stbp.training import part


def predict(directory, arrays, facts, files, device=None, seed=None):
    """Classify image files.

    Parameters
    ----------
    directory : path-like
        Named in the result.
    arrays, facts
        Of the run's checkpoint.
    files : sequence of path-like
        See `protocols.datasets.image_file`.
    device : {'cpp_standalone', 'runtime'}, optional
        Use the Brian2 groups on that device; default: the NumPy companion. The answers are
        the same.
    seed : int, optional
        Of the input spikes. Default: that of the run.

    Returns
    -------
    dict
        As `protocols.predict.predict`; ``votes`` are output spikes.

    Raises
    ------
    SuiteError
        If the run takes no images, or a file cannot be used.
    """
    plan, shape = from_config(fact(facts, "plan", dict)), tuple(fact(facts, "input_shape", list))
    if shape[-1] not in (1, 3):
        raise SuiteError(f"{directory} was trained on events; single images cannot be shown to it")
    seed = plan.seed if seed is None else seed
    files = list(files)
    pixels = shape[:2] if shape[-1] == 1 else shape
    images = [datasets.image_file(file, pixels) for file in files]
    names = fact(facts, "class_names", list)
    layers = layers_of(plan.network.replace("classes", str(len(names))), shape)
    weights = part(arrays, "best") or part(arrays, "weights")
    neurons = plan.neurons if plan.units == "spiking" else None
    began = time.perf_counter()
    run = _runner(layers, weights, neurons, plan, device)
    building, found = time.perf_counter() - began, []
    for file, image in zip(files, images):
        start = time.process_time()
        inputs = Images(image[None], plan.steps, plan.units, plan.contrast)
        counts = run(inputs.show(np.arange(1), np.random.default_rng(seed)))
        answer = int(counts[:len(names)].argmax())
        found.append({
            "file": str(file), "label": names[answer],
            "class": answer, "votes": {"output": dict(zip(names, counts.tolist()))},
            "hidden_spikes": None, "attempts": 1,
            "cpu_ms": round(1e3 * (time.process_time() - start), 1)})
    return {"run": str(directory), "readout": "output",
            "unit": "spikes" if neurons else "activity", "device": device or "numpy", "seed": seed,
            "compile_seconds": round(building, 2), "predictions": found}


def _runner(layers, weights, neurons, plan, device):
    """``(inputs) -> output counts`` of one sample."""
    if device is None:
        network = build(layers, weights, neurons)
        return lambda shown: network.forward(shown)[0].sum(0)[0]
    if neurons is None:
        raise SuiteError("rectified units have no Brian2 form; leave out --device")
    # Brian2 takes seconds to import.
    from models.stbp.groups import BrianNetwork

    groups = BrianNetwork(layers, neurons, plan.steps, device=device, precision=plan.precision,
                          capacity=1)
    return lambda shown: groups.counts(weights, shown.swapaxes(0, 1))[0]
