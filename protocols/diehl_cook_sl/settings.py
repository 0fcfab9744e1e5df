"""Settings of supervised learning by symmetric STDP, and the network and phases that they mean."""

import math
from dataclasses import dataclass, replace

from brian2.units import mV, ms

from equations.hao2020.neurons import THETA_DECAYS
from equations.hao2020.plasticity import RULES
from equations.hao2020.settings import DT_MS, Settings, settings
from models.devices import DEVICES, GENN_DEVICES
from models.devices.precision import PRECISIONS
from models.diehl_cook.architecture import Architecture
from models.errors import SuiteError
from protocols.diehl_cook_sl.phases import Course, Phase
from protocols.runs.declaration import setting
from protocols.runs.settings import RunSettings

METHODS = ("simultaneous", "layer-by-layer", "unsupervised")
LARGEST_LAYER = 2**31 - 1
"""Compiled networks count in 32 bits; memory ends before."""
PARAMETERS = ("nu_input", "nu_hidden", "nu_readout", "tau_theta_ms", "theta_step_mV",
              "theta_init_mV", "beta_input", "beta_hidden", "beta_readout", "w_max_hidden",
              "w_max_readout", "V_const_mV")


@dataclass(frozen=True)
class DiehlCookSettings(RunSettings):
    """Settings of `protocols.diehl_cook_sl`; each says itself what it is.

    ``parameters`` are changes of the paper's parameters; theta_step_mV is alpha*dt/tau_theta.
    """

    device: str = setting("cpp_standalone", "execution", "what the network runs on; runtime needs "
                          "no compiler", role="execution", choices=DEVICES)
    workers: int = setting(2, "execution", "processes in an evaluation", role="execution",
                           at_least=1)
    threads: int = setting(1, "execution", "threads of the network that learns: sooner from some "
                           "5,000 hidden neurons on, if so many processors have nothing else to "
                           "do", role="execution", at_least=1)
    precision: str = setting("float64", "run", "of the network's variables; float32 is twice as "
                             "fast", role="procedure", choices=PRECISIONS)
    hidden: tuple[int, ...] = setting((100,), "network", "neurons of each hidden layer",
                                      at_least=1, at_most=LARGEST_LAYER)
    method: str = setting("simultaneous", "network", "what learns when", choices=METHODS)
    rule: str = setting("symmetric", "network", "STDP of the hidden layers' in-synapses",
                        choices=tuple(RULES))
    theta_decay: str = setting("exact", "network", "decay of the thresholds (Eq. 5): as written, "
                               "or as the authors' program rounds it",
                               choices=tuple(THETA_DECAYS))
    readout_epochs: float = setting(1, "training", "epochs of the SL layer of layer-by-layer "
                                    "training; their number is not published",
                                    role="procedure", above=0, at_most=10**6)
    hidden_from: str = setting("", "training", "checkpoint to take the hidden layers of "
                               "layer-by-layer training from", role="repetition", metavar="FILE")
    test_every: int = setting(10000, "training", "samples between evaluations",
                              role="repetition", at_least=1, may_change=True)
    shuffle: bool = setting(False, "training", "a new order in every epoch, else that of the "
                            "files", role="procedure")
    parameters: dict[str, float] = setting({}, "parameters", "change a parameter of the paper",
                                           keys=PARAMETERS,
                                           positive=("tau", "beta", "w_max", "theta_init"))

    @property
    def fixed(self) -> tuple[str, ...]:
        """The epochs of layer-by-layer training are those of a phase that may be over."""
        return ("epochs",) if self.method == "layer-by-layer" else ()

    @property
    def readout(self) -> str:
        """Which readout the run's accuracy is of, 'sl' or 'labels'."""
        if self.method == "unsupervised":
            return "labels"
        return self.published.get("readout", "sl") if self.hidden else "sl"

    def contained(self) -> list["DiehlCookSettings"]:
        """The SL layer does not act back: the hidden layer is that of the unsupervised run."""
        if self.method == "simultaneous" and self.hidden:
            return [replace(self, method="unsupervised")]
        return []

    def check(self) -> None:
        """Refuse settings that do not go together."""
        if self.method != "simultaneous" and not self.hidden:
            raise SuiteError(f"method {self.method} needs a hidden layer")
        if self.hidden_from and self.method != "layer-by-layer":
            raise SuiteError("--hidden-from needs --method layer-by-layer")

    def course(self, n_train: int) -> Course:
        """Phases, order of samples and tests of training for ``n_train`` images.

        Raises
        ------
        SuiteError
            If a phase would show none.
        """
        return Course(self._phases(n_train), self.seed, self.shuffle, self.test_every)

    def _phases(self, n_train: int) -> list[Phase]:
        total = round(self.epochs * n_train)
        again = round(self.readout_epochs * n_train)
        if not total or not again:
            raise SuiteError(f"so few epochs show none of {n_train} training images; choose more")
        hidden = frozenset({"hidden"})
        readout = frozenset({"readout"})
        if not self.hidden:
            return [Phase("simultaneous", readout, True, 0, total)]
        if self.method == "simultaneous":
            return [Phase("simultaneous", hidden | readout, True, 0, total)]
        first = Phase("hidden", hidden, False, 0, total)
        if self.method == "unsupervised":
            return [first]
        if self.hidden_from:
            return [Phase("readout", readout, True, 0, again)]
        return [first, Phase("readout", readout, True, total, again)]

    def network_parameters(self, dataset) -> Settings:
        """Parameters of the network for a data set, with this run's changes.

        Parameters
        ----------
        dataset : protocols.datasets.Dataset

        Raises
        ------
        SuiteError
            If all training images are black.
        """
        n = self.hidden[-1] if self.hidden else 100
        if dataset.name in ("mnist", "fashion-mnist"):
            base = settings(dataset.name, n)
        elif dataset.drive:
            base = settings("general", n, drive=dataset.drive)
        else:
            raise SuiteError(f"{dataset.name}: all training images are black, so no input neuron "
                             "would fire; give images with a content")
        return _changed(base, self.parameters)

    def architecture(self, dataset, phase: Phase | None = None, device: str | None = None,
                     **keywords) -> Architecture:
        """Network of a training phase, or of testing if ``phase`` is None.

        Parameters
        ----------
        dataset : protocols.datasets.Dataset
        phase : Phase, optional
        device : str, optional
            What the network runs on. Default: that of the settings.
        **keywords
            Of `models.diehl_cook.architecture.Architecture`.
        """
        return Architecture(
            settings=self.network_parameters(dataset),
            n_input=math.prod(dataset.image_shape),
            hidden=tuple(self.hidden),
            n_classes=dataset.n_classes,
            learn=phase.learn if phase else frozenset(),
            readout=phase.readout if phase else self.method != "unsupervised",
            rule=self.rule,
            theta_decay=self.theta_decay,
            genn=(device or self.device) in GENN_DEVICES,
            **keywords,
        )


def _changed(base: Settings, changes: dict[str, float]) -> Settings:
    """Parameters of the paper with the changes of a run."""
    units = {"tau_theta_ms": ms, "theta_init_mV": mV, "V_const_mV": mV}
    left = {name: value * units.get(name, 1) for name, value in changes.items()}

    def take(target, **names):
        found = {own: left.pop(name) for own, name in names.items() if name in left}
        return replace(target, **found) if found else target

    threshold = take(base.threshold, tau_theta="tau_theta_ms", theta_init="theta_init_mV")
    if "theta_step_mV" in left:
        step = left.pop("theta_step_mV")
        threshold = replace(threshold, alpha=step * mV * float(threshold.tau_theta / ms) / DT_MS)
    return replace(
        base, threshold=threshold,
        excitatory=take(base.excitatory, V_const="V_const_mV"),
        input_stdp=take(base.input_stdp, nu="nu_input", beta="beta_input"),
        hidden_stdp=take(base.hidden_stdp, nu="nu_hidden", beta="beta_hidden",
                         w_max="w_max_hidden"),
        readout_stdp=take(base.readout_stdp, nu="nu_readout", beta="beta_readout",
                          w_max="w_max_readout"))
