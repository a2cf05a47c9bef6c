"""The tasks of the lessons, one module a unit: `tensors` for `1-tensors`, and so on."""

import importlib
import pkgutil

from tandem.checks import Lab


def find_lesson(name: str) -> Lab | None:
    """Find a unit's tasks by the name of its module; None when there is no such unit."""
    if name not in lesson_names():
        return None
    tasks = importlib.import_module(f"tandem.lessons.{name}").TASKS
    assert isinstance(tasks, Lab)
    return tasks


def lesson_names() -> list[str]:
    """List every unit that has tasks."""
    modules = pkgutil.iter_modules(__path__)
    return sorted(module.name for module in modules if module.name != "task")
