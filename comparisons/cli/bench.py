"""`triptych bench`."""

from pathlib import Path

import click

from comparisons.cli.options import mistakes_told, out_option


@click.command(short_help="Measure speed and memory against their targets.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@out_option("results/bench", "Where the tables go.")
def bench(names: tuple[str, ...], out: Path) -> None:
    """Measure NAMEs against their targets: startup, run, overhead, replicas, memory, step; all if none is given."""
    from comparisons.bench import bench as measure

    with mistakes_told():
        measure(names, out)
