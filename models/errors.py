"""The one exception a user sees: a line that names the cause and says what to do."""


class SuiteError(Exception):
    """A failure the user can mend (bad file, missing compiler, full disk ...).

    Command lines print its message as one line on standard error and leave with
    exit code 2; no traceback is shown. The message says what is wrong and what to do.
    """


class Diverged(SuiteError):
    """What learns is not finite any more; a run adds which checkpoint is left."""
