"""Settings of GLSNN and of the methods that it is compared with."""

from dataclasses import dataclass, fields, replace

from equations.zhao2020.baselines import METHODS as BASELINES, Numbers, baseline_numbers
from equations.zhao2020.settings import FORMS, GATES, PASSING, READINGS, Form, form
from models.baselines import EVERY_NETWORK
from models.devices import DEVICES
from models.devices.precision import PRECISIONS
from models.errors import SuiteError
from models.glsnn.architecture import SIDES, feedback_layers
from protocols.layered.settings import NetworkSettings, with_parameters
from protocols.runs.declaration import setting
from protocols.runs.optimiser import refuse_step

OWN = "own"
"""A form, an optimiser or a switch that is the method's or the form's own."""
NAMED = ("name", "neuron", "passing", "reading", "gate", "optimiser", "batch", "epochs")
"""What a form has beside its parameters: settings of their own, or fixed by its name."""
METHODS = ("glsnn", *BASELINES)
DEEP = 3
"""Hidden layers from which on no method has other numbers."""
SCALES = ("eta_t", "eta_inverse", "gamma", "fall", "width")
"""Parameters that scale the gradients of whole arrays, which Adam divides out again."""


def _names(kind: type, without: tuple[str, ...]) -> list[str]:
    """Fields of a dataclass of numbers."""
    return [each.name for each in fields(kind) if each.name not in without]


def _parameters() -> tuple[str, ...]:
    """Names of all numbers and switches, each once."""
    found = _names(Form, NAMED)
    for method in BASELINES:
        found += _names(type(baseline_numbers(method, DEEP)), ("batch",))
    return tuple(dict.fromkeys(found))


def _switch(choices, words):
    return setting(OWN, "form", words, role="procedure", choices=(OWN, *choices))


