"""GeNN: a network as the C++/CUDA project that GeNN compiles for a GPU (or a CPU).

Brian2 and brian2genn write the project; neither GeNN nor CUDA is needed for that. GeNN has no form
for some of what Brian2's devices run, and a network that is made for it does without:

==========================================  =====================================
not in GeNN                                 instead
==========================================  =====================================
a clock of the network for the time step    Brian2's default clock
the counter ``t_in_timesteps``              ``timestep(t, dt)``
a loop over all other neurons               N (N - 1) synapses
``run_regularly`` on synapses that writes   a function that the host calls there
a variable of the postsynaptic group        for every synapse
the end of a run once all samples were      the time given to ``main``
shown
==========================================  =====================================

Groups and plastic synapses run on the GPU. What happens once per slot runs on the host, on values
copied at these steps alone.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from brian2 import prefs

from models.devices import brian2genn_compatibility
from models.devices.arguments import check_arguments
from models.devices.brian2_turns import brian2_turn
from models.devices.network_description import NetworkDescription
from models.errors import SuiteError

CHANGED = (
    "codegen.generators.cpp.restrict_keyword",
    "codegen.loop_invariant_optimisations",
    "core.network.default_schedule",
)
"""Preferences that brian2genn alters, and a change of the device does not set back."""


def generate(build: Callable[[], NetworkDescription], directory: str | Path,
             use_gpu: bool = True) -> list[Path]:
    """Write the GeNN project of a network.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription made for GeNN; called while the device is active. What it sets
        (see `with_values`) is written into the project.
    directory : path
        Made if missing.
    use_gpu : bool
        For GeNN's CUDA backend, or else its CPU backend.

    Returns
    -------
    list of Path
        The files written. Where GeNN is installed, ``genn-buildmodel.sh`` with
        ``magicnetwork_model.cpp`` (``-c`` for the CPU; the directory and its
        ``brianlib/randomkit`` as include paths ``-i``), then ``make`` build the program
        ``main``; ``./main test <seconds>`` runs it and writes to ``results``.

    Raises
    ------
    SuiteError
        brian2genn is not installed, or the network has something that GeNN cannot run.
    """
    try:
        device = brian2genn_compatibility.load()
    except ModuleNotFoundError as error:
        if error.name != "brian2genn":
            raise
        raise SuiteError("GeNN projects are written by brian2genn, which is not installed: "
                         "pip install --no-deps brian2genn==1.7.0") from None
    directory = Path(directory)
    options = {"directory": str(directory), "compile": False, "run": False, "use_GPU": use_gpu}
    kept = {name: prefs[name] for name in CHANGED}
    with brian2_turn("genn", kept, **options), _quiet():
        device.reinit()
        device.activate(**options)
        try:
            description = build()
            # brian2genn writes the project within run().
            description.network.run(description.slot, namespace={})
        except NotImplementedError as error:
            # With this exception brian2genn refuses a network; its words name the reason.
            raise SuiteError(f"GeNN cannot run this network: {error}") from None
    return sorted(path for path in directory.rglob("*") if path.is_file())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without brian2genn's progress, and its warning that forced neurons get no current."""
    logger = logging.getLogger("brian2.devices.genn")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)


def with_values(description: NetworkDescription, state: dict,
                stimuli: dict) -> NetworkDescription:
    """Set the initial values of a network, for use in the ``build`` of `generate`.

    Parameters
    ----------
    description : NetworkDescription
    state, stimuli : dict
        As a compiled network takes them (`models.devices.compiled_network.CompiledNetwork`).

    Returns
    -------
    NetworkDescription
        The argument.

    Raises
    ------
    SuiteError
        If they do not fit the network.
    """
    check_arguments(description, state, stimuli).write_into(description)
    return description
