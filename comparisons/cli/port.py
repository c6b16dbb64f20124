"""`triptych port`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from comparisons.cli.options import (
    BAD_INPUT,
    DIALECT,
    DTYPE,
    FAILED,
    IMPOSSIBLE,
    NO_CALL,
    NO_PROOF,
    dtypes_of,
    end,
    errors_printed,
    tell,
    untested,
)
from comparisons.frameworks import FRAMEWORKS

# The exit code of each way in which an answer falls short, the worst first.
SHORTFALLS = {
    "not-exact": FAILED,
    "not-carried": FAILED,
    "impossible": IMPOSSIBLE,
    "unproved": NO_PROOF,
    "no-call": NO_CALL,
}


@click.command(short_help="Carry an optimizer from one framework to another, with a proof.")
@click.argument("expression", required=False)
@click.option("--to", type=DIALECT, required=True, help="The framework to carry it to.")
@click.option("--schedule", default="", metavar="EXPR", help="The scheduler that goes with it, as a call.")
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="Translate all calls in a file or folder instead."
)
@click.option("--task", default="regression-20", show_default=True, help="What the proof trains.")
@click.option("--dtype", type=DTYPE, default="both", show_default=True, help="Of the proof.")
@click.option("--no-proof", is_flag=True, help="Answer at once, without any framework.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")
def port(
    expression: str | None,
    to: Any,
    schedule: str,
    path: Path | None,
    task: str,
    dtype: Any,
    no_proof: bool,
    as_json: bool,
) -> None:
    """Translate EXPRESSION, a call as people write it: "torch.optim.Adam(model.parameters(), lr=3e-4)".

    A Keras config or one of torch's param_groups, as a dict or JSON, will do as well. It is read, never run.
    """
    if (expression is None) == (path is None):
        end(BAD_INPUT, "give a call, or --file with a path ('triptych port --help' shows what there is)")
    if path is not None and (unused := _given(("schedule", "task", "dtype"))):
        end(BAD_INPUT, f"--{unused[0]} goes with a call, and --file takes none; leave it out")
    with errors_printed():
        if path is not None:
            from comparisons.porting.files.command import translate_files

            found = translate_files(path, to)
        else:
            from comparisons.porting.command import translate

            dtypes = () if no_proof else dtypes_of(dtype)
            found = translate(str(expression), to, schedule, task, dtypes)
    click.echo(found.json if as_json else found.text)
    tell([*untested(FRAMEWORKS), *found.troubles])
    sys.exit(next((code for shortfall, code in SHORTFALLS.items() if shortfall in found.shortfalls), 0))


def _given(names: Sequence[str]) -> list[str]:
    """Those of the options that were given on the command line."""
    context = click.get_current_context()
    return [name for name in names if context.get_parameter_source(name) == ParameterSource.COMMANDLINE]
