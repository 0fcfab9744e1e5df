"""A second engine, Brian2 groups, that answers to the test set beside the arrays that learn."""

import numpy as np

FACT = "engine"


def engine_facts(accuracy: float, other: np.ndarray) -> dict:
    """Facts for summary.json.

    Parameters
    ----------
    accuracy : float
        Of the groups, in per cent.
    other : ndarray of bool, shape (samples, neurons)
        Where they count other spikes than the arrays.
    """
    return {FACT: {"brian2": accuracy, "samples_with_other_counts": int(other.any(1).sum())}}


def engine_lines(facts: dict, spikes: str) -> list[tuple[str, str]]:
    """What the groups answered, for the end of the command line.

    Parameters
    ----------
    facts : dict
        Of summary.json.
    spikes : str
        Which ones were compared.
    """
    if FACT not in facts:
        return []
    engine = facts[FACT]
    return [("Brian2 groups", f"{engine['brian2']:.2f} % ({spikes} differ in "
             f"{engine['samples_with_other_counts']} samples)")]
