"""Python as text: calls, values, imports and comments, in lines that are not too long."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from comparisons.frameworks.call import Code, NativeCall
from comparisons.rules import Clip, Rule, Schedule
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Accumulation, Average

WIDTH = 100  # of a line; a longer call has a line for each argument


def format_call(name: str, first: Iterable[str], arguments: Mapping[str, object]) -> str:
    """The call in one line, or, where that is long, with a line for each argument."""
    parts = [*first, *(f"{key}={written(value)}" for key, value in arguments.items())]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {part},".replace("\n", "\n    ") for part in parts), ")"])


def written(value: object) -> str:
    """A value of a call: a literal, a lambda, a call itself, or a record of comparisons.rules."""
    match value:
        case NativeCall(name=name, module=module, arguments=arguments):
            known = {key: part for key, part in arguments.items() if part is not False}
            return format_call(f"{module}.{name}", [], known)
        case Code(text):
            return text
        case Symbol():
            return value.text
        case bool() | int() | str() | None:
            return repr(value)
        case float():
            return repr(float(value))
        case tuple():
            return f"({', '.join(written(part) for part in value)})"
        case Accumulation() | Average():
            return format_call(type(value).__name__, [], said(value))
        case _:  # a schedule or a clip of comparisons.rules
            return format_call(type(value).__name__, [], vars(value))


def said(record: Any) -> dict[str, object]:
    """The fields of a record that are not as they are by default."""
    return {one.name: getattr(record, one.name) for one in fields(record) if getattr(record, one.name) != one.default}


def noted(code: str, note: str) -> str:
    """The code with a comment: at its end, or, where that makes a long line, above it."""
    line = f"{code}  # {note}"
    return line if max(map(len, line.splitlines())) <= WIDTH else f"# {note}\n{code}"


def rules_import(*parts: object) -> list[str]:
    """The line that imports the classes of those parts that are records of comparisons.rules; none if none is."""
    names = sorted({type(part).__name__ for part in parts if isinstance(part, Rule | Schedule | Clip)})
    return [f"from comparisons.rules import {', '.join(names)}"] if names else []


def copied_average(decay: object) -> str:
    """How to keep an average of the parameters by hand; the first is a copy."""
    mean = f"{decay} * copy + (1 - {decay}) * parameters"
    return f"keep a copy of the parameters as the first step leaves them, and set it to {mean}"
