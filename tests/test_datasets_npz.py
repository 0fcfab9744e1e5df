""".npz and .npy files: every flipped bit is noticed, no claim eats the memory, no pickle runs."""

import io
import os
import tracemalloc
import zipfile

import numpy as np
import pytest

from models.errors import SuiteError
from protocols.npz import read_npy, read_npz
from tests.datasets_made import complaint

ARRAYS = {
    "sums": np.arange(12, dtype=np.int32),
    "weights": np.asfortranarray(np.linspace(0, 1, 6).reshape(2, 3)),
    "name": np.frombuffer(b"facts", np.uint8),
}


def same(found, expected):
    """Tell whether two dictionaries hold the same arrays: names, types, shapes and bytes."""
    return found.keys() == expected.keys() and all(
        array.dtype == expected[name].dtype
        and array.shape == expected[name].shape
        and array.tobytes() == expected[name].tobytes()
        for name, array in found.items()
    )


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_every_flipped_bit_is_harmless_or_noticed(tmp_path, save):
    path = tmp_path / "a.npz"
    save(path, **ARRAYS)
    whole = path.read_bytes()
    noticed = 0
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        try:
            found = read_npz(path)
        except SuiteError as error:
            assert str(path) in str(error) and "\n" not in str(error)
            noticed += 1
        else:
            assert same(found, ARRAYS), position
    # The rest: dates, versions, attributes, and what the directory tells a second time.
    assert noticed > len(whole) / 3


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_every_truncation_is_noticed(tmp_path, save):
    path = tmp_path / "a.npz"
    save(path, **ARRAYS)
    whole = path.read_bytes()
    for length in range(0, len(whole), 5):
        path.write_bytes(whole[:length])
        complaint(lambda: read_npz(path), path)
    path.write_bytes(whole + b"more")
    complaint(lambda: read_npz(path), path, "something follows its end")


def test_a_hidden_array_is_noticed(tmp_path):
    """zipfile takes the entry that follows for a comment of the one before."""
    path = tmp_path / "a.npz"
    np.savez(path, **ARRAYS)
    whole = bytearray(path.read_bytes())
    first = whole.index(b"PK\x01\x02")
    second = whole.index(b"PK\x01\x02", first + 1)
    third = whole.index(b"PK\x01\x02", second + 1)
    whole[first + 32] = third - second
    path.write_bytes(whole)
    assert sorted(np.load(path).files) == ["name", "sums"]
    complaint(lambda: read_npz(path), path, "lists 2 arrays of 3")


def npy(array, old=b"", new=b""):
    """The bytes of an .npy file, its header changed without changing its length."""
    stream = io.BytesIO()
    np.save(stream, array)
    content = stream.getvalue()
    assert len(old) == len(new) and old in content
    return content.replace(old, new, 1)


