"""`triptych list` and `triptych doctor`: what there is."""

import json
import sys
from pathlib import Path

import click

from comparisons.cli.options import FAILED, LEFT_OUT, errors_printed
from comparisons.frameworks import FRAMEWORKS
from comparisons.names import LEVELS, SCHEMA
from comparisons.rules.recipe import OPTIMIZERS


@click.command("list", short_help="Show the shipped tasks and their recipes, or runs.")
@click.option(
    "--runs",
    is_flag=False,
    flag_value="results",
    type=click.Path(path_type=Path),
    metavar="[FOLDER]",
    help="Show the runs in a folder instead, and how far each is.  [folder: results]",
)
@click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")
def list_(runs: Path | None, as_json: bool) -> None:
    """Show the shipped tasks and their recipes, or runs."""
    if runs is not None:
        show_runs(runs, as_json)
        return
    from comparisons.results.width import folded
    from comparisons.tasks import EXAMPLES, TASKS

    if as_json:
        from dataclasses import asdict

        tasks = [asdict(task) for task in TASKS.values()]
        found = {"schema": SCHEMA, "tasks": tasks, "examples": {name: str(path) for name, path in EXAMPLES.items()}}
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for task in TASKS.values():
        name, title = click.style(task.name, bold=True), folded(f"{task.name}  {task.title}; {task.steps} steps")
        click.echo(name + title.removeprefix(task.name))
        for recipe in task.recipes:
            optimizer = recipe.optimizer if recipe.label != recipe.optimizer else ""
            click.echo(folded(f"    {recipe.label:18} {optimizer:5} {recipe.describe('=')}"))
    examples = f"examples: {', '.join(EXAMPLES)}   task files to begin from, in {next(iter(EXAMPLES.values())).parent}"
    click.echo(folded(examples))
    click.echo(folded(f"optimizers: {', '.join(OPTIMIZERS)}"))
    click.echo(folded(f"frameworks: {', '.join(FRAMEWORKS)}   levels: {', '.join(LEVELS)}"))


def show_runs(folder: Path, as_json: bool) -> None:
    """Print a line for each run in the folder, or JSON."""
    from comparisons.results.width import folded
    from comparisons.store.overview import overviews

    with errors_printed():
        found = list(overviews(folder))
    if as_json:
        click.echo(json.dumps({"schema": SCHEMA, "runs": [one.as_data() for one in found]}, indent=1))
    else:
        click.echo(folded("\n".join(one.line for one in found) if found else f"no runs in {folder}"))


@click.command(short_help="Show what is installed and whether it follows its rules.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")
def doctor(as_json: bool) -> None:
    """Show versions, devices and threads, what is missing, and which optimizers do not follow their rules."""
    from comparisons.faithful import doctor as examination
    from comparisons.results.width import folded

    found = []
    if not as_json:
        click.echo(folded(examination.first_line()))
    for one in examination.examine():
        found.append(one)
        if not as_json:
            click.echo(folded("\n".join(one.lines())))
    if as_json:
        click.echo(json.dumps(examination.as_data(found), indent=1))
    well, missing = all(one.well for one in found), any(one.remedy for one in found)
    sys.exit(FAILED if not well else LEFT_OUT if missing else 0)
