"""Reading files so that damage is told in one line which names the file."""

import gzip
import os
import tarfile
import zipfile
from contextlib import contextmanager

import numpy as np

from models.errors import SuiteError


@contextmanager
def reading(path):
    """Turn whatever a decoder raises on a bad file into one SuiteError.

    Parameters
    ----------
    path : path-like
        The file that is read inside the ``with`` block; keep nothing else in there.

    Raises
    ------
    SuiteError
        If the block raises: the message names the file and the way out.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise SuiteError(f"there is no file {path}: check the path") from error
    except PermissionError as error:
        raise SuiteError(f"may not read {path}: change its permissions") from error
    # gzip, zip, tar, NumPy and Pillow raise some twenty kinds of exception on damaged
    # bytes, no list of them would be whole.
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise SuiteError(
            f"cannot read {path} ({reason}): it is damaged or of another format, "
            f"fetch or save it again"
        ) from error


def find(folder, names, origin):
    """Return the first of ``names`` that exists in ``folder``.

    Parameters
    ----------
    folder : pathlib.Path
    names : sequence of str
        The spellings a file or folder goes by, the usual one first.
    origin : str
        Where to get it, for the error message.

    Raises
    ------
    SuiteError
        If ``folder`` holds none of them.
    """
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise SuiteError(
        f"{folder} holds no {' or '.join(names)}: put it there, it comes from {origin}"
    )


def members(root, pattern):
    """Read some files of a folder, a tar.gz or a zip archive, one after the other.

    Parameters
    ----------
    root : pathlib.Path
        A folder, or an archive (``.zip``, else tar.gz).
    pattern : re.Pattern
        Searched in the path inside ``root`` (forward slashes); other files are left out.

    Yields
    ------
    match : re.Match
        ``match.string`` is the path inside ``root``.
    content : bytes

    Raises
    ------
    SuiteError
        If the archive or a file is truncated or cannot be read.
    """
    if root.is_dir():
        for path in sorted(root.rglob("*")):
            match = pattern.search(path.relative_to(root).as_posix())
            if match:
                with reading(path):
                    content = path.read_bytes()
                yield match, content
    elif root.suffix == ".zip":
        with reading(root), zipfile.ZipFile(root) as archive:
            for name in archive.namelist():
                if match := pattern.search(name):
                    yield match, archive.read(name)
    else:
        # 'r|' reads forwards only: seeking in a compressed tar would unpack it again.
        with reading(root), gzip.open(root) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for member in archive:
                    match = pattern.search(member.name)
                    if match and member.isfile():
                        yield match, archive.extractfile(member).read()
            # tarfile takes a truncated archive for a shorter one, gzip at its end does not.
            stream.read()


def read_npz(path, keys):
    """Read arrays from an ``.npz`` file; nothing in it is ever unpickled.

    Parameters
    ----------
    path : path-like
    keys : sequence of str

    Returns
    -------
    list of ndarray
        In the order of ``keys``.

    Raises
    ------
    SuiteError
        If the file is truncated, is no ``.npz``, lacks a key or holds no array there.
    """
    with reading(path):
        archive = np.load(os.fspath(path), allow_pickle=False)
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise SuiteError(f"{path} is a single array, not an .npz: save it with numpy.savez")
    with archive:
        for key in keys:
            if key not in archive:
                raise SuiteError(
                    f"{path} has no array {key}: save {', '.join(keys)} with numpy.savez"
                )
        with reading(path):
            arrays = [archive[key] for key in keys]
    for key, array in zip(keys, arrays, strict=True):
        # NumPy returns the bytes of a member that is no .npy.
        if not isinstance(array, np.ndarray):
            raise SuiteError(f"{path}: {key} is no array: save {', '.join(keys)} with numpy.savez")
    return arrays
