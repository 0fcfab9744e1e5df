"""What one run of ``protocols.stbp`` does: a preset and the command line's changes."""

import math
from dataclasses import asdict, dataclass, field, fields, replace

from equations.wu2018 import IterativeLIF
from models.errors import SuiteError
from models.stbp import GRADIENTS, SURROGATES
from models.stbp.neuron import GATES
from protocols import preset_files

PROTOCOL = "stbp"
OPTIMISERS = ("adam", "sgd")
INITIAL = ("balanced", "normalised")
UNITS = ("spiking", "rectified")
ENGINES = ("numpy", "brian2")
ARRAY_MODULES = ("numpy", "cupy")
KERNELS = ("numba", "numpy")
TABLES = {
    "run": ("preset", "dataset", "seed", "engine", "device", "array_module", "kernels",
            "precision"),
    "network": ("network", "units", "initial"),
    "neurons": ("V_th", "tau", "gate", "surrogate", "width"),
    "training": ("contrast", "gradient", "steps", "epochs", "batch", "optimiser", "rate", "rate_drop_every",
                 "distortion_sigma", "distortion_alpha", "train_samples", "held_out"),
}
# May differ when a run is resumed.
FREE = ("epochs", "engine", "device")
CHOICES = {
    "contrast": ("set", "image"),
    "units": UNITS, "initial": INITIAL, "gate": tuple(GATES), "surrogate": tuple(SURROGATES),
    "gradient": tuple(GRADIENTS), "optimiser": OPTIMISERS, "engine": ENGINES,
    "device": ("cpp_standalone", "runtime"), "array_module": ARRAY_MODULES, "kernels": KERNELS,
    "precision": ("float32", "float64"),
}


@dataclass(frozen=True)
class Plan:
    """Everything that defines a run; kept in config.toml.

    Attributes
    ----------
    preset, dataset, seed : str, str, int
    engine : {'numpy', 'brian2'}
        What evaluates the trained network on the test set.
    device : {'cpp_standalone', 'runtime'}
        Of the engine 'brian2'.
    array_module : {'numpy', 'cupy'}
        What training computes with.
    kernels : {'numba', 'numpy'}
        On the CPU: compiled loops, or NumPy alone.
    precision : {'float32', 'float64'}
    network : str
        Layers after the input (`models.stbp.architecture.layers_of`); 'classes' stands for
        their number.
    units : {'spiking', 'rectified'}
        'rectified': the non-spiking twin, one step, pixels as they are.
    initial : {'balanced', 'normalised'}
        Weights by Eq. 29-30, scaled to the threshold or as they are
        (`models.stbp.build.balance`).
    V_th, tau, gate, surrogate, width
        `equations.wu2018.IterativeLIF`.
    contrast : {'set', 'image'}
        Range of the pixels (`protocols.stbp.inputs.Images`).
    gradient : str
        A key of `models.stbp.GRADIENTS`.
    steps : int
        Time steps of a presentation, T.
    epochs : int
    batch : int
        Samples per step of the optimiser.
    optimiser : {'adam', 'sgd'}
    rate : float
        Learning rate.
    rate_drop_every : int
        Epochs after which the rate falls to a tenth, again and again; 0: never.
    distortion_sigma, distortion_alpha : float
        Elastic distortion (`protocols.stbp.distortion`), in pixels; alpha 0: none.
    train_samples : int
        Only the first so many training samples; 0: all.
    held_out : int
        Training samples kept for choosing the weights; the test set is then used at the end
        only.
    published : dict
        ``mean``, ``row``, ``order``.
    """

    preset: str = "digits"
    dataset: str = "digits"
    seed: int = 0
    engine: str = "numpy"
    device: str = "cpp_standalone"
    array_module: str = "numpy"
    kernels: str = "numba"
    precision: str = "float32"
    network: str = "100-10"
    units: str = "spiking"
    initial: str = "balanced"
    V_th: float = 0.5
    tau: float = 0.1
    gate: str = "linear"
    surrogate: str = "rectangular"
    width: float = 1.0
    contrast: str = "set"
    gradient: str = "exact"
    steps: int = 30
    epochs: int = 20
    batch: int = 100
    optimiser: str = "adam"
    rate: float = 1e-3
    rate_drop_every: int = 0
    distortion_sigma: float = 4.0
    distortion_alpha: float = 0.0
    train_samples: int = 0
    held_out: int = 0
    published: dict = field(default_factory=dict)

    @property
    def neurons(self):
        """`equations.wu2018.IterativeLIF` of the network."""
        return IterativeLIF(**{name: getattr(self, name) for name in TABLES["neurons"]})

    def rate_in(self, epoch):
        """Learning rate of an epoch (the first is 0)."""
        drops = epoch // self.rate_drop_every if self.rate_drop_every else 0
        return self.rate * 0.1**drops

    def config(self):
        """As tables of config.toml."""
        values = asdict(self)
        tables = {table: {name: values[name] for name in names} for table, names in TABLES.items()}
        tables["run"] = {"protocol": PROTOCOL, **tables["run"]}
        return {**tables, "published": self.published}


