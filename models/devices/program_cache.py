"""Compiled programs are kept: the same source is compiled once per machine.

A program is found by a hash of its whole source, the compiler, its flags and the processor
(the flags say "native"). So nothing stale can be found: another equation, size or version of
Brian2 is another source. A kept program ends with its own hash (what follows a program's last
section is not loaded), so that a damaged file is noticed and compiled again. The folder may be
deleted at any time.
"""

import contextlib
import hashlib
import os
import platform
import re
import subprocess
import tempfile
from pathlib import Path

import pooch

KEPT = 200
"""Programs; each takes some 0.2 MB, and the tests alone need more than 60."""
DIGEST = hashlib.sha256().digest_size


def folder():
    """Where compiled programs are kept (``$SNN_CACHE``, else the user's cache folder)."""
    root = os.environ.get("SNN_CACHE") or pooch.os_cache("brian2-learning-suite")
    return Path(root) / "compiled"


def key(directory, source):
    """Hash of a generated project.

    Parameters
    ----------
    directory : Path
        Project folder with makefile.
    source : str
        Name of the one source file (`models.devices.single_source.join_sources`).
    """
    makefile = (directory / "makefile").read_text()
    flags = re.findall(r"^(?:OPTIMISATIONS|CXXFLAGS|LFLAGS) = .*$", makefile, re.M)
    compiler = os.environ.get("CXX", "").split() or ["g++"]
    version = subprocess.run([compiler[0], "--version"], capture_output=True, text=True).stdout
    with contextlib.suppress(OSError):
        version += re.search(r"^flags.*$", Path("/proc/cpuinfo").read_text(), re.M)[0]
    text = (directory / source).read_text()
    # Paths of the Python installation; nothing is taken from there.
    flags = [re.sub(r'-(?:Wl,\S*|[ILR])"[^"]*"|-Wl,\S*', "", line) for line in flags]
    parts = [text, *flags, *compiler, version, platform.machine()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def fetch(name, target):
    """Copy a kept program to ``target``; False if there is none, or a damaged one."""
    kept = folder() / name
    try:
        data = kept.read_bytes()
        program, digest = data[:-DIGEST], data[-DIGEST:]
        if hashlib.sha256(program).digest() != digest:
            kept.unlink()
            return False
        target.write_bytes(program)
        target.chmod(0o755)
        os.utime(kept)
    except OSError:
        return False
    return True


def keep(name, program):
    """Keep a program; the longest unused ones go. Failure to keep it is no failure."""
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder(), prefix=".")
        try:
            data = program.read_bytes()
            with open(handle, "wb") as file:
                file.write(data + hashlib.sha256(data).digest())
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o755)
            os.replace(temporary, folder() / name)
        finally:
            Path(temporary).unlink(missing_ok=True)
        programs = sorted(folder().glob("[!.]*"), key=lambda p: p.stat().st_mtime)
        for old in programs[:-KEPT]:
            old.unlink(missing_ok=True)
