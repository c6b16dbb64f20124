"""`triptych gradcheck`."""

import sys
from pathlib import Path

import click

from comparisons.cli.options import FAILED, LEFT_OUT, errors_printed, out_option, tell
from comparisons.frameworks import FRAMEWORKS, installed


@click.command(short_help="Check gradients four ways.")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@out_option("results/gradcheck", "Where tables and pictures go.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")
def gradcheck(tasks: tuple[str, ...], out: Path, as_json: bool) -> None:
    """Find gradients by hand, by central differences, by autograd and by tape, and compare them.

    TASKs are names, or paths of TOML files; all shipped ones if none is given.
    """
    from comparisons.gradcheck import command
    from comparisons.results.width import folded

    with errors_printed():
        found = command.examine(tasks, out)
    if as_json:
        click.echo(command.as_json(found, out))
    else:
        command.show(found)
        click.echo(folded(f"Tables and pictures are in {out}"))
    tell(dict.fromkeys(line for one in found for line in one.mishaps))
    missing = [name for name in FRAMEWORKS if installed.missing(name)]
    agree = all(one.agrees and len(one.mishaps) <= len(missing) for one in found)  # other mishaps are failures
    sys.exit(FAILED if not agree else LEFT_OUT if missing else 0)
