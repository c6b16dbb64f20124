"""What code a class runs, in a few letters that are others when the code is."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

SOURCES = ("py", "html", "css", "js")
Constant = bool | int | float | complex | str | bytes | None


def of_code(thing: type | FunctionType) -> str:
    """Of all code that is in a class, in those that it inherits from, and in the modules where that was written.

    It is of what is loaded, not of files: a class that was edited, or changed after it was loaded, has another. It
    does not say which name has what: torch puts one and the same wrapper around a method when it is first used.
    """
    noted = Noted(lines=set(), functions={})
    for one in thing.__mro__[:-1] if isinstance(thing, type) else ():
        for name, value in vars(one).items():
            if value != id(one):  # Keras notes it on its classes
                noted.note(name, value)
    noted.note(thing.__name__, thing)
    for space in {id(function.__globals__): function.__globals__ for function in noted.functions.values()}.values():
        for name, value in space.items():
            noted.note(name, value)
    return digest(sorted(noted.lines))


def of_packages(names: Iterable[str]) -> str:
    """Of the source of packages: all their files of Python, and the templates of the page."""
    folders = [Path(folder) for name in names for folder in _folders(name)]
    files = [(folder.name, file.relative_to(folder), file) for folder in folders for file in _sources(folder)]
    return digest(f"{name} {path} {file.read_text(encoding='utf-8')}" for name, path, file in sorted(files))


def _sources(folder: Path) -> list[Path]:
    return [file for kind in SOURCES for file in folder.rglob(f"*.{kind}")]


def _folders(package: str) -> list[str]:
    spec = find_spec(package)
    return [] if spec is None else list(spec.submodule_search_locations or ())


def digest(lines: Iterable[str]) -> str:
    """The lines in a few letters."""
    return sha256("\n".join(lines).encode(errors="backslashreplace")).hexdigest()[:16]


def _functions(value: object) -> Iterator[FunctionType]:
    """The functions that a member of a class is made of."""
    match value:
        case FunctionType():
            yield value
        case property():
            yield from (part for part in (value.fget, value.fset, value.fdel) if isinstance(part, FunctionType))
        case classmethod() | staticmethod() if isinstance(value.__func__, FunctionType):
            yield value.__func__


class Noted(NamedTuple):
    """A line for each piece of code and each constant; the functions that were looked at, by their identity."""

    lines: set[str]
    functions: dict[int, FunctionType]

    def note(self, name: str, value: object) -> None:
        """Note a constant with its name, or the functions of a value and all that they enclose."""
        if isinstance(value, Constant) and not name.startswith("__"):
            self.lines.add(f"{name} = {value!r}")
        for function in _functions(value):
            if id(function) not in self.functions:
                self.functions[id(function)] = function
                defaults = (function.__defaults__ or (), sorted((function.__kwdefaults__ or {}).items()))
                self.lines.update((*_codes(function.__code__), f"{function.__name__}{_written(defaults)}"))
                for cell in function.__closure__ or ():
                    with suppress(ValueError):  # an empty one
                        self.note(function.__name__, cell.cell_contents)


def _codes(code: CodeType) -> Iterator[str]:
    """The code and that of all functions in it."""
    constants = [constant for constant in code.co_consts if not isinstance(constant, CodeType)]
    yield f"{code.co_name} {code.co_code.hex()} {code.co_names} {_written(constants)}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _written(value: object) -> str:
    """The value if it is a constant or made of constants, else its type: an address is another in each process."""
    match value:
        case tuple() | list():
            return f"({', '.join(map(_written, value))})"
        case frozenset():
            return f"{{{', '.join(sorted(map(_written, value)))}}}"
        case _:
            return repr(value) if isinstance(value, Constant) else type(value).__name__
