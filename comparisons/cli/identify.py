"""`triptych identify`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from comparisons.cli.options import BAD_INPUT, end, errors_printed, tell
from comparisons.names import BadInput


@click.command(short_help="Say which update rule a recorded training followed.")
@click.argument("trace", type=click.Path(path_type=Path), required=False)
@click.option("--class", "own", metavar="FILE:CLASS", help="In place of a trace, an optimizer of yours. Runs the file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def identify(trace: Path | None, own: str | None, as_json: bool) -> None:
    """Find the rule that makes the steps of TRACE, from its parameters and gradients alone.

    TRACE is the folder of a recorder, or a .npz of params/NAME (steps + 1, ...) and grads/NAME (steps, ...). A CLASS
    has update(params, grads), which changes the arrays of params, or is an optimizer of torch.
    """
    from comparisons.identify.identify import identify as identified
    from comparisons.identify.own import file_and_class, identify_own, trace_of
    from comparisons.identify.show import as_json as written
    from comparisons.identify.show import text
    from comparisons.results.width import folded
    from comparisons.traces.reading import read_trace

    if (trace is None) == (own is None):
        end(BAD_INPUT, "give either a TRACE or --class FILE:CLASS")
    with errors_printed():
        if own is None:
            recorded = read_trace(Path(str(trace)))
        else:
            file, name = file_and_class(own)
            tell([f"runs {file} in a process of its own"])
            recorded = trace_of(file, name)
        with _named(str(trace or own)):
            found = identified(recorded) if own is None else identify_own(recorded)
    click.echo(written(found) if as_json else folded(text(found, recorded.about)))


@contextmanager
def _named(place: str) -> Iterator[None]:
    """What is wrong with a trace is said with the place that it came from, which it does not know itself."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{place}: {error}") from None
