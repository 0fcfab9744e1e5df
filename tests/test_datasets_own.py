"""The user's own images: arrays, class folders, single files."""

import os
import zipfile

import numpy as np
import pytest
from PIL import Image

from protocols.datasets import image_file, load
from tests.datasets_made import RNG, complaint, write_images, write_npz

# ---- the user's own -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "train",
    [np.full((12, 9), 51, np.uint8), np.full((12, 3, 3), 0.2), np.full((12, 3, 3, 1), 51.2)],
)
def test_own_arrays_become_uint8_images(tmp_path, train):
    test = np.full((4, 3, 3), train.flat[0], train.dtype)
    y_train = np.tile([-1, 5], 6)
    y_test = np.array([5, -1, -1, 5], np.int8)
    path = write_npz(
        tmp_path / "a.npz", x_train=train, x_test=test, y_train=y_train, y_test=y_test
    )
    d = load(str(path))
    assert d.x_train.shape == (12, 3, 3) and (d.x_train == 51).all() and (d.x_test == 51).all()
    assert d.x_train.dtype == d.x_test.dtype == np.uint8 and d.y_train.dtype == np.int64
    assert d.class_names == ("-1", "5") and d.y_test.tolist() == [1, 0, 0, 1]


def test_black_and_white(tmp_path):
    """Integers that are 0 or 1, as from a threshold."""
    x = np.eye(3, dtype=np.uint8)
    path = write_npz(tmp_path / "a.npz", x_train=np.stack([x] * 12), x_test=np.stack([x] * 4))
    d = load(str(path))
    assert np.array_equal(d.x_train[0], 255 * x) and np.array_equal(d.x_test[0], 255 * x)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"x_train": np.full((12, 3, 3), np.nan)}, ("x_train", "NaN")),
        ({"x_train": np.full((12, 3, 3), 256)}, ("x_train", "256")),
        ({"x_test": np.full((4, 3, 3), -0.5)}, ("x_test", "-0.5")),
        ({"x_train": np.full((12, 3, 3), "a")}, ("x_train", "uint8 or floats")),
        ({"x_train": np.full((12, 3, 3), None)}, ("x_train", "never unpickled")),
        ({"x_train": np.zeros((12, 8), np.uint8)}, ("x_train", "(12, 8)")),
        ({"x_train": np.zeros(12, np.uint8)}, ("x_train", "(12,)")),
        ({"x_train": np.zeros((12, 3, 3, 4), np.uint8)}, ("x_train", "(12, 3, 3, 4)")),
        ({"x_test": np.zeros((0, 3, 3), np.uint8)}, ("x_test", "empty")),
        ({"x_test": np.zeros((4, 3, 4), np.uint8)}, ("(3, 3)", "(3, 4)")),
        ({"x_train": np.ones((12, 3, 3)), "x_test": np.full((4, 3, 3), 9.0)}, ("0 .. 255",)),
        ({"x_train": np.ones((12, 3, 3)), "x_test": np.ones((4, 3, 3), int)}, ("0 .. 255",)),
        ({"x_train": np.full((12, 3, 3), 1e-4)}, ("all of them black",)),
        ({"x_train": np.full((12, 3, 3), 9.0), "x_test": np.ones((4, 3, 3), int)}, ("0 .. 255",)),
        ({"y_train": np.zeros(11, int)}, ("y_train", "11 labels for 12")),
        ({"y_train": np.zeros(12, int)}, ("one class",)),
        ({"y_train": np.linspace(0, 1, 12)}, ("y_train", "integers")),
        ({"y_test": np.eye(4, 2, dtype=int)}, ("y_test", "argmax(axis=1)")),
        ({"y_test": np.tile(np.eye(2), (2, 1))}, ("y_test", "argmax(axis=1)")),
        ({"y_test": np.zeros((4, 1), int)}, ("y_test", "y.ravel()")),
        ({"y_test": np.zeros((1, 4))}, ("y_test", "y.ravel()")),
        ({"y_test": np.zeros((4, 2, 1), int)}, ("y_test", "make it (4,)")),
        ({"y_test": np.zeros(4)}, ("y_test", "y.astype(int)")),
        ({"y_test": np.array(list("abba"))}, ("y_test", "number the classes", "numpy.unique")),
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
    with zipfile.ZipFile(path, "w") as archive:
        for key in ("x_train", "y_train", "x_test", "y_test"):
            archive.writestr(f"{key}.npy", b"bytes")
    complaint(lambda: load(str(path)), path, "x_train is no array")
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    complaint(lambda: load(str(path)), path, "single array")


def test_own_folders(tmp_path):
    write_images(tmp_path / "one" / "cat", 20)
    write_images(tmp_path / "one" / "dog", 10)
    (tmp_path / "one" / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "one" / ".hidden").mkdir()
    a = load(tmp_path / "one")
    b = load(tmp_path / "one")
    assert a.class_names == ("cat", "dog") and a.x_train.shape == (24, 3, 3)
    assert np.bincount(a.y_test).tolist() == [4, 2] and np.array_equal(a.x_test, b.x_test)
    # Mixed: the first samples are of both classes, and the same each time.
    assert 1 <= a.y_train[:12].sum() <= 7 and np.array_equal(a.x_train, b.x_train)
    for part, n in (("train", 3), ("test", 2)):
        write_images(tmp_path / "two" / part / "cat", n)
        write_images(tmp_path / "two" / part / "dog", n, (3, 3, 3))
    d = load(tmp_path / "two")
    assert d.x_train.shape == (6, 3, 3) and d.y_test.tolist() == [0, 0, 1, 1]
    first = np.array(Image.open(tmp_path / "two" / "train" / "cat" / "0.png"))
    assert any(np.array_equal(x, first) for x in d.x_train[d.y_train == 0])
    # As N-MNIST and others write them.
    for part in ("train", "test"):
        (tmp_path / "two" / part).rename(tmp_path / "two" / part.capitalize())
    again = load(tmp_path / "two")
    assert np.array_equal(again.x_train, d.x_train) and again.y_test.tolist() == [0, 0, 1, 1]


def test_bad_own_folders(tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    complaint(lambda: load(root), root, "no class folders")
    write_images(root / "cat")
    complaint(lambda: load(root), root, "one class", "cat")
    (root / "dog").mkdir()
    complaint(lambda: load(root), root / "dog", "no image")
    write_images(root / "dog", 1)
    complaint(lambda: load(root), root, "class dog has one sample")
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


def test_folder_name_that_is_not_utf8(tmp_path):
    """No figure could be written with it."""
    write_images(tmp_path / "cat")
    try:
        write_images(tmp_path / os.fsdecode(b"\xff\xfe"))
    except OSError:
        pytest.skip("the file system takes UTF-8 alone")
    complaint(lambda: load(tmp_path), tmp_path, r"b'\xff\xfe'", "not UTF-8", "rename")


@pytest.mark.parametrize("inner", ["sub", "sub/deeper"])
def test_images_inside_a_class_folder(tmp_path, inner):
    """They would be left out."""
    write_images(tmp_path / "cat")
    write_images(tmp_path / "dog")
    (tmp_path / "dog" / "notes").mkdir()
    assert len(load(tmp_path).x_train) == 8
    write_images(tmp_path / "dog" / inner, 1)
    complaint(lambda: load(tmp_path), tmp_path / "dog", "sub:")


# ---- single images ------------------------------------------------------------------------


def test_image_file(tmp_path):
    pixels = RNG.integers(0, 256, (5, 4), dtype=np.uint8)
    png = tmp_path / "a.png"
    npy = tmp_path / "a.npy"
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
