"""Finding the files of a set, and reading the members of folders and archives."""

import gzip
import pathlib
import re
import tarfile
import zipfile
from collections.abc import Iterator, Sequence

from models.errors import SuiteError
from protocols.files import reading, regular_file


def find(folder: pathlib.Path, names: Sequence[str], origin: str) -> pathlib.Path:
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


def members(root: pathlib.Path, pattern: re.Pattern) -> Iterator[tuple[re.Match, bytes]]:
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
        If the archive or a file is truncated, cannot be read or is no regular file.
    """
    if root.is_dir():
        for path in sorted(root.rglob("*")):
            match = pattern.search(path.relative_to(root).as_posix())
            if match:
                with reading(path):
                    content = regular_file(path).read_bytes()
                yield match, content
    elif root.suffix == ".zip":
        with reading(root), zipfile.ZipFile(regular_file(root)) as archive:
            for name in archive.namelist():
                if match := pattern.search(name):
                    yield match, archive.read(name)
    else:
        # 'r|' reads forwards only: seeking in a compressed tar would unpack it again.
        with reading(root), gzip.open(regular_file(root)) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for member in archive:
                    match = pattern.search(member.name)
                    if match and member.isfile():
                        yield match, archive.extractfile(member).read()
            # tarfile takes a truncated archive for a shorter one, gzip at its end does not.
            stream.read()
