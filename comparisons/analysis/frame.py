"""Histories as tidy frames, and the frameworks' curves side by side."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from comparisons.frameworks.column import in_order
from comparisons.tasks.streams import Array
from comparisons.training.cells import Cell, Job, Key, Outcome
from comparisons.training.contract import History

KEY = [*Key._fields]
CURVE = [*KEY, "seed"]  # one curve in each framework
Columns = dict[str, Array]
Row = Mapping[Hashable, Any]  # of a frame, by its columns


def rows_of(frame: pd.DataFrame) -> Sequence[Row]:
    """The rows of a frame: of few at a time a frame would take longer to make than to read."""
    return frame.to_dict("records")


def grouped(rows: Iterable[Row], columns: Sequence[str]) -> dict[tuple[Any, ...], list[Row]]:
    """The rows by what they have in these columns, in the order in which they come."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in columns), []).append(row)
    return groups


def losses_frame(cells: Sequence[Cell], outcomes: Mapping[Job, Outcome], seeds: Sequence[int]) -> pd.DataFrame:
    """task, optimizer, level, dtype, framework, seed, step, loss: a row for each step of each curve."""

    def rows(_: Cell, history: History) -> list[Columns]:
        return [{**grid(seeds, np.arange(history.losses.shape[1])), "loss": flat(history.losses)}]

    return tidy(cells, outcomes, ["seed", "step", "loss"], rows)


def metrics_frame(cells: Sequence[Cell], outcomes: Mapping[Job, Outcome], seeds: Sequence[int]) -> pd.DataFrame:
    """The key, framework, seed, step (updates made), metric, value: a row for each measurement."""

    def rows(_: Cell, history: History) -> list[Columns]:
        return [
            {**grid(seeds, history.measured_at), "metric": np.full(values.size, name), "value": flat(values)}
            for name, values in history.metrics.items()
        ]

    return tidy(cells, outcomes, ["seed", "step", "metric", "value"], rows)


def paths_frame(cells: Sequence[Cell], outcomes: Mapping[Job, Outcome], seeds: Sequence[int]) -> pd.DataFrame:
    """The key, framework, seed, step (updates made), x0, x1: where the parameters went, if a point in the plane."""

    def rows(_: Cell, history: History) -> list[Columns]:
        if history.path is None or history.path.shape[-1] != 2:
            return []
        steps = np.arange(history.path.shape[1])
        return [{**grid(seeds, steps), "x0": flat(history.path[..., 0]), "x1": flat(history.path[..., 1])}]

    return tidy(cells, outcomes, ["seed", "step", "x0", "x1"], rows)


def aligned(losses: pd.DataFrame) -> pd.DataFrame:
    """task, optimizer, level, dtype, seed, step, then a column of losses for each framework; NaN where it has none."""
    wide = losses.set_index([*CURVE, "step", "framework"])["loss"].unstack("framework", sort=False)
    names = in_order(losses["framework"].cat.categories)
    return wide.reindex(columns=pd.Index(names)).reset_index()


def tidy(
    cells: Sequence[Cell],
    outcomes: Mapping[Job, Outcome],
    names: list[str],
    rows: Callable[[Cell, History], list[Columns]],
) -> pd.DataFrame:
    """One frame of the rows of every cell that has a history, in the order of the cells.

    The key is categorical, ordered as the cells are.
    """
    blocks: list[tuple[Cell, Columns]] = []
    for cell in cells:
        outcome = outcomes.get(cell.job)
        if isinstance(outcome, History):
            blocks += [(cell, columns) for columns in rows(cell, outcome)]
    lengths = [len(columns["seed"]) for _, columns in blocks]
    frame: dict[str, Any] = {}
    for field in [*KEY, "framework"]:
        categories = list(dict.fromkeys(getattr(cell, field) for cell in cells))
        codes = np.array([categories.index(getattr(cell, field)) for cell, _ in blocks], dtype=np.intp)
        frame[field] = pd.Categorical.from_codes(np.repeat(codes, lengths), pd.Index(categories), ordered=True)
    for name in names:
        frame[name] = np.concatenate([columns[name] for _, columns in blocks]) if blocks else np.empty(0)
    return pd.DataFrame(frame)


def grid(seeds: Sequence[int], steps: Array) -> Columns:
    """Seed and step of every element of an array (seeds, steps), as columns."""
    return {"seed": np.repeat(np.array(seeds), len(steps)), "step": np.tile(steps, len(seeds))}


def flat(values: Array) -> Array:
    """An array as one column, in float64."""
    return values.astype(np.float64).ravel()
