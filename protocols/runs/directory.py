"""One run, one directory: it belongs to one process at a time, and each file is whole or absent."""

import contextlib
import csv
import fcntl
import importlib.metadata
import io
import json
import os
import platform
import tempfile
import tomllib
from pathlib import Path

import numpy as np
import tomli_w

from models.errors import SuiteError
from protocols.files import regular_file, write_whole

PACKAGES = ("brian2", "numpy", "numba", "scikit-learn")
CONFIG = "config.toml"
CHECKPOINT = "checkpoint.npz"
SUMMARY = "summary.json"


def versions() -> dict[str, str]:
    """Versions of Python, the suite and what its results depend on."""
    found = {"python": platform.python_version()}
    for name in ("brian2-learning-suite", *PACKAGES):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


class RunDirectory:
    """Files of one run, for writing; a context that ends with the lock.

    The lock is the kernel's, on the directory itself: a killed process has none any more, and no
    file tells of it. What was made for this run, the directory and those above it, is removed at
    the end if nothing was written into it.

    Parameters
    ----------
    path : path-like
        Created if it does not exist.

    Raises
    ------
    SuiteError
        If the directory cannot be written to, or another process has it.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._made = []
        self._lock = None
        try:
            self._take()
            self._remove_leftovers()
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            self.close()
            raise SuiteError(f"cannot write to {self.path}: {error.strerror}; choose another "
                             "directory with --out") from None

    def _take(self):
        """Make the directory if it is not there, and lock it."""
        while self._lock is None:
            self._made = [each for each in (self.path, *self.path.parents) if not each.exists()]
            self.path.mkdir(parents=True, exist_ok=True)
            lock = self._locked()
            if _is_at(lock, self.path):
                self._lock = lock
            else:
                # The process that had it has removed it in between: it was empty.
                os.close(lock)

    def _locked(self) -> int:
        """File descriptor that holds the lock."""
        directory = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(directory)
            raise SuiteError(f"{self.path} belongs to a run that is under way in another process; "
                             "wait for its end, or choose another --out") from None
        except OSError:
            # Some network file systems have no locks. The run goes on without.
            pass
        return directory

    def _remove_leftovers(self):
        """Remove what a killed process was writing; nobody else writes while the lock is held."""
        for path in self.path.glob(".*.tmp"):
            path.unlink(missing_ok=True)

    def close(self):
        """Give the directory back."""
        for made in self._made:
            # Only an empty one can be removed.
            with contextlib.suppress(OSError):
                made.rmdir()
        if self._lock is not None:
            os.close(self._lock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def begun(self, resume: bool) -> bool:
        """Whether there is a checkpoint to continue from.

        Raises
        ------
        SuiteError
            If there is one and ``resume`` is false: it would be overwritten.
        """
        there = (self.path / CHECKPOINT).exists()
        if there and not resume:
            raise SuiteError(f"{self.path} already holds a run: add --resume to continue it, or "
                             "choose another --out")
        return there

    def write(self, name: str, data: bytes):
        """Write a file so that an interruption leaves the old one in place.

        Raises
        ------
        SuiteError
            If the disk is full or the directory not writable; the old file stays.
        """
        write_whole(self.path / name, data, "free some space, then continue with --resume")

    def remove(self, name: str):
        """Remove a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def write_config(self, tables: dict):
        """Write config.toml."""
        self.write(CONFIG, tomli_w.dumps(tables).encode())

    def write_json(self, name: str, value: object):
        """Write a JSON file."""
        self.write(name, (json.dumps(value, indent=1) + "\n").encode())

    def write_table(self, name: str, rows: list[dict]):
        """Write rows as CSV; all have the first one's columns."""
        text = io.StringIO()
        if rows:
            writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        self.write(name, text.getvalue().encode())

    def write_arrays(self, name: str, arrays: dict):
        """Write an ``.npz`` file."""
        data = io.BytesIO()
        np.savez_compressed(data, **arrays)
        self.write(name, data.getvalue())


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether a file descriptor is of what is at a path now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def read_config(path: Path) -> dict:
    """Tables of a config.toml, unchecked.

    Raises
    ------
    SuiteError
        If it cannot be read, is none, or is nested without end.
    """
    try:
        return tomllib.loads(regular_file(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        remedy = "start the run anew"
        if (path.parent / CHECKPOINT).exists():
            remedy = "delete it and use --resume: the checkpoint holds the settings, too"
        raise SuiteError(f"{path} is damaged ({_brief(error)}); {remedy}") from None


def read_json(path: Path) -> object:
    """Content of a JSON file.

    Raises
    ------
    SuiteError
        If it is missing or damaged.
    """
    try:
        return json.loads(regular_file(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise SuiteError(f"{path} is damaged ({_brief(error)}); delete it and give the same "
                         "command again") from None


def _brief(error: Exception) -> str:
    """An error in a few words."""
    return " ".join(str(error).split())[:100] or type(error).__name__
