"""What a measurement depends on: processor, compiler, versions, load."""

import os
import platform
import subprocess
from pathlib import Path

from protocols.runs.directory import versions


def machine():
    """Facts for a table of timings.

    Returns
    -------
    dict
        ``cpu``, ``cores``, ``system``, ``load`` (processes ready to run, mean of the last
        minute), ``compiler`` and ``versions``.
    """
    return {
        "cpu": _cpu(), "cores": os.cpu_count(), "system": platform.platform(),
        "load": round(os.getloadavg()[0], 2), "compiler": _compiler(), "versions": versions(),
    }


def _cpu():
    """Model of the processor; Linux alone tells it in a file."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _compiler():
    """First line of the compiler's version."""
    command = [*(os.environ.get("CXX", "").split() or ["g++"]), "--version"]
    return subprocess.run(command, capture_output=True, text=True).stdout.partition("\n")[0]
