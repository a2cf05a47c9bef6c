"""Let no pipeline of tf.data tune itself: at its end TensorFlow waits until its tuner wakes.

The tuner (`tf.data.Options.autotune`) is a thread that sleeps for up to 80 milliseconds at a time,
and Keras makes a pipeline for every call of `fit`, `evaluate` and `predict`. What comes out of a
pipeline, and in which order, does not hang on it.
"""

from typing import Any


def leave_untuned() -> None:
    """Turn the tuner off wherever a notebook does not say otherwise.

    There is no public switch for all pipelines; in a version without this inner place nothing is
    changed, which costs time alone.
    """
    import tensorflow as tf

    kind = tf.data.Dataset
    apply = getattr(kind, "_apply_debug_options", None)  # every iterator begins with it
    if apply is None:
        return

    def untuned(dataset: Any) -> Any:
        found = apply(dataset)
        if found.options().autotune.enabled is not None:
            return found
        options = tf.data.Options()
        options.autotune.enabled = False
        return found.with_options(options)

    kind._apply_debug_options = untuned
