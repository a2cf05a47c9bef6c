"""A Lightning callback that keeps what Keras' `History` keeps."""

from typing import Any

from tandem.installed import explained

try:
    import pytorch_lightning as lightning
except ModuleNotFoundError as problem:
    raise explained(problem, "pytorch") from None

TRAINING_KEYS = ("loss", "train_loss")


class History(lightning.Callback):
    """Record training and validation loss, one float per epoch, in `.history`.

    The module logs them as "loss" or "train_loss", and "val_loss". A new `fit` starts afresh; the
    sanity check before it is not recorded.
    """

    def __init__(self) -> None:
        super().__init__()
        self._restart()

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Forget an earlier `fit` and the sanity check."""
        self._restart()

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Note that this epoch has a validation loss of its own."""
        self._validated = True

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Record the epoch before: its module may log after this callback's end-of-epoch hook."""
        self._record(trainer.callback_metrics)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Record the last epoch."""
        self._record(trainer.callback_metrics)

    def _restart(self) -> None:
        self.history: dict[str, list[float]] = {"loss": [], "val_loss": []}
        self._validated = False

    def _record(self, metrics: Any) -> None:
        for key in TRAINING_KEYS:
            if key in metrics:
                self.history["loss"].append(float(metrics[key]))
                break
        if self._validated and "val_loss" in metrics:
            self.history["val_loss"].append(float(metrics["val_loss"]))
        self._validated = False
