"""The network of Hao et al. (2020) as ports of Diehl & Cook are usually written in Brian2.

The yardstick of the benchmark: nothing here is tuned. Each synapse has its own
event-driven traces, the inhibition is N (N - 1) synapses, refractoriness is Brian2's
keyword, the images are a TimedArray in the rates of a PoissonGroup, and one long run is
built by the stock cpp_standalone device. Parameters and time step are those of the
compiled network.

Two things differ, both in favour of this form: an image that evokes few spikes is not
shown again, and forward Euler, which such ports use for all variables, makes the charge
of an input spike smaller (2 time steps of conductance instead of 2.54), hence fewer
spikes.
"""

import os
import subprocess
from pathlib import Path

import numpy as np
from brian2 import (
Network, NeuronGroup, PoissonGroup, SpikeMonitor, Synapses, TimedArray, defaultclock,
    get_device, prefs, seed, set_device, volt,
)
from brian2.devices.device import reset_device

from equations.parameters import namespace
from models.errors import SuiteError

EXCITATORY = """
dV/dt = ((E_rest - V) + g_E*(E_exc - V) + g_I*(E_inh - V))/tau_m : volt (unless refractory)
dg_E/dt = -g_E/tau_gE : 1
dg_I/dt = -g_I/tau_gI : 1
dtheta/dt = -theta/tau_theta : volt
w_total : 1
"""
EXCITATORY_RESET = """
V = E_reset
theta += alpha*(dt/tau_theta)*theta_init/abs(2*theta - theta_init)
"""

INHIBITORY = """
dV/dt = ((E_rest - V) + g_E*(E_exc - V))/tau_m : volt (unless refractory)
dg_E/dt = -g_E/tau_gE : 1
"""

TEACHER = """
rate = teacher_rate*int(label(t) == i)*int(t % slot < presentation) : Hz
w_total : 1
"""

STDP = """
w : 1
dx/dt = -x/tau_trace : 1 (event-driven)
dy/dt = -y/tau_trace : 1 (event-driven)
"""
ON_PRE = """
x += A
w = clip(w + nu*y, 0, w_max)
"""
ON_POST = """
y += A
w = clip(w + nu*x, 0, w_max)
"""


def network(settings, state, images, labels):
    """Create the groups and connect the synapses.

    Parameters
    ----------
    settings : equations.hao2020.settings.Settings
    state : dict of str to ndarray
        Weights and thresholds to start from, named as in `models.diehl_cook.network`.
    images : ndarray, shape (n, n_pixels), in [0, 1]
    labels : ndarray of int, shape (n,)

    Returns
    -------
    brian2.Network
    brian2.SpikeMonitor
        Of the excitatory neurons.
    """
    timing, cell = settings.presentation, settings.excitatory
    slot, n = timing.slot, len(state["hidden1.theta"])
    defaultclock.dt = timing.dt
    times = {"slot": slot, "presentation": timing.presentation}

    pixel_rate = TimedArray(images*timing.max_rate, dt=slot)
    pixels = PoissonGroup(
        images.shape[1], rates="pixel_rate(t, i)*int(t % slot < presentation)",
        namespace=times | {"pixel_rate": pixel_rate})

    excitatory = NeuronGroup(
        n, EXCITATORY, threshold="V > V_const + theta", reset=EXCITATORY_RESET,
        refractory=cell.refractory, method="euler",
        namespace=namespace(cell, settings.threshold))
    excitatory.V = cell.E_rest
    excitatory.theta = state["hidden1.theta"]*volt
    # As the authors do: after many inhibitory spikes forward Euler overshoots and diverges.
    excitatory.run_regularly("V = clip(V, E_floor, E_exc)", dt=timing.dt)

    inhibitory = NeuronGroup(
        n, INHIBITORY, threshold="V > V_threshold", reset="V = E_reset",
        refractory=settings.inhibitory.refractory, method="euler",
        namespace=namespace(settings.inhibitory))
    inhibitory.V = settings.inhibitory.E_rest

    # While the output layer learns, the label drives it.
    label = TimedArray(labels, dt=slot)
    teacher = NeuronGroup(
        10, TEACHER, threshold="rand() < rate*dt",
        namespace=times | {"label": label, "teacher_rate": timing.teacher_rate})

    lateral = namespace(settings.lateral)
    one_to_one = Synapses(excitatory, inhibitory, on_pre="g_E_post += w_EI", namespace=lateral)
    one_to_one.connect(j="i")
    all_others = Synapses(inhibitory, excitatory, on_pre="g_I_post += w_IE", namespace=lateral)
    all_others.connect(condition="i != j")

    stdp = settings.input_stdp
    feed = Synapses(pixels, excitatory, STDP, on_pre="g_E_post += w" + ON_PRE, on_post=ON_POST,
                    namespace=namespace(stdp))
    feed.connect()
    feed.w = state["input_hidden1.w"].ravel()
    normalise(feed, stdp, slot)

    stdp = settings.readout_stdp
    readout = Synapses(excitatory, teacher, STDP, on_pre=ON_PRE, on_post=ON_POST,
                       namespace=namespace(stdp))
    readout.connect()
    readout.w = state["hidden1_readout.w"].ravel()
    normalise(readout, stdp, slot)

    spikes = SpikeMonitor(excitatory)
    return Network(pixels, excitatory, inhibitory, teacher, one_to_one, all_others, feed,
                   readout, spikes), spikes


def normalise(synapses, stdp, slot):
    """Scale the summed weight of every postsynaptic neuron at the start of each image."""
    synapses.namespace["total"] = stdp.beta*stdp.w_max*len(synapses.source)
    synapses.target.run_regularly("w_total = 0", dt=slot, order=-3)
    synapses.run_regularly("w_total_post += w", dt=slot, order=-2)
    synapses.run_regularly("w *= total/w_total_post", dt=slot, order=-1)


class NaiveNetwork:
    """The network above, compiled; every call runs the same binary from the beginning.

    Parameters
    ----------
    settings, state, images, labels
        See `network`.
    directory : path-like
        For the sources and the binary.
    """

    def __init__(self, settings, state, images, labels, directory):
        self.directory, self.samples = Path(directory), len(images)
        set_device("cpp_standalone", build_on_run=False, directory=None)
        device = get_device()
        device.reinit()
        device.activate(build_on_run=False, directory=None)
        # The compiled networks of this process have set this; here it is the default.
        prefs.codegen.cpp.extra_link_args = []
        # By default as many compilers as files, some forty, run at once: gigabytes.
        prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{os.cpu_count()}"]
        try:
            seed(0)
            net, spikes = network(settings, state, images, labels)
            device.insert_code("before_network_run", "const std::clock_t before = std::clock();")
            device.insert_code("after_network_run",
                               "std::cout << double(std::clock() - before)/CLOCKS_PER_SEC;")
            net.run(self.samples*settings.presentation.slot)
            device.build(directory=str(self.directory), run=False)
            self._n_spikes = device.get_array_filename(spikes.variables["N"])
        finally:
            reset_device()

    def __call__(self):
        """Show all images.

        Returns
        -------
        cpu_seconds : float
            Of the run alone, without the start of the program.
        hidden_spikes : float
            Mean number of spikes of the excitatory neurons per image.
        """
        done = subprocess.run(["./main"], cwd=self.directory, capture_output=True, text=True)
        if done.returncode:
            raise SuiteError(f"the naive network failed (exit status {done.returncode}): "
                             "is the disk or memory full?")
        spikes = np.fromfile(self.directory / "results" / self._n_spikes, np.int32)
        return float(done.stdout), float(spikes[0])/self.samples
