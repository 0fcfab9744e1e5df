"""The step that another optimiser needs."""

from models.errors import SuiteError

STEPS = {"sgd": 0.03, "adam": 0.001}
"""Steps that an optimiser may begin with."""


def refuse_step(own: str, used: str, option: str) -> None:
    """Refuse the step of one optimiser for another: each learns next to nothing with it.

    Parameters
    ----------
    own, used : {'sgd', 'adam'}
        The optimiser that the step is of, and the one that was chosen.
    option : str
        By which a step is given, such as ``"--rate "``.

    Raises
    ------
    SuiteError
        If they are not the same.
    """
    if used != own:
        raise SuiteError(f"--optimiser {used} needs another step than {own}: give it too, such as "
                         f"{option}{STEPS[used]:g}")
