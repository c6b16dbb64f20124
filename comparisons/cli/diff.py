"""`triptych diff`."""

import sys
from pathlib import Path

import click

from comparisons.cli.options import CHANGED, errors_printed

PATH = click.Path(path_type=Path)


@click.command(short_help="Say where two trainings part, and why.")
@click.argument("one", metavar="A", type=PATH)
@click.argument("other", metavar="B", type=PATH)
@click.option("--column", multiple=True, metavar="NAME", help="Of CSV files, the loss's column; twice: A's and B's.")
@click.option("--names", type=PATH, metavar="FILE", help="Of traces: JSON, each of A's tensors to B's name for it.")
@click.option("--out", type=PATH, metavar="FILE", help="Draw losses and gap into this PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def diff(one: Path, other: Path, column: tuple[str, ...], names: Path | None, out: Path | None, as_json: bool) -> None:
    """Compare A with B: two traces, two CSV files of losses, or two results directories of 'triptych run'.

    The exit code is 0 where they are the same but for rounding, and 1 where they are not.
    """
    from comparisons.diff import command, show

    with errors_printed():
        found = command.diff(one, other, column, names)
        if out is not None:
            command.draw(found, out)
    if as_json:
        click.echo(show.as_json(found))
    else:
        show.show(found)
    sys.exit(0 if found.verdict in ("identical", "rounding") else CHANGED)
