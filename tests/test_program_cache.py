"""Compiled programs that are kept: found again whole, and never somebody else's."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from models.programs import program_cache

NAME = "0" * 64


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache's folder, not made yet."""
    monkeypatch.setenv("SNN_CACHE", str(tmp_path / "mine"))
    program_cache._warn.cache_clear()
    return tmp_path / "mine" / "compiled"


@pytest.fixture
def target(tmp_path):
    return tmp_path / "main"


@pytest.fixture
def source():
    return Path(shutil.which("true"))


def kept(cache, source):
    """A program in the cache."""
    program_cache.keep(NAME, source)
    return cache / NAME


def as_another(monkeypatch):
    """Look at files as a user who does not own them."""
    monkeypatch.setattr(program_cache.os, "getuid", lambda: 12345)
    real = os.fstat

    def fstat(descriptor):
        status = list(real(descriptor))
        status[4] = 54321
        return os.stat_result(status)

    monkeypatch.setattr(program_cache.os, "fstat", fstat)


def test_a_kept_program_runs(cache, source, target):
    old = os.umask(0o002)
    try:
        kept(cache, source)
    finally:
        os.umask(old)
    assert program_cache.fetch(NAME, target)
    assert target.read_bytes() == source.read_bytes()
    assert subprocess.run([target]).returncode == 0
    # Nobody else may look in, whatever the user's mask.
    for path in (cache, cache.parent):
        assert path.stat().st_mode & 0o777 == 0o700
    assert (cache / NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [
    lambda data: data[:1000] + b"x" + data[1001:], lambda data: data[:-100], lambda data: b""])
def test_damaged_program_is_compiled_again(cache, source, target, damage):
    """A kept program with another byte, or a part of it, is not run, and goes."""
    path = kept(cache, source)
    path.write_bytes(damage(path.read_bytes()))
    assert not program_cache.fetch(NAME, target)
    assert not path.exists() and not target.exists()
    assert not program_cache.fetch(NAME, target)


@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_folder_in_which_others_write(cache, source, target, mode, caplog):
    """One warning, however often it is asked; nothing is read or written."""
    kept(cache, source)
    cache.chmod(mode)
    for _ in range(2):
        assert not program_cache.fetch(NAME, target)
        program_cache.keep("1" * 64, source)
    assert len(list(cache.iterdir())) == 1
    line, = caplog.messages
    assert str(cache) in line and "others may write there" in line and "SNN_CACHE" in line


def test_folder_of_another_user(cache, source, target, monkeypatch, caplog):
    kept(cache, source)
    as_another(monkeypatch)
    assert not program_cache.fetch(NAME, target)
    assert "belongs to another user" in caplog.text


def test_folder_that_is_a_link(cache, source, target, caplog, tmp_path):
    """Another user may have laid it to a folder whose files would be deleted."""
    kept(cache, source)
    cache.rename(tmp_path / "elsewhere")
    cache.symlink_to(tmp_path / "elsewhere")
    assert not program_cache.fetch(NAME, target)
    program_cache.keep("1" * 64, source)
    assert len(list(cache.iterdir())) == 1
    assert "it is a link" in caplog.text


def test_file_that_others_could_have_written(cache, source, target):
    path = kept(cache, source)
    for mode in (0o770, 0o702):
        path.chmod(mode)
        assert not program_cache.fetch(NAME, target)
    # It is replaced by the user's own.
    kept(cache, source)
    assert program_cache.fetch(NAME, target)


def test_file_of_another_user(cache, source, target):
    path = kept(cache, source)
    if os.getuid() != 0:
        pytest.skip("only root gives files away")
    os.chown(path, 12345, -1)
    assert not program_cache.fetch(NAME, target)
    assert not target.exists()


def test_what_is_no_file(cache, source, target):
    """A link to a program, a pipe, which nobody writes to, and a folder."""
    path = kept(cache, source)
    path.rename(cache / "elsewhere")
    path.symlink_to("elsewhere")
    assert not program_cache.fetch(NAME, target)
    path.unlink()
    os.mkfifo(path)
    assert not program_cache.fetch(NAME, target)
    path.unlink()
    path.mkdir()
    assert not program_cache.fetch(NAME, target)


def test_the_longest_unused_go_and_nothing_else(cache, source, target, monkeypatch):
    """Programs and what killed processes left; not what a user has put there."""
    monkeypatch.setattr(program_cache, "KEPT", 2)
    names = [str(k) * 64 for k in range(3)]
    cache.mkdir(parents=True, mode=0o700)
    unfinished = [f".{NAME}-{k:016x}" for k in range(2)]
    for name in ("notes.txt", *unfinished):
        (cache / name).touch()
    long_ago = time.time() - 10**6
    for name in ("notes.txt", unfinished[0]):
        os.utime(cache / name, (long_ago, long_ago))
    for k, name in enumerate(names):
        program_cache.keep(name, source)
        os.utime(cache / name, (k, k))
        if k == 1:
            assert program_cache.fetch(names[0], target)
    assert {path.name for path in cache.iterdir()} == {
        names[0], names[2], "notes.txt", unfinished[1]}
