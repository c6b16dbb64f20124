"""What runs in the process of a framework: the script of a lesson, as the reader would paste it."""

import linecache
from types import ModuleType
from typing import Any

import numpy as np

NAME = "lesson.py"  # what the script is called in tracebacks


def left_by(script: str) -> dict[str, Any]:
    """Run a script of a lesson, and return what it leaves: its numbers, words and arrays, by name.

    Scripts are ours: nothing that a user types comes here.
    """
    linecache.cache[NAME] = (len(script), None, script.splitlines(keepends=True), NAME)  # tf.function reads its source
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(script, NAME, "exec"), namespace)
    left = {name: plain(value) for name, value in namespace.items() if not name.startswith("_")}
    return {name: value for name, value in left.items() if value is not None}


def plain(value: Any) -> Any:
    """A number, a word, an array, or a list, tuple or dict of such; None for anything else.

    A tensor becomes its array, without a word about frameworks: each has `numpy`, and torch wants `detach` before.
    """
    match value:
        case bool() | int() | float() | str():
            return value
        case np.generic():
            return value.item()
        case np.ndarray():
            return value
        case list() | tuple():
            return [plain(one) for one in value]
        case dict():
            return {name: plain(one) for name, one in value.items() if isinstance(name, str)}
        case _ if isinstance(value, ModuleType) or callable(value) or not hasattr(value, "numpy"):
            return None
        case _ if hasattr(value, "detach"):
            return value.detach().numpy()
        case _:
            return np.asarray(value.numpy())
