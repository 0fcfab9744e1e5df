"""The readouts of a protocol: the column ``accuracy``, or several ``accuracy_NAME``.

The predictions of a readout are in ``predicted`` or ``predicted_NAME``.
"""

WORDS = {"sl": "SL layer", "labels": "label statistics"}


def readout_columns(table, quantity):
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


def readout_words(column):
    """The readout of a column in words, empty where the protocol has a single one."""
    name = column.partition("_")[2]
    return WORDS.get(name, name.replace("_", " "))
