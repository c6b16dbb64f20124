"""A curve of losses out of a CSV file, as loggers and people write them."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from comparisons.inputs import files
from comparisons.names import BadInput, unknown
from comparisons.traces.trace import Array

LIMIT = 1 << 28  # bytes
STEPS = ("step", "_step", "global_step", "trainer/global_step", "iteration", "iter", "update", "batch", "epoch", "")
LOSSES = ("loss", "train_loss", "train/loss", "training_loss", "loss/train", "value", "train/train_loss", "batch_loss")
ASIDE = re.compile(r".*(__min|__max)$|wall time|_timestamp|_runtime|time|timestamp|relative time \(.*\)")


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """Losses by step.

    Args:
        steps: (n,) int64, rising. losses: (n,) float64, finite.
        resolution: half a unit of the last digit written, where the most are.
        epoch_starts: the steps at which a column `epoch` beside them changes; none without one.
    """

    steps: Array
    losses: Array
    resolution: float
    epoch_starts: tuple[int, ...] = ()


def read_curve(path: Path, column: str | None = None) -> Curve:
    """The losses in a CSV file, of any delimiter, with a header or without one.

    Without a header the last column is the loss, and the first the step if there are two or more. With one they are
    known by name: those of wandb and TensorBoard exports among them.

    Args:
        path: of the file. column: the loss's, where its name does not say so.

    Raises:
        BadInput: it cannot be read, is empty, has no such column, a loss that is not finite, or a step twice.
    """
    rows = _rows(path)
    header = [cell.strip() for cell in rows[0][1]] if any(not _is_number(cell) for cell in rows[0][1]) else None
    body = rows[1:] if header else rows
    if not body:
        raise BadInput(f"{path}: has a header but no rows; give a row for each step")
    names = header or [str(number) for number in range(1, len(rows[0][1]) + 1)]
    loss, step = _columns(path, names, column, headed=header is not None)
    for line, cells in body:
        if len(cells) != len(names):
            raise BadInput(f"{path}: line {line} has {len(cells)} cells where {len(names)} are expected")
    body = [(line, cells) for line, cells in body if cells[loss].strip()]  # wandb leaves a cell empty
    if not body:
        raise BadInput(f"{path}: column '{names[loss]}' is empty; name another with --column")
    steps = _steps(path, body, names, step)
    losses = np.array([_loss(path, line, cells[loss], names[loss]) for line, cells in body])
    order = np.argsort(steps, kind="stable")
    twice = np.flatnonzero(np.diff(steps[order]) == 0)
    if len(twice):
        raise BadInput(
            f"{path}: step {steps[order][twice[0]]} stands there more than once; keep the rows of one run only"
        )
    epoch = next((i for i, name in enumerate(names) if name.lower() == "epoch" and i not in (loss, step)), None)
    return Curve(
        steps=steps[order],
        losses=losses[order],
        resolution=min(_resolution(cells[loss]) for _, cells in body),
        epoch_starts=() if epoch is None else _epoch_starts([body[i] for i in order], steps[order], epoch),
    )


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Line number and cells of all rows that are not blank."""
    try:
        if path.stat().st_size > LIMIT:
            raise BadInput(f"{path}: is larger than {LIMIT >> 20} MiB; keep the columns of step and loss only")
        text = files.text(path, LIMIT)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not text in UTF-8; save it as CSV in UTF-8") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadInput(f"{path}: is empty; give a row 'step,loss' for each step")
    delimiter = _delimiter(lines)
    if delimiter == " ":
        split = [(n, line.split()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    else:
        reader = csv.reader(text.splitlines(), delimiter=delimiter)
        try:
            split = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
        except csv.Error as error:
            raise BadInput(f"{path}: is no CSV file: {error}") from None
    if delimiter == ";":  # where a comma is the decimal point
        split = [(n, [re.sub(r"^(\s*-?\d+),(\d+)", r"\1.\2", cell) for cell in row]) for n, row in split]
    return split


def _delimiter(lines: list[str]) -> str:
    """That which the first lines have equally often, the most often."""
    first = lines[:20]
    for candidate in ("\t", ";", ",", "|"):
        if all(candidate in line for line in first):
            return candidate
    return " " if all(len(line.split()) > 1 and '"' not in line for line in first) else ","


def _columns(path: Path, names: list[str], column: str | None, *, headed: bool) -> tuple[int, int | None]:
    """Where the loss is, and the step; None if there is none."""
    lower = [name.lower() for name in names]
    if not headed and column is None:
        return len(names) - 1, 0 if len(names) > 1 else None
    step = next((lower.index(name) for name in STEPS if name in lower), None) if headed else 0
    if column is not None:
        if column not in names:
            raise BadInput(f"{path}: {unknown('column', column, names)}")
        return names.index(column), None if step == names.index(column) else step
    found = [lower.index(name) for name in LOSSES if name in lower]
    if not found:
        left = [i for i, name in enumerate(lower) if i != step and not ASIDE.fullmatch(name)]
        found = [i for i in left if "loss" in lower[i]] or left
        if len(found) != 1:
            what = "no column is called loss" if not found else f"{len(found)} columns may be the loss"
            raise BadInput(f"{path}: {what}; name one with --column (there are: {', '.join(names)})")
    return found[0], step


def _steps(path: Path, body: list[tuple[int, list[str]]], names: list[str], step: int | None) -> Array:
    if step is None:
        return np.arange(len(body))
    found = []
    for line, cells in body:
        if not _is_number(cells[step]) or not float(cells[step]).is_integer() or abs(float(cells[step])) > 2**53:
            raise BadInput(f"{path}: line {line}: the step '{cells[step]}' in '{names[step]}' is no whole number")
        found.append(int(float(cells[step])))
    return np.array(found, np.int64)


def _loss(path: Path, line: int, cell: str, name: str) -> float:
    if not _is_number(cell):
        raise BadInput(f"{path}: line {line}: '{cell.strip()}' in '{name}' is no number")
    if not math.isfinite(value := float(cell)):
        raise BadInput(f"{path}: line {line}: the loss is {value}; compare the steps before it, and cut the rest off")
    return value


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _resolution(cell: str) -> float:
    """Half a unit of the last digit that is written."""
    mantissa, _, exponent = cell.strip().lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def _epoch_starts(body: list[tuple[int, list[str]]], steps: Array, epoch: int) -> tuple[int, ...]:
    cells = [row[epoch].strip() for _, row in body]
    return tuple(int(steps[i]) for i in range(1, len(cells)) if cells[i] != cells[i - 1])
