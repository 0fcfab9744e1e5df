"""Compiled programs are kept: the same source is compiled once per machine.

A program is found by a hash of its whole source, the compiler, its flags and the processor
(the flags say "native"). So nothing stale can be found: another equation, size or version of
Brian2 is another source. A kept program ends with its own hash (what follows a program's last
section is not loaded), so that a damaged file is noticed and compiled again. The folder may be
deleted at any time.

A kept program is run, so nobody else may have put it there. Folder and file must belong to
this user or to root, others must not be able to write them, and neither may be a link. They are
opened before they are checked and read by what was opened, so that nothing can be exchanged in
between. A folder that fails is not used, which a warning says once.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import os
import platform
import re
import secrets
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pooch

KEPT = 200
"""Programs; each takes some 0.2 MB, and the tests alone need more than 60."""
DIGEST = hashlib.sha256().digest_size
NAME = re.compile(r"[0-9a-f]{64}")
"""Names of kept programs, as `key` gives them; nothing else in the folder is deleted."""
UNFINISHED = re.compile(r"\.[0-9a-f]{64}-[0-9a-f]{16}")
UNFINISHED_SECONDS = 3600
"""A program is written in seconds; what is older was left by a process that was killed."""

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
# Opening a pipe or a device that lies there must not wait.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK

logger = logging.getLogger(__name__)


def folder() -> Path:
    """Where compiled programs are kept (``$SNN_CACHE``, else the user's cache folder)."""
    root = os.environ.get("SNN_CACHE") or pooch.os_cache("brian2-learning-suite")
    return Path(root) / "compiled"


def key(directory: Path, source: str, compiler: list[str], also: Sequence[str] = ()) -> str:
    """Hash of a generated project.

    Parameters
    ----------
    directory : Path
        Project folder with makefile.
    source : str
        Name of the one source file (`models.programs.single_source.join_sources`).
    compiler : list of str
        Command (`models.shared.resources.check_compiler`).
    also : sequence of str
        What else the program depends on.
    """
    makefile = (directory / "makefile").read_text()
    flags = re.findall(r"^(?:OPTIMISATIONS|CXXFLAGS|LFLAGS) = .*$", makefile, re.M)
    version = subprocess.run([*compiler, "--version"], capture_output=True, text=True,
                             errors="replace", stdin=subprocess.DEVNULL).stdout
    with contextlib.suppress(OSError):
        version += re.search(r"^flags.*$", Path("/proc/cpuinfo").read_text(), re.M)[0]
    text = (directory / source).read_text()
    # Paths of the Python installation; nothing is taken from there.
    flags = [re.sub(r'-(?:Wl,\S*|[ILR])"[^"]*"|-Wl,\S*', "", line) for line in flags]
    parts = [text, *flags, *compiler, version, platform.machine(), *also]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def fetch(name: str, target: Path) -> bool:
    """Copy a kept program to ``target``; False if there is none that can be trusted and is whole.

    Parameters
    ----------
    name : str
        From `key`.
    target : Path
    """
    with contextlib.suppress(OSError), _opened() as kept:
        data = _read(name, kept)
        program = data[:-DIGEST]
        if hashlib.sha256(program).digest() != data[-DIGEST:]:
            os.unlink(name, dir_fd=kept)
            return False
        target.write_bytes(program)
        target.chmod(0o700)
        return True
    return False


def keep(name: str, program: Path) -> None:
    """Keep a program; the longest unused ones go. Failure to keep it is no failure.

    Parameters
    ----------
    name : str
        From `key`.
    program : Path
    """
    with contextlib.suppress(OSError):
        _make(folder())
        with _opened() as kept:
            data = program.read_bytes()
            _write(name, data + hashlib.sha256(data).digest(), kept)
            _forget(kept)


@contextlib.contextmanager
def _opened() -> Iterator[int]:
    """Descriptor of the folder.

    Raises
    ------
    OSError
        If there is none, or it is not to be trusted.
    """
    path = folder()
    if path.is_symlink():
        _warn(path, "it is a link")
        raise PermissionError(path)
    descriptor = os.open(path, _READ | os.O_DIRECTORY)
    try:
        fault = _fault(os.fstat(descriptor))
        if fault:
            _warn(path, fault)
            raise PermissionError(path)
        yield descriptor
    finally:
        os.close(descriptor)


def _fault(status):
    """Why others could have changed a file or folder; None if they could not."""
    if status.st_uid not in (os.getuid(), 0):
        return "it belongs to another user"
    if status.st_mode & _OTHERS_WRITE:
        return "others may write there (chmod go-w)"
    return None


@functools.cache
def _warn(path, fault):
    logger.warning("compiled programs in %s are not used: %s; set SNN_CACHE to a folder of yours",
                   path, fault)


def _make(path):
    """Make the folder and those above it, for this user alone."""
    for each in [*reversed(path.parents), path]:
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)


def _read(name, kept):
    """Bytes of a kept program, which is now the last used one."""
    descriptor = os.open(name, _READ, dir_fd=kept)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or _fault(status):
            raise PermissionError(name)
        # A folder of root's may be for reading only.
        with contextlib.suppress(PermissionError):
            os.utime(descriptor)
        return file.read()


def _write(name, data, kept):
    """Put a file into the folder, whole or not at all."""
    temporary = f".{name}-{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=kept)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, name, src_dir_fd=kept, dst_dir_fd=kept)
    except BaseException:
        os.unlink(temporary, dir_fd=kept)
        raise


def _forget(kept):
    """Delete the longest unused programs, and what killed processes left unfinished."""
    used = {}
    for name in os.listdir(kept):
        with contextlib.suppress(FileNotFoundError):
            used[name] = os.stat(name, dir_fd=kept, follow_symlinks=False).st_mtime
    programs = sorted(filter(NAME.fullmatch, used), key=used.get)
    unfinished = [name for name in filter(UNFINISHED.fullmatch, used)
                  if time.time() - used[name] > UNFINISHED_SECONDS]
    for name in programs[:-KEPT] + unfinished:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=kept)
