"""What a trace says of its script's groups of tensors: their arguments, and how their learning rates go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from comparisons.tasks.streams import Array
from comparisons.traces.trace import Trace


def groups_of(about: Mapping[str, Any]) -> Iterator[tuple[list[str], Any]]:
    """The names of each group of the optimizer, in its order, and the arguments; none if the trace does not say."""
    optimizer = about.get("optimizer")
    groups = optimizer.get("groups") if isinstance(optimizer, Mapping) else None
    for group in groups if isinstance(groups, list) else ():
        names = group.get("parameters") if isinstance(group, Mapping) else None
        yield (names, group.get("arguments")) if isinstance(names, list) else ([], None)


def declared(about: Mapping[str, Any], moved: Sequence[str]) -> list[list[str]]:
    """The tensors that move in groups of one set of arguments, as the script has them; none if it has one only."""
    by_arguments: dict[str, list[str]] = {}
    for names, arguments in groups_of(about):
        by_arguments.setdefault(repr(arguments), []).extend(name for name in moved if name in names)
    found = [names for names in by_arguments.values() if names]
    return found if len(found) > 1 and sorted(chain(*found)) == sorted(moved) else []


def of_group(about: Mapping[str, Any], tensors: Sequence[str]) -> Mapping[str, Any]:
    """What the trace says, with the arguments of the group that has these tensors."""
    for names, arguments in groups_of(about):
        if all(name in names for name in tensors):
            return {**about, "optimizer": {**about["optimizer"], "arguments": arguments}}
    return about


def by_course(trace: Trace) -> list[Trace]:
    """The trace in parts of tensors whose groups' learning rates go alike; one part where they do, or are not known."""
    rates, groups = trace.group_rates, list(groups_of(trace.about))
    if rates is None or rates.shape[1] != len(groups) or not np.isfinite(rates).all():
        return [trace]
    led = [name for name, tensor in trace.tensors.items() if tensor.led_by is not None]
    parts: list[tuple[Array, list[str], int]] = []
    for i, (names, _) in enumerate(groups):
        there = [name for name in led if name in names]
        goes = rates[:, i] / (np.abs(rates[:, i]).max() or 1.0)
        alike = next((part for part in parts if np.allclose(part[0], goes, rtol=1e-12, atol=0)), None)
        if alike is not None:
            alike[1].extend(there)
        elif there:
            parts.append((goes, there, i))
    if len(parts) < 2 or sum(len(names) for _, names, _ in parts) < len(led):
        return [trace]
    found = []
    for _, names, i in parts:
        some = {name: tensor for name, tensor in trace.tensors.items() if name in names}
        found.append(replace(trace, tensors=some, learning_rate=rates[:, i], group_rates=None))
    return found


def in_rows(about: Mapping[str, Any]) -> tuple[str, ...]:
    """The tensors whose gradients an optimizer got as rows, and takes one by one: their sum makes other steps."""
    return (*squared_by_rows(about), *added_by_rows(about))


def squared_by_rows(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of which one of Keras's squares each row; its SGD has no square."""
    optimizer = about.get("optimizer")
    name = optimizer.get("class") if isinstance(optimizer, Mapping) else None
    return _names(about, "by_rows") if isinstance(name, str) and not name.endswith(".SGD") else ()


def added_by_rows(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Those to which torch's SGD adds each row, so that each rounds."""
    return _names(about, "added_by_rows")


def _names(about: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = about.get(key)
    return tuple(one for one in names if isinstance(one, str)) if isinstance(names, list) else ()
