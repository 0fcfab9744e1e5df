"""Runs that a notebook draws, made by the protocols in processes of their own.

This package imports nothing of the protocols. Where a notebook needs a run that is not there, it
asks for it as a reader would, by a command line, and reads the directory.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError


def train_once(out: str | Path, protocol: str, preset: str = "digits", **settings: Any) -> Path:
    """Train a network into a run directory, unless that holds the finished run.

    Parameters
    ----------
    out : path-like
        Run directory. What was interrupted there goes on.
    protocol : str
        Such as 'stbp'.
    preset : str
        As ``python -m protocols.PROTOCOL --list`` names them.
    **settings
        What differs from the preset, by the names of the options with underscores.

    Returns
    -------
    Path
        The run directory.

    Raises
    ------
    AnalysisError
        If the run cannot be made, or the directory holds another one.
    """
    return _made("train_once", out, protocol=protocol, preset=preset, **settings)


def measure_pairing(out: str | Path) -> Path:
    """Compare Eq. 12 with pair STDP (Shrestha et al. 2019, Fig. 5), unless that has been done."""
    return _made("measure_pairing", out)


def measure_angles(out: str | Path, samples: int = 500) -> Path:
    """Measure the angles between updates at a run's kept checkpoints, unless that has been done."""
    return _made("measure_angles", out, samples=samples)


def _made(function, out, **keywords):
    """The directory, once ``python -m protocols.api`` has done its part."""
    done = subprocess.run([sys.executable, "-m", "protocols.api", function, str(out),
                           json.dumps(keywords)], capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise AnalysisError(said[-1].removeprefix("api: "))
    return Path(out)
