"""`triptych sweep`."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from comparisons.cli.options import (
    COLUMN,
    DTYPE,
    FAILED,
    FRAMEWORK,
    INTERRUPTED,
    LEVEL,
    NO_FRAMEWORK,
    dtypes_of,
    end,
    errors_printed,
    out_option,
    silences,
    tell,
    timeout_option,
    untested,
)

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Size(click.ParamType):  # type: ignore[type-arg]  # not generic in every release
    """A size of memory: 500M, 4G, 4GiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Its bytes, or a usage error."""
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?) ?([KMGT]?)(i?B)?", str(value), re.IGNORECASE)
        if found is None:
            self.fail(f"'{value}' is no size of memory; write 500M or 4G", param, ctx)
        return int(float(found[1]) * UNITS[found[2].upper()])


@click.command(short_help="Train over many seeds and grids of hyperparameters.")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option("--plan", type=click.Path(path_type=Path), help="A TOML file that says what the options say.")
@click.option("--optimizer", "optimizers", multiple=True, metavar="NAME", help="A recipe to train; may be repeated.")
@click.option("--grid", "grids", multiple=True, metavar="FIELD=VALUES", help="LOW:HIGH:log:COUNT, or values; repeated.")
@click.option("--framework", "frameworks", multiple=True, type=COLUMN, help="May be repeated.")
@click.option("--level", "levels", multiple=True, type=LEVEL, help="What is equal; may be repeated.")
@click.option("--dtype", type=DTYPE, help="[default: float32]")
@click.option("--seeds", type=int, help="How many runs of each, with the seeds 0, 1, ... [default: 200]")
@click.option("--steps", type=int, help="Number of updates, instead of the task's own.")
@click.option("--target", type=float, help="A loss: when is it reached? [default: a tenth of the first]")
@click.option("--source", type=FRAMEWORK, help="Whom the others are compared with. [default: torch]")
@out_option("results/sweep", "Where results go, and where a sweep goes on from.")
@click.option("--memory", type=Size(), metavar="SIZE", help="For all workers' arrays. [default: half of what is free]")
@click.option("--scheduler", default="local", metavar="local|ADDRESS", show_default=True, help="A Dask scheduler's.")
@click.option("--mixed-versions", is_flag=True, help="Take workers whose versions are not those here.")
@timeout_option()
@click.option("--fresh", is_flag=True, help="Forget what an earlier sweep finished there.")
@click.option("--dry-run", is_flag=True, help="Say what it would take, by a few timed steps, and train nothing.")
@click.option("--replay", type=int, metavar="SEED", help="Train one seed again and write its full curves.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, and nothing else there.")
@click.option("--quiet", is_flag=True, help="Print no tables and no progress.")
def sweep(
    tasks: tuple[str, ...],
    plan: Path | None,
    out: Path,
    memory: int | None,
    scheduler: str,
    mixed_versions: bool,
    timeout: float | None,
    fresh: bool,
    dry_run: bool,
    replay: int | None,
    as_json: bool,
    quiet: bool,
    dtype: Any,
    **options: Any,
) -> None:
    """Train TASKs (names, or paths of TOML files) over seeds and grids in each framework, and say what holds."""
    from comparisons.running.asked import NoFramework
    from comparisons.sweeps import command

    with errors_printed():
        try:
            given = {name: value for name, value in options.items() if value not in (None, ())}
            if dtype is not None:
                given["dtypes"] = dtypes_of(dtype)
            asked = command.asked(tasks, given, plan)
            if dry_run:
                return command.show_estimate(asked, memory, as_json=as_json)
            if replay is not None:
                return command.write_replay(asked, memory, replay, out, quiet=quiet or as_json)
            found = command.run(
                asked,
                out,
                memory,
                scheduler=scheduler,
                mixed_versions=mixed_versions,
                timeout=timeout,
                silence=silences(quiet=quiet),
                fresh=fresh,
                quiet=quiet,
            )
        except NoFramework as error:
            end(NO_FRAMEWORK, str(error))
    if as_json:
        click.echo(json.dumps(command.as_data(found, out), indent=1, ensure_ascii=False))
    elif not quiet:
        command.show(found, out)
    tell([*untested(found.plan.frameworks), *found.mishaps()])
    if found.interrupted:
        sys.exit(INTERRUPTED)
    sys.exit(FAILED if found.failures else 0)
