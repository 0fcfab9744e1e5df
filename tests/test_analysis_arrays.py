"""NPZ files are read whole: no damage passes unnoticed."""

import io
import zipfile

import numpy as np
import pytest

from analysis.arrays import Arrays
from analysis.errors import AnalysisError, MissingData

ARRAYS = {"sums": np.arange(12.0), "stdp_symmetric": np.array([[1, 2], [3, 4]], np.int8, order="F"),
          "one": np.array(7), "none": np.empty((0, 3), np.float32)}


class AsRead(Arrays):
    """Arrays as they were read: an empty one is no reason to skip a figure here."""

    def _checked(self, name, array):
        return array


def read(path):
    """All arrays of a file by name."""
    arrays = AsRead(path)
    return {name: arrays[name] for name in arrays.names}


def assert_equal(found, expected):
    """Same names, in order, and the same arrays."""
    assert list(found) == list(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_flipped_bit_is_noticed_or_harmless(tmp_path, save):
    """Dates and attributes of members may change, nothing else."""
    path = tmp_path / "activity.npz"
    save(path, **ARRAYS)
    whole = path.read_bytes()
    assert_equal(read(path), ARRAYS)
    noticed = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        # All bits of a byte would take eight times as long and find the same.
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            found = read(path)
        except AnalysisError as error:
            assert not isinstance(error, MissingData), place
            assert "not a readable NPZ" in str(error)
            noticed += 1
        else:
            assert_equal(found, ARRAYS)
    assert noticed > len(whole) / 2


def test_a_hidden_member_is_noticed(tmp_path):
    """One bit makes a member's entry in the directory the comment of the one before."""
    path = tmp_path / "activity.npz"
    np.savez(path, **ARRAYS)
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    # The length of the comment stands 32 bytes behind the entry's beginning. An entry takes 46
    # bytes and the name of its member: here 64.
    content[entry + 32] ^= 46 + len("stdp_symmetric.npy")
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        assert "stdp_symmetric.npy" not in archive.namelist()
    with pytest.raises(AnalysisError, match="not a readable NPZ"):
        Arrays(path).names


@pytest.mark.parametrize("shape, count", [((10,), 12), ((12,), 10), ((-12,), 12), ((2, 5), 12),
                                          ((10**15, 10**15), 12)])
def test_a_header_of_another_array(tmp_path, shape, count):
    """The checksum is right, the header is not."""
    member = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        member, {"descr": "<f8", "fortran_order": False, "shape": shape})
    member.write(np.arange(float(count)).tobytes())
    path = tmp_path / "activity.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sums.npy", member.getvalue())
    with pytest.raises(AnalysisError, match="not a readable NPZ"):
        Arrays(path)["sums"]


def test_objects_are_not_unpickled(tmp_path):
    path = tmp_path / "activity.npz"
    np.savez(path, sums=np.array([{}, print], dtype=object))
    with pytest.raises(AnalysisError, match="not a readable NPZ"):
        Arrays(path)["sums"]
