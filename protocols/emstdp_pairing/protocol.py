"""EMSTDP's update (Eq. 12) beside event-based pair STDP, on the spikes of the same two neurons.

    python -m protocols.emstdp_pairing
    python -m protocols.emstdp_pairing --drive external --rule rectangular-all --out DIR

Section 4.1 and Fig. 5 of Shrestha et al. (2019). A postsynaptic neuron fires by its drive alone
(h). Then a presynaptic one fires at random, too, through a weight of random strength (h_hat).
Each draw of such pairs gives a correlation between the two weight changes.
"""

import numpy as np

from equations.shrestha2019.stdp import DRIVES, RULES
from models.emstdp.pairing import Changes, Pairs, weight_changes
from models.errors import SuiteError
from models.shared.counter_bits import counter_key
from models.shared.counter_random import stream
from protocols.emstdp_pairing.settings import PairingSettings
from protocols.runs.measurement import Measurement


def drawn(settings: PairingSettings, kind: str, drive: int) -> Pairs:
    """All draws of pairs, one after the other.

    Whatever the drive, the pairs of a draw have the same weights and presynaptic spikes.

    Parameters
    ----------
    settings : PairingSettings
    kind : {'bias', 'external'}
    drive : int
        Largest drive, in per cent of the threshold in a step.

    Returns
    -------
    Pairs
        Of length ``draws*pairs``.
    """
    n = settings.pairs
    uniform = np.concatenate([np.random.default_rng([settings.seed, draw]).random((3, n))
                              for draw in range(settings.draws)], axis=1)
    drives = drive / 100 * uniform[2]
    none = np.zeros_like(drives)
    draw, pair = np.divmod(np.arange(settings.draws * n), n)
    return Pairs(
        weight=settings.strength * (2 * uniform[0] - 1), rate=settings.rate * uniform[1],
        bias=drives if kind == "bias" else none, pulses=drives if kind == "external" else none,
        pre_key=counter_key(stream(settings.seed, "presynaptic"), draw, pair),
        post_key=counter_key(stream(settings.seed, "external"), draw, pair))


def correlations(settings: PairingSettings, one: np.ndarray, other: np.ndarray,
                 where: np.ndarray | None = None) -> np.ndarray:
    """Pearson's correlation coefficient of two weight changes in each draw.

    Parameters
    ----------
    settings : PairingSettings
    one, other : ndarray, shape (draws*pairs,)
    where : ndarray of bool, shape (draws*pairs,), optional
        Only these pairs.

    Returns
    -------
    ndarray, shape (draws,)

    Raises
    ------
    SuiteError
        If a rule changes all weights of a draw alike.
    """
    shape = (settings.draws, settings.pairs)
    where = np.ones(shape, bool) if where is None else where.reshape(shape)
    found = []
    for x, y, chosen in zip(one.reshape(shape), other.reshape(shape), where):
        x = x[chosen]
        y = y[chosen]
        if len(x) < 2 or not np.ptp(x) or not np.ptp(y):
            raise SuiteError("in a draw all weights change alike, so nothing correlates: give more "
                             "--pairs or --steps, or a larger --rate, --strength or --drives")
        found.append(np.corrcoef(x, y)[0, 1])
    return np.array(found)


def measure(settings: PairingSettings) -> tuple[dict[str, np.ndarray], dict]:
    """The correlation by rule and window of STDP, and by kind and strength of the drive.

    Returns
    -------
    arrays : dict of str to ndarray
        Of activity.npz, ``pairing_*``.
    facts : dict
        Mean and standard deviation over the draws.
    """
    drive = settings.drives[0]
    pairs = drawn(settings, settings.drive, drive)
    changes = weight_changes(pairs, settings.steps, settings.windows, tuple(RULES), settings.reset)
    by_window = {
        rule: np.stack([correlations(settings, changes.emstdp, found)
                        for found in changes.stdp[rule].T]) for rule in RULES}
    by_drive = {
        kind: np.stack([_of_drive(settings, kind, other, changes) for other in settings.drives])
        for kind in DRIVES}
    change = changes.stdp[settings.rule][:, 0]
    shape = (settings.draws, settings.pairs)
    arrays = {
        "pairing_weight": pairs.weight.reshape(shape),
        "pairing_emstdp": changes.emstdp.reshape(shape),
        "pairing_stdp": change.reshape(shape),
        "pairing_windows_ms": np.array(settings.windows),
        "pairing_drives_percent": np.array(settings.drives),
        **{f"pairing_{name.replace('-', '_')}": values
           for name, values in (by_window | by_drive).items()},
    }
    facts = {
        "correlation": _spread(by_window[settings.rule][0]),
        "by_sign_of_weight": {
            sign: _spread(correlations(settings, changes.emstdp, change, where))
            for sign, where in (("positive", pairs.weight > 0), ("negative", pairs.weight < 0))},
        "by_rule_and_window_ms": {
            rule: _by(settings.windows, values) for rule, values in by_window.items()},
        "by_drive_percent": {
            kind: _by(settings.drives, values) for kind, values in by_drive.items()},
        "spikes": {"h": changes.h.mean(), "h_hat": changes.h_hat.mean(),
                   "h_pre": changes.h_pre.mean()},
    }
    return arrays, facts


def _of_drive(settings: PairingSettings, kind: str, drive: int, first: Changes) -> np.ndarray:
    """Correlations with another drive; those of the first drive have been measured."""
    changes = first
    if (kind, drive) != (settings.drive, settings.drives[0]):
        changes = weight_changes(drawn(settings, kind, drive), settings.steps,
                                 settings.windows[:1], (settings.rule,), settings.reset)
    return correlations(settings, changes.emstdp, changes.stdp[settings.rule][:, 0])


def _spread(values: np.ndarray) -> dict[str, float]:
    """Mean and standard deviation over the draws."""
    return {"mean": float(values.mean()), "sd": float(values.std(ddof=1))}


def _by(names: tuple[int, ...], rows: np.ndarray) -> dict[str, dict[str, float]]:
    """The spread of each row, by its name."""
    return {str(name): _spread(row) for name, row in zip(names, rows)}


def closing(facts: dict) -> list[tuple[str, str]]:
    """What the command says at its end."""
    lines = [("correlation", _words(facts["correlation"]))]
    for sign, spread in facts["by_sign_of_weight"].items():
        lines.append((f"  {sign} weights alone", _words(spread)))
    for rule, windows in facts["by_rule_and_window_ms"].items():
        lines += [(f"{rule}, {window} ms", _words(spread)) for window, spread in windows.items()]
    for kind, drives in facts["by_drive_percent"].items():
        lines += [(f"{kind}, drive up to {drive} %", _words(spread))
                  for drive, spread in drives.items()]
    return lines


def _words(spread: dict[str, float]) -> str:
    return f"{spread['mean']:.3f} ± {spread['sd']:.3f}"


MEASUREMENT = Measurement(name="emstdp_pairing", settings=PairingSettings, measure=measure,
                          closing=closing, description=__doc__)
