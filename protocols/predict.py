"""Classify single images with a trained run.

    python -m protocols.predict runs/digits-seed0 three.png
    python -m protocols.predict runs/digits-seed0 scans/*.png --json
    python -m protocols.predict runs/stbp-digits-seed0 three.png

Network, weights and preprocessing come from the run's checkpoint, the data set is not
needed. Images must look like those of the training: of their size, and for MNIST white
strokes on black. Colours become grey where the network was trained on grey images.
"""

from protocols.cli import Parser, clear_errors, pin_threads

pin_threads()

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

from models.devices import DEVICES, compile_network
from models.diehl_cook.network import build
from models.errors import SuiteError
from protocols import datasets
from protocols.diehl_cook_sl.evaluation import evaluate, patterns
from protocols.diehl_cook_sl.plan import Plan, from_config
from protocols.diehl_cook_sl.readout import LabelStatistics, label_answer
from protocols.rundir import fact, read_checkpoint
from protocols.stbp import predict as stbp
from protocols.diehl_cook_sl.training import best_weights, part

PROGRAM = "predict"
# The runtime device takes about 1 s for an image, the compiler about 10 s for a network.
FEW = 8
READOUTS = {"sl": "SL layer", "labels": "label statistics", "output": "output layer"}


@dataclass(frozen=True)
class Trained:
    """A network with what it has learned.

    Attributes
    ----------
    plan : protocols.diehl_cook_sl.plan.Plan
    data : protocols.datasets.Description
        Of the training images.
    weights : dict of str to ndarray
        Weights and thresholds.
    classes : ndarray of int or None
        Label statistics, `protocols.diehl_cook_sl.readout.LabelStatistics.classes`.
    """

    plan: Plan
    data: datasets.Description
    weights: dict
    classes: object

    def architecture(self):
        """The testing network, for one image."""
        return self.plan.architecture(self.data, capacity=1)

    def readouts(self):
        """The readouts that have learned: 'sl', 'labels' or both, the run's own first."""
        layers = self.architecture().layers
        found = ["sl"] if f"{layers[-2]}_readout.w" in self.weights else []
        found += ["labels"] if self.plan.hidden else []
        return sorted(found, key=lambda name: name != self.plan.readout)


def trained(directory, readout=None):
    """Read what a run has learned so far.

    A run that held training images out predicts with the weights which classified those
    best by the readout, like its predictions.csv; any other with its latest weights.

    Parameters
    ----------
    directory : path-like
        Run directory.
    readout : {'sl', 'labels'}, optional
        Default: that of the run.

    Returns
    -------
    Trained

    Raises
    ------
    SuiteError
        If there is no checkpoint, or it is damaged or of another protocol.
    """
    path = Path(directory) / "checkpoint.npz"
    arrays, facts = read_checkpoint(path)
    plan = from_config(fact(facts, "plan", dict))
    if "data" in facts:
        try:
            data = datasets.Description(**{k: tuple(v) if isinstance(v, list) else v
                                           for k, v in fact(facts, "data", dict).items()})
        except TypeError as error:
            raise SuiteError(f"{path} does not describe its data as it should ({error}); choose "
                             "another run") from None
    else:
        # Checkpoints did not always describe their data set.
        data = datasets.load(plan.dataset).description()
    readout = readout or plan.readout
    if plan.held_out and readout in fact(facts, "best", dict):
        weights, classes = best_weights(part(arrays, "best"), readout)
    else:
        weights, classes = part(arrays, "state"), None
        if plan.hidden:
            statistics = LabelStatistics(plan.hidden[-1], data.n_classes, window=1)
            statistics.restore(part(arrays, "statistics"))
            classes = statistics.classes()
    return Trained(plan, data, weights, classes)


def classify(network, run, image, seed, readout):
    """Show one image to a testing network.

    The network starts from rest and the input spikes depend on the seed alone, so that an
    image gets the same answer whatever is classified beside it.

    Parameters
    ----------
    network : models.devices.compiled_network.CompiledNetwork
    run : Trained
    image : ndarray of uint8
    seed : int
    readout : {'sl', 'labels'}

    Returns
    -------
    dict
        ``label``, ``class`` (its number), ``votes`` of each readout by class name,
        ``hidden_spikes`` (None without a hidden layer), ``attempts`` and ``cpu_ms``.
    """
    architecture, names = run.architecture(), run.data.class_names
    pattern = patterns(image[None], architecture.settings.image_mean)
    shown = evaluate(network, architecture, run.weights, pattern, seed, PROGRAM, run.classes)
    votes = {}
    for name in run.readouts():
        counts = shown.sl_counts if name == "sl" else label_answer(
            shown.hidden_counts, run.classes, architecture.n_classes)[1]
        votes[name] = dict(zip(names, counts[0].tolist()))
    answer = int((shown.sl if readout == "sl" else shown.labels)[0])
    hidden = shown.hidden_counts
    return {"label": names[answer], "class": answer, "votes": votes,
            "hidden_spikes": None if hidden is None else int(hidden.sum()),
            "attempts": int(shown.attempts[0]), "cpu_ms": round(1e3 * shown.cpu_seconds, 1)}


