"""What the commands share: options, exit codes, and how errors are printed."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from comparisons.frameworks import DIALECTS, FRAMEWORKS, installed
from comparisons.frameworks.column import column
from comparisons.inputs.text import visible
from comparisons.names import DTYPES, LEVELS, BadInput, Dtype, unknown

if TYPE_CHECKING:
    from comparisons.training.runner import Silence

# Exit codes; the README and docs/ci.md list them. 0 is done.
CHANGED = 1  # a framework is not what the baseline says
BAD_INPUT = 2
FAILED = 3  # cells failed, a framework does not follow its rule, or an exact route is not exact
NO_FRAMEWORK = 4  # none can be used, or a required one is missing
CANNOT_WRITE = 5
LEFT_OUT = 6  # done, but without a framework that is not installed
NO_PROOF = 7  # translated, not proved
IMPOSSIBLE = 8  # there is no translation
NO_CALL = 9  # the file has no call to translate
BROKEN = 70  # a mistake of ours; sysexits.h calls it EX_SOFTWARE
INTERRUPTED = 130
CLOSED_PIPE = 141  # as a shell says it of a program that SIGPIPE ended: `triptych run | head`

ALIASES = {alias: framework.id for framework in DIALECTS.values() for alias in framework.aliases}


class Name(click.ParamType):  # type: ignore[type-arg]  # not generic in every release
    """One of a closed set of names; a mistyped one is answered with the nearest."""

    def __init__(self, kind: str, allowed: tuple[str, ...], aliases: Mapping[str, str] = {}) -> None:
        self.name, self.allowed, self.aliases = kind, allowed, aliases

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, or a usage error."""
        name = self.aliases.get(value, value)
        if name not in self.allowed:
            self.fail(unknown(self.name, value, (*self.allowed, *self.aliases)), param, ctx)
        return str(name)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """What the help shows in the name's place."""
        return "|".join(self.allowed)


class ColumnId(Name):
    """A framework, or a framework on a device: torch@cuda."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The column's id, or a usage error."""
        name, at, device = str(value).partition("@")
        given = super().convert(name, param, ctx) + at + device
        try:
            return column(given).id
        except BadInput as error:
            self.fail(str(error), param, ctx)


FRAMEWORK = Name("framework", tuple(FRAMEWORKS), ALIASES)
DIALECT = Name("framework", tuple(DIALECTS), ALIASES)
COLUMN = ColumnId("framework", tuple(FRAMEWORKS), ALIASES)
LEVEL = Name("level", LEVELS)
DTYPE = Name("dtype", (*DTYPES, "both"))


def dtypes_of(dtype: Any) -> tuple[Dtype, ...]:
    """The dtypes that --dtype says."""
    return DTYPES if dtype == "both" else (dtype,)


def out_option(default: str, words: str) -> Callable[[Any], Any]:
    """The option --out, a directory."""
    where = click.Path(path_type=Path)
    return click.option("--out", type=where, default=Path(default), show_default=True, help=words)


def timeout_option() -> Callable[[Any], Any]:
    """The option --timeout, of what trains."""
    words = "End a worker that gives no answer for so long, and give its training up.  [default: 1800]"
    return click.option("--timeout", type=float, metavar="SECONDS", help=words)


def silences(*, quiet: bool) -> Callable[["Silence"], None]:
    """Tell of a worker that gives no answer: always if it was stopped, and if it may only take long, on a terminal."""
    shown = sys.stderr.isatty() and not quiet  # as the progress is
    return lambda one: tell([one.line] if one.stopped or shown else [])


@contextmanager
def errors_printed() -> Iterator[None]:
    """An error of the input, or of the place for the results, is printed in a line and ends the command."""
    try:
        yield
    except BadInput as error:
        end(BAD_INPUT, str(error))
    except OSError as error:
        from comparisons.store.place import CannotWrite  # who has not written anything need not load it

        if not isinstance(error, CannotWrite):
            raise
        end(CANNOT_WRITE, f"{error} with --out")


def untested(frameworks: Iterable[str]) -> list[str]:
    """A line for each of the frameworks, or columns, that is older or newer than those tested."""
    return [line for line in dict.fromkeys(map(installed.untested, frameworks)) if line]


def tell(lines: Iterable[str]) -> None:
    """Say the lines on standard error."""
    for line in lines:
        click.echo(f"triptych: {visible(line)}", err=True)


def end(code: int, message: str) -> NoReturn:
    """Say the message on standard error and exit."""
    tell(message.split("\n"))
    sys.exit(code)
