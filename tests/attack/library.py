"""The helper library and `sys.modules`: another `tandem`, NumPy or judge than the grader's."""

from tests.attack.table import Attack

ATTACKS = {
    "fake-tandem": Attack(
        "A module of one's own stands in for `tandem` and claims full points.",
        """
import sys, types
from IPython.display import display
def check(name, answer):
    display({"application/vnd.tandem.evidence": "AAAA"}, raw=True)
    return 2.0
for name in [name for name in sys.modules if name.split(".")[0] == "tandem"]:
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].check = check
""",
    ),
    "judge-patched": Attack(
        "The judge in the kernel finds everything right.",
        """
import tandem.checks, tandem.judging
tandem.checks.Check.judge = tandem.checks.Check._decided = lambda self, *_: self.right()
for lab in tandem.checks.find_lab("toy").checks.values():
    type(lab).judge = lambda self, *_: self.right()
tandem.judging.require_agreement = lambda *_: None
""",
    ),
    "points-raised": Attack(
        "The check is worth a hundred points, half of which a wrong answer gets.",
        """
import tandem.checks
for lab in tandem.checks.find_lab("toy").checks.values():
    type(lab).points = 100.0
    type(lab).verdict = lambda self, points, message: tandem.verdict.Verdict(self.name, 50, 100, "")
""",
    ),
    "always-equal": Attack(
        "The answer is an object that equals everything.",
        """
class Equal:
    __array_priority__ = 100
    shape, dtype = (5,), "float32"
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return self
    def __abs__(self): return 0.0
    def __array_ufunc__(self, *_, **__): return True
def double(x): return Equal()
""",
    ),
    "numpy-patched": Attack(
        "NumPy's comparisons always agree.",
        """
import numpy as np
np.allclose = np.array_equal = lambda *_, **__: True
np.isfinite = lambda x: np.ones(np.shape(x), bool)
np.testing.assert_allclose = lambda *_, **__: None
""",
    ),
    "array-subclass": Attack(
        "The answer is an array whose copy says that it is what was asked.",
        """
import numpy as np
class Chameleon(np.ndarray):
    def __array__(self, *_, **__): return self
    def __array_finalize__(self, other): self.flags.writeable = True
    def __eq__(self, other): return np.True_
    def astype(self, *_, **__): return self
def double(x): return np.zeros(5, np.float32).view(Chameleon)
""",
    ),
    "encoder-replaced": Attack(
        "Evidence is encoded by a function that claims to have been judged.",
        """
import numpy as np, tandem.session
_real = tandem.session.encode
def encode(arrays):
    return _real({**arrays, "points": np.float32(2), "verdict": np.ones(5), "passed": np.True_})
tandem.session.encode = encode
""",
    ),
    "import-hook": Attack(
        "A finder of modules hands out its own `safetensors`, `numpy` and `autograder`.",
        """
import importlib.abc, importlib.machinery, sys, types
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("safetensors", "autograder", "nbgrader", "tandem"):
            return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec): return types.ModuleType(spec.name)
    def exec_module(self, module): module.__getattr__ = lambda name: lambda *_, **__: 2.0
sys.meta_path.insert(0, Finder())
for name in ("safetensors", "safetensors.numpy", "tandem.evidence"): sys.modules.pop(name, None)
""",
    ),
    "start-up-files": Attack(
        "Files are laid for the kernel that follows this one, which then dies.",
        """
import os, pathlib, sys
code = "import builtins; builtins.check = lambda *_: 2.0  # " + MARK
home = pathlib.Path.home()
for path in (home / ".ipython/profile_default/startup/00.py", home / "sitecustomize.py",
             pathlib.Path("toy_numpy.py"), pathlib.Path("tandem.py"), pathlib.Path("/tmp/usercustomize.py"),
             *(pathlib.Path(p, "evil.pth") for p in sys.path)):
    tried(path.parent.mkdir, parents=True, exist_ok=True)
    tried(path.write_text, code)
os._exit(0)
""",
    ),
}
