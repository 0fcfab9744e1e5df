"""The end of a run: the tests that count, predictions.csv, activity.npz and summary.json.

summary.json, format 2:

==================  ================================================================================
format              2
protocol, preset,   what was run
dataset, seed,
device, precision
samples             training samples shown
test_samples        samples of the test set; absent in runs of earlier versions
class_names         by label
accuracies          ``{rule: {readout: per cent}}``, rules as in `RULES`; those that apply
accuracy            the one of `rule` and `readout`: the held-out choice if there is one, else
                    the end
rule, readout       which one that is
published           what was published of this experiment, or null
table               where the run stands in the README's tables, `protocols.runs.rows`
warnings            what was noticed of the network, a line each
facts               the paper's own
cpu_seconds,        of learning and of all tests
wall_seconds
command, versions   how it was made
equations           SHA-256 of equations.txt; absent in runs of earlier versions
weights             of runs whose networks are text: ``sha256`` of weights and thresholds at the end
                    (`protocols.runs.weights_hash`), ``arrays``, their names in its order, and
                    ``outside``, what of their equations the C library computes; else null;
                    absent in runs of earlier versions
==================  ================================================================================
"""

import numpy as np

from protocols.runs.directory import SUMMARY, versions
from protocols.runs.equations import outside_of
from protocols.runs.learner import Learner
from protocols.runs.protocol import Protocol
from protocols.runs.rows import table_entries
from protocols.runs.settings import FORMAT
from protocols.runs.training import Training, column
from protocols.runs.weights_hash import promised, weights_hash

RULES = {
    "end": "end of the run",
    "last_test": "last test before the end",
    "best_test": "best of the tests",
    "held_out": "held-out choice, tested once",
}
"""When accuracy is measured. All but the last one test on the test set while training goes on or at
its end; ``best_test`` selects on it. ``held_out``: the state that classified held-out training
samples best."""


def finish(protocol: Protocol, training: Training, command: str, equations: str) -> dict:
    """Test the end of a run, and write the files that tell of it.

    Parameters
    ----------
    protocol : Protocol
    training : Training
        At its end.
    command : str
    equations : str
        Hash of equations.txt.

    Returns
    -------
    dict
        The summary.
    """
    learner = training.learner
    truth = training.dataset.y_test
    everything = np.arange(len(truth))
    learner.prepare(training.progress.samples)
    answers = training.test("test", everything, "final")
    accuracies = {"end": answers.accuracies(truth), **tested(training)}
    learned = None
    for readout, best in training.best.items():
        chosen = training.test("test", everything, f"held-out-{readout}", best)
        accuracy = chosen.accuracies(truth)[readout]
        accuracies.setdefault("held_out", {})[readout] = accuracy
        if readout == learner.readout:
            answers = chosen
            learned = best
    write_predictions(training, answers)
    if arrays := learner.activity(answers, learned):
        training.directory.write_arrays("activity.npz", arrays)
    facts = learner.conclude(answers, learned)
    summary = summary_of(protocol, training, accuracies, facts, command)
    summary["equations"] = equations
    summary["weights"] = weights_of(learner) if training.progress.promised else None
    training.directory.write_json(SUMMARY, summary)
    return summary


def weights_of(learner: Learner) -> dict | None:
    """What summary.json tells of weights and thresholds; null where their bits are not promised."""
    arrays = learner.exact()
    if not arrays or not promised(learner.device, learner.settings.precision):
        return None
    # The papers' own equations call nothing of the kind (tests/test_hashes.py).
    own = bool(learner.settings.equations)
    return {"sha256": weights_hash(arrays), "arrays": sorted(arrays),
            "outside": outside_of(learner) if own else []}


def tested(training: Training) -> dict[str, dict[str, float]]:
    """Accuracies by the rules that look at the tests made during training.

    Tests of the last phase count.
    """
    learner = training.learner
    rows = [row for row in training.progress.rows
            if row["split"] == "test" and row.get("phase") == learner.phase(learner.total)]
    found = {}
    for readout in learner.readouts:
        name = column("accuracy", readout, learner.readouts)
        values = {row["samples"]: row[name] for row in rows if row[name] is not None}
        before = [samples for samples in values if samples < training.progress.samples]
        if before:
            found.setdefault("last_test", {})[readout] = values[max(before)]
        if values:
            found.setdefault("best_test", {})[readout] = max(values.values())
    return found


def write_predictions(training: Training, answers) -> None:
    """Write predictions.csv; a readout that has learned nothing has an empty column."""
    learner = training.learner
    truth = training.dataset.y_test
    columns = {"index": range(len(truth)), "label": truth}
    for readout in learner.readouts:
        empty = [""] * len(truth)
        columns[column("predicted", readout, learner.readouts)] = answers.predicted.get(
            readout, empty)
    columns |= answers.columns
    training.directory.write_table("predictions.csv", [
        {name: _plain(value) for name, value in zip(columns, row)}
        for row in zip(*columns.values())])


def _plain(value: object) -> object:
    """A NumPy number as Python's."""
    return value.item() if isinstance(value, np.generic) else value


def summary_of(protocol: Protocol, training: Training, accuracies: dict, facts: dict,
               command: str) -> dict:
    """Content of summary.json."""
    settings = training.settings
    learner = training.learner
    progress = training.progress
    rule = "held_out" if "held_out" in accuracies else "end"
    return {
        "format": FORMAT, "protocol": protocol.name, "preset": settings.preset,
        "dataset": training.dataset.name, "seed": settings.seed,
        "device": learner.device,
        "precision": getattr(settings, "precision", None),
        "samples": progress.samples, "test_samples": len(training.dataset.y_test),
        "class_names": list(training.dataset.class_names),
        "rule": rule, "readout": learner.readout,
        "accuracy": accuracies[rule][learner.readout], "accuracies": accuracies,
        "published": settings.published or None,
        "table": table_entries(protocol, settings, accuracies,
                               len(learner.train) + len(training.validation)),
        "warnings": progress.warnings, "facts": facts,
        "cpu_seconds": round(progress.cpu_seconds, 1),
        "wall_seconds": round(progress.wall_seconds, 1),
        "command": command, "versions": versions(),
    }
