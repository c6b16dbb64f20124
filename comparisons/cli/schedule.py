"""`triptych schedule`."""

from pathlib import Path

import click

from comparisons.cli.options import DIALECT, errors_printed


@click.command(short_help="Show what a schedule comes to, in two frameworks.")
@click.argument("expression")
@click.option("--lr", type=float, help="The optimizer's, for a scheduler of torch, which multiplies it.")
@click.option("--steps", type=click.IntRange(1, 100_000), help="How many updates.")
@click.option("--to", type=DIALECT, help="The framework to carry it to.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Draw it into this PNG.")
def schedule(expression: str, lr: float | None, steps: int | None, to: str | None, out: Path | None) -> None:
    """Read EXPRESSION, a schedule as people write it: "StepLR(optimizer, 30)".

    Prints its first rates, those where its formula changes and the last, as written and as carried over.
    """
    from comparisons.schedule.command import show

    with errors_printed():
        click.echo(show(expression, lr, to, steps, out))
