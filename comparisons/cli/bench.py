"""`triptych bench`."""

from pathlib import Path

import click

from comparisons.cli.options import errors_printed, out_option


@click.command(short_help="Measure speed and memory against their targets.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--device", default="cpu", show_default=True, help="Where drop-ins are stepped, in torch's words.")
@out_option("results/bench", "Where the tables go.")
def bench(names: tuple[str, ...], device: str, out: Path) -> None:
    """Measure NAMEs against their targets, or all.

    They are startup, run, store, page, overhead, recipe, replicas, memory, step, drop-ins, recorder, sweep.
    """
    from comparisons.bench import bench as measure

    with errors_printed():
        measure(names, out, device)
