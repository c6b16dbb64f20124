"""Python as text: calls, values, imports and comments, in lines that are not too long."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any
from zlib import crc32

from comparisons.frameworks.call import WRITTEN, Code, NativeCall
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
        case NativeCall(module=module, arguments={"text": Code(text)}) if module == WRITTEN:
            return f"{stand_in(text)}()"
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
        case (single,):
            return f"({written(single)},)"
        case tuple():
            return f"({', '.join(written(part) for part in value)})"
        case Accumulation() | Average():
            return format_call(type(value).__name__, [], said(value))
        case _:  # a schedule or a clip of comparisons.rules
            return format_call(type(value).__name__, [], vars(value))


def no_classes(code: str, _: Iterable[object]) -> tuple[str, list[str]]:
    """The code as it is: it needs no classes."""
    return code, []


def stand_in(text: str) -> str:
    """What a class is called until it is known which others stand beside it."""
    return f"Rate_{crc32(text.encode()):08x}"


def said(record: Any) -> dict[str, object]:
    """The fields of a record that are not as they are by default."""
    return {one.name: getattr(record, one.name) for one in fields(record) if getattr(record, one.name) != one.default}


def noted(code: str, note: str) -> str:
    """The code with a comment: at its end, or, where that makes a long line, above it."""
    line = f"{code}  # {note}"
    return line if max(map(len, line.splitlines())) <= WIDTH else f"# {note}\n{code}"


def rules_import(*parts: object) -> list[str]:
    """The line that imports the classes of those parts that are records of comparisons.rules; none if none is."""
    names = sorted({name for part in parts for name in _classes(part)})
    return [f"from comparisons.rules import {', '.join(names)}"] if names else []


def schedules_import(rule: Rule, *more: object) -> list[str]:
    """The line that imports the classes of a rule's schedules, and of more such records."""
    return rules_import(*(value for value in vars(rule).values() if isinstance(value, Schedule)), *more)


def _classes(part: object) -> Iterator[str]:
    """The classes of comparisons.rules that the record, or those in it, are of."""
    if isinstance(part, tuple):
        for one in part:
            yield from _classes(one)
    elif isinstance(part, Rule | Schedule | Clip):
        yield type(part).__name__
        for one in vars(part).values():
            yield from _classes(one)


def copied_average(decay: object) -> str:
    """How to keep an average of the parameters by hand; the first is a copy."""
    mean = f"{decay} * copy + (1 - {decay}) * parameters"
    return f"keep a copy of the parameters as the first step leaves them, and set it to {mean}"