def predict(directory, files, device=None, readout=None, seed=None):
    """Classify image files.

    Parameters
    ----------
    directory : path-like
        Run directory.
    files : sequence of path-like
        See `protocols.datasets.image_file`.
    device : {'cpp_standalone', 'runtime'}, optional
        A run of stbp: default the NumPy companion. Others: 'runtime', which needs no
        compiling, for up to `FEW` files, otherwise that of the run. The answers are the same.
    readout : {'sl', 'labels'}, optional
        Which one names the label. Default: that of the run.
    seed : int, optional
        Of the input spikes. Default: that of the run.

    Returns
    -------
    dict
        ``run``, ``readout``, ``device``, ``seed``, ``compile_seconds`` and
        ``predictions``, a list of what `classify` returns, with ``file``.

    Raises
    ------
    SuiteError
        If the run or a file cannot be used.
    """
    arrays, facts = read_checkpoint(Path(directory) / "checkpoint.npz")
    if seed is not None and not 0 <= seed < 2**32:
        raise SuiteError(f"--seed must be a number from 0 to {2**32 - 1}")
    if fact(facts, "plan", dict).get("run", {}).get("protocol") == "stbp":
        if readout not in (None, "output"):
            raise SuiteError(f"{directory} has an output layer only; leave out --readout")
        return stbp.predict(directory, arrays, facts, files, device, seed)
    run = trained(directory, readout)
    readout = readout or run.plan.readout
    if readout not in run.readouts():
        raise SuiteError(f"{directory} has no trained {READOUTS[readout]}; choose --readout "
                         f"{run.readouts()[0]}")
    seed = run.plan.seed if seed is None else seed
    device = device or ("runtime" if len(files) <= FEW else run.plan.device)
    # All files before the network: a wrong one is told without waiting for the compiler.
    images = [datasets.image_file(file, run.data.image_shape) for file in files]
    began = time.perf_counter()
    network = compile_network(lambda: build(run.architecture()), device, "testing (Diehl & Cook)",
                              run.plan.precision)
    network.wait()
    compiling = time.perf_counter() - began
    found = [{"file": str(file), **classify(network, run, image, seed, readout)}
             for file, image in zip(files, images)]
    return {"run": str(directory), "readout": readout, "device": device, "seed": seed,
            "compile_seconds": round(compiling, 2), "predictions": found}


def report(result):
    """Lines of text for what `predict` returned."""
    lines = []
    for found in result["predictions"]:
        lines.append(f"{found['file']}: {found['label']}")
        if not any(found["votes"][result["readout"]].values()):
            lines[-1] += "  (no votes: the first class by convention)"
        for name, votes in found["votes"].items():
            unit = "mean spikes" if name == "labels" else result.get("unit", "spikes")
            text = "  ".join(f"{label}: {vote:.3g}" for label, vote in votes.items())
            lines.append(f"  {READOUTS[name]} ({unit})  {text}")
        spikes, attempts = found["hidden_spikes"], found["attempts"]
        hidden = "" if spikes is None else f"{spikes} hidden spikes, "
        lines.append(f"  {hidden}{attempts} presentation{'s' * (attempts > 1)}, "
                     f"{found['cpu_ms']:.0f} ms CPU")
    if result["device"] == "numpy":
        return "\n".join(lines)
    verb = "compiled" if result["device"] == "cpp_standalone" else "built"
    lines.append(f"network {verb} in {result['compile_seconds']:.1f} s ({result['device']})")
    return "\n".join(lines)


def arguments(argv=None):
    """Parse the command line."""
    parser = Parser(prog=f"python -m protocols.{PROGRAM}", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("run", metavar="RUN_DIR", type=Path, help="directory of a run of diehl_cook_sl or stbp")
    add("files", metavar="FILE", nargs="+", help="PNG, JPEG or .npy, one image each")
    add("--readout", choices=READOUTS, help="which one names the label; default: the run's")
    add("--device", choices=DEVICES, help=f"default: runtime, which needs no compiling, for up to "
        f"{FEW} files, else the run's (of stbp: NumPy); the answers are the same")
    add("--seed", type=int, metavar="N", help="seed of the input spikes; default: the run's")
    add("--json", action="store_true", help="print JSON")
    return parser.parse_args(argv)


def main(argv=None):
    """Command line."""
    options = arguments(argv)
    with clear_errors(PROGRAM):
        result = predict(options.run, options.files, options.device, options.readout,
                         options.seed)
        print(json.dumps(result, indent=1) if options.json else report(result))


if __name__ == "__main__":
    main()
