"""What a run shows to its network, and when, as tables: the page knows no protocol."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.errors import SuiteError
from protocols.export.packing import all_packed
from protocols.runs.learner import Learner
from protocols.runs.lesson import Lesson
from protocols.runs.prediction import PURPOSE
from protocols.runs.training import evaluation

TRAINING_PIXELS = 8_000_000
"""Of the training images in a page: 10,204 of MNIST."""
TEST_PIXELS = 250_000
"""Of the test images: 318 of MNIST. A test takes as long as so many samples."""
EARLY = 5
"""Tests before the run's first one, each at half the samples of the next: most is learned then."""
CHUNK = 500
"""Positions that are looked at together."""


def positions_that_fit(learner: Learner, lesson: Lesson, asked: int | None) -> int:
    """How many samples of the run the page learns.

    Parameters
    ----------
    learner : Learner
    lesson : Lesson
        Of the learner.
    asked : int or None
        Not more than these.

    Returns
    -------
    int
        At most those whose images are `TRAINING_PIXELS` together.
    """
    end = min(learner.total, asked or learner.total)
    largest = max(1, TRAINING_PIXELS // lesson.patterns["train"].shape[1])
    seen = set()
    for start in range(0, end, CHUNK):
        for k, index in enumerate(lesson.samples(start, min(start + CHUNK, end)).tolist()):
            seen.add(index)
            if len(seen) > largest:
                return start + k
    return end


def positions_of_tests(learner: Learner, end: int) -> list[int]:
    """When the page tests: where the run does, before anything is learned, and early."""
    found = []
    position = 0
    while position < end:
        position = min(learner.next_test(position), end)
        found.append(position)
    early = [found[0] >> k for k in range(1, EARLY + 1)]
    return sorted({0, *early, *found})


def course_tables(learner: Learner, lesson: Lesson, end: int) -> dict[str, Any]:
    """Samples, labels, order, stimuli and tests.

    Parameters
    ----------
    learner : Learner
    lesson : Lesson
    end : int
        Samples that the page learns.

    Returns
    -------
    dict
        As templates/worker.js reads it.

    Raises
    ------
    SuiteError
        If the images have colours, or intensities that their pixels alone do not tell.
    """
    data = learner.dataset
    if len(data.image_shape) != 2:
        raise SuiteError(f"the images of {data.name} have colours; the page shows grey ones")
    index, given, numbers = _shown(learner, lesson, end)
    kept, order = np.unique(index, return_inverse=True)
    n_test = min(len(data.y_test), max(1, TEST_PIXELS // lesson.patterns["test"].shape[1]))
    tests = [{"at": at, "stream": lesson.tested(evaluation(at))["stream"]}
             for at in positions_of_tests(learner, end)]
    arrays = {"order": order.astype(np.uint32), "images": data.x_train[kept],
              "labels": data.y_train[kept].astype(np.int32),
              "testImages": data.x_test[:n_test],
              "testLabels": data.y_test[:n_test].astype(np.int32),
              "intensities": lesson.intensities}
    counts = {"images": len(kept), "test_images": n_test}
    return {**all_packed(arrays), "packed": list(arrays), "given": all_packed(given), **numbers,
            "counts": counts, "end": end, "tests": tests,
            "drawnStream": lesson.tested(PURPOSE)["stream"]}


def _shown(learner, lesson, end):
    """Which sample is shown at each position, what goes with it, and the numbers of the run."""
    index = []
    given = {}
    for start in range(0, end, CHUNK):
        stop = min(start + CHUNK, end)
        part = lesson.samples(start, stop)
        stimuli = dict(lesson.stimuli(start, stop))
        _refuse_other_pattern(learner, lesson, part, stimuli.pop("pattern"))
        stream = stimuli.pop("stream")
        # That of a position is as far from it in every call.
        first = stimuli.pop("first") - start
        for name, values in stimuli.items():
            given.setdefault(name, []).append(np.asarray(values, float))
        index.append(part)
    return (np.concatenate(index), {name: np.concatenate(parts) for name, parts in given.items()},
            {"stream": stream, "first": first})


def _refuse_other_pattern(learner, lesson, index, pattern):
    """Refuse intensities that are not those of the pixels' values."""
    pixels = learner.dataset.x_train[index].reshape(len(index), -1)
    if not np.array_equal(lesson.intensities[pixels], pattern):
        raise SuiteError(f"the intensities of {learner.dataset.name} are not those of its pixels; "
                         "choose another data set")


