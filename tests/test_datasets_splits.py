"""Held-out samples, and what tells one set from another."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest

from protocols.datasets import Dataset, hold_out, load
from tests.datasets_made import RNG, complaint, write_images

LABELS = np.arange(40) % 4


def made(kind):
    """A small set of a kind, 40 training and 4 test samples of 4 classes."""
    if kind == "images":
        samples = RNG.integers(0, 256, (44, 2, 3), dtype=np.uint8)
    elif kind == "events":
        dtype = [("t", np.int64), ("x", np.int16), ("y", np.int16), ("p", np.int16)]
        samples = [np.ones(n, dtype) for n in range(1, 45)]
        for sample in samples:
            sample["t"] = RNG.integers(0, 1000, len(sample))
    else:
        samples = [RNG.random((n, 5)) for n in range(1, 45)]
    return Dataset(
        name=kind,
        kind=kind,
        x_train=samples[:40],
        y_train=LABELS,
        x_test=samples[40:],
        y_test=np.arange(4),
        class_names=tuple("abcd"),
        sensor_size=(34, 34) if kind == "events" else None,
    )


# ---- held-out samples ---------------------------------------------------------------------


def test_hold_out():
    d = load("digits")
    train, validation = hold_out(d, 200, seed=3)
    assert len(validation) == 200 and set(np.bincount(d.y_train[validation])) <= {19, 20, 21}
    assert np.array_equal(np.sort(np.concatenate([train, validation])), np.arange(1437))
    assert np.array_equal(validation, hold_out(d, 200, seed=3)[1])
    assert not np.array_equal(validation, hold_out(d, 200, seed=4)[1])
    for n in (-1, 0, 9, 1428, 1437):
        complaint(lambda n=n: hold_out(d, n, seed=0), "digits", str(n))
    # Recorded trainings rest on this choice.
    assert hashlib.md5(validation.tobytes()).hexdigest() == "c601f8cc02dea9be68088da92d4442d8"


@pytest.mark.parametrize("kind", ["images", "events", "series"])
def test_hold_out_among_some_samples(kind):
    d = made(kind)
    whole = hold_out(d, 8, seed=1)
    for among in (np.arange(40), np.arange(40)[::-1], list(range(40))):
        for found, expected in zip(hold_out(d, 8, seed=1, among=among), whole, strict=True):
            assert np.array_equal(found, expected) and found.dtype == np.int64
    among = np.arange(3, 31)
    train, validation = hold_out(d, 8, seed=1, among=among)
    assert np.bincount(LABELS[validation]).tolist() == [2, 2, 2, 2]
    assert np.array_equal(np.sort(np.concatenate([train, validation])), among)
    assert (np.diff(train) > 0).all() and (np.diff(validation) > 0).all()
    complaint(lambda: hold_out(d, 3, seed=1, among=among), d.name, "3 of 28")
    complaint(lambda: hold_out(d, 1, seed=1, among=np.arange(4)), d.name, "one sample only")
    complaint(lambda: hold_out(d, 1, seed=1, among=np.arange(0)), d.name, "no samples")


# ---- fingerprints -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, shape", [("images", [2, 3]), ("events", [34, 34]), ("series", [5])]
)
def test_fingerprint(kind, shape):
    d = made(kind)
    found = d.fingerprint()
    assert found == json.loads(json.dumps(found))
    assert found == {
        "kind": kind,
        "sample_shape": shape,
        "class_names": list("abcd"),
        "training_samples": 40,
        "test_samples": 4,
        "contents": d.checksum(),
    }
    assert replace(d, name="elsewhere").fingerprint() == found
    assert replace(d, class_names=tuple("abce")).fingerprint() != found
    order = RNG.permutation(40)
    x_train = d.x_train[order] if kind == "images" else [d.x_train[i] for i in order]
    x_shorter = d.x_train[:-1]
    x_changed = [sample.copy() for sample in d.x_train]
    x_changed[7].view(np.uint8).reshape(-1)[-1] ^= 1
    changed = [
        {"x_train": x_train},
        {"x_train": x_train, "y_train": d.y_train[order]},
        {"y_train": d.y_train[order]},
        {"y_test": d.y_test[::-1]},
        {"x_test": d.x_test[::-1]},
        {"x_train": x_shorter, "y_train": d.y_train[:-1]},
        {"x_train": np.stack(x_changed) if kind == "images" else x_changed},
    ]
    sums = {replace(d, **fields).checksum() for fields in changed}
    assert len(sums) == len(changed) and found["contents"] not in sums


def test_checksum_knows_where_arrays_end():
    """The same bytes one after the other, cut elsewhere or of another type."""
    d = made("series")
    whole = np.arange(25.0).reshape(5, 5)
    first = whole[:2]
    second = whole[2:]
    others = [
        [first, second],
        [whole[:3], whole[3:]],
        [whole],
        [whole, whole[:0]],
        [first.reshape(5, 2), second],
        [first.view(np.int64), second],
    ]
    assert len({replace(d, x_train=x).checksum() for x in others}) == len(others)
    images = made("images")
    turned = replace(images, x_train=images.x_train.reshape(40, 3, 2))
    assert turned.checksum() != images.checksum()
    moved = replace(images, x_train=images.x_train[:39], x_test=np.concatenate(
        [images.x_train[39:], images.x_test]))
    assert moved.checksum() != images.checksum()


def test_fingerprint_of_a_folder_that_moved(tmp_path):
    write_images(tmp_path / "here" / "cat")
    write_images(tmp_path / "here" / "dog")
    before = load(tmp_path / "here").fingerprint()
    (tmp_path / "here").rename(tmp_path / "there")
    assert load(tmp_path / "there").fingerprint() == before
