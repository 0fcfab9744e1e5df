"""Networks that do not fit into memory are refused before they are made."""

import pytest

from models import memory
from models.errors import SuiteError


def test_what_fits_is_as_large_as_memory(monkeypatch):
    monkeypatch.setattr(memory, "physical_memory", lambda: 32_000_000_000)
    memory.check_fits(1_000_000_000)
    with pytest.raises(SuiteError, match="1,000,000,001 weights takes some 32 GB .* has 32;"):
        memory.check_fits(1_000_000_001)


def test_unknown_memory_refuses_nothing(monkeypatch):
    monkeypatch.setattr(memory.os, "sysconf", lambda name: -1 if "PHYS" in name else 4096)
    assert memory.physical_memory() is None
    memory.check_fits(10**18)
