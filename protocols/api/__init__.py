"""The suite from Python: a few names, for scripts and notebooks.

    from protocols.api import from_preset, load_run

    run = from_preset("stbp", "digits", epochs=2).train("runs/mine")
    run = load_run("runs/mine")

Both functions return a `Model`: the settings of a run with weights, untrained or trained. For
scripts that are run again, ``train_once(DIR, "stbp", "digits", epochs=2)`` trains
only what is not finished. ``measure_angles(DIR)`` and ``measure_pairing(DIR)`` do so for what
`protocols.emstdp_angles` and `protocols.emstdp_pairing` measure. ``python -m protocols.api`` is a
command line for these three.

==========================  ==================================================================
of a model                  what it is
==========================  ==================================================================
``describe()``              equations of all its networks, as text with units and sources
``arrays``                  weights, thresholds and biases by name, with units
``thresholds``              constants of the threshold conditions by group, with units
``train(DIR)``              trains it and returns the trained model
``predict(images)``         classes, as ``python -m protocols.predict`` gives them
``network(device=...)``     the Brian2 network, compiled or live: a `ShownNetwork`
``export(FILE)``            .npz with documented keys, or .nir
==========================  ==================================================================

A `ShownNetwork` shows images with ``show(images)``, which returns a `Shown` each: spike counts,
spikes and traces with units. On the runtime device its Brian2 groups are live: ``network["NAME"]``.

Whatever the user can mend is a `SuiteError` of one line.
"""

from models.errors import SuiteError
from protocols.api.measure_once import measure_angles, measure_pairing
from protocols.api.model import Model, load_run
from protocols.api.network import Shown, ShownNetwork
from protocols.api.preset import from_preset
from protocols.api.train_once import train_once

__all__ = ["Model", "Shown", "ShownNetwork", "SuiteError", "from_preset", "load_run",
           "measure_angles", "measure_pairing", "train_once"]
