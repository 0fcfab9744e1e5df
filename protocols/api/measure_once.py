"""Measurements for scripts that are run again: what has been measured stays."""

from pathlib import Path
from typing import Any

from protocols.emstdp_angles.measure import ACTIVITY, measure
from protocols.emstdp_pairing.protocol import MEASUREMENT
from protocols.npz import read_npz
from protocols.runs.directory import SUMMARY
from protocols.runs.measurement import run


def measure_pairing(out: str | Path, **settings: Any) -> Path:
    """Compare Eq. 12 with pair STDP (Shrestha et al. 2019, Fig. 5), unless that has been done.

    Parameters
    ----------
    out : path-like
        Run directory.
    **settings
        Of `protocols.emstdp_pairing.settings.PairingSettings`.

    Returns
    -------
    Path
        The run directory.

    Raises
    ------
    SuiteError
        If a setting makes no sense, or the directory cannot be written to.
    """
    path = Path(out)
    if not (path / SUMMARY).exists():
        run(MEASUREMENT, MEASUREMENT.settings(**settings), path, "protocols.api: measure_pairing")
    return path


def measure_angles(out: str | Path, samples: int = 500) -> Path:
    """Measure the angles between updates at a run's kept checkpoints, unless that has been done.

    Parameters
    ----------
    out : path-like
        Run directory of `protocols.emstdp`.
    samples : int
        Training samples to show.

    Returns
    -------
    Path
        The run directory; its activity.npz has the angles (`protocols.emstdp_angles.measure`).

    Raises
    ------
    SuiteError
        If it is no finished run, or there are not so many samples.
    """
    path = Path(out)
    if not (path / ACTIVITY).exists() or "angle_samples" not in read_npz(path / ACTIVITY):
        measure(path, samples)
    return path
