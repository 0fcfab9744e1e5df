"""What all command lines share: one clear line on failure, exit code 2, no traceback."""

import contextlib
import logging
import os
import sys

from models.errors import SuiteError

BAD_INPUT = 2


def pin_threads():
    """One BLAS thread: more are slower on a busy machine. Call before importing NumPy."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@contextlib.contextmanager
def clear_errors(program):
    """Turn a failure the user can mend into one line on standard error and exit code 2.

    Parameters
    ----------
    program : str
        Name to begin the line with.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        yield
    except SuiteError as error:
        cause = str(error)
    except MemoryError:
        cause = "out of memory; use a smaller network or fewer samples"
    except KeyboardInterrupt:
        cause = "stopped; continue with the same command and --resume"
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        cause = f"{error.strerror or error}{where}; check the path, its rights and the free space"
    else:
        return
    print(f"{program}: {cause}", file=sys.stderr)
    sys.exit(BAD_INPUT)
