"""The network of Hao et al. (2020) as ports of Diehl & Cook are usually written in Brian2.

The yardstick of the benchmark: nothing here is tuned. The equations are those of
`equations.hao2020.usual_port`, the inhibition is N (N - 1) synapses, the images are a
TimedArray, and one long run is built by the stock cpp_standalone device. Parameters and time
step are those of the compiled network.

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

from equations.hao2020 import usual_port as port
from equations.parameters import namespace
from models.errors import SuiteError


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
    timing = settings.presentation
    slot = timing.slot
    n = len(state["hidden1.theta"])
    defaultclock.dt = timing.dt
    times = {"slot": slot, "presentation": timing.presentation}

    pixel_rate = TimedArray(images * timing.max_rate, dt=slot)
    pixels = PoissonGroup(
        images.shape[1], rates=port.PIXEL_RATES, namespace=times | {"pixel_rate": pixel_rate})
    excitatory = _excitatory(settings, state)
    inhibitory = NeuronGroup(
        n, port.INHIBITORY, threshold=port.INHIBITORY_THRESHOLD, reset=port.INHIBITORY_RESET,
        refractory=settings.inhibitory.refractory, method="euler",
        namespace=namespace(settings.inhibitory))
    inhibitory.V = settings.inhibitory.E_rest
    label = TimedArray(labels, dt=slot)
    teacher = NeuronGroup(
        10, port.TEACHER, threshold=port.TEACHER_THRESHOLD,
        namespace=times | {"label": label, "teacher_rate": timing.teacher_rate})

    lateral = namespace(settings.lateral)
    one_to_one = Synapses(excitatory, inhibitory, on_pre=port.EXCITE, namespace=lateral)
    one_to_one.connect(j=port.ONE_TO_ONE)
    all_others = Synapses(inhibitory, excitatory, on_pre=port.INHIBIT, namespace=lateral)
    all_others.connect(condition=port.ALL_OTHERS)

    feed = _plastic(pixels, excitatory, port.TRANSMIT + port.ON_PRE, settings.input_stdp,
                    state["input_hidden1.w"], slot)
    readout = _plastic(excitatory, teacher, port.ON_PRE, settings.readout_stdp,
                       state["hidden1_readout.w"], slot)

    spikes = SpikeMonitor(excitatory)
    everything = Network(pixels, excitatory, inhibitory, teacher, one_to_one, all_others, feed,
                         readout, spikes)
    return everything, spikes


def _excitatory(settings, state):
    """The hidden layer, with the thresholds of a state."""
    cell = settings.excitatory
    group = NeuronGroup(
        len(state["hidden1.theta"]), port.EXCITATORY, threshold=port.EXCITATORY_THRESHOLD,
        reset=port.EXCITATORY_RESET, refractory=cell.refractory, method="euler",
        namespace=namespace(cell, settings.threshold))
    group.V = cell.E_rest
    group.theta = state["hidden1.theta"] * volt
    group.run_regularly(port.EXCITATORY_CLIP, dt=settings.presentation.dt)
    return group


def _plastic(source, target, on_pre, stdp, weights, slot):
    """All-to-all synapses that learn and are scaled at the start of each image."""
    synapses = Synapses(source, target, port.STDP, on_pre=on_pre, on_post=port.ON_POST,
                        namespace=namespace(stdp))
    synapses.connect()
    synapses.w = weights.ravel()
    synapses.namespace["total"] = stdp.beta * stdp.w_max * len(source)
    target.run_regularly(port.SCALING_CLEAR, dt=slot, order=-3)
    synapses.run_regularly(port.SCALING_SUM, dt=slot, order=-2)
    synapses.run_regularly(port.SCALING_APPLY, dt=slot, order=-1)
    return synapses


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
        self.directory = Path(directory)
        self.samples = len(images)
        set_device("cpp_standalone", build_on_run=False, directory=None)
        device = get_device()
        device.reinit()
        device.activate(build_on_run=False, directory=None)
        # The compiled networks of this process have changed it; a port uses the default.
        prefs.codegen.cpp.extra_link_args = []
        # By default one compiler a file, some forty, would run at once and take gigabytes.
        prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{os.cpu_count()}"]
        try:
            seed(0)
            net, spikes = network(settings, state, images, labels)
            device.insert_code("before_network_run", "const std::clock_t before = std::clock();")
            device.insert_code("after_network_run",
                               "std::cout << double(std::clock() - before)/CLOCKS_PER_SEC;")
            net.run(self.samples * settings.presentation.slot)
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
        return float(done.stdout), float(spikes[0]) / self.samples