# What may not differ from a preset for its published value to be of the same experiment. How
# the rate falls is not published.
EXPERIMENT = [f.name for f in fields(Plan) if f.name not in (
    "preset", "seed", "engine", "device", "array_module", "kernels", "precision", "epochs",
    "rate_drop_every", "held_out", "published")]


def from_config(config):
    """The plan of a run directory's config.toml, or of a preset.

    Raises
    ------
    SuiteError
        Unknown setting, or a value that makes no sense.
    """
    flat = {}
    for table in TABLES:
        if not isinstance(config.get(table, {}), dict):
            raise SuiteError(f"{table} is no table of settings in the configuration")
        flat |= config.get(table, {})
    flat |= {"published": config.get("published", {})}
    unknown = set(flat) - {f.name for f in fields(Plan)} - {"protocol"}
    if unknown:
        raise SuiteError(f"unknown settings {', '.join(sorted(unknown))} in the configuration")
    flat.pop("protocol", None)
    return checked(Plan(**flat))


def preset(name):
    """The plan of a preset.

    Raises
    ------
    SuiteError
        If there is none of that name.
    """
    return replace(from_config(preset_files.read(PROTOCOL, name)), preset=name)


def checked(plan):
    """Refuse values that make no sense, by name."""
    def need(ok, what):
        if not ok:
            raise SuiteError(what)

    for f in fields(plan):
        value, kind = getattr(plan, f.name), float | int if f.type is float else f.type
        need(isinstance(value, kind) and not isinstance(value, bool),
             f"{f.name} = {value!r} in the configuration is of the wrong type")
        need(not isinstance(value, float) or math.isfinite(value), f"{f.name} must be finite")
    for name, known in CHOICES.items():
        value = getattr(plan, name)
        need(value in known, f"unknown {name.replace('_', '-')} {value!r}: one of "
             f"{', '.join(known)}")
    for name in ("steps", "epochs", "batch"):
        need(getattr(plan, name) >= 1, f"{name} must be 1 or more, not {getattr(plan, name)}")
    for name, most in (("steps", 10**6), ("distortion_sigma", 1000)):
        need(getattr(plan, name) <= most, f"{name} can be {most} at most, not {getattr(plan, name)}")
    for name in ("V_th", "tau", "width", "rate", "distortion_sigma"):
        need(getattr(plan, name) > 0, f"{name} must be positive, not {getattr(plan, name)}")
    for name in ("rate_drop_every", "distortion_alpha", "train_samples", "held_out"):
        need(getattr(plan, name) >= 0, f"{name} cannot be negative")
    need(0 <= plan.seed < 2**32, f"--seed must be a number from 0 to {2**32 - 1}")
    need(plan.units == "spiking" or plan.engine == "numpy",
         "rectified units do not spike: they have no Brian2 form (leave out --engine)")
    return plan
