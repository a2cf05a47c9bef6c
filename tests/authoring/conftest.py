"""Small trees of texts to build, and points that stand in for tandem's labs."""

import io
import shutil
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from authoring.__main__ import main

LAB = """\
---
title: a lab
---

# Flowers

Why flowers.

```{code-cell} python
:name: setup
:locked: true
:tags: [pytorch]

import torch
```

```{code-cell} python
:name: setup
:locked: true
:tags: [tensorflow]

import tensorflow as tf
```

+++ {"tags": ["pytorch"]}

## Tensors of torch

+++ {"tags": ["tensorflow"]}

## Tensors of tf

+++

## Softmax

```{code-cell} python
:name: softmax
:solution: true

def softmax(z):
    ### BEGIN SOLUTION
    shifted = z - z.max()
    ### END SOLUTION
    scale = 1
    ### BEGIN SOLUTION
    return scale * exp(shifted)
    ### END SOLUTION
```

```{code-cell} python
:name: check-softmax
:check: true

check("softmax", softmax)
```

Why subtract the maximum?

+++ {"name": "why", "manual": true, "points": 3}

Because exp overflows.

1 point for the word.

+++

The end.
"""

LESSON = """\
# Tensors

```{code-cell} python
:tags: [pytorch]

import torch
```

```{code-cell} python
:tags: [tensorflow]

import tensorflow as tf
```
"""

SHARED_LESSON = """\
# Your own framework

```{code-cell} python
import numpy as np
```
"""


def points_of(lab: str) -> Mapping[str, float] | None:
    return {"flowers": {"softmax": 2.0}}.get(lab)


def run(root: Path, command: str) -> tuple[int, str, str]:
    """Run the command line in this process; return its exit status, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([command, "--root", str(root)], points_of)
    return status, out.getvalue(), err.getvalue()


def files(root: Path) -> dict[str, bytes]:
    """Return path -> bytes of every file under a folder."""
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree that was built from a lab, two lessons and the labs' page."""
    root = tmp_path_factory.mktemp("built")
    for place, content in {
        "labs/flowers.md": LAB,
        "labs/README.md": "# How labs work\n",
        "lessons/1-tensors.md": LESSON,
        "lessons/0-own-framework.md": SHARED_LESSON,
    }.items():
        path = root / "authoring" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    status, _, err = run(root, "build")
    assert (status, err) == (0, "")
    return root


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """A copy of the built tree that a test may change."""
    root = tmp_path / "tree"
    shutil.copytree(built_once, root)
    return root


@pytest.fixture
def command() -> Callable[[Path, str], tuple[int, str, str]]:
    return run


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    return files


@pytest.fixture
def lab() -> str:
    """The text of the lab `flowers`, without a fault."""
    return LAB
