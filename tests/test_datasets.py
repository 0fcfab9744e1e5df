"""Data sets: what the real ones hold, and one clear line for each kind of bad input."""

import functools
import gzip
import hashlib
import io
import os
import pickle
import tarfile
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from models.errors import SuiteError
from protocols.datasets import (
    NAMES,
    auslan,
    catalogue,
    cifar,
    hold_out,
    image_file,
    load,
    mnist,
    nmnist,
)
from protocols.datasets.idx import read_idx

RNG = np.random.default_rng(0)


# ---- writing small sets -------------------------------------------------------------------


def write_idx(path, array):
    header = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wb") as file:
        file.write(header + array.tobytes())


def write_mnist(folder, spelling="{}.gz", n=(20, 10)):
    folder.mkdir(parents=True, exist_ok=True)
    for file, count in zip(mnist.FILES, (n[0], n[0], n[1], n[1]), strict=True):
        images = RNG.integers(0, 256, (count, 4, 4), dtype=np.uint8)
        labels = np.arange(count, dtype=np.uint8) % 10
        write_idx(folder / spelling.format(file), images if "images" in file else labels)


def write_npz(path, **changes):
    arrays = {
        "x_train": RNG.integers(0, 256, (12, 3, 3), dtype=np.uint8),
        "y_train": np.arange(12) % 2,
        "x_test": RNG.integers(0, 256, (4, 3, 3), dtype=np.uint8),
        "y_test": np.arange(4) % 2,
    }
    arrays.update(changes)
    np.savez(path, **{key: array for key, array in arrays.items() if array is not None})
    return path


