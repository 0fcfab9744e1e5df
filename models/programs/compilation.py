"""The compiler at work on a generated project, while other networks are built."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shlex
import signal
import subprocess
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

from models.errors import SuiteError
from models.programs import program_cache
from models.programs.single_source import join_sources
from models.programs.working_folder import WorkingFolder, in_words
from models.shared.processes import how_it_ended

PROGRAM = "main"
MAKE_READS = ("MAKEFLAGS", "GNUMAKEFLAGS", "MFLAGS", "MAKEFILES")
"""Options of another make, such as -n, which are none of ours."""
KILLED = re.compile(r"Killed signal terminated program|internal compiler error: Killed")
"""What gcc says where one of its processes was killed."""


class Compilation:
    """A program that is being compiled, or was found among those that are kept.

    Parameters
    ----------
    directory : Path
        Project of `models.devices.cpp_project.write_project`.
    folder : WorkingFolder or None
        In which the project lies; None where it lies in a folder of the user's.
    compiler : list of str
        Command (`models.shared.resources.check_compiler`).
    headers : sequence of str
        Lines with which the source is to begin.
    label : str
        Names the network in messages.
    announce : callable, optional
        Takes a line before the compiler starts.

    Attributes
    ----------
    program : Path
        Where the program will be.

    Raises
    ------
    SuiteError
        If the compiler cannot be started.
    """

    name = PROGRAM
    """Of the program in its directory."""
    usual_time = "about 10 s"
    """7.4 s of a processor for the network of 784, 400 and 10 neurons that learns (gcc 12)."""
    compiled_by = "the C++ compiler"
    remedy = "try another compiler (CXX=...) or --device runtime"

    def __init__(self, directory: Path, folder: WorkingFolder | None, compiler: list[str],
                 headers: Sequence[str], label: str,
                 announce: Callable[[str], None] | None = None):
        self.program = directory / self.name
        self._label = label
        # The compiler is to be ended before its folder is removed.
        self._folder = folder
        self._lock = threading.Lock()
        self._failure = None
        self._process = None
        with in_words(label):
            source = join_sources(directory, headers)
            self._kept = self._kept_files(directory, source, compiler)
            if all(program_cache.fetch(key, path) for path, key in self._kept.items()):
                return
            if announce is not None:
                announce(f"compiling the {label} network ({self.usual_time})")
            self._process = self._start(directory, source, compiler, folder)
        # make and the compilers that it started end with this process.
        weakref.finalize(self, _end, self._process)

    def wait(self) -> None:
        """Wait until the program is compiled.

        Raises
        ------
        SuiteError
            If compiling failed, at every call.
        """
        with self._lock:
            if self._process is not None:
                said, _ = self._process.communicate()
                status = self._process.returncode
                self._process = None
                self._finish(status, said)
            if self._failure is not None:
                raise SuiteError(self._failure)

    def _kept_files(self, directory, source, compiler):
        """What make makes and the cache keeps: ``{path: key}``."""
        return {self.program: program_cache.key(directory, source, compiler)}

    def _environment(self):
        """Environment of make."""
        kept = {name: value for name, value in os.environ.items() if name not in MAKE_READS}
        # Messages are searched for English words.
        return kept | {"LC_ALL": "C"}

    def _start(self, directory, source, compiler, folder):
        """Start make."""
        command = shlex.join(compiler).replace("$", "$$")
        return subprocess.Popen(
            ["make", "-o", "make.deps", f"SRCS={source}", f"CXX={command}", PROGRAM],
            cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
            env=self._environment(), pass_fds=folder.inherited if folder else ())

    def _finish(self, status, said):
        if status or not all(path.exists() for path in self._kept):
            fault = _fault(status, said, self.remedy)
            self._failure = f"{self.compiled_by} on the {self._label} network {fault}"
            return
        for path, key in self._kept.items():
            program_cache.keep(key, path)


def _end(process):
    """End a compilation that nobody waits for any more."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _fault(status, said, remedy):
    """What went wrong, and what to do."""
    if not status:
        return f"left no program; {remedy}"
    lines = said.splitlines()
    if any(KILLED.search(line) for line in lines):
        return how_it_ended(-signal.SIGKILL, "", "")
    for line in lines:
        if os.strerror(errno.ENOSPC) in line:
            return (f"failed: {line.strip()}; free some space, or set TMPDIR to a folder of "
                    "another disk")
    # make says which command failed, the compiler before it says why.
    errors = [line for line in lines if "rror" in line and not line.startswith("make")]
    return how_it_ended(status, "\n".join([*errors, *lines]), remedy)
