"""`triptych identify`."""

from pathlib import Path

import click

from comparisons.cli.options import errors_printed


@click.command(short_help="Say which update rule a recorded training followed.")
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def identify(trace: Path, as_json: bool) -> None:
    """Find the rule that makes the steps of TRACE, from its parameters and gradients alone.

    TRACE is the folder of a recorder, or a .npz of params/NAME (steps + 1, ...) and grads/NAME (steps, ...).
    """
    from comparisons.identify.identify import identify as identified
    from comparisons.identify.show import as_json as written
    from comparisons.identify.show import text
    from comparisons.traces.reading import read_trace

    with errors_printed():
        recorded = read_trace(trace)
        found = identified(recorded)
    click.echo(written(found) if as_json else text(found, recorded.about))
