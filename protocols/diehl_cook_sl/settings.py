"""Settings of supervised learning by symmetric STDP, and the network and phases that they mean."""

import math
from dataclasses import dataclass, replace

from equations.hao2020.neurons import THETA_DECAYS
from equations.hao2020.plasticity import RULES
from equations.hao2020.settings import Settings, settings
from models.devices import DEVICES, GENN_DEVICES
from models.devices.precision import PRECISIONS
from models.diehl_cook.architecture import Architecture
from models.errors import SuiteError
from models.own_equations import OwnEquations
from models.own_equations.owners import refuse_unknown
from protocols.diehl_cook_sl.parameters import NAMED, changed
from protocols.diehl_cook_sl.phases import Course, Phase
from protocols.runs.declaration import setting
from protocols.runs.settings import RunSettings

METHODS = ("simultaneous", "layer-by-layer", "unsupervised")
MNIST = (28, 28)
"""Size of the images that the paper has weights for."""
OF_READOUT = ("nu_readout", "beta_readout", "w_max_readout")
"""Parameters between the last hidden layer and the SL layer."""
OF_HIDDEN = ("tau_theta_ms", "theta_step_mV", "theta_init_mV", "V_const_mV", *OF_READOUT)
"""Parameters that do nothing without a hidden layer; input then meets the SL layer."""
OF_SEVERAL = ("nu_hidden", "beta_hidden", "w_max_hidden")
"""Parameters between hidden layers."""
LARGEST_LAYER = 2**31 - 1
"""Compiled networks count in 32 bits; memory ends before."""


@dataclass(frozen=True)
class DiehlCookSettings(RunSettings):
    """Settings of `protocols.diehl_cook_sl`; each says itself what it is.

    ``parameters`` are values of the paper's parameters and of those of all equations
    (`protocols.diehl_cook_sl.parameters`).
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
    rule: str = setting("symmetric", "network", "learning rule of the hidden layers' in-synapses: "
                        f"{', '.join(RULES)}, or one of --equations", metavar="NAME")
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
    parameters: dict[str, float | str] = setting(
        {}, "parameters", "change a parameter of any equation that --describe shows, such as "
        "tau_gI=1*ms or readout.tau_m=20*ms, or of the paper's tables", keys=NAMED,
        positive=("tau", "beta", "w_max", "w_init", "theta_init"))

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
        rules = {**RULES, **self.equations.rules}
        for name in self.rules_by_projection().values():
            if name not in rules:
                raise SuiteError(f"unknown rule {name!r}: one of {', '.join(rules)}")
        # Names and units are the same for every set of data.
        self._changed(settings("mnist", 100))

    def refuse_given(self, base: RunSettings, given: dict) -> None:
        """Refuse what is of phases or layers that there are not; parameters of a preset may be."""
        idle = {}
        if len(self.hidden) < 2:
            idle |= dict.fromkeys(OF_SEVERAL, "a network of fewer than two hidden layers")
        if not self.hidden:
            idle |= dict.fromkeys(OF_HIDDEN, "a network without a hidden layer")
        if self.method == "unsupervised":
            idle |= dict.fromkeys(OF_READOUT, "--method unsupervised")
        for name in given.get("parameters", {}):
            if name in idle:
                raise SuiteError(f"parameter {name} does nothing to {idle[name]}; leave it out")
        if "readout_epochs" in given and self.method != "layer-by-layer":
            raise SuiteError(f"--readout-epochs does nothing to --method {self.method}; leave it "
                             "out")
        for name in ("rule", "theta_decay"):
            if name in given and not self.hidden:
                raise SuiteError(f"--{name.replace('_', '-')} does nothing to a network without a "
                                 "hidden layer; leave it out")

    def check_equations(self) -> None:
        """Refuse groups, projections and rules that the network has not."""
        own = self.equations
        layers = self.layers()
        hidden = [layer for layer in layers if layer.startswith("hidden")]
        inhibitory = [layer.replace("hidden", "inhibitory") for layer in hidden]
        neurons = [*hidden, *inhibitory, *(["readout"] if "readout" in layers else [])]
        between = list(self.rules_by_projection())
        projections = [*between, *(f"{a}_{b}" for a, b in zip(hidden, inhibitory)),
                       *(layer.replace("hidden", "lateral") for layer in hidden)]
        refuse_unknown(own, neurons, projections, between)
        for name, each in own.new_projections.items():
            for key, group in (("from", each.origin), ("to", each.target)):
                if group not in [*neurons, "input"]:
                    raise own.error(f"projections.{name}.{key}", f"there is no group {group}: "
                                    f"choose of {', '.join(['input', *neurons])}")
        for name in own.rules:
            if name not in self.rules_by_projection().values():
                raise own.error(f"rules.{name}", f"no projection learns by it: give --rule {name}, "
                                f'or rule = "{name}" in [projections.NAME]')

    def layers(self) -> list[str]:
        """Names of the layers of the whole network, in order."""
        names = ["input", *(f"hidden{k + 1}" for k in range(len(self.hidden)))]
        return names + ["readout"] * (self.method != "unsupervised")

    def rules_by_projection(self) -> dict[str, str]:
        """Which rule each projection between layers learns by."""
        layers = self.layers()
        found = {}
        for source, target in zip(layers, layers[1:]):
            own = self.equations.projection(f"{source}_{target}").rule
            found[f"{source}_{target}"] = own or (
                "symmetric" if target == "readout" else self.rule)
        return found

    def _changed(self, base: Settings) -> tuple[Settings, OwnEquations]:
        """Parameters and equations with the values that the run names."""
        return changed(base, self.layers(), self.parameters, self.equations,
                       self.rules_by_projection())

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
        return self._changed(self._published(dataset))[0]

    def _published(self, dataset) -> Settings:
        """Parameters of the paper for a data set."""
        n = self.hidden[-1] if self.hidden else 100
        if dataset.name in ("mnist", "fashion-mnist") and tuple(dataset.image_shape[:2]) == MNIST:
            return settings(dataset.name, n)
        if dataset.drive:
            return settings("general", n, drive=dataset.drive)
        raise SuiteError(f"{dataset.name}: all training images are black, so no input neuron "
                         "would fire; give images with a content")

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
        parameters, own = self._changed(self._published(dataset))
        return Architecture(
            settings=parameters, own=own,
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
