"""The two exceptions of this package; both carry one line for the user."""


class AnalysisError(Exception):
    """A run or file that cannot be used; the message names the cause and says what to do.

    The command lines print it as one line on standard error and leave with exit code 2.
    """


class MissingData(AnalysisError):
    """What one figure needs was not recorded; the other figures can still be made."""
