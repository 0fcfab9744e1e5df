"""The formats of the published sets: round trips, layouts, damage."""

import gzip
import pickle

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

from protocols.datasets import cifar, load, nmnist
from protocols.datasets.idx import read_idx
from tests.datasets_made import (
    complaint, encode_differences, official_batch, pack, write_cifar_batches, write_idx,
    write_mnist,
)

# ---- formats ------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(array=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3)), packed=st.booleans())
def test_idx_round_trip(tmp_path_factory, array, packed):
    path = tmp_path_factory.mktemp("idx") / ("a.gz" if packed else "a")
    write_idx(path, array)
    assert np.array_equal(read_idx(path, array.ndim), array)


@settings(max_examples=20, deadline=None)
@given(hnp.arrays(np.uint8, (2, 32, 32, 3), fill=st.integers(0, 255)))
def test_difference_coding_round_trip(images):
    assert np.array_equal(cifar.decode_differences(encode_differences(images)), images)


@pytest.mark.parametrize("spelling", ["{}.gz", "{}", "dotted"])
def test_mnist_spellings(data, spelling):
    write_mnist(data / "mnist", "{}" if spelling == "dotted" else spelling)
    if spelling == "dotted":
        for path in list((data / "mnist").iterdir()):
            path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert load("mnist").x_train.shape == (20, 4, 4)


def raw_idx(*shape):
    """An idx file of images that ends with its header."""
    return bytes((0, 0, 8, 3)) + np.array(shape, ">u4").tobytes()


@pytest.mark.parametrize(
    "damage, word",
    [
        (lambda raw: raw[:-20], "damaged"),
        (lambda raw: b"no gzip at all", "damaged"),
        (lambda raw: gzip.compress(gzip.decompress(raw)[:-3]), "bytes of data"),
        (lambda raw: gzip.compress(gzip.decompress(raw)[:9]), "header"),
        (lambda raw: gzip.compress(b"\0\0\x0d" + gzip.decompress(raw)[3:]), "00 00 0d 03"),
        (lambda raw: gzip.compress(b""), "nothing"),
        (lambda raw: gzip.compress(raw_idx(50, 0, 28)), "no data"),
        (lambda raw: gzip.compress(raw_idx(0, 2**32 - 1, 2**32 - 1)), "no data"),
        (lambda raw: gzip.compress(raw_idx(2**32 - 1, 2**32 - 1, 2**32 - 1)), "bytes of data"),
    ],
)
def test_damaged_idx(data, damage, word):
    write_mnist(data / "mnist")
    path = data / "mnist" / "train-images-idx3-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))
    complaint(lambda: load("mnist"), path, word)


def test_idx_labels_must_fit(data):
    write_mnist(data / "mnist")
    path = data / "mnist" / "train-labels-idx1-ubyte.gz"
    write_idx(path, np.zeros(19, np.uint8))
    complaint(lambda: load("mnist"), path, "19 labels for 20 images")
    write_idx(path, np.full(20, 10, np.uint8))
    complaint(lambda: load("mnist"), path, "0 .. 9")


def test_cifar_layouts_agree(data):
    archive = write_cifar_batches(data)
    archive.parent.rename(data / "cifar-10")
    # As an interrupted unpacking leaves it.
    (data / "cifar-10" / "cifar-10-batches-py").mkdir()
    packed = load("cifar-10")
    (data / "cifar-10" / "cifar-10-batches-py").rmdir()
    (data / "cifar-10" / cifar.ARCHIVE).unlink()
    (data / "cifar-10-batches-py").rename(data / "cifar-10" / "cifar-10-batches-py")
    unpacked = load("cifar-10")
    assert packed.x_train.shape == (15, 32, 32, 3) and packed.y_test.tolist() == [3, 8, 9]
    assert np.array_equal(packed.x_train, unpacked.x_train)
    for i, name in enumerate(cifar.BATCHES):
        images = np.concatenate([packed.x_train, packed.x_test])[3 * i : 3 * i + 3]
        np.savez(
            data / "cifar-10" / f"{name}.npz",
            coded=encode_differences(images),
            labels=np.array([3, 8, 9], np.uint8),
        )
    coded = load("cifar-10")
    assert np.array_equal(coded.x_train, packed.x_train)
    assert np.array_equal(coded.x_test, packed.x_test)
    np.savez(data / "cifar-10" / "data_batch_3.npz", coded=np.zeros(3), labels=np.array(3))
    complaint(lambda: load("cifar-10"), "data_batch_3.npz", "(3, n, 32, 32)")


