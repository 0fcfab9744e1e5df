"""The readouts of a protocol: the column ``accuracy``, or several ``accuracy_NAME``.

The predictions of a readout are in ``predicted`` or ``predicted_NAME``.
"""

import pandas as pd

WORDS = {"labels": "label statistics", "sl": "SL layer"}


def readout_columns(table: pd.DataFrame, quantity: str) -> list[str]:
    """The columns of all readouts.

    Parameters
    ----------
    table : pandas.DataFrame
        metrics.csv or predictions.csv.
    quantity : {'accuracy', 'predicted'}

    Returns
    -------
    list of str
        In the order of the file.
    """
    return [column for column in table
            if column == quantity or column.startswith(f"{quantity}_")]


def readout_words(column: str) -> str:
    """The readout of a column in words, empty where the protocol has a single one."""
    name = column.partition("_")[2]
    return WORDS.get(name, name.replace("_", " "))
