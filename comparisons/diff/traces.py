"""Two traces out of files, compared."""

from pathlib import Path

from comparisons.diff.ladder import compare
from comparisons.diff.names_file import read_names
from comparisons.diff.record import Diff
from comparisons.inputs.text import visible
from comparisons.traces.reading import read_trace


def diff_traces(one: Path, other: Path, names: Path | None = None) -> Diff:
    """Two traces, of either form.

    Raises:
        BadInput: one cannot be read, or as `compare`.
    """
    given = None if names is None else read_names(names)
    return compare(read_trace(one), read_trace(other), given, (visible(str(one)), visible(str(other))), by_rules=True)
