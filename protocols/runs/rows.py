"""Which rows of the README's tables a run stands in, by the presets that it is nearest to."""

import numpy as np

from protocols.runs import presets
from protocols.runs.protocol import Protocol
from protocols.runs.settings import (
    RunSettings, declarations, differing, from_tables, is_experiment, option_words,
)


def table_entries(protocol: Protocol, settings: RunSettings, accuracies: dict,
                  training_samples: int) -> list[dict]:
    """Where a run's accuracies stand in the README's tables.

    One experiment can be a row of several: of every preset that differs from the run in nothing
    that identifies an experiment. Where such presets differ from each other in how they are
    trained, the run is a row of those that it is nearest to.

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
    for preset in nearest_presets(protocol, settings):
        published = preset.published
        known = entries.get(published["row"], {"order": np.inf})
        if published.get("order", 0) < known["order"]:
            entries[published["row"]] = _entry(protocol, settings, preset, accuracies,
                                               training_samples)
    return sorted(entries.values(), key=lambda entry: entry["order"])


def nearest_presets(protocol: Protocol, settings: RunSettings) -> list[RunSettings]:
    """Published presets of a run's experiment that are trained most like it.

    Parameters
    ----------
    protocol : Protocol
    settings : RunSettings

    Returns
    -------
    list of RunSettings
        That are of a table's row, by name; none if no preset is of this experiment.
    """
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
    all_epochs = published.get("epochs", preset.epochs)
    if settings.epochs != all_epochs:
        notes.append(f"{settings.epochs:g} of {all_epochs:g} epochs")
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
