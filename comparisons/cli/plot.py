"""`triptych plot`."""

import re
from pathlib import Path
from typing import Any

import click

from comparisons.cli.options import LEVEL, Name, errors_printed
from comparisons.names import LEVELS, BadInput

INCHES = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72}
DOTS = 300  # to the inch, of a PNG that is printed
FORMAT = Name("format", ("pdf", "svg", "png"))


class Length(click.ParamType):  # type: ignore[type-arg]  # not generic in every release
    """A length with its unit, in inches."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The inches, or a usage error."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)(in|cm|mm|pt)", str(value).replace(" ", ""))
        if isinstance(value, float):
            return value
        if found is None:
            self.fail(f"'{value}' is no length; write a number and in, cm, mm or pt, such as 3.3in", param, ctx)
        return float(found[1]) * INCHES[found[2]]


@click.command(short_help="Draw one optimizer of a run for a paper.")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--task", metavar="NAME", help="May be left out where there is one.")
@click.option("--optimizer", required=True, metavar="NAME", help="The recipe.")
@click.option("--level", type=LEVEL, default=LEVELS[0], show_default=True)
@click.option("--width", type=Length(), default="3.3in", show_default=True, help="Of the picture: a column of a paper.")
@click.option("--format", "kind", type=FORMAT, default="pdf", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=".", help="The folder it goes to.")
def plot(run: Path, task: str | None, optimizer: str, level: Any, width: float, kind: Any, out: Path) -> None:
    """Draw the losses and gaps of one optimizer of the run in the directory RUN, as wide as a column.

    Its fonts are embedded.
    """
    from comparisons import api
    from comparisons.plots.paper import plot_paper
    from comparisons.plots.render import render
    from comparisons.results import files

    with errors_printed():
        comparison = api.load(run)
        name = comparison.task_named(task)
        if name not in comparison.drawable():
            raise BadInput(f"task '{name}' has no curve; run it again")
        content = render(plot_paper(comparison.curves(name), optimizer, level, width), kind, DOTS)
        stem = re.sub(r"[^\w-]+", "-", f"{name}-{optimizer}-{level}")
        file = f"{stem}.{kind}"
        files.write_files({file: content}, out)
    click.echo(f"The picture is {out / file}")
