"""A curve of losses out of a CSV file, as loggers and people write them."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from comparisons.diff.curves.columns import EPOCHS, columns, epoch_column, words
from comparisons.diff.curves.table import Row, read_table, shown
from comparisons.diff.curves.written import is_number, resolutions
from comparisons.names import BadInput
from comparisons.traces.trace import Array

NOTHING = {"", "none", "null", "na", "n/a"}  # what stands where nothing was logged
PLAIN = "write numbers like 1234.5 or 1.5e-3, without separators of thousands"
LARGEST = 2**53  # of a step: float64, as which spreadsheets and loggers write them, tells no more apart


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """Losses by step.

    Args:
        steps: (n,) int64, rising. losses: (n,) float64, finite.
        resolution: (n,) half a unit of the last digit written.
        epoch_starts: the steps at which a column `epoch` beside them changes; none without one.
        notes: what was made of the file that does not stand in it, as what follows "its rows".
    """

    steps: Array
    losses: Array
    resolution: Array
    epoch_starts: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def read_curve(path: Path, column: str | None = None) -> Curve:
    """The losses in a CSV file, of any delimiter, with a header or without one.

    The columns are known by name, those of the exports of wandb and TensorBoard, of Keras, Lightning and Hugging Face
    among them.

    Args:
        path: of the file. column: the loss's, where its name does not say so.

    Raises:
        BadInput: it cannot be read, is empty, has no such column, a loss that is not finite, or a step twice.
    """
    table = read_table(path)
    loss, step = columns(path, table, column)
    name = table.names[loss]
    body = [(line, cells) for line, cells in table.rows if cells[loss].lower() not in NOTHING]
    if not body:
        raise BadInput(f"{path}: column '{shown(name)}' is empty; name another with --column")
    losses = np.array([_loss(path, line, cells[loss], name) for line, cells in body])
    digits = resolutions([cells[loss] for _, cells in body], losses)
    epoch = epoch_column(table, loss, step)
    steps, notes = _steps(path, body, table.names, step, epoch)
    order = np.argsort(steps, kind="stable")
    told = step if notes and step is not None and words(table.names[step]) in EPOCHS else epoch
    return Curve(
        steps=steps[order],
        losses=losses[order],
        resolution=digits[order],
        epoch_starts=() if told is None else _epoch_starts([body[i][1][told] for i in order], steps[order]),
        notes=notes,
    )


def _loss(path: Path, line: int, cell: str, name: str) -> float:
    if not is_number(cell):
        raise BadInput(f"{path}: line {line}: '{shown(cell)}' in '{shown(name)}' is no number; {PLAIN}")
    if math.isfinite(value := float(cell)):
        return value
    if cell[-1].isdigit():
        raise BadInput(f"{path}: line {line}: the loss {shown(cell)} is larger than float64 holds; cut that row off")
    raise BadInput(
        f"{path}: line {line}: the loss is {value}; compare the steps before it, and cut the rest off "
        "(where nothing was logged, leave the cell empty)"
    )


def _steps(
    path: Path, body: list[Row], names: tuple[str, ...], step: int | None, epoch: int | None
) -> tuple[Array, tuple[str, ...]]:
    """The steps (n,), and a note where rows were numbered instead."""
    in_order = np.arange(len(body))
    if step is None:
        return in_order, ("have no steps beside them: they were numbered from 0",) * (len(names) > 1)
    called = shown(names[step])
    counts_epochs = words(names[step]) in EPOCHS
    if counts_epochs and any("." in cells[step] and not _whole(cells[step]) for _, cells in body):
        return in_order, (f"have parts of epochs in '{called}': they were numbered from 0",)
    steps = np.array([_step(path, line, cells[step], called) for line, cells in body], np.int64)
    ordered = np.sort(steps)
    twice = ordered[1:][np.diff(ordered) == 0]
    if not len(twice):
        return steps, ()
    if counts_epochs and (np.diff(steps) >= 0).all():
        return in_order, (f"are several to an epoch in '{called}': they were numbered from 0",)
    if epoch is not None and _within_epochs(steps, [cells[epoch] for _, cells in body]):
        return in_order, (f"begin anew in each epoch in '{called}': they were numbered from 0",)
    line = [line for (line, _), one in zip(body, steps, strict=True) if one == twice[0]][1]
    raise BadInput(
        f"{path}: step {twice[0]} stands there more than once, in '{called}', line {line}; keep the rows of one run "
        "only, or take that column out where it begins anew in each epoch: then rows are numbered"
    )


def _within_epochs(steps: Array, epochs: list[str]) -> bool:
    """Whether steps rise within each epoch, and no epoch comes back."""
    same = np.array([one == other for one, other in zip(epochs[1:], epochs, strict=False)])
    return bool((np.diff(steps)[same] > 0).all()) and int((~same).sum()) + 1 == len(set(epochs))


def _whole(cell: str) -> bool:
    return is_number(cell) and float(cell).is_integer()


def _step(path: Path, line: int, cell: str, name: str) -> int:
    if cell.isascii() and cell.isdigit() and len(cell) < len(str(LARGEST)):  # as most are
        return int(cell)
    if not cell:
        raise BadInput(f"{path}: line {line} has a loss and no step in '{name}'; give it one, or take the row out")
    if not _whole(cell):
        raise BadInput(
            f"{path}: line {line}: the step '{shown(cell)}' in '{name}' is no whole number; write steps like 1200, or "
            "take the column out: then rows are numbered"
        )
    if abs(float(cell)) > LARGEST:
        raise BadInput(f"{path}: line {line}: the step '{shown(cell)}' in '{name}' is beyond 2^53; count from 0")
    return int(float(cell))


def _epoch_starts(cells: list[str], steps: Array) -> tuple[int, ...]:
    """Where the whole number of an epoch changes: Hugging Face writes parts of them."""
    whole = [math.floor(float(cell)) if is_number(cell) and math.isfinite(float(cell)) else cell for cell in cells]
    return tuple(int(steps[i]) for i in range(1, len(whole)) if whole[i] != whole[i - 1])
