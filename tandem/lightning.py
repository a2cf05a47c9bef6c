"""A Lightning callback that keeps what Keras' `History` keeps."""

from typing import Any

import pytorch_lightning as lightning

TRAINING_KEYS = ("loss", "train_loss")


class History(lightning.Callback):
    """Record training and validation loss, one float per epoch, in `.history`.

    The module logs them as "loss" or "train_loss", and "val_loss". A new `fit` starts afresh; the
    sanity check before it is not recorded.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {"loss": [], "val_loss": []}
        self._validated = False
        self._first_epoch = 0

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Forget an earlier `fit`."""
        self.history = {"loss": [], "val_loss": []}
        self._validated = False
        self._first_epoch = trainer.current_epoch

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Note that this epoch has a validation loss of its own."""
        self._validated = not trainer.sanity_checking

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Record the epoch before: a module may log after this callback's own end-of-epoch hook."""
        if trainer.current_epoch > self._first_epoch:
            self._record(trainer)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Record the last epoch."""
        self._record(trainer)

    def _record(self, trainer: Any) -> None:
        metrics = trainer.callback_metrics
        for key in TRAINING_KEYS:
            if key in metrics:
                self.history["loss"].append(float(metrics[key]))
                break
        if self._validated and "val_loss" in metrics:
            self.history["val_loss"].append(float(metrics["val_loss"]))
        self._validated = False
