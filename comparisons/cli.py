"""The command `triptych`. Each subcommand loads what it needs and no more."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import click

from comparisons.names import DTYPES, FRAMEWORKS, LEVELS, OPTIMIZERS, BadInput, unknown

BAD_INPUT, CELLS_FAILED, NO_FRAMEWORK, CANNOT_WRITE, INTERRUPTED = 2, 3, 4, 5, 130
ALIASES = {"keras": "tf", "tensorflow": "tf", "pytorch": "torch"}


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


FRAMEWORK = Name("framework", FRAMEWORKS, ALIASES)


def main() -> None:
    """Run the command line. Whatever is wrong is told in a line each, and is an exit code."""
    try:
        triptych(prog_name="triptych", standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "triptych"
        _end(BAD_INPUT, f"{error.format_message()} ('{command} --help' shows what there is)")
    except click.Abort:
        _end(INTERRUPTED, "interrupted")
    except OSError as error:  # standard output may be a file on a full disk
        _end(CANNOT_WRITE, f"cannot go on: {error}")


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="triptych")
@click.pass_context
def triptych(context: click.Context) -> None:
    """One training task in NumPy, PyTorch and TensorFlow/Keras, laid side by side."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@triptych.command(short_help="Train tasks in each framework and compare the curves.")
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option("--optimizer", "optimizers", multiple=True, metavar="NAME", help="A recipe to train; may be repeated.")
@click.option("--framework", "frameworks", multiple=True, type=FRAMEWORK, help="May be repeated; keras is tf.")
@click.option("--level", "levels", multiple=True, type=Name("level", LEVELS), help="What is equal; may be repeated.")
@click.option("--dtype", type=Name("dtype", (*DTYPES, "both")), default="both", show_default=True)
@click.option("--seeds", type=int, default=1, show_default=True, help="How many runs, with the seeds 0, 1, ...")
@click.option("--steps", type=int, help="Number of updates, instead of the task's own.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results/latest"),
    show_default=True,
    help="Where results go.",
)
@click.option(
    "--source",
    type=FRAMEWORK,
    default="torch",
    show_default=True,
    help="Whose numbers same-numbers takes, and whose curve the others are compared with.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the gaps as JSON on standard output, and nothing else there."
)
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
    as_json: bool,
    quiet: bool,
) -> None:
    """Train TASKs (names, or paths of TOML files; all shipped ones if none is given) and compare the curves."""
    from comparisons import api, report, results

    try:
        with report.progress(quiet=quiet) as progress:
            comparison = api.run(
                *tasks,
                optimizers=optimizers,
                frameworks=frameworks,
                levels=levels or LEVELS,
                dtypes=DTYPES if dtype == "both" else (dtype,),
                seeds=seeds,
                steps=steps,
                source=source,
                out=out,
                progress=progress,
            )
    except api.NoFramework as error:
        _end(NO_FRAMEWORK, str(error))
    except BadInput as error:
        _end(BAD_INPUT, str(error))
    except results.CannotWrite as error:
        _end(CANNOT_WRITE, f"{error} with --out")
    if as_json:
        click.echo(report.as_json(comparison, out))
    elif not quiet:
        report.show(comparison)
        click.echo(f"Tables and pictures are in {out}")
    _tell(comparison.mishaps() if frameworks else [*report.left_out(comparison), *comparison.mishaps()])
    if comparison.interrupted:
        sys.exit(INTERRUPTED)
    sys.exit(CELLS_FAILED if comparison.failures() else 0)


@triptych.command("list", short_help="Show the shipped tasks and their recipes.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")
def list_(as_json: bool) -> None:
    """Show the shipped tasks and their recipes."""
    from comparisons.tasks import TASKS

    if as_json:
        import json
        from dataclasses import asdict

        click.echo(json.dumps({"tasks": [asdict(task) for task in TASKS.values()]}, indent=1, ensure_ascii=False))
        return
    for task in TASKS.values():
        click.secho(task.name, bold=True, nl=False)
        click.echo(f"  {task.title}; {task.steps} steps")
        for recipe in task.recipes:
            given = ", ".join(f"{name}={value:g}" for name, value in recipe.given().items())
            click.echo(
                f"    {recipe.label:18} {recipe.optimizer if recipe.label != recipe.optimizer else '':5} {given}"
            )
    click.echo(f"optimizers: {', '.join(OPTIMIZERS)}")
    click.echo(f"frameworks: {', '.join(FRAMEWORKS)}   levels: {', '.join(LEVELS)}")


@triptych.command(short_help="Show what is installed, and how to get what is missing.")
def doctor() -> None:
    """Show versions, devices and threads, and what is missing with the line that installs it."""
    from comparisons.doctor import examine

    for line in examine():
        click.echo(line)


@triptych.command(short_help="Measure speed and memory against their targets.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results/bench"),
    show_default=True,
    help="Where the tables go.",
)
def bench(names: tuple[str, ...], out: Path) -> None:
    """Measure NAMEs against their targets: startup, run, overhead, replicas, memory, step; all if none is given."""
    from comparisons import results
    from comparisons.bench import bench as measure

    try:
        measure(names, out)
    except BadInput as error:
        _end(BAD_INPUT, str(error))
    except results.CannotWrite as error:
        _end(CANNOT_WRITE, f"{error} with --out")


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(f"triptych: {line}", err=True)


def _end(code: int, message: str) -> NoReturn:
    _tell(message.splitlines())
    sys.exit(code)