def write_images(folder, n=5, size=(3, 3)):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        pixels = RNG.integers(0, 256, size, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")


def pack(archive, folder):
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as file:
            for path in folder.rglob("*"):
                file.write(path, path.relative_to(folder.parent))
    else:
        with tarfile.open(archive, "w:gz") as file:
            file.add(folder, folder.name)


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote str, as in the official CIFAR-10 batches."""

    def save_bytes(self, obj):
        self.write(b"T" + len(obj).to_bytes(4, "little") + obj)
        self.memoize(obj)

    dispatch = {**pickle._Pickler.dispatch, bytes: save_bytes}


def python2_pickle(images, labels):
    data = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2).dump({b"data": data, b"labels": labels.tolist()})
    return stream.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def write_cifar_batches(folder, content=None):
    """Write six small official batches, packed; ``content`` replaces that of the first."""
    batches = folder / "cifar-10-batches-py"
    batches.mkdir(parents=True)
    for name in cifar.BATCHES:
        images = RNG.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
        (batches / name).write_bytes(python2_pickle(images, np.array([3, 8, 9])))
    if content is not None:
        (batches / "data_batch_1").write_bytes(content)
    archive = folder / "pack" / cifar.ARCHIVE
    archive.parent.mkdir()
    pack(archive, batches)
    return archive


def encode_differences(images):
    x = images.transpose(3, 0, 1, 2).copy()
    x[0] -= x[1]
    x[2] -= x[1]
    for axis in (2, 3):
        x = np.diff(x, axis=axis, prepend=np.uint8(0))
    return x


def complaint(action, *words):
    """Return the message of the SuiteError, one line which holds all ``words``."""
    with pytest.raises(SuiteError) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert str(word) in message
    return message


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty SNN_DATA folder and an empty cache."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("SNN_DATA", str(folder))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache" / name)
    return folder


# ---- the real sets ------------------------------------------------------------------------


def real(name):
    root = os.environ.get("SNN_DATA")
    if not root or not os.path.isdir(os.path.join(root, name)):
        pytest.skip(f"SNN_DATA names no folder with {name}")
    return load(name)


def md5(array):
    return hashlib.md5(array.astype(np.uint8).tobytes()).hexdigest()


def test_digits_has_the_documented_fixed_split():
    a, b = load(), load("digits")
    assert a.x_train.shape == (1437, 8, 8) and a.x_test.shape == (360, 8, 8)
    assert a.image_shape == (8, 8) and a.n_classes == 10 and a.kind == "images"
    assert a.x_train.dtype == np.uint8 and a.y_train.dtype == np.int64
    assert a.x_train.max() == 255 and a.x_train.min() == 0
    assert np.array_equal(a.x_test, b.x_test)
    assert set(np.bincount(a.y_test)) <= {35, 36, 37}
    # Of this library version; an upgrade which moves the split must be noticed.
    assert md5(a.x_test) == "adb90ef5c9dfdae5a69b9cb376154251"


@pytest.mark.parametrize(
    "name, first, pixels, labels",
    [
        (
            "mnist",
            [5, 0, 4, 1, 9],
            "2646ac647ad5339dbf082846283269ea",
            "a25bea736e30d166cdddb491f175f624",
        ),
        (
            "fashion-mnist",
            [9, 0, 0, 3, 0],
            "8181f5470baa50b63fa0f6fddb340f0a",
            "9018921c3c673c538a1fc5bad174d6f9",
        ),
    ],
)
def test_idx_sets_are_the_published_ones(name, first, pixels, labels):
    d = real(name)
    assert d.x_train.shape == (60000, 28, 28) and d.x_test.shape == (10000, 28, 28)
    assert d.y_train[:5].tolist() == first and d.n_classes == 10
    header = bytes((0, 0, 8, 3)) + np.array(d.x_test.shape, ">u4").tobytes()
    assert hashlib.md5(header + d.x_test.tobytes()).hexdigest() == pixels
    header = bytes((0, 0, 8, 1)) + np.array([60000], ">u4").tobytes()
    content = header + d.y_train.astype(np.uint8).tobytes()
    assert hashlib.md5(content).hexdigest() == labels


def test_cifar_10():
    d = real("cifar-10")
    assert d.x_train.shape == (50000, 32, 32, 3) and d.x_test.shape == (10000, 32, 32, 3)
    assert d.y_train[:5].tolist() == [6, 9, 9, 4, 1] and d.class_names[6] == "frog"
    content = d.x_test.tobytes() + d.y_test.astype(np.uint8).tobytes()
    assert hashlib.sha256(content).hexdigest() == cifar.SHA256["test_batch"]


def test_n_mnist():
    d = real("n-mnist")
    assert d.kind == "events" and d.image_shape == (34, 34) and d.n_classes == 10
    assert d.y_train[:5].tolist() == [5, 0, 4, 1, 9] and len(d.x_train) == len(d.y_train)
    assert len(d.x_train[1]) == 5028 and d.x_train[1][0].tolist() == (937, 10, 30, 1)
    assert all((np.diff(events["t"]) >= 0).all() for events in d.x_test)


def test_auslan():
    d = real("auslan")
    assert d.kind == "series" and d.n_classes == 95 and "his_hers" in d.class_names
    assert set(np.bincount(d.y_train)) == {18} and set(np.bincount(d.y_test)) == {9}
    frames = [len(series) for series in d.x_train + d.x_test]
    assert max(frames) == 136 and round(np.mean(frames), 2) == 57.29
    assert {series.shape[1] for series in d.x_train} == {22}
    complaint(lambda: d.image_shape, "series")


def test_pedestrian():
    d = real("pedestrian")
    assert d.x_train.shape == (1509, 28, 28) and d.x_test.shape == (631, 28, 28)
    assert np.bincount(d.y_train).tolist() == [754, 755] and d.class_names[1] == "pedestrian"


# ---- where sets are looked for ------------------------------------------------------------


def test_unknown_names_get_a_suggestion():
    complaint(lambda: load("fashion_mnist"), "did you mean fashion-mnist?", *NAMES)
    complaint(lambda: load("MNIST"), "did you mean mnist?")
    complaint(lambda: load("no/such/folder"), "no/such/folder")
    complaint(lambda: load(""), "digits")


def test_missing_sets_tell_what_to_do(data, monkeypatch):
    for name, source in (("n-mnist", nmnist), ("auslan", auslan)):
        complaint(lambda name=name: load(name), "SNN_DATA", f"{name}/", source.ORIGIN)
    complaint(lambda: load("pedestrian"), "pedestrian_28x28.npz", "Daimler")
    (data / "mnist").mkdir()
    complaint(lambda: load("mnist"), data / "mnist", "train-images-idx3-ubyte.gz", "https://")
    monkeypatch.setenv("SNN_DATA", str(data / "gone"))
    complaint(lambda: load("mnist"), data / "gone", "SNN_DATA")


@pytest.fixture
def mirror(tmp_path, data, monkeypatch):
    """A mirror on this machine, the second of two; the first serves nothing."""
    folder = tmp_path / "mirror"
    write_mnist(folder)
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    sha256 = tuple(
        hashlib.sha256(gzip.decompress((folder / f"{file}.gz").read_bytes())).hexdigest()
        for file in mnist.FILES
    )
    small = mnist.IdxSet("mnist", tuple("0123456789"), (f"{address}none/", address), sha256)
    source = catalogue.Source(small.read, small.files, small.origin, small.download)
    monkeypatch.setitem(catalogue.SOURCES, "mnist", source)
    yield folder
    server.shutdown()
    server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_downloads_are_checked_and_kept(mirror, tmp_path):
    assert load("mnist").y_train[:3].tolist() == [0, 1, 2]
    for path in mirror.iterdir():
        path.unlink()
    assert load("mnist").x_test.shape == (10, 4, 4)


@pytest.mark.parametrize("damage", ["other", "truncated"])
def test_bad_downloads_are_deleted(mirror, tmp_path, damage):
    path = mirror / "t10k-labels-idx1-ubyte.gz"
    if damage == "other":
        write_idx(path, np.zeros(10, np.uint8))
    else:
        path.write_bytes(path.read_bytes()[:-9])
    complaint(lambda: load("mnist"), path.name, "404", "not the published file", "SNN_DATA")
    kept = sorted(file.name for file in (tmp_path / "cache").rglob("*") if file.is_file())
    assert len(kept) == 3 and path.name not in kept


def test_cifar_downloads_are_checked(tmp_path):
    archive = write_cifar_batches(tmp_path)
    complaint(lambda: cifar.verify(archive), archive, "SHA-256")


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


@pytest.mark.parametrize(
    "damage, word",
    [
        (lambda raw: raw[:-20], "damaged"),
        (lambda raw: b"no gzip at all", "damaged"),
        (lambda raw: gzip.compress(gzip.decompress(raw)[:-3]), "bytes of data"),
        (lambda raw: gzip.compress(gzip.decompress(raw)[:9]), "header"),
        (lambda raw: gzip.compress(b"\0\0\x0d" + gzip.decompress(raw)[3:]), "00 00 0d 03"),
        (lambda raw: gzip.compress(b""), "nothing"),
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
    packed = load("cifar-10")
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


class Malicious:
    def __reduce__(self):
        return os.getenv, ("HOME",)


@pytest.mark.parametrize(
    "content, word",
    [
        (pickle.dumps(Malicious()), "not allowed"),
        (pickle.dumps({}), "damaged"),
        (b"", "damaged"),
        (python2_pickle(np.zeros((2, 32, 32, 3), np.uint8), np.array([1, 10])), "0 .. 9"),
        (python2_pickle(np.zeros((2, 32, 32, 3), np.uint8), np.array([1])), "one integer label"),
        (python2_pickle(np.zeros((2, 8, 8, 3), np.uint8), np.array([1, 2])), "3072"),
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


# ---- the user's own -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "train",
    [np.full((12, 9), 51, np.uint8), np.full((12, 3, 3), 0.2), np.full((12, 3, 3, 1), 51.2)],
)
def test_own_arrays_become_uint8_images(tmp_path, train):
    test = np.full((4, 3, 3), train.flat[0], train.dtype)
    y_train, y_test = np.tile([-1, 5], 6), np.array([5, -1, -1, 5], np.int8)
    path = write_npz(
        tmp_path / "a.npz", x_train=train, x_test=test, y_train=y_train, y_test=y_test
    )
    d = load(str(path))
    assert d.x_train.shape == (12, 3, 3) and (d.x_train == 51).all() and (d.x_test == 51).all()
    assert d.x_train.dtype == d.x_test.dtype == np.uint8 and d.y_train.dtype == np.int64
    assert d.class_names == ("-1", "5") and d.y_test.tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"x_train": np.full((12, 3, 3), np.nan)}, ("x_train", "NaN")),
        ({"x_train": np.full((12, 3, 3), 256)}, ("x_train", "256")),
        ({"x_test": np.full((4, 3, 3), -0.5)}, ("x_test", "-0.5")),
        ({"x_train": np.full((12, 3, 3), "a")}, ("x_train", "uint8 or floats")),
        ({"x_train": np.full((12, 3, 3), None)}, ("Object arrays",)),
        ({"x_train": np.zeros((12, 8), np.uint8)}, ("x_train", "(12, 8)")),
        ({"x_train": np.zeros(12, np.uint8)}, ("x_train", "(12,)")),
        ({"x_train": np.zeros((12, 3, 3, 4), np.uint8)}, ("x_train", "(12, 3, 3, 4)")),
        ({"x_test": np.zeros((0, 3, 3), np.uint8)}, ("x_test", "empty")),
        ({"x_test": np.zeros((4, 3, 4), np.uint8)}, ("(3, 3)", "(3, 4)")),
        ({"x_train": np.ones((12, 3, 3)), "x_test": np.full((4, 3, 3), 9.0)}, ("0 .. 255",)),
        ({"y_train": np.zeros(11, int)}, ("y_train", "11 labels for 12")),
        ({"y_train": np.zeros(12, int)}, ("one class",)),
        ({"y_train": np.linspace(0, 1, 12)}, ("y_train", "integers")),
        ({"y_test": np.eye(4, 2, dtype=int)}, ("y_test", "argmax")),
        ({"y_test": np.full(4, 7)}, ("y_test", "label 7")),
        ({"y_test": None}, ("no array y_test",)),
    ],
)
def test_bad_own_arrays(tmp_path, changes, words):
    path = write_npz(tmp_path / "a.npz", **changes)
    complaint(lambda: load(str(path)), path, *words)


def test_damaged_npz(tmp_path):
    path = write_npz(tmp_path / "a.npz")
    whole = path.read_bytes()
    for content in (b"", b"text", whole[:-30], whole[:300] + b"\xff" * 40 + whole[340:]):
        path.write_bytes(content)
        complaint(lambda: load(str(path)), path)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    complaint(lambda: load(str(path)), path, "single array")


def test_own_folders(tmp_path):
    write_images(tmp_path / "one" / "cat", 20)
    write_images(tmp_path / "one" / "dog", 10)
    (tmp_path / "one" / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "one" / ".hidden").mkdir()
    a, b = load(tmp_path / "one"), load(tmp_path / "one")
    assert a.class_names == ("cat", "dog") and a.x_train.shape == (24, 3, 3)
    assert np.bincount(a.y_test).tolist() == [4, 2] and np.array_equal(a.x_test, b.x_test)
    for part, n in (("train", 3), ("test", 2)):
        write_images(tmp_path / "two" / part / "cat", n)
        write_images(tmp_path / "two" / part / "dog", n, (3, 3, 3))
    d = load(tmp_path / "two")
    assert d.x_train.shape == (6, 3, 3) and d.y_test.tolist() == [0, 0, 1, 1]
    first = np.array(Image.open(tmp_path / "two" / "train" / "cat" / "0.png"))
    assert np.array_equal(d.x_train[0], first)


def test_bad_own_folders(tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    complaint(lambda: load(root), root, "no class folders")
    write_images(root / "cat")
    complaint(lambda: load(root), root, "one class", "cat")
    (root / "dog").mkdir()
    complaint(lambda: load(root), root / "dog", "no image")
    write_images(root / "dog", 1)
    complaint(lambda: load(root), root, "one sample")
    write_images(root / "dog")
    odd = root / "dog" / "3.png"
    whole = odd.read_bytes()
    for content in (b"", b"text", whole[:-25]):
        odd.write_bytes(content)
        complaint(lambda: load(root), odd, "cannot read")
    Image.fromarray(np.zeros((4, 3), np.uint8)).save(odd)
    complaint(lambda: load(root), odd, "(4, 3)", "(3, 3)", root / "cat")
    write_images(root / "train" / "cat")
    complaint(lambda: load(root), root, "train/ alone")
    write_images(root / "train" / "dog")
    write_images(root / "test" / "bird")
    complaint(lambda: load(root), "one class")
    write_images(root / "test" / "cat")
    complaint(lambda: load(root), root / "test" / "bird", "no counterpart")


# ---- single images and splits -------------------------------------------------------------


def test_image_file(tmp_path):
    pixels = RNG.integers(0, 256, (5, 4), dtype=np.uint8)
    png, npy = tmp_path / "a.png", tmp_path / "a.npy"
    Image.fromarray(pixels).save(png)
    np.save(npy, pixels / 255)
    assert np.array_equal(image_file(png, (5, 4)), pixels)
    assert np.array_equal(image_file(str(npy), (5, 4)), pixels)
    assert image_file(png, (5, 4, 3)).shape == (5, 4, 3)
    complaint(lambda: image_file(png, (28, 28)), png, "(5, 4)", "(28, 28)")
    complaint(lambda: image_file(tmp_path / "none.png", (5, 4)), "none.png")
    complaint(lambda: image_file(tmp_path, (5, 4)), tmp_path, "folder")
    np.save(npy, np.full((5, 4), np.nan))
    complaint(lambda: image_file(npy, (5, 4)), npy, "NaN")
    for path in (png, npy):
        path.write_bytes(path.read_bytes()[:-30])
        complaint(lambda path=path: image_file(path, (5, 4)), path, "cannot read")
    Image.fromarray(np.full((5, 4), 40000, np.uint16)).save(png)
    complaint(lambda: image_file(png, (5, 4)), png, "8 bits")
    Image.fromarray(np.zeros((5, 4, 4), np.uint8)).save(png)
    complaint(lambda: image_file(png, (5, 4)), png, "transparent")


def test_hold_out():
    d = load("digits")
    train, validation = hold_out(d, 200, seed=3)
    assert len(validation) == 200 and set(np.bincount(d.y_train[validation])) <= {19, 20, 21}
    assert np.array_equal(np.sort(np.concatenate([train, validation])), np.arange(1437))
    assert np.array_equal(validation, hold_out(d, 200, seed=3)[1])
    assert not np.array_equal(validation, hold_out(d, 200, seed=4)[1])
    for n in (-1, 0, 9, 1428, 1437):
        complaint(lambda n=n: hold_out(d, n, seed=0), "digits", str(n))
