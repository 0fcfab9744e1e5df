"""What one run does: a preset, the command line's changes, and the network it means."""

import math
from dataclasses import asdict, dataclass, field, fields, replace

from brian2.units import mV, ms

from equations.hao2020.settings import DT_MS, settings
from equations.hao2020.neurons import THETA_DECAYS
from models.diehl_cook.architecture import Architecture
from models.errors import SuiteError
from models.devices.precision import PRECISIONS
from protocols import preset_files

METHODS = ("simultaneous", "layer-by-layer", "unsupervised")
PARAMETERS = ("nu_input", "nu_hidden", "nu_readout", "tau_theta_ms", "theta_step_mV",
              "theta_init_mV", "beta_input", "beta_hidden", "beta_readout", "w_max_hidden",
              "w_max_readout", "V_const_mV")


@dataclass(frozen=True)
class Phase:
    """A stretch of training with one set of plastic projections.

    Attributes
    ----------
    name : str
    learn : frozenset of {'hidden', 'readout'}
    readout : bool
        Whether the network has an SL layer in this phase.
    samples : int
        Training samples to show.
    """

    name: str
    learn: frozenset
    readout: bool
    samples: int


@dataclass(frozen=True)
class Plan:
    """Everything that defines a run of `protocols.diehl_cook_sl`; kept in config.toml.

    Attributes
    ----------
    preset, dataset, seed, device : str, str, int, str
    precision : {'float64', 'float32'}
        Of the network's variables.
    hidden : tuple of int
        Neurons of each hidden layer.
    method : {'simultaneous', 'layer-by-layer', 'unsupervised'}
    rule : {'symmetric', 'asymmetric'}
        STDP of the hidden layers' in-synapses.
    theta_decay : {'exact', 'single-precision'}
        Eq. 5 between spikes: as written, or as the authors' program rounds it
        (`equations.hao2020.neurons.THETA_DECAYS`).
    epochs, readout_epochs : float
        Passes through the training images; the second for the SL layer of
        'layer-by-layer', whose number is not published.
    hidden_from : str or None
        Checkpoint whose hidden layers 'layer-by-layer' takes instead of training them.
    test_every : int
        Samples between evaluations.
    shuffle : bool
        A new order in every epoch, else the order of the files.
    held_out : int
        Training images kept for choosing a checkpoint; evaluations then use them
        and the test set is used at the end only.
    parameters : dict
        Changes of the paper's parameters, named in `PARAMETERS`; theta_step_mV is
        alpha*dt/tau_theta.
    published : dict
        ``mean``, ``sd``, ``readout`` ('sl' or 'labels') and the table's ``row``.
    """

    preset: str = "digits"
    dataset: str = "digits"
    seed: int = 0
    device: str = "cpp_standalone"
    precision: str = "float64"
    hidden: tuple = (100,)
    method: str = "simultaneous"
    rule: str = "symmetric"
    theta_decay: str = "exact"
    epochs: float = 1
    readout_epochs: float = 1
    hidden_from: str | None = None
    test_every: int = 10000
    shuffle: bool = False
    held_out: int = 0
    parameters: dict = field(default_factory=dict)
    published: dict = field(default_factory=dict)

    @property
    def readout(self):
        """Which readout the run's accuracy is of, 'sl' or 'labels'."""
        if self.method == "unsupervised":
            return "labels"
        return self.published.get("readout", "sl") if self.hidden else "sl"

    def phases(self, n_train):
        """Phases of training for ``n_train`` images.

        Raises
        ------
        SuiteError
            If a phase would show none.
        """
        total, again = round(self.epochs * n_train), round(self.readout_epochs * n_train)
        if not total or not again:
            raise SuiteError(f"so few epochs show none of {n_train} training images; choose more")
        both, hidden, sl = (frozenset(s) for s in (["hidden", "readout"], ["hidden"], ["readout"]))
        if not self.hidden:
            return [Phase("simultaneous", sl, True, total)]
        if self.method == "simultaneous":
            return [Phase("simultaneous", both, True, total)]
        first = [] if self.hidden_from else [Phase("hidden", hidden, False, total)]
        if self.method == "unsupervised":
            return first
        return [*first, Phase("readout", sl, True, again)]

    def settings(self, dataset):
        """Parameters of the network for a data set, with this plan's changes.

        Parameters
        ----------
        dataset : protocols.datasets.Dataset or protocols.datasets.Description

        Raises
        ------
        SuiteError
            If all training images are black.
        """
        n = self.hidden[-1] if self.hidden else 100
        name = dataset.name
        if name in ("mnist", "fashion-mnist"):
            base = settings(name, n)
        elif dataset.drive:
            base = settings("general", n, drive=dataset.drive)
        else:
            raise SuiteError(f"{name}: all training images are black, so no input neuron would "
                             "fire; give images with a content")
        return _changed(base, self.parameters)

    def architecture(self, dataset, phase=None, **keywords):
        """Network of a training phase, or of testing if ``phase`` is None.

        Parameters
        ----------
        dataset : protocols.datasets.Dataset or protocols.datasets.Description
        phase : Phase, optional
        **keywords
            Of `models.diehl_cook.architecture.Architecture`.
        """
        return Architecture(
            settings=self.settings(dataset),
            n_input=math.prod(dataset.image_shape),
            hidden=tuple(self.hidden),
            n_classes=dataset.n_classes,
            learn=phase.learn if phase else frozenset(),
            readout=phase.readout if phase else self.method != "unsupervised",
            rule=self.rule,
            theta_decay=self.theta_decay,
            **keywords,
        )

    def config(self):
        """As tables of config.toml."""
        values = asdict(self)
        values["hidden"] = list(values["hidden"])
        run = {k: values.pop(k) for k in ("preset", "dataset", "seed", "device", "precision")}
        network = {k: values.pop(k) for k in ("hidden", "rule", "theta_decay", "method")}
        published, parameters = values.pop("published"), values.pop("parameters")
        return {"run": {"protocol": "diehl_cook_sl", **run}, "network": network,
                "parameters": parameters, "training": values, "published": published}


