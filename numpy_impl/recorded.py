"""The arrays that a recorder is given, by name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from comparisons.names import BadInput
from comparisons.tasks.streams import Array


def named(params: Any) -> dict[str, Array]:
    """The arrays by name: nested names joined by "/", those of a list numbered from 0, a single one called "params".

    Raises:
        BadInput: two have one name.
    """
    return {name: array(leaf) for name, leaf in _by_name(params).items()}


def dtypes(params: Any) -> dict[str, str]:
    """In which dtype each is held, by name: bfloat16 too, which `named` has in float32."""
    return {name: str(np.asarray(leaf).dtype) for name, leaf in _by_name(params).items()}


def _by_name(params: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for given, leaf in _leaves(params, ""):
        if (name := given or "params") in found:
            raise BadInput(f"Recorder: two arrays are called {name}; nested names are joined by /, so rename one")
        found[name] = leaf
    return found


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


def number(name: str, value: Any) -> float:
    """A number, also of an array of one.

    Raises:
        BadInput: it is none.
    """
    try:
        return float(np.asarray(value).item())
    except (TypeError, ValueError):
        raise BadInput(f"recorder.step: {name} must be one number, such as float(loss)") from None
