"""`triptych run`."""

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
    LEFT_OUT,
    LEVEL,
    NO_FRAMEWORK,
    Name,
    dtypes_of,
    end,
    errors_printed,
    out_option,
    silences,
    tell,
    timeout_option,
    untested,
)
from comparisons.names import LEVELS

PARQUET = "parquet"
FORMAT = Name("format", ("csv", PARQUET))


@click.command(short_help="Train tasks in each framework and compare the curves.")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option("--optimizer", "optimizers", multiple=True, metavar="NAME", help="A recipe to train; may be repeated.")
@click.option(
    "--framework",
    "frameworks",
    multiple=True,
    type=COLUMN,
    help="May be repeated; keras is tf, torch@cuda is on a GPU.",
)
@click.option("--level", "levels", multiple=True, type=LEVEL, help="What is equal; may be repeated.")
@click.option("--dtype", type=DTYPE, default="both", show_default=True)
@click.option("--seeds", type=int, default=1, show_default=True, help="How many runs, with the seeds 0, 1, ...")
@click.option("--steps", type=int, help="Number of updates, instead of the task's own.")
@out_option("results/latest", "Where results go.")
@click.option(
    "--source",
    type=FRAMEWORK,
    default="torch",
    show_default=True,
    help="Whose numbers same-numbers takes, and whose curve the others are compared with.",
)
@click.option("--fresh", is_flag=True, help="Forget what was finished there before, and train all anew.")
@timeout_option()
@click.option(
    "--json", "as_json", is_flag=True, help="Print gaps and causes as JSON on standard output, and nothing else there."
)
@click.option("--format", "kind", type=FORMAT, default="csv", show_default=True, help="parquet: losses as that, too.")
@click.option("--all", "everything", is_flag=True, help="Show quiet rows, too, and name every optimizer.")
@click.option("--quiet", is_flag=True, help="Print no tables and no progress.")
def run(
    tasks: tuple[str, ...],
    optimizers: tuple[str, ...],
    frameworks: tuple[Any, ...],
    levels: tuple[Any, ...],
    dtype: Any,
    seeds: int,
    steps: int | None,
    out: Path,
    source: Any,
    fresh: bool,
    timeout: float | None,
    as_json: bool,
    kind: str,
    everything: bool,
    quiet: bool,
) -> None:
    """Train TASKs (names, or paths of TOML files; all shipped ones if none is given) and compare the curves.

    Begun again with the same --out it goes on where it stopped.
    """
    from comparisons import api
    from comparisons.results import terminal as report
    from comparisons.results.width import folded
    from comparisons.running.asked import NoFramework
    from comparisons.training.runner import HANG_SECONDS

    with errors_printed():
        try:
            with report.progress(quiet=quiet) as progress:
                comparison = api.run(
                    *tasks,
                    optimizers=optimizers,
                    frameworks=frameworks,
                    levels=levels or LEVELS,
                    dtypes=dtypes_of(dtype),
                    seeds=seeds,
                    steps=steps,
                    source=source,
                    out=out,
                    progress=progress,
                    fresh=fresh,
                    as_parquet=kind == PARQUET,
                    timeout=HANG_SECONDS if timeout is None else timeout,
                    say=lambda line: tell([line]),
                    silence=silences(quiet=quiet),
                )
        except NoFramework as error:
            end(NO_FRAMEWORK, str(error))
        except KeyboardInterrupt:
            end(INTERRUPTED, f"interrupted; what is finished is kept in {out}: run again to go on")
    if as_json:
        click.echo(report.as_json(comparison, out))
    elif not quiet:
        report.show(comparison, everything=everything)
        click.echo(folded(f"Tables and pictures are in {out}"))
        report.conclude(comparison, everything=everything)
    left_out = [] if frameworks else list(report.left_out(comparison))
    tell([*left_out, *untested(comparison.frameworks), *comparison.mishaps()])
    if comparison.interrupted:
        sys.exit(INTERRUPTED)
    failed = comparison.failures() or comparison.held.sentences or comparison.unexplained()
    sys.exit(FAILED if failed else LEFT_OUT if left_out else 0)
