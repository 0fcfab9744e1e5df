"""GeNN: a network as the C++/CUDA project that GeNN compiles for a GPU (or a CPU).

Brian2 and brian2genn write the project; neither GeNN nor CUDA is needed for that. The
network is the same for all devices but for what GeNN has no form for (`Architecture.genn`):

==================  ===============================  ====================================
what                Brian2 devices                   GeNN
==================  ===============================  ====================================
time step           a clock of the network           Brian2's default clock
position in a slot  counter ``t_in_timesteps``       ``timestep(t, dt)``
inhibition          a loop over all other neurons    N (N - 1) synapses
synaptic scaling    sums in a variable of the        sums in a function, called on the
                    postsynaptic group               host by ``run_regularly``
end of a run        when all samples were shown      after the time given to ``main``
==================  ===============================  ====================================

Groups and plastic synapses run on the GPU. What happens once per slot (next sample, spike
probabilities, synaptic scaling) runs on the host, on values copied at these steps alone.
"""

import contextlib
import io
import logging
from pathlib import Path

import numpy as np
from brian2 import Function, defaultclock, get_device, prefs, set_device
from brian2.devices.device import reset_device

from equations.hao2020 import plasticity
from models.devices import brian2genn_compatibility
from models.errors import SuiteError

_PREFERENCES = (
    "codegen.generators.cpp.restrict_keyword",
    "codegen.loop_invariant_optimisations",
    "core.network.default_schedule",
)


def generate(build, directory, use_gpu=True):
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
    with _as_before(), _quiet():
        set_device("genn", **options)
        try:
            device.reinit()
            device.activate(**options)
            description = build()
            # brian2genn writes the project within run().
            description.network.run(description.slot, namespace={})
        except NotImplementedError as error:
            raise SuiteError(f"GeNN cannot run this network: {error}") from None
        finally:
            reset_device()
    return sorted(path for path in directory.rglob("*") if path.is_file())


@contextlib.contextmanager
def _as_before():
    """Restore what brian2genn and a change of device leave altered for other devices."""
    preferences, dt = {name: prefs[name] for name in _PREFERENCES}, defaultclock.dt
    try:
        yield
    finally:
        defaultclock.dt = dt
        for name, value in preferences.items():
            prefs[name] = value


@contextlib.contextmanager
def _quiet():
    """Without brian2genn's progress, and its warning that forced neurons get no current."""
    logger = logging.getLogger("brian2.devices.genn")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)


def with_values(description, state, stimuli):
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
    """
    for name, (owner, variable) in description.state.items():
        owner.variables[variable].set_value(np.ravel(state[name]))
    for name, timed in description.arrays.items():
        timed.values[:len(stimuli[name])] = stimuli[name]
    for name in ("stream", "first"):
        for owner, variable in description.scalars[name]:
            owner.variables[variable].set_value(stimuli[name])
    return description


def scale_on_host(synapses, clock):
    """Synaptic scaling (Hao et al. 2020, Eq. 7) without a postsynaptic variable.

    Parameters
    ----------
    synapses : Synapses
        All-to-all, with the variable ``w`` and ``scaled_total`` in its namespace.
    clock : Clock
        Ticks once per slot.
    """
    synapses.namespace["column_total"] = _column_total(synapses)
    synapses.run_regularly(
        plasticity.SCALING_APPLY.replace("w_scale_post", "scaled_total/column_total(i, j, w)"),
        clock=clock, when="start", order=-3)


def _column_total(synapses):
    """Sum of the weights onto neuron ``j``, as a function of every synapse's (i, j, w)."""
    n_pre, n_post = len(synapses.source), len(synapses.target)
    function = Function(
        lambda i, j, w: np.bincount(j, weights=w, minlength=n_post)[j],
        arg_units=[1, 1, 1], return_unit=1,
        arg_types=["integer", "integer", "float"], return_type="float")
    weights = get_device().get_array_name(synapses.variables["w"], access_data=False)
    # In C++ the function is called synapse after synapse, while the weights are rewritten;
    # the first call of a pass still finds all of them as they were.
    function.implementations.add_implementation("cpp", f"""
static double column_total(int i, int j, double)
{{
    static std::vector<double> total;
    if (i == 0 && j == 0)
    {{
        total.assign({n_post}, 0.0);
        size_t synapse = 0;
        for (int pre = 0; pre < {n_pre}; pre++)
            for (int post = 0; post < {n_post}; post++)
                total[post] += brian::{weights}[synapse++];
    }}
    return total[j];
}}
""")
    return function