def write_members(path, packing=zipfile.ZIP_STORED, **members):
    """Write an .npz whose CRCs are right, whatever its members hold."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


HUGE = 10**14

HEADERS = [
    (npy(ARRAYS["sums"], b"(12,)", b"(10,)"), "tells of 40 bytes, there are 48"),
    (npy(ARRAYS["sums"], b"(12,)", b"(13,)"), "tells of 52 bytes"),
    (npy(ARRAYS["sums"], b"(12,)", b"(-1,)"), "tells of -4 bytes"),
    (npy(ARRAYS["sums"], b"<i4", b"<i8"), "tells of 96 bytes"),
    (npy(ARRAYS["sums"], b"(12,), }" + b" " * 13, b"(%d,), }" % HUGE), "tells of 4000000"),
    (npy(ARRAYS["sums"], b"12,), }", b"(((((12"), "cannot read"),
    (npy(ARRAYS["sums"], b"'fortran", b"'fartran"), "cannot read"),
    (npy(ARRAYS["sums"], b"{", b"("), "cannot read"),
    (npy(ARRAYS["sums"], b"\x01\x00", b"\x03\x00"), "version"),
    (npy(ARRAYS["sums"]) + b"\0", "there are 49"),
    (npy(ARRAYS["sums"])[:-1], "there are 47"),
    (npy(np.zeros(0)) + b"\0" * 8, "tells of 0 bytes"),
    (b"bytes", "is no array"),
    (b"", "is no array"),
]


@pytest.mark.parametrize("content, word", HEADERS)
def test_headers_must_account_for_every_byte(tmp_path, content, word):
    path = write_members(tmp_path / "a.npz", good=npy(np.zeros(3)), bad=content)
    complaint(lambda: read_npz(path, advice="start anew"), path, word, "start anew")
    assert read_npz(path, ["good"])["good"].tolist() == [0, 0, 0]
    (tmp_path / "a.npy").write_bytes(content)
    complaint(lambda: read_npy(tmp_path / "a.npy", "start anew"), "a.npy", word, "start anew")


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_claims_do_not_eat_the_memory(tmp_path, packing):
    """A member of 4 GB by the directory and by its own header, in a file of some hundred bytes."""
    size = 0xFFFFFFF0
    n = size - 128
    header = npy(np.zeros(12, np.uint8), b"(12,), }" + b" " * 8, b"(%d,), }" % n)
    path = write_members(tmp_path / "a.npz", packing, x=header)
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    for packed_size in (content[entry + 20 : entry + 24], b"\xf0\xff\xff\xff"):
        content[entry + 20 : entry + 24] = packed_size
        path.write_bytes(content)
        tracemalloc.start()
        complaint(lambda: read_npz(path), path, "it claims more bytes")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1 << 20


def test_members_that_are_packed_otherwise(tmp_path):
    path = write_members(tmp_path / "a.npz", zipfile.ZIP_LZMA, x=npy(np.zeros(3)))
    complaint(lambda: read_npz(path), path, "packed in another way")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_arrays_of_one_name(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", npy(np.zeros(3)))
        archive.writestr("x.npy", npy(np.ones(3)))
    complaint(lambda: read_npz(path), path, "one name")


class Malicious:
    """Makes a folder where it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_pickles_are_refused(tmp_path):
    objects = np.array([Malicious(tmp_path / "executed")])
    np.savez(tmp_path / "a.npz", x=objects)
    np.save(tmp_path / "a.npy", objects)
    complaint(lambda: read_npz(tmp_path / "a.npz"), "a.npz: x", "never unpickled")
    complaint(lambda: read_npy(tmp_path / "a.npy"), "a.npy", "never unpickled")
    assert not (tmp_path / "executed").exists()


def test_what_numpy_saves_comes_back(tmp_path):
    arrays = ARRAYS | {
        "scalar": np.array(2.5),
        "empty": np.zeros((0, 3), np.float32),
        "texts": np.array(["one", "three"]),
        "events": np.array([(1, 2)], [("t", np.int64), ("p", np.int16)]),
        "flags": np.eye(2, dtype=bool),
        "large": np.random.default_rng(0).integers(0, 9, 1 << 20),
        "foreign": np.arange(3, dtype=">f4"),
    }
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **arrays)
        found = read_npz(tmp_path / "a.npz")
        assert same(found, arrays) and list(found) == list(arrays)
        assert found["weights"].flags.f_contiguous
        assert all(array.flags.writeable for array in found.values())
    for array in arrays.values():
        np.save(tmp_path / "a.npy", array)
        assert same({"": read_npy(tmp_path / "a.npy")}, {"": array})


def test_npy_flips_end_in_an_array_or_one_line(tmp_path):
    """The format has no checksum: only what its header says can be compared."""
    path = tmp_path / "a.npy"
    np.save(path, ARRAYS["weights"])
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        try:
            assert read_npy(path).nbytes == ARRAYS["weights"].nbytes
        except SuiteError as error:
            assert str(path) in str(error) and "\n" not in str(error)
