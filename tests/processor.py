"""What the processor at hand can do."""

import platform
import re
from pathlib import Path

import pytest


def has_fma() -> bool:
    """Whether it rounds a product and a sum together, in one instruction."""
    if platform.machine() in ("aarch64", "arm64"):
        return True
    try:
        flags = re.search(r"^flags.*$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        return False
    return flags is not None and "fma" in flags[0].split()


needs_fma = pytest.mark.skipif(not has_fma(), reason="no fused multiply-add here")
