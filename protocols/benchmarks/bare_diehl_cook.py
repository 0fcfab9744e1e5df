"""The network of Hao et al. (2020) as a hand-written C++ loop, compiled and measured here."""

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from models.errors import SuiteError
from models.shared.resources import check_compiler, with_huge_pages

SOURCE = Path(__file__).with_suffix(".cpp")
# Without -fno-tree-pre gcc 12 keeps values from one iteration to the next and then does not
# vectorise the loops over neurons: three times slower.
FLAGS = ["-std=c++17", "-O3", "-march=native", "-ffast-math", "-fno-tree-pre"]


class BareNetwork:
    """The loop, compiled for one size, number format and mode.

    Parameters
    ----------
    settings : equations.hao2020.settings.Settings
    n : int
        Hidden neurons.
    learn : bool
        Training, else testing.
    real : {'double', 'float'}
    directory : path-like
        For the program.

    Raises
    ------
    SuiteError
        No compiler, or it failed.
    """

    def __init__(self, settings, n, learn, real, directory):
        check_compiler()
        self.settings = settings
        self.n = n
        self._program = Path(directory) / f"bare-{n}-{real}-{int(learn)}"
        done = subprocess.run(
            ["g++", *FLAGS, f"-DREAL={real}", f"-DHIDDEN={n}", f"-DTRAIN={int(learn)}",
             str(SOURCE), "-o", str(self._program)], capture_output=True, text=True)
        if done.returncode:
            raise SuiteError(f"the compiler failed on {SOURCE.name}: "
                             f"{(done.stderr.splitlines() or ['no message'])[0]}")

    def __call__(self, state, stimuli):
        """Show samples.

        Parameters
        ----------
        state, stimuli : dict
            As the compiled training network takes them.

        Returns
        -------
        ms : float
            CPU milliseconds per presentation.
        spikes : float
            Hidden spikes per presentation.
        state : dict
            ``input_hidden1.w``, ``hidden1.theta``, ``hidden1_readout.w`` in SI units.
        """
        s = self.settings
        n = self.n
        samples = len(stimuli["label"])
        tau = float(s.threshold.tau_theta) / float(s.presentation.dt)
        parts = [
            [samples, stimuli["stream"], stimuli["first"]], stimuli["pattern"], stimuli["label"],
            [s.input_stdp.nu, s.readout_stdp.nu,
             s.input_stdp.beta * s.input_stdp.w_max * stimuli["pattern"].shape[1],
             s.readout_stdp.beta * s.readout_stdp.w_max * n,
             np.exp(-s.presentation.slot_steps / tau), 1e3 * float(s.threshold.alpha) / tau],
            state["input_hidden1.w"], state["hidden1.theta"] * 1e3, state["hidden1_readout.w"],
            *(state[name] for name in ("input.x", "hidden1.x", "hidden1.y", "readout.y")),
        ]
        with tempfile.TemporaryDirectory(prefix="brian2-learning-") as folder:
            given = Path(folder, "in")
            taken = Path(folder, "out")
            np.concatenate([np.ravel(part).astype(float) for part in parts]).tofile(given)
            done = subprocess.run([str(self._program), str(given), str(taken)],
                                  capture_output=True, text=True, env=with_huge_pages(os.environ))
            if done.returncode:
                raise SuiteError(f"the bare network failed: {done.stderr.strip() or 'no message'}")
            seconds, slots, hidden, _, *values = np.fromfile(taken)
        values = np.array(values)
        w, theta, out = np.split(values, [784 * n, 785 * n])
        state = {"input_hidden1.w": w.reshape(784, n), "hidden1.theta": theta / 1e3,
                 "hidden1_readout.w": out.reshape(n, 10)}
        return 1e3 * seconds / slots, hidden / slots, state
