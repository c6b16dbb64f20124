"""What a panel shows beside its curves: the way of a point over the circles of equal loss, or accuracy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from comparisons.report.drawing import path
from comparisons.tasks.sources import Given
from comparisons.tasks.spec import Point, TaskSpec
from comparisons.tasks.streams import Array
from comparisons.training.contract import History

SIDE = 400  # of the map, in its own units
PLOT = (548, 200)  # width and height of accuracies
ROOM = 1.25  # how far the map reaches from the optimum, in distances of the start
RINGS = (1 / 3, 2 / 3, 1, 4 / 3)  # of equal loss, in distances of the start
FAR = 20.0  # half maps from its middle: there a way is cut, out of sight


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way of one framework's parameters: its path, a vertex for each step, and when it leaves the map (or -1)."""

    column: int
    path: str
    leaves: int


@dataclass(frozen=True, kw_only=True)
class Map:
    """A map around the optimum: radii of circles of equal loss, the start, the ways."""

    rings: Sequence[int]
    start: tuple[int, int]
    half: float
    optimum: tuple[float, float]
    ways: Sequence[Way]

    def paths(self) -> list[str]:
        """Those of the ways."""
        return [way.path for way in self.ways]


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Accuracies: of each framework its column, a path for the training samples and one for the others."""

    curves: Sequence[tuple[int, str, str]]
    last: Sequence[tuple[int, dict[str, float]]]

    def paths(self) -> list[str]:
        """Those of all accuracies."""
        return [path for _, *both in self.curves for path in both if path]


Aside = Map | Accuracy


def aside(task: TaskSpec, histories: Mapping[str, History | None]) -> Aside | None:
    """The map or the accuracies of the first seed, in the order of the columns; None where there are neither."""
    trained = {place: history for place, history in enumerate(histories.values()) if history is not None}
    ends = _ends(task)
    if ends is not None and any(history.path is not None for history in trained.values()):
        return _map(
            task, *ends, {place: history.path[0] for place, history in trained.items() if history.path is not None}
        )
    if any(history.metrics for history in trained.values()):
        return _accuracy(task, trained)
    return None


def _ends(task: TaskSpec) -> tuple[Array, Array] | None:
    """Start and optimum, if the parameters are a point in the plane and the loss a squared distance."""
    if not isinstance(task.model, Point) or not isinstance(task.data, Given) or task.classifies:
        return None
    start = np.array(task.model.start)
    return (start, np.mean(task.data.targets, axis=0)) if len(start) == 2 else None


def _map(task: TaskSpec, start: Array, optimum: Array, paths: Mapping[int, Array]) -> Map:
    half = ROOM * float(np.abs(start - optimum).max()) or 1.0
    scale = SIDE / 2 / half

    def placed(points: Array) -> Array:
        return SIDE / 2 + (points - optimum) * (scale, -scale)

    ways = []
    for place, points in paths.items():
        distance = np.abs(points.astype(np.float64) - optimum).max(axis=1)
        kept = placed(points[: _first(~(distance < FAR * half))].astype(np.float64))
        outside = _first(~(distance <= half))
        ways.append(Way(column=place, path=_vertices(kept), leaves=outside if outside < len(points) else -1))
    through = float(np.hypot(*(start - optimum)))
    x, y = placed(start[None])[0]
    middle = (float(optimum[0]), float(optimum[1]))
    rings = [round(part * through * scale) for part in RINGS]
    return Map(rings=rings, start=(round(x), round(y)), half=half, optimum=middle, ways=ways)


def _vertices(points: Array) -> str:
    """A path with a vertex for each point, also where one is as the last."""
    if not len(points):
        return ""
    first, moves = np.rint(points[0]).astype(int), np.diff(np.rint(points).astype(int), axis=0)
    rest = " ".join(f"{dx} {dy}" for dx, dy in moves.tolist()).replace(" -", "-")
    return f"M{first[0]} {first[1]}" + (f"l{rest}" if rest else "")


def _first(true: Array) -> int:
    """The index of the first True; the length if there is none."""
    return int(true.argmax()) if true.any() else len(true)


def _accuracy(task: TaskSpec, trained: Mapping[int, History]) -> Accuracy:
    def drawn(history: History, name: str) -> str:
        if name not in history.metrics:
            return ""
        values = np.median(history.metrics[name], axis=0)
        there = np.isfinite(values)
        return path(history.measured_at[there] / task.steps * PLOT[0], PLOT[1] * (1 - values[there]))

    names = ("train_accuracy", "test_accuracy")
    curves = [(place, drawn(history, names[0]), drawn(history, names[1])) for place, history in trained.items()]
    last = [
        (place, {name: float(np.median(history.metrics[name][:, -1])) for name in names if name in history.metrics})
        for place, history in trained.items()
    ]
    return Accuracy(curves=curves, last=last)
