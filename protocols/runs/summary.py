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
table               where the run stands in the README's tables, `table_entries`
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

from protocols.runs import presets
from protocols.runs.directory import SUMMARY, versions
from protocols.runs.equations import outside_of
from protocols.runs.learner import Learner
from protocols.runs.protocol import Protocol
from protocols.runs.settings import (
    FORMAT, RunSettings, declarations, differing, from_tables, is_experiment, option_words,
)
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


def table_entries(protocol: Protocol, settings: RunSettings, accuracies: dict,
                  training_samples: int) -> list[dict]:
    """Where a run's accuracies stand in the README's tables.

    One experiment can be a row of several: of every preset that differs from the run in nothing
    that identifies an experiment. Where such presets differ from each other in how they are trained,
    the run is a row of those that it is nearest to.

    Parameters
    ----------
    protocol : Protocol
    settings : RunSettings
    accuracies : dict
        ``{rule: {readout: per cent}}``.
    training_samples : int
        That were to be had; fewer than were published of are noted, as are fewer epochs.

    Returns
    -------
    list of dict
        ``name`` of the table, ``row``, ``order``, ``readout``; ``variant``, the options by which
        the course of training is another one than the preset's; ``note``; ``columns``, by rule;
        ``published``.
    """
    entries = {}
    for preset in _nearest(protocol, settings):
        published = preset.published
        known = entries.get(published["row"], {"order": np.inf})
        if published.get("order", 0) < known["order"]:
            entries[published["row"]] = _entry(protocol, settings, preset, accuracies,
                                               training_samples)
    return sorted(entries.values(), key=lambda entry: entry["order"])


def _nearest(protocol: Protocol, settings: RunSettings) -> list[RunSettings]:
    """Published presets of the run's experiment that are trained most like it."""
    found = []
    for name in presets.names(protocol.name):
        preset = from_tables(protocol.settings, presets.read(protocol.name, name), protocol.name)
        if "row" in preset.published and any(
                is_experiment(own, preset) for own in (settings, *settings.contained())):
            found.append((len(_changed(settings, preset)), preset))
    least = min((count for count, _ in found), default=0)
    return [preset for count, preset in found if count == least]


def _changed(settings: RunSettings, preset: RunSettings) -> list[str]:
    """Settings in which the course of training is another one than the preset's."""
    return [name for name in differing(settings, preset, ("procedure",))
            if name not in ("preset", "epochs")]


def _entry(protocol: Protocol, settings: RunSettings, preset: RunSettings, accuracies: dict,
           training_samples: int) -> dict:
    """The entry of `table_entries` for one preset."""
    published = preset.published
    readout = published.get("readout", protocol.learner.readouts[0])
    notes = []
    whole = published.get("samples", training_samples)
    if training_samples < whole:
        notes.append(f"{training_samples:,} of {whole:,} training samples")
    if settings.epochs != preset.epochs:
        notes.append(f"{settings.epochs:g} of {preset.epochs:g} epochs")
    changed = _changed(settings, preset)
    # A row is known by these words, so their order is fixed: the protocol's own come first.
    changed.sort(key=declarations(RunSettings).__contains__)
    return {
        "name": protocol.table, "row": published["row"], "order": published.get("order", 0),
        "readout": readout, "variant": " ".join(option_words(settings, changed)),
        "note": ", ".join(notes),
        "columns": {rule: values[readout] for rule, values in accuracies.items()
                    if readout in values},
        "published": {key: published[key] for key in ("mean", "sd") if key in published}}
