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
    without = [_matches(pattern, name) for pattern in tensors.without]
    if without:
        yield f"not {without[0]}" if len(without) == 1 else f"not ({' or '.join(without)})"
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
    if letters := caseless(pattern):
        return _matches(letters, f"{name}.lower()")
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


def caseless(pattern: str) -> str:
    """A pattern each of whose letters may be small or capital, *[bB][iI]*, in small ones: *bi*; "" for any other."""
    pairs, between = re.findall(r"\[(\w)(\w)\]", pattern), re.sub(r"\[\w\w\]", "", pattern)
    if not pairs or any(small.upper() != capital for small, capital in pairs) or re.search(r"[^\W\d_]", between):
        return ""
    return re.sub(r"\[(\w)\w\]", r"\1", pattern)


def uses_patterns(code: str) -> bool:
    """Whether code that is made of conditions needs `fnmatchcase`."""
    return "fnmatchcase(" in code
