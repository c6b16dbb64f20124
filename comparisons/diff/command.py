"""What `triptych diff` does: see what the two sides are, and compare them as that."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from comparisons.diff.record import Diff
from comparisons.inputs.files import write_whole
from comparisons.names import BadInput
from comparisons.results.files import MANIFEST
from comparisons.store.schema import RUN_DB

Kind = Literal["runs", "curves", "traces"]
KINDS = {"runs": "the results of a run", "curves": "a CSV file of losses", "traces": "a trace"}


def diff(one: Path, other: Path, columns: Sequence[str] = (), names: Path | None = None) -> Diff:
    """Compare two results directories, two CSV files of losses or two traces.

    Args:
        one, other: A and B. columns: of CSV files, that of the loss in both, or A's and B's. names: of traces, a file
            that says which tensor of B is which of A's.

    Raises:
        BadInput: one cannot be read, or they are not of a kind.
    """
    kinds = [kind_of(path) for path in (one, other)]
    if kinds[0] != kinds[1]:
        raise BadInput(f"{one} is {KINDS[kinds[0]]} and {other} is {KINDS[kinds[1]]}; give two of a kind")
    if columns and kinds[0] != "curves":
        raise BadInput(f"--column goes with CSV files, and {one} is {KINDS[kinds[0]]}; leave it out")
    if names is not None and kinds[0] != "traces":
        raise BadInput(f"--names goes with traces, and {one} is {KINDS[kinds[0]]}; leave it out")
    match kinds[0]:
        case "runs":
            from comparisons.diff.runs import diff_runs

            return diff_runs(one, other)
        case "curves":
            from comparisons.diff.curves.compare import diff_curves

            if len(columns) > 2:
                raise BadInput(f"--column was given {len(columns)} times; give it once for both files, or A's and B's")
            return diff_curves(one, other, (columns[0], columns[-1]) if columns else (None, None))
        case "traces":
            from comparisons.diff.traces import diff_traces

            return diff_traces(one, other, names)


def draw(found: Diff, out: Path) -> None:
    """The picture of a comparison, as a PNG: all of the file or none.

    Raises:
        BadInput: there are no losses to draw, or the file cannot be written.
    """
    from comparisons.plots.parting import plot_parting
    from comparisons.plots.render import render

    if found.curves is None:
        raise BadInput(f"{out}: there are no losses of both sides to draw; leave --out out")
    title = f"A: {found.names[0]}\nB: {found.names[1]}"
    parts_at = None if found.first_break is None else found.first_break.step
    bound = found.bounds or found.rounding_bound or 0.0
    write_whole(out, render(plot_parting(title, found.curves, bound, parts_at), "png"))


def kind_of(path: Path) -> Kind:
    """What is in a file or folder.

    Raises:
        BadInput: there is none, it cannot be looked at, or it is no folder of ours.
    """
    try:
        return _kind_of(path)
    except OSError as error:  # its name is too long, or its folder may not be entered
        raise BadInput(
            f"{path}: cannot be read: {error.strerror or error}; give {' or '.join(KINDS.values())}"
        ) from None


def _kind_of(path: Path) -> Kind:
    if path.is_dir():
        if (path / MANIFEST).is_file():
            return "runs"
        if (path / "trace.json").is_file():
            return "traces"
        if (path / RUN_DB).is_file():
            raise BadInput(f"{path}: its run has not ended, there is no {MANIFEST} yet; give results of one that has")
        raise BadInput(f"{path}: has neither {MANIFEST}, as results of a run do, nor trace.json, as a trace does")
    if not path.exists():
        raise BadInput(f"{path}: there is no such file; give results of a run, a trace or a CSV file of losses")
    return "traces" if path.suffix == ".npz" else "curves"
