"""The end of a run: tests, and the files that tell of them."""

import contextlib

import numpy as np

from protocols import preset_files
from protocols.cli import restore_interrupts
from protocols.rundir import versions
from protocols.stbp.evaluation import CHUNK, Evaluation, chunks, evaluate
from protocols.stbp.observe import activity
from protocols.stbp.plan import EXPERIMENT, PROTOCOL, preset
from protocols.stbp.training import TEST


def finish(trainer, command, brian=None):
    """Final tests, predictions.csv, activity.npz and summary.json.

    Parameters
    ----------
    trainer : protocols.stbp.training.Trainer
    command : str
    brian : callable, optional
        ``brian(weights) -> Evaluation`` of the test set, by the Brian2 groups.

    Returns
    -------
    dict
        The summary.
    """
    p, plan, dataset, run = trainer.progress, trainer.plan, trainer.dataset, trainer.run
    every, engines = np.arange(len(trainer.test_inputs)), {}
    test = lambda: evaluate(trainer.network, trainer.test_inputs, every, [plan.seed, TEST],
                            dataset.n_classes, trainer.xp)
    result = test()
    accuracies = {"final": result.accuracy(dataset.y_test)}
    tested = [row["accuracy"] for row in p.rows if row["split"] == "test"]
    if tested:
        accuracies["best_test"] = max(tested)
    rule = "final"
    if p.best_weights:
        trainer.set_weights(p.best_weights)
        result, rule = test(), "held_out"
        accuracies["held_out"] = result.accuracy(dataset.y_test)
    if brian is not None:
        groups = brian(trainer.numpy_weights())
        engines = {"brian2": groups.accuracy(dataset.y_test),
                   "samples_with_other_counts": int(
                       (np.round(plan.steps * groups.rates)
                        != np.round(plan.steps * result.rates)).any(1).sum())}
    run.write_table("predictions.csv", [
        {"index": k, "label": int(label), "predicted": int(answer), "rate": round(float(rate), 6)}
        for k, (label, answer, rate) in enumerate(
            zip(dataset.y_test, result.answers, result.rates.max(1)))])
    run.write_arrays("activity.npz", activity(trainer))
    summary = {
        "protocol": PROTOCOL, "preset": plan.preset, "dataset": dataset.name, "seed": plan.seed,
        "device": f"{plan.array_module} ({plan.kernels})" if plan.array_module == "numpy"
        else plan.array_module,
        "precision": plan.precision, "accuracy": accuracies[rule], "accuracies": accuracies,
        "engine": engines or None, "published": plan.published or None, "samples": trainer.done,
        "cpu_seconds": round(p.cpu_seconds, 1), "wall_seconds": round(p.wall_seconds, 1),
        "class_names": list(dataset.class_names), "command": command, "versions": versions(),
    }
    if entries := table_entries(plan, accuracies, len(trainer.train)):
        summary["table"] = entries
    run.write_json("summary.json", summary)
    return summary


def table_entries(plan, accuracies, samples):
    """Where the run's accuracy stands in the README's table.

    One experiment can be a row of several (784-400-10 on MNIST is in Table 7, Fig. 6A and 6B).

    Parameters
    ----------
    plan : protocols.stbp.plan.Plan
    accuracies : dict
    samples : int
        Training samples; fewer than were published of are noted, as are fewer epochs.

    Returns
    -------
    list of dict
    """
    entries = []
    for name in preset_files.names(PROTOCOL):
        other = preset(name)
        if "row" not in other.published or any(
                getattr(plan, field) != getattr(other, field) for field in EXPERIMENT):
            continue
        notes, whole = [], other.published.get("samples", samples)
        if samples < whole:
            notes.append(f"{samples:,} of {whole:,} training samples")
        if plan.epochs != other.epochs:
            notes.append(f"{plan.epochs} of {other.epochs} epochs")
        # A run with held-out samples has its own column: it trained on fewer.
        rules = ("held_out",) if plan.held_out else ("final", "best_test")
        columns = {rule: accuracies.get(rule) for rule in rules}
        entries.append({
            "name": "wu2018", "row": other.published["row"], "order": other.published["order"],
            "columns": columns, **({"note": ", ".join(notes)} if notes else {}),
            "published": {"mean": other.published.get("mean")}})
    return entries


def brian_evaluation(trainer):
    """The test set through the Brian2 groups, compiled once.

    Returns
    -------
    callable
        ``(weights) -> Evaluation``.
    """
    # Brian2 takes seconds to import.
    from models.stbp.groups import BrianNetwork
    with contextlib.suppress(ValueError):  # not in the main thread
        restore_interrupts()

    plan = trainer.plan
    network = BrianNetwork(trainer.layers, trainer.neurons, plan.steps, device=plan.device,
                           precision=plan.precision, capacity=CHUNK)

    def run(weights):
        every = np.arange(len(trainer.test_inputs))
        counts = [network.counts(weights, shown.swapaxes(0, 1))
                  for shown in chunks(trainer.test_inputs, every, [plan.seed, TEST])]
        return Evaluation(np.concatenate(counts) / plan.steps,
                          trainer.dataset.n_classes)

    return run