@dataclass(frozen=True)
class GLSNNSettings(NetworkSettings):
    """Settings of `protocols.glsnn`; each says itself what it is.

    ``parameters`` are changes of `equations.zhao2020.settings.Form` and of the numbers of
    `equations.zhao2020.baselines`.
    """

    engine: str = setting("numpy", "execution", "what tests the trained network: the arrays, or "
                          "the Brian2 groups too", role="execution", choices=("numpy", "brian2"))
    device: str = setting("cpp_standalone", "execution", "of the engine brian2", role="execution",
                          choices=DEVICES)
    array_module: str = setting("numpy", "run", "what training computes with; cupy needs a GPU",
                                role="repetition", choices=("numpy", "cupy"))
    kernels: str = setting("numba", "run", "on the CPU: compiled loops, or NumPy alone",
                           role="repetition", choices=("numba", "numpy"))
    precision: str = setting("float32", "run", "of weights and potentials", role="procedure",
                             choices=tuple(reversed(PRECISIONS)))
    network: str = setting("200-200-classes", "network", "layers after the input, such as "
                           "800-800-800-10; 'classes' stands for their number")
    method: str = setting("glsnn", "network", "how it learns", choices=METHODS)
    feedback_layers: str = setting("all", "network", "hidden layers with feedback, a number or "
                                   "'all'; the last one needs none (Eq. 5)", metavar="K")
    feedback_from: str = setting("top", "network", "where they are counted from", choices=SIDES)
    form: str = setting(OWN, "form", "of the neurons; literal: the printed numbers, with which "
                        "none fires untrained; own: conductance, of other methods the units of "
                        "their papers",
                        role="procedure", choices=(OWN, *FORMS))
    passing: str = _switch(PASSING, "spikes are passed on step by step, or after a layer has run")
    reading: str = _switch(READINGS, "what is learned from: the last step, or the mean over them")
    gate: str = _switch(GATES, "hidden neurons that learn")
    optimiser: str = setting(OWN, "training", "rule of the steps; Eq. 8: sgd", role="procedure",
                             choices=(OWN, "sgd", "adam"))
    epochs: float = setting(20, "training", "passes through the training samples, or through as "
                            "many as an epoch has", role="procedure", above=0, at_most=10**6,
                            may_change=True, metavar="X")
    batch: int = setting(0, "training", "samples whose changes are averaged before the weights "
                         "change (0: as the form or the method has it)", role="procedure",
                         at_least=0)
    test_every: int = setting(0, "training", "samples between evaluations (0: an epoch)",
                              role="repetition", at_least=0, may_change=True)
    parameters: dict[str, float] = setting({}, "parameters", "change a number or a switch (0 or 1) "
                                           "of the form or the method", role="procedure",
                                           keys=_parameters(),
                                           positive=("g_L", "T", "decay_epochs", "eta", "beta",
                                                     "fall", "free", "nudged", "epsilon"))

    # -- what they mean -----------------------------------------------------------------

    @property
    def spikes(self) -> bool:
        """Whether the units are spiking neurons."""
        return self.form != OWN or self.method == "glsnn"

    @property
    def form_name(self) -> str:
        """Name of the form of spiking neurons."""
        return "conductance" if self.form == OWN else self.form

    def spiking_form(self) -> Form:
        """The form of the neurons.

        Raises
        ------
        SuiteError
            If a whole number or a switch is asked for and something else given.
        """
        found = form(self.form_name)
        switches = {name: getattr(self, name) for name in ("passing", "reading", "gate",
                                                           "optimiser")}
        found = replace(found, **{name: value for name, value in switches.items()
                                  if value != OWN})
        if found.gate == "surrogate" and found.neuron != "current":
            raise SuiteError(f"--gate surrogate is one of the form rate; --form {found.name} has "
                             "no surrogate of a spike: choose another gate")
        found = with_parameters(found, self._own(found))
        for part in ("hidden", "output"):
            if not (getattr(found, f"{part}_current") or getattr(found, f"{part}_spikes")):
                raise SuiteError(f"{part} neurons pass on neither current nor spikes: give "
                                 f"--parameter {part}_current=1 or {part}_spikes=1")
        if found.steps < 1:
            raise SuiteError(f"parameter T = {found.T:g} is less than a time step")
        return found

    def numbers(self, hidden: int) -> Numbers | None:
        """Numbers of the method; None of GLSNN, whose are those of its form.

        Parameters
        ----------
        hidden : int
            Hidden layers.

        Raises
        ------
        SuiteError
            As `spiking_form`.
        """
        if self.method == "glsnn":
            return None
        found = baseline_numbers(self.method, hidden)
        return with_parameters(found, self._own(found))

    def _own(self, numbers) -> dict[str, float]:
        """Those of the parameters that some numbers have."""
        return {name: value for name, value in self.parameters.items()
                if hasattr(numbers, name)}

    @property
    def count(self) -> int | str:
        """Hidden layers with feedback, or 'all'."""
        return "all" if self.feedback_layers == "all" else int(self.feedback_layers)

    # -- what makes no sense ------------------------------------------------------------

    def check(self) -> None:
        """Refuse layers, methods and parameters that make no sense."""
        sizes = (1, *self.layers(2))
        hidden = len(sizes) - 2
        if not hidden:
            raise SuiteError(f"network {self.network!r} has no hidden layer: give one at least, "
                             "such as 100-classes")
        self._check_feedback(sizes)
        self._check_form()
        known = self.known_parameters()
        for name in self.parameters:
            if name not in known:
                words = f"--method {self.method}"
                if self.form != OWN:
                    words += f" --form {self.form}"
                raise SuiteError(f"parameter {name} does nothing to {words}; leave it out")
        self.numbers(hidden)
        self._check_optimiser()

    def known_parameters(self) -> list[str]:
        """Parameters that do something."""
        found = self._known_of_form() if self.spikes else []
        if self.method != "glsnn":
            # Spiking neurons learn with the steps of their form.
            without = ("batch", "eta") if self.spikes else ("batch",)
            found += _names(type(baseline_numbers(self.method, DEEP)), without)
            found = [name for name in found if name != "eta_t"]
        return found

    def _known_of_form(self) -> list[str]:
        """Parameters of the form that do something."""
        chosen = self.spiking_form()
        idle = ["g_L"] if chosen.neuron == "current" else []
        if chosen.decay == 1:
            idle.append("decay_epochs")
        # The slope that stands for a spike's derivative is read off within the band, too.
        slopes = self.method != "glsnn" or chosen.output_spikes
        if chosen.gate == "surrogate" or chosen.gate != "band" and not slopes:
            idle.append("band")
        return [name for name in _names(Form, NAMED) if name not in idle]

    @property
    def own_optimiser(self) -> str:
        """The optimiser of the form or of the method."""
        return form(self.form_name).optimiser if self.spikes else "sgd"

    @property
    def used_optimiser(self) -> str:
        """The optimiser that is used."""
        return self.own_optimiser if self.optimiser == OWN else self.optimiser

    @property
    def step(self) -> str:
        """Name of the parameter that is the step of learning."""
        return "eta_w" if self.spikes else "eta"

    def refuse_given(self, base: NetworkSettings, given: dict) -> None:
        """Refuse a step that came with another optimiser."""
        if self.step in self.parameters and self.step not in given.get("parameters", {}):
            refuse_step(base.used_optimiser, self.used_optimiser, f"--parameter {self.step}=")

    def _check_optimiser(self) -> None:
        """Refuse what the optimiser makes idle, and one without a step of its own."""
        for name in self.parameters:
            if self.used_optimiser == "adam" and name in SCALES:
                raise SuiteError(f"parameter {name} does nothing under the optimiser adam, which "
                                 "divides the scale of a gradient out; leave it out, or choose "
                                 "--optimiser sgd")
        if self.step not in self.parameters:
            refuse_step(self.own_optimiser, self.used_optimiser, f"--parameter {self.step}=")

    def _check_feedback(self, sizes: tuple[int, ...]) -> None:
        """Refuse feedback layers that there are not."""
        text = self.feedback_layers
        if text != "all" and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise SuiteError(f"--feedback-layers {text!r} is no number of layers: give 0, 1 and "
                             "so on, or all")
        if self.method == "glsnn":
            feedback_layers(sizes, self.count, self.feedback_from)
            if text == "all" and self.feedback_from != type(self).feedback_from:
                raise SuiteError("--feedback-from does nothing to --feedback-layers all; give a "
                                 "number of them")
            return
        for name in ("feedback_layers", "feedback_from"):
            if getattr(self, name) != getattr(type(self), name):
                raise self._idle(name)

    def _check_form(self) -> None:
        """Refuse methods without spiking form where spikes are asked for."""
        if self.form != OWN and self.method not in ("glsnn", *EVERY_NETWORK):
            raise SuiteError(f"--method {self.method} has no spiking form: leave out --form, or "
                             f"choose --method glsnn, {', '.join(EVERY_NETWORK)}")
        if self.spikes:
            return
        if self.engine == "brian2":
            advice = "a --form of neurons" if self.method in EVERY_NETWORK else "--method glsnn"
            raise SuiteError(f"--engine brian2: the units of --method {self.method} do not spike; "
                             f"leave it out, or choose {advice}")
        for name in ("passing", "reading", "gate"):
            if getattr(self, name) != OWN:
                raise self._idle(name)

    def _idle(self, name: str) -> SuiteError:
        """What is said of a setting that does nothing to the method."""
        return SuiteError(f"--{name.replace('_', '-')} does nothing to --method {self.method}; "
                          "leave it out")
