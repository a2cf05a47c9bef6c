"""Are pipelines of tf.data in the sandbox untuned, and otherwise as they were?"""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from autograder.sandbox.inside import isolate
from autograder.sandbox.inside.pipelines import leave_untuned
from autograder.sandbox.inside.preload import preload

pytestmark = pytest.mark.tensorflow
PLACE = tf.data.Dataset._apply_debug_options


@pytest.fixture
def untune(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what turns the tuners off until the test ends."""
    monkeypatch.setattr(tf.data.Dataset, "_apply_debug_options", PLACE)
    return leave_untuned


def pipeline() -> tf.data.Dataset:
    numbers = tf.data.Dataset.range(40).shuffle(40, seed=5).map(lambda x: 2 * x)
    return numbers.batch(8).prefetch(tf.data.AUTOTUNE)


def threads_while_open(dataset: tf.data.Dataset) -> int:
    """Count the threads that an open iterator has."""
    before = len(os.listdir("/proc/self/task"))
    iterator = iter(dataset)
    next(iterator)
    return len(os.listdir("/proc/self/task")) - before


def test_a_pipeline_has_no_tuner_and_gives_the_same(untune: Callable[[], None]) -> None:
    list(pipeline())  # TensorFlow's own threads stay
    with_tuner, expected = threads_while_open(pipeline()), np.array(list(pipeline()))
    untune()
    assert threads_while_open(pipeline()) == with_tuner - 1
    assert np.array_equal(np.array(list(pipeline())), expected)


def test_a_pipeline_that_asks_for_its_tuner_has_it(untune: Callable[[], None]) -> None:
    options = tf.data.Options()
    options.autotune.enabled = True
    list(pipeline())
    with_tuner = threads_while_open(pipeline().with_options(options))
    untune()
    assert threads_while_open(pipeline().with_options(options)) == with_tuner


def test_the_template_turns_them_off(
    untune: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolate, "HOME", str(tmp_path))
    preload("tensorflow", listed=False)
    assert tf.data.Dataset._apply_debug_options is not PLACE


def test_a_version_without_that_place_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(tf.data.Dataset, "_apply_debug_options")
    leave_untuned()
    assert not hasattr(tf.data.Dataset, "_apply_debug_options")
