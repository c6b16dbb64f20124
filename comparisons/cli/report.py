"""`triptych report`."""

import webbrowser
from pathlib import Path

import click

from comparisons.cli.options import errors_printed

NAME = "report.html"


@click.command(short_help="Make the page of a run anew.")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
def report(run: Path, show: bool) -> None:
    """Make the page of the run in the directory RUN anew, from what is kept there, without training."""
    from comparisons import api
    from comparisons.report import page
    from comparisons.results.files import write_files
    from comparisons.results.width import folded

    with errors_printed():
        write_files({NAME: page(api.load(run)).encode()}, run)
    file = (run / NAME).resolve()
    click.echo(folded(f"The page is {run / NAME}"))
    if show and not webbrowser.open(file.as_uri()):
        click.echo(f"there is no browser here; open {file} in one", err=True)
