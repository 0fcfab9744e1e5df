"""Networks as one kernel for GPUs: a replica is a work-group (`README.md`)."""

from __future__ import annotations

from models.gpu.processor import Processor


def processor_of(device: str) -> Processor:
    """The processor of a device.

    Parameters
    ----------
    device : {'opencl', 'cuda'}

    Raises
    ------
    SuiteError
        If a package, a driver or a GPU is missing; it says what to install.
    """
    if device == "cuda":
        from models.gpu.cuda import Cuda

        return Cuda()
    from models.gpu.opencl import OpenCL

    return OpenCL()
