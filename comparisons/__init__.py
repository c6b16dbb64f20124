"""One training task, three implementations, laid side by side.

>>> import comparisons
>>> comparison = comparisons.run("regression-20", optimizers=["adam"])  # doctest: +SKIP
>>> comparison.gaps()  # doctest: +SKIP

`import comparisons` is quick: pandas, matplotlib and the frameworks are loaded when they are needed.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comparisons.analysis.comparison import Comparison as Comparison
    from comparisons.api import load as load
    from comparisons.api import run as run
    from comparisons.explaining.api import explain as explain
    from comparisons.lessons.page import lesson as lesson
    from comparisons.names import BadInput as BadInput
    from comparisons.porting.api import port as port
    from comparisons.sweeps.api import sweep as sweep

_HOMES = {
    "run": "comparisons.api",
    "load": "comparisons.api",
    "explain": "comparisons.explaining.api",
    "port": "comparisons.porting.api",
    "sweep": "comparisons.sweeps.api",
    "Comparison": "comparisons.analysis.comparison",
    "BadInput": "comparisons.names",
    "lesson": "comparisons.lessons.page",
}

__all__ = ["BadInput", "Comparison", "explain", "lesson", "load", "port", "run", "sweep"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'comparisons' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
