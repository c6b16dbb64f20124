"""What the fields of a task's records are held to. Messages are "owner: field is value; what it must be"."""

import math

from comparisons.names import BadInput

LARGEST = (2 - 2**-23) * 2.0**127  # of float32: every number of the data must fit into either dtype
Table = tuple[tuple[float, ...], ...]


def finite(owner: str, name: str, *values: float) -> None:
    """Raise BadInput unless all values of `name` are finite, and float32 can hold them."""
    for value in values:
        if not math.isfinite(value):
            raise BadInput(f"{owner}: {name} is {value}; it must be a finite number")
        if abs(value) > LARGEST:
            raise BadInput(f"{owner}: {name} is {value}; it must be a number that float32 can hold, below 3.4e38")


def at_least(owner: str, name: str, value: float, least: int) -> None:
    """Raise BadInput unless `value` is at least `least`."""
    if value < least:
        raise BadInput(f"{owner}: {name} is {value}; it must be at least {least}")


def table(owner: str, name: str, rows: Table) -> None:
    """Raise BadInput unless all rows are equally long and all their numbers finite."""
    if len({len(row) for row in rows}) > 1:
        raise BadInput(f"{owner}: the rows of {name} differ in length; give each as many numbers")
    finite(owner, name, *(number for row in rows for number in row))
