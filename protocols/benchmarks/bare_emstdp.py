"""The network of Shrestha et al. (2019) as a hand-written C++ loop, compiled and measured here."""

from pathlib import Path

import numpy as np

from models.devices import standalone
from models.emstdp.architecture import Architecture
from models.errors import SuiteError
from protocols.benchmarks.bare_program import BareProgram

SOURCE = Path(__file__).with_suffix(".cpp")
FLAGS = ["-std=c++17", "-fno-loop-unroll-and-jam"]
"""Beside those of the suite's programs. Where the numbers of neurons are known, gcc 12 joins the
loops over spikes and neurons in a way that it then does not vectorise: three times slower."""
FIXED = {"clear": True, "reset_forward": "zero", "reset_error": "subtraction", "gamma": 1.0,
         "w_loss": 1.0, "w_max": 1.0, "target_period": 1, "windows": 1, "bias": False,
         "coding": "poisson", "presynaptic": "phase-1", "output_factor": 1.0}
"""Rules that are written out in the loop: those of the adapted form."""


class BareNetwork:
    """The loop in single precision, compiled for one network.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
        With one hidden layer and SW or DFA.
    directory : path-like
        For the program.

    Raises
    ------
    SuiteError
        No compiler, or it failed; a network that is not written out there.
    """

    def __init__(self, architecture: Architecture, directory):
        self.architecture = architecture
        rules = architecture.rules
        direct = architecture.feedback == "dfa"
        other = [name for name, value in FIXED.items() if getattr(rules, name) != value]
        if (other or len(architecture.sizes) != 3 or architecture.feedback == "fa"
                or (rules.bounded, rules.gated) != (direct, not direct)):
            raise SuiteError("the hand-written loop has one hidden layer, the adapted form's "
                             "rules, and SW or DFA")
        self._direct = direct
        inputs, hidden, outputs = architecture.sizes
        numbers = {"INPUTS": inputs, "HIDDEN": hidden, "OUTPUTS": outputs, "STEPS": rules.steps,
                   "SKIP": rules.skip, "WAIT": rules.wait, "LEARN": int(architecture.learns),
                   "DIRECT": int(direct)}
        name = "-".join(["bare", *map(str, architecture.sizes), architecture.feedback,
                         "train" if architecture.learns else "test"])
        self._program = BareProgram(SOURCE, [*standalone.FLAGS, *FLAGS], numbers,
                                    Path(directory) / name)

    def __call__(self, state: dict, stimuli: dict) -> tuple[float, np.ndarray, dict]:
        """Show samples.

        Parameters
        ----------
        state, stimuli : dict
            As the compiled training network takes them.

        Returns
        -------
        ms : float
            CPU milliseconds per sample.
        counts : ndarray, shape (samples, 2 + outputs)
            Spikes of the hidden layer, its error spikes, and spikes of each output; of forward
            spikes those that the network counts.
        state : dict
            ``input_hidden1.w`` and ``hidden1_output.w``.
        """
        inputs, hidden, outputs = self.architecture.sizes
        samples = len(stimuli["pattern"])
        thresholds = (self.architecture.thresholds, self.architecture.error_thresholds)
        rows = np.column_stack([stimuli[name] for name in ("pattern", "label", "rate")])
        feedback = [state["feedback_hidden1.B"]] if self._direct else []
        parts = [[samples, stimuli["stream"], stimuli["first"]],
                 [each[layer] for each in thresholds for layer in ("hidden1", "output")],
                 rows, state["input_hidden1.w"], state["hidden1_output.w"], *feedback]
        ends = np.cumsum([1, samples * (2 + outputs), inputs * hidden])
        seconds, counts, w, w_out = np.split(self._program(parts), ends)
        return 1e3 * seconds.item() / samples, counts.reshape(samples, -1), {
            "input_hidden1.w": w.reshape(inputs, hidden),
            "hidden1_output.w": w_out.reshape(hidden, outputs)}
