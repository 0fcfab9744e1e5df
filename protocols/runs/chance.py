"""Whether answers are better than guessing."""

import numpy as np

MARGIN = 2
"""Standard deviations by which an accuracy must exceed guessing."""


def chance_warnings(predicted: dict[str, np.ndarray], truth: np.ndarray,
                    words: dict[str, str]) -> list[str]:
    """A line for each readout whose accuracy is that of guessing.

    Guessing is to give the most frequent class always.

    Parameters
    ----------
    predicted : dict of str to ndarray of int, shape (n,)
        Answers by readout.
    truth : ndarray of int, shape (n,)
    words : dict of str to str
        What a reader calls the readouts.
    """
    share = np.bincount(truth).max() / len(truth)
    if share == 1:
        return []
    limit = share + MARGIN * np.sqrt(share * (1 - share) / len(truth))
    lines = []
    for readout, answers in predicted.items():
        accuracy = np.mean(answers == truth)
        same = "; every answer is the same" if len(np.unique(answers)) == 1 else ""
        if accuracy <= limit:
            lines.append(f"the accuracy by the {words[readout]}, {100 * accuracy:.1f} %, is that "
                         f"of guessing ({100 * share:.1f} %){same}")
    return lines
