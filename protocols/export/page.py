"""The page: programs, tables, scripts and style in one file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from models.errors import SuiteError
from models.wasm.program import WasmProgram
from protocols.api.network import with_monitors
from protocols.export.drawing import brush_of, size_of
from protocols.export.native import latest_checkpoint, native_weights
from protocols.export.packing import all_packed, packed
from protocols.export.tables import course_tables, positions_that_fit
from protocols.files import write_whole
from protocols.runs.asked import command_of
from protocols.runs.equations import equations_of
from protocols.runs.protocol import Protocol
from protocols.runs.resume import refuse_other
from protocols.runs.settings import RunSettings
from protocols.runs.training import choose_samples
from protocols.runs.weights_hash import head, weights_hash

TEMPLATES = Path(__file__).parent / "templates"
LARGEST = 40_000_000
"""Bytes of a page that a telephone still opens."""


def export_page(protocol: Protocol, settings: RunSettings, path: Path,
                directory: Path | None = None, samples: int | None = None,
                say: Callable[[str], None] = print) -> dict[str, Any]:
    """Write the page of a run.

    Parameters
    ----------
    protocol : Protocol
    settings : RunSettings
    path : Path
        The page.
    directory : Path, optional
        Run directory, from whose checkpoints learning on the command line goes on.
    samples : int, optional
        Learn these samples only.
    say : callable
        Takes lines on what takes a while.

    Returns
    -------
    dict
        ``hash`` of the weights, ``samples``, ``images`` and ``test_images`` in the page, ``bytes``.

    Raises
    ------
    SuiteError
        If the run has no page, there is no emscripten, or the page would be too large.
    """
    if hasattr(settings, "device"):
        # The results are the same on every device.
        settings = replace(settings, device="cpp_standalone")
    dataset = settings.load()
    train, _ = choose_samples(settings, dataset)
    learner = protocol.learner(settings, dataset, train, say)
    lesson = learner.lesson()
    precision = settings.precision
    training = WasmProgram(lesson.training, "training, for WebAssembly,", precision, say)
    testing = WasmProgram(lambda: with_monitors(lesson.testing(), lesson.layers, ()),
                          "testing, for WebAssembly,", precision, say)
    end = positions_that_fit(learner, lesson, samples)
    data = course_tables(learner, lesson, end)
    checkpoint = latest_checkpoint(directory, end) if directory else None
    if checkpoint is not None:
        refuse_other(checkpoint, protocol, settings, dataset.fingerprint())
    if checkpoint is None or checkpoint.progress.samples < end:
        say(f"learning {end:,} samples by the compiled program, for their hash")
    weights = native_weights(learner, end, checkpoint)
    data |= {**_network(lesson, training, testing, weights), **_drawn(learner),
             "hash": weights_hash(weights), "shape": list(dataset.image_shape),
             "classes": list(dataset.class_names)}
    text = _rendered(protocol, learner, lesson, data)
    if len(text) > LARGEST:
        raise SuiteError(f"the page would have {len(text) / 1e6:.0f} MB, more than the "
                         f"{LARGEST / 1e6:.0f} MB that a telephone opens; choose a smaller network "
                         "or fewer samples (--samples)")
    write_whole(path, text.encode(), "choose another place, or free some space")
    return {"hash": data["hash"], "samples": end, "bytes": len(text.encode()), **data["counts"]}


def _network(lesson, training, testing, weights):
    """Programs, initial state, and what is drawn and hashed of it."""
    types = {name: entry["type"] for name, entry in training.table["state"].items()}
    state = {name: values.ravel().astype(types[name]) for name, values in lesson.state.items()}
    resting = {name: values.ravel() for name, values in lesson.resting.items()}
    spikes = testing.table["spikes"]
    return {
        "training": {"wasm": packed(training.binary()), "table": training.table},
        "testing": {"wasm": packed(testing.binary()), "table": testing.table},
        "state": all_packed(state), "resting": all_packed(resting), "learned": lesson.learned,
        "chunk": lesson.chunk,
        "hashed": [[name, head(name, weights[name].shape)] for name in sorted(weights)],
        "votes": lesson.votes, "fields": lesson.fields, "fires": lesson.fires, "bars": lesson.bars,
        "layers": [{"name": name, "neurons": spikes[name]["neurons"]} for name in lesson.layers],
        "hidden": spikes[lesson.layers[1]]["neurons"], "slot": testing.slot}


def _drawn(learner):
    """How the reader's drawing becomes an image."""
    images = learner.dataset.x_train[:5000]
    return {"box": size_of(images), "brush": brush_of(images)}


def _rendered(protocol, learner, lesson, data):
    """Text of the page."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True,
                              undefined=StrictUndefined, keep_trailing_newline=True)
    counts = data["counts"]
    end = data["end"]
    dataset = learner.dataset
    part = "" if end == learner.total else f" It learns the first {end:,} of the run's " \
        f"{learner.total:,} samples."
    what = (f"{data['hidden']} hidden neurons learn {counts['images']:,} images of "
            f"{dataset.name} in this page, on this device.{part}")
    # What stands between < and > cannot end the script that holds it.
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return environment.get_template("page.html").render(
        title=f"A spiking network learns {dataset.name} in your browser",
        description=protocol.description.strip().splitlines()[0], what=what, inputs=len(
            lesson.patterns["train"][0]),
        signs=", red where negative" if lesson.state[lesson.fields].min() < 0 else "",
        tested=f"{counts['test_images']:,} other images", bars_title=lesson.bars_title,
        hash=data["hash"], command=command_of(protocol, learner.settings), end=f"{end:,}",
        equations=equations_of(learner), data=Markup(text),
        css=_script("page.css"), network_js=_script("network.js"),
        worker_js=_script("worker.js"), page_js=_script("page.js"),
        drawing_js=_script("drawing.js"))


def _script(name):
    """A script or the style, as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))
