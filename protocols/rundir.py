"""One run, one directory: what every protocol writes, always by a temporary file and rename."""

import csv
import importlib.metadata
import io
import json
import os
import platform
import tomllib
import zipfile
import zlib
from pathlib import Path

import numpy as np
import tomli_w

from models.errors import SuiteError

PACKAGES = ("brian2", "numpy", "numba", "scikit-learn")


def versions():
    """Versions of Python, the suite and what its results depend on."""
    found = {"python": platform.python_version()}
    for name in ("brian2-learning-suite", *PACKAGES):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


class RunDirectory:
    """Files of one run.

    Parameters
    ----------
    path : path-like
        Created if it does not exist.

    Raises
    ------
    SuiteError
        If the directory cannot be written to.
    """

    def __init__(self, path):
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / ".probe"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise SuiteError(f"cannot write to {self.path}: {error.strerror}; choose another "
                             "directory with --out") from None

    def begun(self, resume):
        """Whether there is a checkpoint to continue from.

        Raises
        ------
        SuiteError
            If there is one and ``resume`` is false: it would be overwritten.
        """
        there = (self.path / "checkpoint.npz").exists()
        if there and not resume:
            raise SuiteError(f"{self.path} already holds a run: add --resume to continue it, or "
                             "choose another --out")
        return there

    def write(self, name, data):
        """Write bytes to a file so that an interruption leaves the old one in place.

        Raises
        ------
        SuiteError
            If the disk is full or the directory not writable; the old file stays.
        """
        target = self.path / name
        temporary = target.with_name(f".{target.name}.tmp")
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            kept = "; the previous one is untouched" if target.exists() else ""
            raise SuiteError(f"cannot write {target}: {error.strerror}{kept}; free some space, "
                             "then continue with --resume") from None

    def write_config(self, config):
        """Write ``config.toml``; ``None`` values are left out (TOML has none)."""
        self.write("config.toml", tomli_w.dumps(_without_none(config)).encode())

    def read_config(self):
        """Read ``config.toml``."""
        path = self.path / "config.toml"
        try:
            return tomllib.loads(path.read_text())
        except FileNotFoundError:
            raise SuiteError(f"{self.path} is no run directory: it has no {path.name}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            way_out = ("delete it and use --resume: the checkpoint holds the settings, too"
                       if (self.path / "checkpoint.npz").exists() else "start the run anew")
            raise SuiteError(f"{path} is damaged ({error}); {way_out}") from None

    def write_json(self, name, value):
        """Write a JSON file."""
        self.write(name, (json.dumps(value, indent=1) + "\n").encode())

    def read_json(self, name):
        """Read a JSON file."""
        path = self.path / name
        try:
            return json.loads(path.read_text())
        except FileNotFoundError:
            raise SuiteError(f"{path} is missing: has the run been finished?") from None
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise SuiteError(f"{path} is damaged; start the run anew") from None

    def write_table(self, name, rows):
        """Write a list of dicts as CSV; all rows have the first row's columns."""
        text = io.StringIO()
        if rows:
            writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        self.write(name, text.getvalue().encode())

    def write_arrays(self, name, arrays):
        """Write an ``.npz`` file."""
        data = io.BytesIO()
        np.savez_compressed(data, **arrays)
        self.write(name, data.getvalue())

    def write_checkpoint(self, arrays, facts, name="checkpoint"):
        """Write ``NAME.npz`` with the facts as JSON inside it, and again beside it.

        One file holds both, so that no kill can leave them out of step; the copy beside
        it is for reading.
        """
        data = io.BytesIO()
        # The names, since a damaged directory of the file can make arrays vanish.
        text = json.dumps(facts | {"arrays": sorted(arrays)})
        np.savez(data, facts=np.frombuffer(text.encode(), np.uint8), **arrays)
        self.write(f"{name}.npz", data.getvalue())
        brief = {k: v for k, v in facts.items() if not isinstance(v, list)}
        self.write_json(f"{name}.json", brief)

    def read_checkpoint(self, name="checkpoint"):
        """Read what `write_checkpoint` wrote.

        Returns
        -------
        arrays : dict of str to ndarray
        facts : dict
        """
        return read_checkpoint(self.path / f"{name}.npz")


def read_checkpoint(path):
    """Arrays and facts of a checkpoint file.

    Raises
    ------
    SuiteError
        If it is missing, damaged, or no checkpoint.
    """
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        facts = dict(json.loads(arrays.pop("facts").tobytes()))
        if facts.pop("arrays", sorted(arrays)) != sorted(arrays):
            raise ValueError("arrays are missing")
    except FileNotFoundError:
        raise SuiteError(f"there is no checkpoint {path}; a training writes one into its run "
                         "directory") from None
    # What NumPy and zipfile raise on damaged bytes; TypeError for an .npy of one array.
    except (OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError,
            zipfile.BadZipFile, zlib.error):
        raise SuiteError(f"{path} is damaged or no checkpoint of this suite; take another one "
                         "or start the run anew") from None
    return arrays, facts


def fact(facts, name, kind):
    """One of a checkpoint's facts.

    Parameters
    ----------
    facts : dict
    name : str
    kind : type
        What it must be.

    Raises
    ------
    SuiteError
        If it is missing or of another type.
    """
    if not isinstance(facts.get(name), kind):
        raise SuiteError(f"the checkpoint has no usable {name!r}: it is damaged or of another "
                         "protocol; choose another run")
    return facts[name]


def _without_none(value):
    if isinstance(value, dict):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    return value
