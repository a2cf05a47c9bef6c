"""Attacks on a real lab, Iris in PyTorch; what it asks is not answered at all."""

from tests.attack.table import IRIS, Attack

ATTACKS = {
    "iris-pickled-weights": Attack(
        "A pickle that `torch.load` would run is returned for weights.",
        """
import io, torch
class Evil:
    def __reduce__(self): return (open, ("/tmp/" + MARK, "w"))
def softmax(logits):
    file = io.BytesIO(); torch.save(Evil(), file); file.seek(0)
    return torch.load(file, weights_only=False)
""",
        lab=IRIS,
    ),
    "iris-equal-tensors": Attack(
        "Answers are tensors whose class says that they agree with anything.",
        """
import torch
class Equal(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, arguments=(), named=None): return torch.tensor(True)
    def numpy(self, *_, **__): return True
def softmax(logits): return torch.zeros(3).as_subclass(Equal)
standardise = softmax
""",
        lab=IRIS,
    ),
    "iris-torch-patched": Attack(
        "The framework's own comparisons, losses and devices are replaced.",
        """
import torch
torch.allclose = torch.equal = lambda *_, **__: True
torch.Tensor.numpy = lambda self, *_, **__: __import__("numpy").ones(self.shape, "float32")
torch.nn.Module.__call__ = lambda self, x: x
""",
        lab=IRIS,
    ),
    "iris-judge-patched": Attack(
        "The lab's checks pass whatever they get.",
        """
from tandem.checks import find_lab
for item in find_lab("iris").checks.values():
    type(item).judge = lambda self, *_: self.right()
    type(item).collect = lambda self, *_: {}
""",
        lab=IRIS,
    ),
    "iris-digits-read": Attack(
        "The grader's private digits are looked for in memory and files.",
        """
import glob, gc, numpy as np
print(glob.glob(REPOSITORY + "/autograder/**", recursive=True), glob.glob("/**/mnist-private*", recursive=True))
print([a.shape for a in gc.get_objects() if isinstance(a, np.ndarray) and a.size > 1_000_000])
if glob.glob("/**/mnist-private*", recursive=True): loot()
""",
        lab=IRIS,
    ),
}
