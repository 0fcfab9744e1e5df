"""What an STBP network is shown: spikes of pixels, events in bins, distorted images."""

import numpy as np

from protocols import datasets
from protocols.stbp.distortion import elastic
from protocols.stbp.evaluation import chunks
from protocols.stbp.inputs import Events, Images


def test_pixels_are_probabilities_of_independent_spikes():
    images = np.array([0, 51, 204, 255], np.uint8).reshape(1, 2, 2)
    shown = Images(np.repeat(images, 3, 0), 4000).show(np.arange(3), np.random.default_rng(0))
    assert shown.shape == (4000, 3, 2, 2, 1) and set(np.unique(shown)) == {0, 1}
    np.testing.assert_allclose(shown.mean((0, 1)).ravel(), [0, 0.2, 0.8, 1], atol=0.02)
    # No correlation between steps or samples: 4000 draws, five standard errors.
    x = shown[:, :, 0, 1, 0] - 0.2
    assert abs((x[1:, 0] * x[:-1, 0]).mean()) < 5 * 0.16 / 4000**0.5
    assert abs((x[:, 0] * x[:, 1]).mean()) < 5 * 0.16 / 4000**0.5


def test_contrast_of_the_image():
    images = np.array([[[50, 100], [75, 50]], [[9, 9], [9, 9]]], np.uint8)
    pixels = Images(images, 1, "rectified", "image").show(np.arange(2), None)
    np.testing.assert_allclose(pixels[0, 0, ..., 0], [[0, 1], [0.5, 0]])
    assert not pixels[0, 1].any()


def test_a_test_shows_the_same_spikes_every_time():
    inputs = Images(datasets.load("digits").x_test, 5)
    a, b = (list(chunks(inputs, np.arange(250), [3, 1])) for _ in range(2))
    assert [len(x[0]) for x in a] == [100, 100, 50]
    for x, y in zip(a, b):
        np.testing.assert_array_equal(x, y)


def test_events_fall_into_bins():
    kind = np.dtype([("t", np.int64), ("x", np.int16), ("y", np.int16), ("p", np.int16)])
    sample = np.array([(0, 1, 0, 1), (9999, 1, 0, 1), (10000, 2, 3, 0), (299999, 0, 0, 1),
                       (300000, 4, 4, 1)], kind)
    events = Events([sample, sample[:1]], (5, 6), 30)
    assert events.shape == (5, 6, 2) and len(events) == 2
    shown = events.show(np.array([1, 0]))
    assert shown.shape == (30, 2, 5, 6, 2)
    assert shown[:, 0].sum() == 1 and shown[0, 0, 0, 1, 1] == 1
    # Two events of a bin are one spike; those after 300 ms are left out.
    assert {tuple(k) for k in np.argwhere(shown[:, 1])} == {
        (0, 0, 1, 1), (1, 3, 2, 0), (29, 0, 0, 1)}


def test_elastic_distortion_moves_smoothly():
    """Displacements have the size of alpha * smoothed uniform noise; brightness is kept."""
    rng = np.random.default_rng(0)
    ramp = np.tile(np.linspace(0, 1, 28, dtype=np.float32), (50, 28, 1))[..., None]
    moved = elastic(ramp, rng, 4.0, 34.0)
    assert moved.shape == ramp.shape and moved.dtype == np.float32
    # Where a ramp is moved by d columns its value changes by d/27.
    shift = 27 * (moved - ramp)[:, 8:20, 8:20, 0]
    expected = 34 * (1 / 3) ** 0.5 / (2 * np.pi**0.5 * 4)
    assert 0.7 * expected < shift.std() < 1.3 * expected
    assert np.abs(np.diff(shift, axis=2)).mean() < 0.3 * shift.std()
    np.testing.assert_array_equal(elastic(ramp, rng, 4.0, 0.0), ramp)
