"""The reference: the framework whose curves the others are compared with, in each panel and in a whole comparison."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from comparisons.training.cells import Cell, Panel


def references(cells: Iterable[Cell], source: str, has_curve: Callable[[Cell], bool]) -> dict[Panel, str]:
    """The reference of each panel that has a curve.

    It is the framework with a curve in the most dtypes, so that one serves for all of a panel; among equals the source,
    and then the first in the order of the cells.
    """
    curves: dict[Panel, Counter[str]] = {}
    for cell in filter(has_curve, cells):
        curves.setdefault(cell.key.panel, Counter())[cell.framework] += 1
    return {panel: _first(count, source) for panel, count in curves.items()}


def _first(count: Counter[str], source: str) -> str:
    return max(count, key=lambda name: (count[name], name == source))


def usual_reference(references: Mapping[Panel, str], source: str) -> str:
    """The one that a comparison names: the source where it is any panel's reference, else that of the most panels."""
    count = Counter(references.values())
    return max(count, key=lambda name: (name == source, count[name]), default=source)
