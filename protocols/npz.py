"""Reading ``.npz`` and ``.npy`` files whole, or not at all.

`numpy.load` checks the CRC of a member only where it is read to its end, and reads as many
bytes as the header of the array asks for: a flipped bit that shortens an array, as
``(12,)`` to ``(10,)``, goes unnoticed. Here the header must account for every byte of the
member, each member is read to its end, and the directory must list as many members as it says.
"""

import io
import math
import os
import warnings
import zipfile
from collections.abc import Collection
from typing import BinaryIO

import numpy as np

from models.errors import SuiteError
from protocols.files import ADVICE, reading, regular_file

MAGIC = b"\x93NUMPY"

HEAD = 1 << 14
"""Bytes that hold any header: NumPy takes none above 10,000 (`numpy.lib.format`)."""

CHUNK = 1 << 20
"""Bytes read at a time."""

LARGEST_RATIO = 1032
"""DEFLATE makes at most so many bytes of one (zlib, 'Maximum compression factor')."""

PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How numpy.savez and numpy.savez_compressed pack."""

END_OF_DIRECTORY = b"PK\x05\x06"
END_OF_DIRECTORY_SIZE = 22
UNTOLD = 0xFFFF
"""Number of members in a zip file that tells it elsewhere (zip64)."""


def read_npz(
    path: str | os.PathLike, names: Collection[str] | None = None, advice: str = ADVICE
) -> dict[str, np.ndarray]:
    """Read the arrays of an ``.npz`` file, each of them checked whole.

    Parameters
    ----------
    path : path-like
    names : collection of str, optional
        The arrays that must be there, in the order of the result; others are left unread.
        Without it, all that the file holds, in its order.
    advice : str
        What the user should do if the file cannot be used: the end of the message.

    Returns
    -------
    dict of str to ndarray
        Writable, with the types and the memory order they were saved with.

    Raises
    ------
    SuiteError
        If the path leads to no regular file, or the file is damaged, is no ``.npz``, lacks a
        name, or holds anything but arrays. Pickled objects are refused, never executed.
    """
    path = regular_file(path)
    with reading(path, advice), open(path, "rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            raise SuiteError(f"{path} is a single array, not an .npz: {advice}")
        with zipfile.ZipFile(file) as archive:
            found = list_members(archive, file)
            arrays = {}
            for name in found if names is None else names:
                if name not in found:
                    raise SuiteError(f"{path} has no array {name}: {advice}")
                source = f"{path}: {name}"
                with open_member(archive, found[name], file) as stream:
                    arrays[name] = read_stream(stream, found[name].file_size, source, advice)
    return arrays


def read_npy(path: str | os.PathLike, advice: str = ADVICE) -> np.ndarray:
    """Read the array of an ``.npy`` file, whose header must account for all its bytes.

    The format has no checksum: flipped bits among the values go unnoticed.

    Parameters
    ----------
    path : path-like
    advice : str
        What the user should do if the file cannot be used: the end of the message.

    Returns
    -------
    ndarray

    Raises
    ------
    SuiteError
        If the path leads to no regular file, or the file is truncated or holds anything but
        one array. Pickled objects are refused, never executed.
    """
    path = regular_file(path)
    with reading(path, advice), open(path, "rb") as file:
        if file.read(4) == b"PK\x03\x04":
            raise SuiteError(f"{path} is an .npz of several arrays: save one with numpy.save")
        file.seek(0)
        return read_stream(file, os.fstat(file.fileno()).st_size, str(path), advice)


def list_members(archive: zipfile.ZipFile, file: BinaryIO) -> dict[str, zipfile.ZipInfo]:
    """Return the members by the name of their array.

    Raises
    ------
    ValueError
        If two have one name, or there are fewer than the file says. `zipfile` does not
        compare: a flipped bit in the length of one entry of the directory can hide the next.
    """
    file.seek(-END_OF_DIRECTORY_SIZE - len(archive.comment), os.SEEK_END)
    end = file.read(END_OF_DIRECTORY_SIZE)
    if not end.startswith(END_OF_DIRECTORY):
        raise ValueError("something follows its end")
    told = int.from_bytes(end[10:12], "little")
    members = archive.infolist()
    if told not in (len(members), UNTOLD):
        raise ValueError(f"its directory lists {len(members)} arrays of {told}")
    found = {member.filename.removesuffix(".npy"): member for member in members}
    if len(found) != len(members):
        raise ValueError("two arrays have one name")
    return found


def open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: BinaryIO) -> BinaryIO:
    """Open a member that can be as large as it claims.

    Raises
    ------
    ValueError
        If it cannot, or is packed as NumPy does not pack.
    """
    if member.compress_type not in PACKINGS:
        raise ValueError("it is packed in another way than NumPy packs")
    if member.compress_size > os.fstat(file.fileno()).st_size:
        raise ValueError("it claims more bytes than the file has")
    if member.file_size > LARGEST_RATIO * member.compress_size:
        raise ValueError("it claims more bytes than it can unpack to")
    return archive.open(member)


def read_stream(stream: BinaryIO, size: int, source: str, advice: str) -> np.ndarray:
    """Read an array in the ``.npy`` format.

    Parameters
    ----------
    stream : file object
        At its start.
    size : int
        Bytes it must have, header and all.
    source, advice : str
        What is read and what to do if it cannot be, for error messages.

    Returns
    -------
    ndarray

    Raises
    ------
    SuiteError
        If it holds no array, or Python objects.
    ValueError, EOFError, zlib.error, zipfile.BadZipFile and others
        If the bytes are damaged.
    """
    head = stream.read(HEAD)
    if not head.startswith(MAGIC):
        raise SuiteError(f"{source} is no array: {advice}")
    shape, fortran_order, dtype, start = read_header(head)
    if dtype.hasobject:
        raise SuiteError(
            f"{source} holds Python objects, which are never unpickled: save it as numbers"
        )
    n_bytes = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or start + n_bytes != size:
        raise ValueError(f"its header tells of {n_bytes} bytes, there are {size - start}")
    content = np.empty(n_bytes, np.uint8)
    first = head[start:]
    content[: len(first)] = np.frombuffer(first, np.uint8)
    rest = memoryview(content)[len(first) :]
    while rest:
        n_read = stream.readinto(rest[:CHUNK])
        if not n_read:
            raise EOFError("it ends too early")
        rest = rest[n_read:]
    # zipfile compares the CRC where a member ends.
    if stream.read(1):
        raise ValueError("something follows its end")
    return content.view(dtype).reshape(shape, order="F" if fortran_order else "C")


def read_header(head: bytes) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Return shape, Fortran order, type and the length of the header of an ``.npy`` file.

    Raises
    ------
    ValueError, SyntaxError, tokenize.TokenError and others
        If NumPy cannot read it.
    """
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    stream = io.BytesIO(head)
    version = np.lib.format.read_magic(stream)
    if version not in readers:
        raise ValueError(f"version {version} of the .npy format holds no plain array")
    # NumPy warns of headers that Python 2 wrote, and Python of odd ones that are refused below.
    with warnings.catch_warnings(action="ignore"):
        try:
            shape, fortran_order, dtype = readers[version](stream)
        except MemoryError:
            # Python's parser says so of brackets in brackets, however much memory there is.
            raise ValueError("its header is nested too deep") from None
    return shape, fortran_order, dtype, stream.tell()
