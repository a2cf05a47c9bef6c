"""Does `History` keep one loss per epoch of a Lightning training, without the sanity check's?"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import tandem.torch as td

pytestmark = [pytest.mark.pytorch, pytest.mark.filterwarnings("ignore")]  # Lightning's own advice
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pytorch_lightning as lightning


class Line(lightning.LightningModule):
    """A line through noise-free points; full batches, so that every loss can be recomputed."""

    def __init__(self, training_key: str) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        self.training_key = training_key
        self.validated: list[float] = []

    def training_step(self, batch: Any, _: int) -> torch.Tensor:
        loss = nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.log(self.training_key, loss)
        return loss

    def validation_step(self, batch: Any, _: int) -> None:
        loss = nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.validated.append(loss.item())
        self.log("val_loss", loss)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


def fit(model: Line, history: Any, folder: Path, epochs: int, **options: Any) -> Any:
    x = torch.tensor(np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32))
    rows = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8
    )
    trainer = lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", callbacks=[history], logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        default_root_dir=folder, **options,
    )  # fmt: skip
    trainer.fit(model, rows, rows)
    return trainer


class LineLoggedLate(Line):
    """Logs its training loss in its own end-of-epoch hook, which runs after the callbacks'."""

    def training_step(self, batch: Any, _: int) -> torch.Tensor:
        self.late = nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        return self.late

    def on_train_epoch_end(self) -> None:
        self.log(self.training_key, self.late.detach())


def test_is_a_loss_logged_at_the_end_of_its_epoch_kept_for_that_epoch(tmp_path: Path) -> None:
    model, history = LineLoggedLate("train_loss"), td.History()
    fit(model, history, tmp_path, epochs=4)
    assert history.history["loss"] == pytest.approx(model.validated[:-1])
    assert history.history["val_loss"] == pytest.approx(model.validated[1:])


@pytest.mark.parametrize("key", ["loss", "train_loss"])
def test_is_one_loss_kept_per_epoch(key: str, tmp_path: Path) -> None:
    td.seed(0)
    model, history = Line(key), td.History()
    fit(model, history, tmp_path, epochs=4)
    sanity_check, *validated = model.validated
    assert history.history["val_loss"] == pytest.approx(validated)
    # full batches: an epoch's training loss is that of the weights before its one step
    assert history.history["loss"] == pytest.approx([sanity_check, *validated[:-1]])


def test_does_a_new_fit_start_afresh(tmp_path: Path) -> None:
    history = td.History()
    fit(Line("loss"), history, tmp_path, epochs=3)
    fit(Line("loss"), history, tmp_path, epochs=2)
    assert [len(values) for values in history.history.values()] == [2, 2]


def test_does_training_on_with_the_same_trainer_start_afresh(tmp_path: Path) -> None:
    model, history = Line("loss"), td.History()
    trainer = fit(model, history, tmp_path, epochs=3)
    model.validated.clear()
    trainer.fit_loop.max_epochs = 5
    trainer.fit(model, trainer.train_dataloader, trainer.val_dataloaders)
    sanity_check, *validated = model.validated
    assert history.history["val_loss"] == pytest.approx(validated)
    assert history.history["loss"] == pytest.approx([sanity_check, *validated[:-1]])


def test_is_an_epoch_without_validation_left_out(tmp_path: Path) -> None:
    history = td.History()
    fit(Line("loss"), history, tmp_path, epochs=4, check_val_every_n_epoch=2)
    assert [len(values) for values in history.history.values()] == [4, 2]


def test_is_history_a_lightning_callback() -> None:
    assert isinstance(td.History(), lightning.Callback)
    assert td.History is td.History
