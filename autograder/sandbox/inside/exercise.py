"""One training of each kind in a kernel that nobody talks to: which modules does it import?"""

import os

from . import isolate

_PICTURE = """
import numpy as np, matplotlib.pyplot as plt, warnings, copy
from tandem import data, plot
fig, ax = plt.subplots()
ax.plot([1, 2], label="a"); ax.legend(); ax.set_title("b")
plt.show()
from IPython.display import display, HTML
print("a"); display(HTML("b")); 1 / 0
"""
TRAININGS = {
    "plain": "",
    "pytorch": """
import torch, pytorch_lightning as pl
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
import tandem.torch as td
from tandem.torch import History
td.seed(0)
x, y = torch.rand(8, 4), torch.randint(0, 3, (8,))
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3))
for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW):
    optimiser = kind(model.parameters(), lr=0.1)
    for a, b in DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(a), b).backward()
        optimiser.step()
class Lit(pl.LightningModule):
    def __init__(self): super().__init__(); self.net = model
    def training_step(self, batch, _):
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("loss", loss)
        return loss
    def configure_optimizers(self): return torch.optim.Adam(self.parameters())
pl.Trainer(max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False).fit(
    Lit(), DataLoader(TensorDataset(x, y), batch_size=4))
td.predict(model, x.numpy())
""",
    "tensorflow": """
import tensorflow as tf, keras
import tandem.tensorflow as td
td.seed(0)
x, y = tf.random.uniform((8, 4)), tf.constant([0, 1, 2, 0, 1, 2, 0, 1])
w = tf.Variable(tf.zeros((4, 3)))
for kind in (keras.optimizers.SGD, keras.optimizers.Adam):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, x @ w))
    kind(0.1).apply_gradients(zip(tape.gradient(loss, [w]), [w]))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"),
    keras.layers.Dropout(0.1), keras.layers.Dense(3)])
model.compile(optimizer="adam", metrics=["accuracy"],
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, epochs=1, verbose=0, validation_data=(x, y))
list(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(8).batch(4))
td.predict(model, x.numpy())
""",
}


def run(framework: str) -> None:
    """Run it in a kernel's shell, whose own modules are wanted too."""
    from ipykernel.kernelapp import IPKernelApp

    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    app = IPKernelApp.instance(transport="ipc", ip=f"{isolate.HOME}/exercise")
    app.initialize([f"--IPKernelApp.connection_file={isolate.HOME}/exercise.json"])
    done = app.shell.run_cell(TRAININGS[framework])
    done.raise_error()
    app.shell.run_cell(_PICTURE)
    app.shell.complete("np.arr")
