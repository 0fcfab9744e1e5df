"""The untrained network of a preset."""

from __future__ import annotations

import difflib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.errors import SuiteError
from protocols.api.model import Model
from protocols.runs import protocol as protocols
from protocols.runs.asked import changed, preset_settings
from protocols.runs.checkpoint import Checkpoint, Progress
from protocols.runs.prediction import say
from protocols.runs.protocol import Protocol
from protocols.runs.settings import RunSettings, declarations
from protocols.runs.training import choose_samples


def from_preset(protocol: str, preset: str = "digits", **settings: Any) -> Model:
    """The untrained network of a published experiment, or of one's own data.

    Parameters
    ----------
    protocol : str
        'diehl_cook_sl', 'stbp', 'emstdp', 'emstdp_mlp' or 'glsnn'.
    preset : str
        As ``python -m protocols.PROTOCOL --list`` names them; 'digits' needs no download.
    **settings
        What differs from the preset, by the names of the options with underscores, such as
        ``hidden=[400]``, ``train_samples=1000`` or ``parameters={"nu_input": 0.01}``.

    Returns
    -------
    Model

    Raises
    ------
    SuiteError
        If there is no such protocol, preset or setting, a value makes no sense, or the data set
        cannot be read.
    """
    found = protocols.find(protocol)
    chosen = preset_with(found, preset, settings)
    dataset = chosen.load()
    for remark in dataset.remarks:
        say(remark)
    train, _ = choose_samples(chosen, dataset)
    learner = found.learner(chosen, dataset, train, say)
    learner.begin()
    data = dataset.description()
    checkpoint = Checkpoint(
        path=Path(preset), protocol=found.name, tables={}, fingerprint={}, data=asdict(data),
        progress=Progress(), facts=learner.facts(), arrays=learner.arrays())
    return Model(found, learner, data, checkpoint, learner.readout)


def preset_with(protocol: Protocol, preset: str, settings: dict[str, Any]) -> RunSettings:
    """Settings of a preset with changes, by name.

    Raises
    ------
    SuiteError
        If there is no such preset or setting, or a value makes no sense.
    """
    base = preset_settings(protocol, preset)
    known = declarations(base)
    for name in settings:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"choose of {', '.join(known)}"
            raise SuiteError(f"protocols.{protocol.name} has no setting {name!r}: {hint}")
    given = {name: known[name].check(value) for name, value in settings.items()}
    chosen = changed(protocol, base, given)
    chosen.refuse_given(base, given)
    return chosen
