"""Which tensors are picked, as a condition in code."""

import re
from collections.abc import Iterator

from comparisons.rules.training import Selector


def condition(tensors: Selector, name: str, axes: str) -> str:
    """What is true of the tensors that are picked, in Python; "" for all.

    Args:
        tensors: known.
        name, axes: the code of a tensor's name and number of axes.
    """
    parts = list(_conditions(tensors, name, axes))
    return parts[0][1:-1] if len(parts) == 1 and parts[0].startswith("(") else " and ".join(parts)


def _conditions(tensors: Selector, name: str, axes: str) -> Iterator[str]:
    parts = [_matches(pattern, name) for pattern in tensors.names]
    if parts:
        yield parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"
    yield from (f"not {_matches(pattern, name)}" for pattern in tensors.without)
    least, most = tensors.least_axes, tensors.most_axes
    if least is not None and least == most:
        yield f"{axes} == {least}"
        return
    if least is not None:
        yield f"{axes} >= {least}"
    if most is not None:
        yield f"{axes} < {most + 1}"


def _matches(pattern: str, name: str) -> str:
    """Whether a name is of the pattern, as people write that."""
    bare = pattern.strip("*")
    if not re.search(r"[*?\[]", bare):
        match pattern.startswith("*"), pattern.endswith("*"):
            case True, True:
                return f"{bare!r} in {name}"
            case True, False:
                return f"{name}.endswith({bare!r})"
            case False, True:
                return f"{name}.startswith({bare!r})"
            case _:
                return f"{name} == {bare!r}"
    return f"fnmatchcase({name}, {pattern!r})"


def uses_patterns(code: str) -> bool:
    """Whether code that is made of conditions needs `fnmatchcase`."""
    return "fnmatchcase(" in code