IMAGES = np.arange(2 * 3072, dtype=np.uint8).reshape(2, 32, 32, 3)


def pickled(images=IMAGES, labels=(1, 2), protocol=2):
    """A batch of Python 3."""
    data = np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), -1)
    return pickle.dumps({b"data": data, b"labels": list(labels)}, protocol)


def test_cifar_batches_of_python_2_and_3_agree():
    for content in (official_batch(IMAGES, (1, 2), (b"a.png", b"b.png")), pickled()):
        images, labels = cifar.decode_pickle(content, "batch")
        assert np.array_equal(images, IMAGES) and labels.tolist() == [1, 2]
        assert images.dtype == np.uint8 and labels.dtype == np.int64


@pytest.mark.parametrize(
    "content, word",
    [
        (pickle.dumps({}), "not allowed"),
        (pickle.dumps({}, 2), "data"),
        (pickle.dumps([1], 2), "damaged"),
        (b"", "damaged"),
        (pickled()[:-40], "damaged"),
        (pickled(protocol=4), "FRAME, which is not allowed"),
        (pickled(labels=(1, 10)), "0 .. 9"),
        (pickled(labels=(1, None)), "list of integers"),
        (pickled(labels=(1, 2**40)), "not allowed"),
        (official_batch(IMAGES, (1,)), "one integer label"),
        (official_batch(IMAGES[:, :8, :8], (1, 2)), "3072"),
        (pickled(IMAGES.astype(np.int16)), "uint8"),
    ],
)
def test_bad_cifar_batches(data, content, word):
    write_cifar_batches(data / "cifar-10", content)
    complaint(lambda: load("cifar-10"), "data_batch_1", word)


EVENT_BYTES = bytes((1, 2, 0x80, 1, 2)) + bytes((3, 4, 0x01, 0, 0))


@pytest.mark.parametrize("packing", ["", ".tar.gz", ".zip"])
def test_n_mnist_layouts(data, packing):
    for part, labels in (("Train", (7, 0)), ("Test", (1,))):
        for index, label in enumerate(labels, start=1):
            path = data / "n-mnist" / part / str(label) / f"{index:05}.bin"
            path.parent.mkdir(parents=True)
            path.write_bytes(EVENT_BYTES)
        if packing:
            folder = data / "n-mnist" / part
            pack(folder.with_name(part + packing), folder)
            folder.rename(data / part)
    d = load("n-mnist")
    assert d.y_train.tolist() == [7, 0] and d.y_test.tolist() == [1]
    assert d.x_train[0].tolist() == [(258, 1, 2, 1), (65536, 3, 4, 0)]
    if packing == ".tar.gz":
        path = data / "n-mnist" / "Test.tar.gz"
        whole = path.read_bytes()
        for length in (len(whole) - 4, len(whole) - 20, len(whole) // 2, 3, 0):
            path.write_bytes(whole[:length])
            complaint(lambda: load("n-mnist"), path)


def test_n_mnist_events():
    overflow = bytes((0, 240, 0, 0, 0))
    events = nmnist.decode(EVENT_BYTES[:5] + overflow + EVENT_BYTES[5:], "f")
    assert events["t"].tolist() == [258, 65536 + 2**13]
    complaint(lambda: nmnist.decode(EVENT_BYTES[:-1], "a.bin"), "a.bin", "truncated")
    complaint(lambda: nmnist.decode(b"", "a.bin"), "a.bin", "truncated")
    complaint(lambda: nmnist.decode(bytes((34, 0, 0, 0, 0)), "a.bin"), "a.bin", "34 x 34")


def test_auslan_layout_and_damage(data):
    line = "\t".join(["0.5"] * 22)
    for session, mine in ((1, "hers"), (2, "his_hers")):
        folder = data / "auslan" / f"tctodd{session}"
        folder.mkdir(parents=True)
        for sign in ("yes", mine):
            for i in (1, 2, 3):
                (folder / f"{sign}-{i}.tsd").write_text(f"{line}\n{line}\n")
    d = load("auslan")
    assert d.class_names == ("his_hers", "yes") and d.x_train[0].shape == (2, 22)
    assert np.bincount(d.y_train).tolist() == [4, 4] and np.bincount(d.y_test).tolist() == [2, 2]
    path = data / "auslan" / "tctodd2" / "yes-1.tsd"
    for text in ("", line[:-4], f"{line}\n0.5", line.replace("0.5", "nan", 1), "abc"):
        path.write_text(text)
        complaint(lambda: load("auslan"), path)
