"""Pictures as files. Where there is much to draw, a second process draws along, from when the first task is trained."""

import gc
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from comparisons.plots.picture import Picture, arrange, sheets
from comparisons.plots.render import PICTURE_FORMATS, PictureFormat, render
from comparisons.training.workers import start_process, stop_worker, submitted

if TYPE_CHECKING:
    from comparisons.analysis.comparison import Comparison

ENOUGH = 20  # recipes: until a second process is there, this one has drawn six or seven
TOO_MUCH = 500_000  # steps of all recipes and seeds: their curves, some 300 MB, are copied to the second process

Drawn = dict[PictureFormat, bytes]


class Pictures:
    """Each sheet of the tasks of a comparison, as it is drawn: its name, and its picture.

    This process and the second one take what is next, and what a second one that broke leaves is drawn here. As a
    context it ends the second one.

    Args:
        asked: all that there will be; nothing of it need be trained yet.
    """

    def __init__(self, asked: "Comparison") -> None:
        recipes = sum(len(task.recipes) for task in asked.tasks)
        steps = sum(len(task.recipes) * task.steps for task in asked.tasks) * len(asked.seeds)
        self.helped = recipes >= ENOUGH and steps <= TOO_MUCH
        self.left: deque[tuple[str, Picture]] = deque()
        self.begun: dict[str, list[str]] = {}  # task to the names of its sheets
        self.given: dict[str, Future[Drawn]] = {}
        self.pool: Executor | None = None
        self.helper = Thread()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(self.pool, ProcessPoolExecutor):
            stop_worker(self.pool)

    def foresee(self, trained: "Comparison") -> None:
        """Begin with tasks that are trained, while others are not.

        Where the usual reference has no curve in them, all of the comparison says which other is named in its place.
        """
        with suppress(Exception):  # what cannot be drawn says so when all is trained, and the tables are written
            if trained.reference == trained.source:
                self.begin(trained)

    def begin(self, comparison: "Comparison") -> None:
        """Have the second process, if there is to be one, draw what there is to draw of the tasks."""
        if not self.helped:
            return
        for task in comparison.drawable():
            self._add(comparison, task)
        if self.left and not self.helper.is_alive():
            self.pool = self.pool or _second_process()
            self.helper = Thread(target=self._help, args=[self.pool], daemon=True)
            self.helper.start()

    def of(self, comparison: "Comparison") -> Iterator[tuple[str, Drawn]]:
        """All that is drawn."""
        for task in comparison.drawable():
            self._add(comparison, task)
            yield from self._here()
        if self.helper.is_alive():
            self.helper.join()
        yield from self._here()
        for name, future in self.given.items():
            yield name, future.result()

    def in_order(self, comparison: "Comparison") -> list[str]:
        """The names of the sheets, as the tasks follow each other and not as they were drawn."""
        return [sheet for task in comparison.drawable() for sheet in self.begun.get(task, ())]

    def _add(self, comparison: "Comparison", task: str) -> None:
        if task not in self.begun:
            sheets = named(arrange(comparison.curves(task)))
            self.left.extend(sheets.items())
            self.begun[task] = list(sheets)

    def _here(self) -> Iterator[tuple[str, Drawn]]:
        while sheet := self._next():
            name, picture = sheet
            yield name, drawn(picture)

    def _help(self, pool: Executor) -> None:
        """Hand the second process one after the other, until none is left or it breaks. Nothing is ever taken back.

        A pool that breaks meanwhile trips over a cancelled call (Python 3.11).
        """
        while sheet := self._next():
            name, picture = sheet
            future = submitted(pool, drawn, picture)
            wait([future])
            if isinstance(future.exception(), BrokenExecutor):
                self.left.append(sheet)
                return
            self.given[name] = future

    def _next(self) -> tuple[str, Picture] | None:
        try:
            return self.left.popleft()
        except IndexError:
            return None


def _second_process() -> Executor:
    """One that draws while a core is idle: training goes first."""
    pool = start_process("comparisons.plots.task", None)
    submitted(pool, os.nice, 19)
    return pool


def named(picture: Picture) -> dict[str, Picture]:
    """The sheets of a task by the names of their files: of one sheet NAME, of several NAME.1, NAME.2, ..."""
    parts, name = sheets(picture), picture.task.name
    return {name: picture} if len(parts) == 1 else {f"{name}.{i}": part for i, part in enumerate(parts, start=1)}


def drawn(picture: Picture) -> Drawn:
    """What `plots.plot_picture` makes of it, in each format."""
    from comparisons.plots.task import plot_picture  # matplotlib is slow to import, and not everybody plots

    with _garbage_kept():
        figure = plot_picture(picture)
        return {kind: render(figure, kind) for kind in PICTURE_FORMATS}


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
