"""`triptych check`."""

import sys
from pathlib import Path
from typing import Any

import click

from comparisons.cli.options import (
    CHANGED,
    FRAMEWORK,
    INTERRUPTED,
    LEFT_OUT,
    NO_FRAMEWORK,
    Name,
    end,
    errors_printed,
    tell,
)

FAIL_ON = Name("kind", ("rule", "numbers", "any"))


class Frameworks(click.ParamType):  # type: ignore[type-arg]  # not generic in every release
    """Frameworks with commas between them."""

    name = "frameworks"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Their ids, or a usage error."""
        if isinstance(value, tuple):
            return value
        return tuple(dict.fromkeys(FRAMEWORK.convert(one.strip(), param, ctx) for one in value.split(",")))


@click.command(short_help="Say what has changed since a baseline: an upgrade, on trial.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="What 'triptych run --out DIR' wrote.  [default: the default run of this release]",
)
@click.option("--fail-on", type=FAIL_ON, default="any", show_default=True, help="Which changes make the exit code 1.")
@click.option("--require", type=Frameworks(), default=(), metavar="NAME,...", help="Frameworks that must be installed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def check(baseline: Path | None, fail_on: Any, require: tuple[str, ...], as_json: bool) -> None:
    """Hold the installed frameworks to what is known of them, and a run to a baseline's curves.

    Changes are of three kinds. rule: an update, or a curve under the same call, is another. numbers: a default or a
    call is. other: something is new, a known defect is mended, a verdict is another. --fail-on numbers counts rule and
    numbers, any counts all three.
    """
    from comparisons.check import check as checking
    from comparisons.check import show
    from comparisons.frameworks.installed import remedy
    from comparisons.results.terminal import progress
    from comparisons.running.asked import NoFramework

    with errors_printed():
        try:
            with progress(quiet=False) as shown:
                found = checking.check(baseline, require=require, progress=shown)
        except NoFramework as error:
            end(NO_FRAMEWORK, str(error))
    if as_json:
        click.echo(show.as_json(found, fail_on))
    else:
        show.show(found)
    tell(f"{name} is left out: {remedy(name)}" for name in found.left_out)
    if found.interrupted:
        end(INTERRUPTED, "interrupted: the curves were not compared")
    sys.exit(CHANGED if show.fails(found, fail_on) else LEFT_OUT if found.left_out else 0)
