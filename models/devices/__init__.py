"""The devices a network is compiled for.

Brian2 is imported with the first network, not with this package: command lines that name the
devices start in a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from models.errors import SuiteError

if TYPE_CHECKING:
    from models.devices.compiled_network import CompiledNetwork
    from models.devices.network_description import NetworkDescription

GENN_DEVICES = {"genn": True, "genn-cpu": False}
"""Devices of GeNN, and whether they use a GPU. Networks are built for them in another form."""

KERNEL_DEVICES = ("opencl", "cuda")
"""Devices whose program is one kernel of many replicas (`models.gpu`)."""

DEVICES = ("cpp_standalone", "runtime", *KERNEL_DEVICES, *GENN_DEVICES)


def compile_network(build: Callable[[], NetworkDescription], device: str = "cpp_standalone",
                    label: str = "compiled", precision: str = "float64", threads: int = 1,
                    announce: Callable[[str], None] | None = None) -> CompiledNetwork:
    """Build a network once, ready to be called chunk after chunk.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription; called while the device is active.
    device : {'cpp_standalone', 'runtime', 'opencl', 'cuda', 'genn', 'genn-cpu'}
    label : str
        Names the network in messages.
    precision : {'float64', 'float32'}
        Of the variables; states are float64 arrays either way.
    threads : int
        Threads of a cpp_standalone program (`models.dense.threads`).
    announce : callable, optional
        Takes a line that says which network is being compiled and how long this takes. It is
        called before the compiler starts, and not where nothing is to be compiled.

    Returns
    -------
    CompiledNetwork

    Raises
    ------
    SuiteError
        Unknown device or precision, no C++ compiler or no GeNN, a package, driver or GPU that is
        missing, a network that the device cannot run, compilation failed, memory exhausted, more
        threads than processors.
    """
    if device not in DEVICES:
        raise SuiteError(f"unknown device {device!r}: choose one of {', '.join(DEVICES)}")
    if threads > 1 and device != "cpp_standalone":
        own = "takes its own" if device in KERNEL_DEVICES else "has one thread"
        raise SuiteError(f"--threads is for --device cpp_standalone; {device} {own}")
    try:
        if device == "runtime":
            from models.devices.runtime import RuntimeNetwork

            return RuntimeNetwork(build, label, precision)
        if device in KERNEL_DEVICES:
            from models.gpu import processor_of
            from models.gpu.network import KernelNetwork

            return KernelNetwork(build, processor_of(device), label, precision, announce=announce)
        if device in GENN_DEVICES:
            from models.devices.genn.network import GeNNNetwork

            return GeNNNetwork(build, GENN_DEVICES[device], label, precision, announce)
        from models.devices.standalone import StandaloneNetwork

        return StandaloneNetwork(build, label, precision=precision, threads=threads,
                                 announce=announce)
    except MemoryError:
        raise SuiteError(f"no memory is left for building the {label} network; end other programs, "
                         "raise the limit (ulimit -v), or choose smaller layers") from None
