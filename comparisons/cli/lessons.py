"""`triptych lessons` and `triptych lesson`."""

import json
import sys
from pathlib import Path

import click

from comparisons.cli.options import FAILED, NO_FRAMEWORK, end, errors_printed, out_option, tell
from comparisons.names import SCHEMA


@click.command(short_help="List the lessons in reading order.")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of text.")
def lessons(as_json: bool) -> None:
    """List the lessons in reading order, each with the question that it answers."""
    from comparisons.lessons.registry import lessons as known
    from comparisons.results.width import folded, wrapped

    if as_json:
        found = [
            {"id": name, "chapter": one.chapter, "title": one.title, "question": one.question}
            for name, one in known().items()
        ]
        click.echo(json.dumps({"schema": SCHEMA, "lessons": found}, indent=1, ensure_ascii=False))
        return
    chapter = ""
    for name, one in known().items():
        if one.chapter != chapter:
            click.secho(one.chapter, bold=True)
        chapter = one.chapter
        click.echo(wrapped(f"{name:28} {one.question}", "  ", " " * 6))
    click.echo(folded("triptych lesson ID shows one, with numbers measured there and then"))


@click.command(short_help="Show a lesson, with numbers measured here.")
@click.argument("name", metavar="ID")
@out_option("results/lessons", "Where the picture goes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def lesson(name: str, out: Path, as_json: bool) -> None:
    """Run the lesson ID (`triptych lessons` lists them) and show it as a page.

    Ends with 3 if a claim of it does not hold here.
    """
    from comparisons.lessons.page import lesson as shown
    from comparisons.lessons.running import Missing
    from comparisons.lessons.terminal import show
    from comparisons.results.files import write_files
    from comparisons.results.layout import wide_console
    from comparisons.results.width import folded

    with errors_printed():
        try:
            page = shown(name)
        except Missing as error:
            end(NO_FRAMEWORK, str(error))
        out.mkdir(parents=True, exist_ok=True)
        write_files({f"{name}.png": page.picture()}, out)
    if as_json:
        click.echo(page.as_json())
    else:
        show(wide_console(), page.text())
        click.echo(folded(f"The picture is {out / name}.png"))
    untrue = [page.says(claim.says) for claim, holds in page.claims() if not holds]
    tell(f"does not hold here: {one}" for one in untrue)
    sys.exit(FAILED if untrue else 0)
