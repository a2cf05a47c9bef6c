"""What a verdict depends on: the definitions that a check reaches, by their names.

A digest of them tells recorded results that still hold from those that do not. Names are followed
through functions, methods and tables of the project's modules; where a name is defined more than
once, all of its definitions count. Wording, comments and layout are left out.
"""

import ast
import hashlib
import importlib.util
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tandem.checks import Check

COLLECTING = ("collect", "collect_more")
DECIDING = ("draw", "draw_graded", *COLLECTING, "follow_up", "judge")
# These carry and show: they change no number.
_CARRIERS = ("tandem.messages", "tandem.evidence", "tandem.verdict", "tandem.labs")

_Node = ast.stmt
_Members = dict[str, list[_Node]]


def digest(texts: Iterable[str]) -> str:
    """Return a short digest of some texts in their order."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


@cache
def meaning(source: str) -> str:
    """Return code without docstrings, comments, layout and the texts that students read."""
    return ast.unparse(_WithoutWords().visit(ast.parse(source)))


@cache
def reached(check: Check, methods: tuple[str, ...], td: str) -> list[str]:
    """Return the code that some methods of a check reach; `td` names the framework's module."""
    own, elsewhere = _own_members(check), _definitions((type(check).__module__, td))
    waiting, seen, texts = list(methods), set(), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for node in own.get(name) or elsewhere.get(name, []):
            text, mentioned = _read(node)
            texts.add(text)
            waiting += mentioned
    return sorted(texts)


@cache
def _read(node: _Node) -> tuple[str, frozenset[str]]:
    """Return the text of a definition, and every name and attribute that it mentions."""
    attributes = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    return ast.unparse(node), frozenset(names(node) | attributes)


@cache
def parsed(source: str) -> ast.Module:
    """Return the tree of some code, which may not be changed."""
    return ast.parse(source)


def names(tree: ast.AST) -> set[str]:
    """Return every name that code mentions, attributes left out."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def bound(tree: ast.Module) -> set[str]:
    """Return the names that code defines at its top level."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        else:
            found |= {
                n.id
                for n in ast.walk(node)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    return found


def _own_members(check: Check) -> _Members:
    """Return the members of a check's class and of those that it extends, but for `Check`."""
    members: _Members = {}
    for cls in type(check).__mro__:
        if issubclass(cls, Check) and cls is not Check:
            for node in _tree(cls.__module__).body:
                if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                    _add_members(node, members)
    return members


@cache
def _definitions(modules: tuple[str, ...]) -> _Members:
    """Return what these modules and those that they import define, but for members of checks."""
    found: _Members = {}
    waiting, seen = list(modules), set(_CARRIERS)
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        waiting += _imported(_tree(module))
        for node in _tree(module).body:
            if isinstance(node, ast.ClassDef):
                # A class that judges is somebody else's check: its members are not reached.
                if not any(getattr(member, "name", "") == "judge" for member in node.body):
                    found.setdefault(node.name, []).extend(_fields(node))
                    _add_members(node, found)
            elif not isinstance(node, ast.Import | ast.ImportFrom):
                for name in bound(ast.Module([node], [])):
                    found.setdefault(name, []).append(node)
    return found


def _add_members(node: ast.ClassDef, members: _Members) -> None:
    for member in node.body:
        for name in bound(ast.Module([member], [])):
            members.setdefault(name, []).append(member)


def _fields(node: ast.ClassDef) -> list[_Node]:
    """Return what making an object of a class runs: its fields and its special methods."""
    special = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name.startswith("__")]
    return [*(n for n in node.body if isinstance(n, ast.AnnAssign)), *special]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("tandem."):
            yield str(node.module)


@cache
def _tree(module: str) -> ast.Module:
    """Parse a module without importing it: a report imports no framework."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    tree = _WithoutWords().visit(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))
    assert isinstance(tree, ast.Module)
    return tree


class _WithoutWords(ast.NodeTransformer):
    """Drop docstrings, and what `say` and `later` say."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        self.generic_visit(node)
        return ast.Pass() if isinstance(node.value, ast.Constant) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("say", "later"):
            return ast.Constant("")
        return node
