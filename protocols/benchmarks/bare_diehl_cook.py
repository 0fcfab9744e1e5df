"""The network of Hao et al. (2020) as a hand-written C++ loop, compiled and measured here."""

from pathlib import Path

import numpy as np

from protocols.benchmarks.bare_program import BareProgram

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
        self.settings = settings
        self.n = n
        self._program = BareProgram(
            SOURCE, FLAGS, {"REAL": real, "HIDDEN": n, "TRAIN": int(learn)},
            Path(directory) / f"bare-{n}-{real}-{int(learn)}")

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
        head, values = np.split(self._program(parts), [4])
        seconds, slots, hidden, _ = head
        w, theta, out = np.split(values, [784 * n, 785 * n])
        state = {"input_hidden1.w": w.reshape(784, n), "hidden1.theta": theta / 1e3,
                 "hidden1_readout.w": out.reshape(n, 10)}
        return 1e3 * seconds / slots, hidden / slots, state
