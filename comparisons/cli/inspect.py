"""`triptych list` and `triptych doctor`: what there is."""

import json
import sys

import click

from comparisons.cli.options import FAILED, LEFT_OUT
from comparisons.frameworks import FRAMEWORKS
from comparisons.names import LEVELS, SCHEMA
from comparisons.rules.recipe import OPTIMIZERS


@click.command("list", short_help="Show the shipped tasks and their recipes.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")
def list_(as_json: bool) -> None:
    """Show the shipped tasks and their recipes."""
    from comparisons.tasks import EXAMPLES, TASKS

    if as_json:
        from dataclasses import asdict

        tasks = [asdict(task) for task in TASKS.values()]
        found = {"schema": SCHEMA, "tasks": tasks, "examples": {name: str(path) for name, path in EXAMPLES.items()}}
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for task in TASKS.values():
        click.secho(task.name, bold=True, nl=False)
        click.echo(f"  {task.title}; {task.steps} steps")
        for recipe in task.recipes:
            optimizer = recipe.optimizer if recipe.label != recipe.optimizer else ""
            click.echo(f"    {recipe.label:18} {optimizer:5} {recipe.describe('=')}")
    click.echo(f"examples: {', '.join(EXAMPLES)}   task files to begin from, in {next(iter(EXAMPLES.values())).parent}")
    click.echo(f"optimizers: {', '.join(OPTIMIZERS)}")
    click.echo(f"frameworks: {', '.join(FRAMEWORKS)}   levels: {', '.join(LEVELS)}")


@click.command(short_help="Show what is installed and whether it follows its rules.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")
def doctor(as_json: bool) -> None:
    """Show versions, devices and threads, what is missing, and which optimizers do not follow their rules."""
    from comparisons.faithful import doctor as examination

    found = []
    if not as_json:
        click.echo(examination.first_line())
    for one in examination.examine():
        found.append(one)
        if not as_json:
            click.echo("\n".join(one.lines()))
    if as_json:
        click.echo(json.dumps(examination.as_data(found), indent=1))
    well, missing = all(one.well for one in found), any(one.remedy for one in found)
    sys.exit(FAILED if not well else LEFT_OUT if missing else 0)
