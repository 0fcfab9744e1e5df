"""A folder in ``$TMPDIR`` that goes with the process that made it, however that ends.

A process that is killed cannot remove its folder; the next one that makes a folder does. Whether
a folder is still used is told by a lock on a file in it. The system releases the lock when the last
process that holds it ends, the programs and compilers started in the folder included.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from models.errors import SuiteError

PREFIX = "brian2-learning-"
LOCK = "lock"

REMEDIES = {
    errno.ENOMEM: "end other programs, or raise the limit (ulimit -v)",
    errno.EAGAIN: "end other programs, or raise the limit (ulimit -u)",
    errno.EMFILE: "raise the limit (ulimit -n)",
    errno.ENFILE: "end other programs",
}
"""What to do where the system, not the folder, is short of something."""


class WorkingFolder:
    """A folder for one object; removed with it.

    Attributes
    ----------
    path : Path
    inherited : tuple of int
        File descriptors for processes that work in the folder (``subprocess``'s ``pass_fds``).

    Raises
    ------
    OSError
        If no folder can be made.
    """

    def __init__(self):
        remove_abandoned()
        self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        lock = _locked(self.path)
        self.inherited = () if lock is None else (lock,)
        self._finalizer = weakref.finalize(self, _remove, self.path, lock, os.getpid())

    def remove(self) -> None:
        """Remove the folder now."""
        self._finalizer()


@contextlib.contextmanager
def in_words(label: str) -> Iterator[None]:
    """Say what is to be done where a network's folder or a program in it cannot be used.

    Parameters
    ----------
    label : str
        Names the network.

    Raises
    ------
    SuiteError
        In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in REMEDIES:
            raise SuiteError(f"cannot start the {label} network: {error.strerror}; "
                             f"{REMEDIES[error.errno]}") from None
        raise SuiteError(f"cannot use {tempfile.gettempdir()} for the {label} network: "
                         f"{error.strerror}; free some space, or set TMPDIR to a folder of "
                         "another disk in which programs may run") from None


def remove_abandoned() -> None:
    """Remove this user's folders whose processes have all ended.

    A folder without a lock file is left: its process has not come so far yet, or cannot lock
    files there.
    """
    parent = Path(tempfile.gettempdir())
    with contextlib.suppress(OSError):
        for entry in os.scandir(parent):
            if entry.name.startswith(PREFIX) and _own_folder(entry):
                _remove_if_abandoned(parent / entry.name)


def _own_folder(entry):
    if not entry.is_dir(follow_symlinks=False):
        return False
    return entry.stat(follow_symlinks=False).st_uid == os.getuid()


def _remove_if_abandoned(path):
    # The folder may vanish meanwhile, by its own process or by another that looks for such.
    with contextlib.suppress(OSError):
        lock = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(lock).st_mode):
                return
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _clear(path)
        finally:
            os.close(lock)


def _locked(path):
    """Descriptor of the folder's lock file, locked; None where files cannot be locked."""
    # The file takes its name once it is locked: no other process sees it unlocked before.
    early = path / f"{LOCK}.new"
    lock = _above_streams(os.open(early, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        early.rename(path / LOCK)
    except OSError:
        os.close(lock)
        return None
    return lock


def _above_streams(descriptor):
    """The same file, not under a number of a standard stream that was closed."""
    higher = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(descriptor)
    return higher


def _remove(path, lock, process):
    # A fork of the process leaves the folder to it.
    if os.getpid() != process:
        return
    with contextlib.suppress(OSError):
        _clear(path)
    if lock is not None:
        os.close(lock)


def _clear(path):
    """Remove a folder, its lock last: a removal that is cut short can be taken up again."""
    for entry in path.iterdir():
        if entry.name == LOCK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    (path / LOCK).unlink(missing_ok=True)
    path.rmdir()
