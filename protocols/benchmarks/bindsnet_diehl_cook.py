"""BindsNET's Diehl & Cook network on the same images, time step and presentation.

``bindsnet.models.DiehlAndCook2015`` (current-based neurons, asymmetric STDP) is what its
users run; it has no SL layer and no teacher, so it does less than the suite's network. It
runs in a process of its own, with one thread: ``python -m
protocols.benchmarks.bindsnet_diehl_cook FILE`` measures the images in FILE and prints CPU
milliseconds and hidden spikes per presentation.
"""

import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from models.errors import SuiteError

# Milliseconds.
PRESENTATION = 350
REST = 150
DT = 0.5
RATE = 63.75
"""Hz of a white pixel."""


def installed():
    """Whether BindsNET and PyTorch are there (the extra 'peers')."""
    return all(importlib.util.find_spec(name) for name in ("torch", "bindsnet"))


class BindsnetNetwork:
    """The network of one size.

    Parameters
    ----------
    n : int
        Hidden neurons.
    images : ndarray, shape (samples, 784), in [0, 1]
    directory : path-like
        For the images.
    """

    def __init__(self, n, images, directory):
        self._file = Path(directory) / f"bindsnet-{n}.npz"
        np.savez(self._file, n=n, images=images)

    def __call__(self):
        """Show all images to an untrained network.

        Returns
        -------
        ms : float
            CPU milliseconds per presentation.
        spikes : float
            Hidden spikes per presentation.

        Raises
        ------
        SuiteError
            If BindsNET fails, as it does when a package that it imports is missing.
        """
        done = subprocess.run([sys.executable, "-m", __name__, str(self._file)],
                              capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr.splitlines() or ["no message"])[-1]
            raise SuiteError(f"BindsNET failed: {said}; mend or remove it")
        ms, spikes = done.stdout.split()[-2:]
        return float(ms), float(spikes)


def main(file):
    """Measure; called in the process of its own."""
    import torch

    import bindsnet.network  # noqa: F401  the models need it imported before them
    from bindsnet.encoding import poisson
    from bindsnet.models import DiehlAndCook2015

    torch.set_num_threads(1)
    torch.manual_seed(0)
    with np.load(file) as given:
        n = int(given["n"])
        images = torch.from_numpy(given["images"]).float()
    network = DiehlAndCook2015(n_inpt=images.shape[1], n_neurons=n, exc=22.5, inh=120.0, dt=DT,
                               norm=78.4, inpt_shape=(1, 28, 28))
    steps = int((PRESENTATION + REST) / DT)
    counter = bindsnet.network.monitors.Monitor(network.layers["Ae"], ["s"], time=steps)
    network.add_monitor(counter, "hidden")
    spikes = 0
    seconds = []
    for image in images:
        began = time.process_time()
        shown = torch.zeros(steps, 1, 1, 28, 28)
        shown[:int(PRESENTATION / DT), 0] = poisson(
            RATE * image.reshape(1, 28, 28), time=PRESENTATION, dt=DT)
        network.run(inputs={"X": shown}, time=PRESENTATION + REST)
        seconds.append(time.process_time() - began)
        spikes += int(counter.get("s").sum())
        network.reset_state_variables()
    print(1e3 * np.mean(seconds), spikes / len(images))


if __name__ == "__main__":
    main(sys.argv[1])
