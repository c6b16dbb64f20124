"""Samples from a CSV file with a header row."""

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from comparisons.inputs import files
from comparisons.inputs.memory import check_memory
from comparisons.names import BadInput, unknown
from comparisons.tasks.checks import LARGEST
from comparisons.tasks.data.samples import Samples, hold_out, one_hot, standardised
from comparisons.tasks.sources import CsvFile
from comparisons.tasks.streams import Array

if TYPE_CHECKING:
    from pandas import DataFrame


AS_TEXT = 4  # times the file: what its cells take as text and then as numbers, where they have 8 digits each


def read(file: CsvFile) -> Samples:
    """The file's samples: targets as they are or one-hot, inputs standardised, one in five held out.

    Raises:
        BadInput: the file cannot be read, a column is missing, or a cell is not what its column needs.
    """
    cells = _cells(file.path)
    for name in file.target:
        if name not in cells.columns:
            raise BadInput(f"{file.path}: {unknown('column', name, cells.columns)}; correct target")
    inputs = _numbers(file.path, cells.drop(columns=list(file.target)))
    if not inputs.size:
        raise BadInput(f"{file.path}: target takes every column; leave at least one as input")
    targets = cells[list(file.target)]
    if file.classes:
        return standardised(hold_out(file.path, inputs, one_hot(file.path, _labels(file.path, targets))))
    return standardised(hold_out(file.path, inputs, _numbers(file.path, targets)))


def _cells(path: str) -> "DataFrame":
    """The cells below the header, as text; every column has a name of its own."""
    rows = _rows(path)
    header = [" ".join(str(name).split()) for name in rows.iloc[0]]  # on one line, for messages have one line
    for number, name in enumerate(header, start=1):
        if not name:
            raise BadInput(f"{path}: column {number} has no name; name it in the header, or take it out")
        if header.count(name) > 1:
            raise BadInput(f"{path}: two columns are named '{name}'; rename one in the header")
    if len(rows) == 1:
        raise BadInput(f"{path}: has a header but no samples; add rows below it")
    return rows.iloc[1:].set_axis(header, axis="columns")


def _rows(path: str) -> "DataFrame":
    """All the file's cells as text, the header's among them."""
    import pandas as pd

    try:
        with files.opened(Path(path)) as file:
            size = os.fstat(file.fileno()).st_size
            check_memory(f"{path}: its cells", AS_TEXT * size, "give fewer rows or columns")
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            # Without header=None, a first row longer than the header would turn columns into an index, silently.
            return pd.read_csv(text, header=None, dtype=str, keep_default_na=False, skipinitialspace=True)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of a CSV file") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not text in UTF-8; save it as CSV in UTF-8") from None
    except pd.errors.EmptyDataError:
        raise BadInput(f"{path}: is empty; give a header row and samples below it") from None
    except pd.errors.ParserError as error:
        why = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise BadInput(f"{path}: {why}; give every row as many cells as the header, and close every quote") from None


def _numbers(path: str, cells: "DataFrame") -> Array:
    """Text cells (n, d) to float64, the nearest to what is written."""
    values = np.array([_number(cell) for row in cells.to_numpy() for cell in row]).reshape(cells.shape)
    bad = np.argwhere(~(np.abs(values) <= LARGEST))
    if len(bad):
        row, column = bad[0]
        name, cell = str(cells.columns[column]), str(cells.iat[row, column])
        raise BadInput(
            f"{path}: row {row + 1} below the header, column '{name}' is {cell!r}; "
            "it must be a finite number that float32 can hold"
        )
    return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _labels(path: str, cells: "DataFrame") -> Array:
    """Text cells (n, 1) to class names (n,)."""
    labels = np.array([str(cell).strip() for cell in cells.iloc[:, 0]])
    if not all(labels):
        row = int(np.argmin(labels != "")) + 1
        raise BadInput(f"{path}: row {row} below the header, column '{cells.columns[0]}' is empty; give its class")
    return labels
