"""Which modules does a notebook end with that the sandbox's template does not import by name?

    python tools/preloaded.py            # after an update of packages: writes the list anew
    python tools/preloaded.py pytorch    # prints the modules of one framework

A kernel that nobody talks to trains once in every way. What that has imported is listed in
autograder/sandbox/inside/modules.json, which a template imports before it forks.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from autograder.kernels import sandboxed_environment  # noqa: E402
from autograder.sandbox.inside import isolate, preload  # noqa: E402

# matplotlib_inline registers with the IPython that runs when it is first imported. In the template
# there is none, and a fork of it would show no figure.
_NEVER = ("matplotlib_inline", "ipykernel.pylab", "__main__", "__mp_main__")

_PICTURE = """
import numpy as np, matplotlib.pyplot as plt, warnings, copy
from tandem import data, plot
fig, ax = plt.subplots()
ax.plot([1, 2], label="a"); ax.legend(); ax.set_title("b"); ax.set_yscale("log")
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
from tandem import data
from tandem.torch import History
data.load_iris(0)
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
from tandem import data
data.load_iris(0)
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


def missing(framework: str) -> list[str]:
    """Return what this process lacks, in the order in which it was imported by a training.

    The training is in a child, for it may start threads. Raises RuntimeError where it fails.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _train(framework)
            with os.fdopen(write, "w", encoding="utf-8") as file:
                json.dump(list(sys.modules), file)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as file:
        text = file.read()
    os.waitpid(child, 0)
    if not text:
        raise RuntimeError(f"the training with {framework} failed: see above")
    return [name for name in json.loads(text) if _is_lacking(name)]


def _is_lacking(name: str) -> bool:
    if name in sys.modules or name.startswith(_NEVER):
        return False
    try:
        importlib.import_module(name)
    except Exception as error:  # a module that only its package may import, say
        print(f"cannot be imported by itself: {name}: {error!r}", file=sys.stderr)
        return False
    return True


def _train(framework: str) -> None:
    """Train in a kernel's shell, whose own modules are wanted too."""
    from ipykernel.kernelapp import IPKernelApp

    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    app = IPKernelApp.instance(transport="ipc", ip=f"{isolate.HOME}/exercise")
    app.initialize([f"--IPKernelApp.connection_file={isolate.HOME}/exercise.json"])
    done = app.shell.run_cell(TRAININGS[framework])
    done.raise_error()
    app.shell.run_cell(_PICTURE)
    app.shell.complete("np.arr")


def listed(framework: str) -> list[str]:
    """Return the modules of one framework, found out by a process of its own."""
    command = [sys.executable, __file__, framework]
    variables = os.environ | sandboxed_environment(bytes(32))
    done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True)
    return list(json.loads(done.stdout))


def main(frameworks: list[str]) -> None:
    """Print the modules of the named frameworks, or write the list of all."""
    if not frameworks:
        text = json.dumps({name: listed(name) for name in TRAININGS}, indent=1)
        preload.LISTED.write_text(text + "\n", encoding="utf-8")
    for framework in frameworks:
        with tempfile.TemporaryDirectory() as isolate.HOME:
            preload.preload(framework, listed=False)
            print(json.dumps(missing(framework)))


if __name__ == "__main__":
    main(sys.argv[1:])
