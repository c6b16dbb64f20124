"""Pictures as files. Where there is much to draw, a second process draws along."""

import gc
from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

from comparisons.plots.picture import Curves
from comparisons.plots.render import PICTURE_FORMATS, PictureFormat, render
from comparisons.training.workers import start_process, stop_worker, submitted

if TYPE_CHECKING:
    from comparisons.analysis.comparison import Comparison

ENOUGH = 20  # recipes: until a second process is there, this one has drawn six or seven
AHEAD = 2  # pictures in the second process's hands: the one it draws and the next
TOO_MUCH = 500_000  # steps of all recipes and seeds: their curves, some 300 MB, are copied to the second process


@contextmanager
def helper(comparison: "Comparison") -> Iterator[Executor | None]:
    """A process to draw along, which begins to import matplotlib; none where it is not worth it."""
    recipes = sum(len(task.recipes) for task in comparison.tasks)
    steps = sum(len(task.recipes) * task.steps for task in comparison.tasks) * len(comparison.seeds)
    if recipes < ENOUGH or steps > TOO_MUCH:
        yield None
        return
    pool = start_process("comparisons.plots.task", None)
    try:
        yield pool
    finally:
        stop_worker(pool)


class Pictures:
    """Each sheet of each task of which there is a curve, as it is drawn: its name, and its picture.

    This process and the pool, which begins at once, take the largest task that is left, so that they end together;
    what a pool that broke leaves is drawn here.
    """

    def __init__(self, comparison: "Comparison", pool: Executor | None) -> None:
        sizes = {task.name: len(task.recipes) for task in comparison.tasks}
        self.left = deque(sorted(comparison.drawable(), key=lambda name: -sizes[name]))
        self.comparison, self.pool = comparison, pool
        self.given: dict[str, Future[dict[str, dict[PictureFormat, bytes]]]] = {}
        self._give()

    def __iter__(self) -> Iterator[tuple[str, dict[PictureFormat, bytes]]]:
        while self.left:
            name = self.left.popleft()
            yield from drawn(self.comparison.curves(name)).items()
            self._give()
        for name, future in self.given.items():
            try:
                sheets = future.result()
            except BrokenExecutor:
                sheets = drawn(self.comparison.curves(name))
            yield from sheets.items()

    def _give(self) -> None:
        """Give the pool what it needs, and no more, so that nothing has to be taken back.

        A pool that breaks meanwhile trips over a cancelled call, and leaves the others without an answer (Python 3.11).
        """
        while self.pool and self.left and sum(not future.done() for future in self.given.values()) < AHEAD:
            name = self.left.popleft()
            self.given[name] = submitted(self.pool, drawn, self.comparison.curves(name))


def drawn(curves: Curves) -> dict[str, dict[PictureFormat, bytes]]:
    """What `plots.plot_sheets` makes of the curves, as files: of one sheet NAME, of several NAME.1, NAME.2, ..."""
    from comparisons.plots.task import plot_sheets  # matplotlib is slow to import, and not everybody plots

    with _garbage_kept():
        sheets, name = plot_sheets(curves), curves.task.name
        names = [name] if len(sheets) == 1 else [f"{name}.{i}" for i in range(1, len(sheets) + 1)]
        return {
            name: {kind: render(figure, kind) for kind in PICTURE_FORMATS}
            for name, figure in zip(names, sheets, strict=True)
        }


@contextmanager
def _garbage_kept() -> Iterator[None]:
    """Inside, no garbage is looked for: all the small objects of a figure live, and to see that takes a fifth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
