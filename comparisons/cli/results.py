"""`triptych results`."""

from pathlib import Path

import click

from comparisons.cli.options import errors_printed, tell


@click.command(short_help="Make the tables and pictures of a run anew.")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
def results(run: Path) -> None:
    """Make the tables and pictures of the run in the directory RUN anew, from what is kept there, without training."""
    from comparisons import api
    from comparisons.results.width import folded

    with errors_printed():
        tell(api.remake(run))
    click.echo(folded(f"Tables and pictures are in {run}"))
