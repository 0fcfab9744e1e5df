"""Networks that do not fit into memory are refused before they are made."""

import pytest

from models.errors import SuiteError
from models.shared import resources


def test_what_fits_is_as_large_as_memory(monkeypatch):
    monkeypatch.setattr(resources, "physical_memory", lambda: 32_000_000_000)
    resources.check_fits(1_000_000_000)
    with pytest.raises(SuiteError, match="1,000,000,001 weights takes some 32 GB .* has 32;"):
        resources.check_fits(1_000_000_001)


def test_unknown_memory_refuses_nothing(monkeypatch):
    monkeypatch.setattr(resources.os, "sysconf", lambda name: -1 if "PHYS" in name else 4096)
    assert resources.physical_memory() is None
    resources.check_fits(10**18)


def test_huge_pages_are_added_to_what_the_user_tunes():
    mine = {"PATH": "bin", "GLIBC_TUNABLES": "glibc.malloc.arena_max=1"}
    assert resources.with_huge_pages(mine) == {
        "PATH": "bin", "GLIBC_TUNABLES": "glibc.malloc.arena_max=1:glibc.malloc.hugetlb=1"}
    assert resources.with_huge_pages({}) == {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
