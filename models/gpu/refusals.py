"""What has no form in a kernel, in words."""

from brian2.codegen.templates import Templater

from models.errors import SuiteError

INSTEAD = {
    "spikegenerator": "SpikeGeneratorGroup has no form in a kernel; give the spikes by a "
                      "TimedArray and a threshold that reads it",
    "ratemonitor": "PopulationRateMonitor has no form in a kernel; use a SpikeMonitor",
    "spatialstateupdate": "SpatialNeuron has no form in a kernel",
}
"""What to use in place of objects, by the templates that Brian2 makes them of."""

SYNAPSES = ("Synapses has no form in a kernel, whose threads share no lists of synapses; use "
            "models.dense.dense_synapses")
OTHER_DEVICE = "or --device cpp_standalone"


class KernelTemplater(Templater):
    """Templates of kernels.

    Raises
    ------
    SuiteError
        Where Brian2 asks for a template that is not among them.
    """

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except KeyError:
            instead = INSTEAD.get(name, SYNAPSES)
            raise SuiteError(f"{instead}, {OTHER_DEVICE}") from None


def refuse_random(owner: str, function: str) -> None:
    """Refuse a function whose numbers depend on the order of its calls.

    Raises
    ------
    SuiteError
    """
    raise SuiteError(
        f"{owner}: {function}() draws from a generator that a program has but once, and a kernel "
        "runs many networks side by side: use counter_uniform (models.shared.counter_random), "
        f"{OTHER_DEVICE}")


def refuse_function(owner: str, function: str, target: str) -> None:
    """Refuse a function that has no text for kernels.

    Raises
    ------
    SuiteError
    """
    raise SuiteError(
        f"{owner}: the function {function} has no text for kernels: give it one by "
        f"implementations.add_implementation({target!r}, ...), {OTHER_DEVICE}")
