"""The devices a network is compiled for."""

from models.errors import SuiteError
from models.devices.runtime import RuntimeNetwork
from models.devices.standalone import StandaloneNetwork

DEVICES = ("cpp_standalone", "runtime")


def compile_network(build, device="cpp_standalone", label="network", precision="float64",
                    threads=1):
    """Build a network once, ready to be called chunk after chunk.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription; called while the device is active.
    device : {'cpp_standalone', 'runtime'}
    label : str
        For messages.
    precision : {'float64', 'float32'}
        Of the variables; states are float64 arrays either way.
    threads : int
        Threads of a cpp_standalone program (`models.dense.threads`).

    Returns
    -------
    CompiledNetwork

    Raises
    ------
    SuiteError
        Unknown device or precision, no C++ compiler, compilation failed, more threads than
        processors.
    """
    if threads > 1 and device == "runtime":
        raise SuiteError("--threads is for --device cpp_standalone; runtime has one thread")
    if device == "runtime":
        return RuntimeNetwork(build, precision)
    if device == "cpp_standalone":
        return StandaloneNetwork(build, label, precision=precision, threads=threads)
    raise SuiteError(f"unknown device {device!r}: choose one of {', '.join(DEVICES)}")
