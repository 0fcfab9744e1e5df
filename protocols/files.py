"""Files of the user: only regular ones are read, damage is told in one line, writing is whole."""

import os
import pathlib
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from models.errors import SuiteError

ADVICE = "fetch or save it again"
"""What a message about a damaged file ends with, unless the caller knows better."""

KINDS = (
    (stat.S_ISDIR, "folder"),
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)
"""What a path may lead to apart from a regular file: test of its mode, name."""


@contextmanager
def reading(path: str | os.PathLike, advice: str = ADVICE) -> Iterator[None]:
    """Turn whatever a decoder raises on a bad file into one SuiteError.

    Parameters
    ----------
    path : path-like
        The file that is read inside the ``with`` block; keep nothing else in there.
    advice : str
        What the user should do, the end of the message about a damaged file.

    Raises
    ------
    SuiteError
        If the block raises: the message names the file and what to do. A SuiteError of
        the block itself is passed on as it is.
    """
    try:
        yield
    except SuiteError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SuiteError(f"there is no file {path}: check the path") from error
    except PermissionError as error:
        raise SuiteError(f"may not read {path}: change its permissions") from error
    except MemoryError as error:
        raise SuiteError(
            f"{path} needs more memory than there is: make it smaller, or take another machine"
        ) from error
    # gzip, zip, tar, NumPy and Pillow raise some twenty kinds of exception on damaged
    # bytes; no list of them would be whole.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise SuiteError(
            f"cannot read {path} ({reason}): it is damaged or of another format, {advice}"
        ) from error


def regular_file(path: str | os.PathLike) -> pathlib.Path:
    """Return the path of a regular file, or refuse it.

    Whoever opens a named pipe waits for its writer, a device may never end: neither is
    opened. Links are followed.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    pathlib.Path

    Raises
    ------
    SuiteError
        If there is nothing, it may not be looked at, or it is no regular file.
    """
    with reading(path, "check the path"):
        mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        kind = next((name for test, name in KINDS if test(mode)), "special file")
        raise SuiteError(f"{path} is a {kind}, not a regular file: give the path of a file")
    return pathlib.Path(path)


def write_whole(target: pathlib.Path, data: bytes, advice: str) -> None:
    """Write a file so that an interruption leaves the old one in place.

    Parameters
    ----------
    target : Path
    data : bytes
    advice : str
        What the user should do if the file cannot be written: the end of the message.

    Raises
    ------
    SuiteError
        If the disk is full or the folder not writable; the old file stays.
    """
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.",
                                             suffix=".tmp")
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # What mkstemp makes is for its owner alone.
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException as error:
        if temporary is not None:
            pathlib.Path(temporary).unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        kept = "; the previous one is untouched" if target.exists() else ""
        raise SuiteError(f"cannot write {target}: {error.strerror}{kept}; {advice}") from None


def _umask() -> int:
    """Rights that new files of this process do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
