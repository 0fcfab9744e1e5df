"""The end of a run: final evaluations, and the files that tell of them."""

import numpy as np

from protocols.diehl_cook_sl.observe import activity
from protocols.diehl_cook_sl.plan import preset, preset_names
from protocols.rundir import versions
from protocols.diehl_cook_sl.training import best_weights


def finish(trainer, plan, dataset, command):
    """Final evaluations, predictions.csv, activity.npz and summary.json."""
    p, run = trainer.progress, trainer.run
    classes = trainer.statistics.classes() if plan.hidden else None
    truth, accuracies = dataset.y_test, {}
    final = trainer.test(p.state, classes, "final")
    for name, value in final.accuracies(truth).items():
        accuracies[f"final_{name}"] = value
    tested = [r for r in p.rows if r["split"] == "test" and r["samples"] < trainer.total]
    tested = [r for r in tested if r["phase"] == trainer.phases[-1].name]
    for name in ("sl", "labels"):
        values = [r[f"accuracy_{name}"] for r in tested if r[f"accuracy_{name}"] is not None]
        if values:
            accuracies[f"best_test_{name}"] = max(values)
    chosen, chosen_classes = p.state, classes
    if len(trainer.validation):
        for name in p.best:
            weights, labels = best_weights(p.best_state, name)
            result = trainer.test(weights, labels, f"held-out-{name}")
            accuracies[f"held_out_{name}"] = result.accuracies(truth)[name]
            if name == plan.readout:
                final, chosen, chosen_classes = result, weights, labels
    rule = "held_out" if len(trainer.validation) else "final"
    run.write_table("predictions.csv", [
        {"index": k, "label": int(truth[k]),
         "predicted_sl": "" if final.sl is None else int(final.sl[k]),
         "predicted_labels": "" if final.labels is None else int(final.labels[k]),
         "hidden_spikes": "" if final.hidden_counts is None else int(final.hidden_counts[k].sum()),
         "attempts": int(final.attempts[k])}
        for k in range(len(truth))])
    arrays = activity(plan, dataset, trainer.settings, chosen, final, trainer.test_images,
                      chosen_classes, plan.seed)
    order = np.concatenate(p.order)
    ink = trainer.dataset.x_train.reshape(len(trainer.labels), -1).mean(1)
    arrays |= {"train_ink": ink[order].astype(np.float32), "epoch_samples": len(trainer.train)}
    if p.spikes:
        theta = np.array(p.theta)
        arrays |= {"train_spikes": np.concatenate(p.spikes), "theta_samples": theta[:, 0],
                   "theta_mean_mV": theta[:, 1]}
    run.write_arrays("activity.npz", arrays)
    summary = {
        "protocol": "diehl_cook_sl", "preset": plan.preset, "dataset": dataset.name, "seed": plan.seed,
        "device": plan.device, "precision": plan.precision,
        "accuracy": accuracies[f"{rule}_{plan.readout}"], "readout": plan.readout,
        "accuracies": {k: v for k, v in accuracies.items() if v is not None},
        "published": plan.published or None, "samples": trainer.total,
        "cpu_seconds": round(p.cpu_seconds, 1), "wall_seconds": round(p.wall_seconds, 1),
        "class_names": list(dataset.class_names), "command": command, "versions": versions(),
    }
    if entries := table_entries(plan, accuracies):
        summary["table"] = entries
    run.write_json("summary.json", summary)
    return summary


def table_entries(plan, accuracies):
    """Where the run's accuracies stand in the README's table, by the three rules.

    Simultaneous training gives the row of label statistics too: the hidden layer is that of
    the unsupervised run, bit for bit. A run that is not the published experiment has no row.
    """
    if "row" not in plan.published:
        return []
    whole = preset(plan.preset).epochs if plan.preset in preset_names() else plan.epochs
    note = {} if plan.epochs == whole else {"note": f"{plan.epochs:g} of {whole:g} epochs"}
    rows = [(plan.published, plan.readout)]
    labels = f"{plan.preset}-labels"
    if plan.method == "simultaneous" and labels in preset_names():
        rows.append((preset(labels).published, "labels"))
    entries = []
    for published, readout in rows:
        columns = {"held_out": accuracies.get(f"held_out_{readout}")}
        rule, source = ("shuffled_end", "final") if plan.shuffle else ("best_test", "best_test")
        columns[rule] = accuracies.get(f"{source}_{readout}")
        entries.append({
            "name": "hao2020", "row": published["row"], "order": published.get("order", 0),
            "columns": columns, **note,
            "published": {k: published[k] for k in ("mean", "sd") if k in published}})
    return entries