def from_config(config):
    """The plan of a run directory's config.toml, or of a preset file."""
    flat = {}
    for table in ("run", "network", "training"):
        if not isinstance(config.get(table, {}), dict):
            raise SuiteError(f"{table} is no table of settings in the configuration")
        flat |= config.get(table, {})
    flat |= {k: config[k] for k in ("published", "parameters") if k in config}
    known = {f.name for f in fields(Plan)}
    unknown = set(flat) - known - {"protocol", "command"}
    if unknown:
        raise SuiteError(f"unknown settings {', '.join(sorted(unknown))} in the configuration")
    plan = Plan(**{k: v for k, v in flat.items() if k in known})
    if isinstance(plan.hidden, list):
        plan = replace(plan, hidden=tuple(plan.hidden))
    return checked(plan)


def preset_names():
    """Names of all presets of this protocol."""
    return preset_files.names("diehl_cook_sl")


def preset(name):
    """The plan of a preset.

    Raises
    ------
    SuiteError
        If there is none of that name; the closest name is given.
    """
    return replace(from_config(preset_files.read("diehl_cook_sl", name)), preset=name)


def checked(plan):
    """Refuse values that make no sense, by name."""
    def need(ok, what):
        if not ok:
            raise SuiteError(what)

    # The command line gives the right types, a config.toml changed by hand may not.
    for f in fields(plan):
        value, kind = getattr(plan, f.name), float | int if f.type is float else f.type
        need(isinstance(value, kind) and isinstance(value, bool) == (kind is bool),
             f"{f.name} = {value!r} in the configuration is of the wrong type")
    need(plan.method in METHODS, f"unknown method {plan.method!r}: one of {', '.join(METHODS)}")
    need(plan.precision in PRECISIONS, f"unknown precision {plan.precision!r}: one of "
         f"{', '.join(PRECISIONS)}")
    need(plan.rule in ("symmetric", "asymmetric"), f"unknown STDP rule {plan.rule!r}")
    need(plan.theta_decay in THETA_DECAYS, f"unknown decay of theta {plan.theta_decay!r}: one of "
         f"{', '.join(THETA_DECAYS)}")
    need(all(isinstance(n, int) and n > 0 for n in plan.hidden),
         "a hidden layer needs at least one neuron")
    need(0 < plan.epochs < math.inf and 0 < plan.readout_epochs < math.inf,
         "epochs must be positive and finite")
    need(plan.test_every > 0, "--test-every must be positive")
    need(plan.held_out >= 0, "--held-out cannot be negative")
    # scikit-learn takes no more for the split into training and held-out images.
    need(0 <= plan.seed < 2**32, f"--seed must be a number from 0 to {2**32 - 1}")
    need(plan.hidden or plan.method == "simultaneous",
         f"method {plan.method} needs a hidden layer")
    need(plan.hidden_from is None or plan.method == "layer-by-layer",
         "--hidden-from needs --method layer-by-layer")
    for name, value in plan.parameters.items():
        need(name in PARAMETERS, f"unknown parameter {name!r}: known are {', '.join(PARAMETERS)}")
        need(isinstance(value, (int, float)) and math.isfinite(value),
             f"parameter {name} must be a finite number, not {value}")
        need(value > 0 or not name.startswith(("tau", "beta", "w_max", "theta_init")),
             f"parameter {name} must be positive, not {value}")
    return plan


def _changed(base, changes):
    """Settings with the changes of `Plan.parameters`."""
    left = dict(changes)

    def take(target, **names):
        found = {k: left.pop(source) for k, source in names.items() if source in left}
        return replace(target, **found) if found else target

    units = {"tau_theta_ms": ms, "theta_init_mV": mV, "V_const_mV": mV}
    left = {k: v * units.get(k, 1) for k, v in left.items()}
    threshold = take(base.threshold, tau_theta="tau_theta_ms", theta_init="theta_init_mV")
    if "theta_step_mV" in left:
        step = left.pop("theta_step_mV")
        threshold = replace(threshold, alpha=step * mV * float(threshold.tau_theta / ms) / DT_MS)
    base = replace(
        base, threshold=threshold,
        excitatory=take(base.excitatory, V_const="V_const_mV"),
        input_stdp=take(base.input_stdp, nu="nu_input", beta="beta_input"),
        hidden_stdp=take(base.hidden_stdp, nu="nu_hidden", beta="beta_hidden",
                         w_max="w_max_hidden"),
        readout_stdp=take(base.readout_stdp, nu="nu_readout", beta="beta_readout",
                          w_max="w_max_readout"))
    return base
