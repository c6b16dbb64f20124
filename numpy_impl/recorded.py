"""The arrays that a recorder is given, by name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from comparisons.tasks.streams import Array


def named(params: Any) -> dict[str, Array]:
    """The arrays by name: nested names joined by "/", those of a list numbered from 0, a single one called "params"."""
    pairs = list(_leaves(params, ""))
    return {name or "params": array(leaf) for name, leaf in pairs}


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    below: Iterator[tuple[Any, Any]] | None = None
    if isinstance(value, Mapping):
        below = iter(value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        below = enumerate(value)
    if below is None:
        yield name, value
        return
    for key, part in below:
        yield from _leaves(part, f"{name}/{key}" if name else str(key))


def array(value: Any) -> Array:
    """As NumPy has it; what NumPy does not know, as bfloat16, in float32."""
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype.kind == "V" else array
