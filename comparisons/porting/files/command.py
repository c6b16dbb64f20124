"""What `triptych port --file` prints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comparisons import frameworks
from comparisons.names import SCHEMA, BadInput
from comparisons.porting.files import Found, calls_in, files_of
from comparisons.porting.files.show import file_lines
from comparisons.porting.printed import Printed, Shortfall


def translate_files(path: Path, to: str) -> Printed:
    """Every call in a file, or in the files of a folder, with its line and its translation.

    Raises:
        BadInput: there is no such path, or the one file that was named cannot be read.
    """
    files = files_of(path)
    found: list[Found] = []
    troubles: list[str] = []
    for file in files:
        try:
            found += calls_in(file, to)
        except BadInput as error:
            if file == path:
                raise
            troubles.append(str(error))
    return Printed(
        text="\n".join(file_lines(found)) or f"{path}: no call to carry to {frameworks.of(to).title}",
        data={"schema": SCHEMA, "calls": [_entry(one) for one in found]},
        troubles=tuple(troubles),
        shortfalls=_shortfalls_of(found),
    )


def _shortfalls_of(found: Sequence[Found]) -> tuple[Shortfall, ...]:
    """How the translation of files falls short: there is no call, or something of one could not be read or carried."""
    if not found:
        return ("no-call",)
    carried = all(one.translation is not None and not one.translation.get("gaps") for one in found)
    possible = all(one.translation["native"]["fidelity"] != "impossible" for one in found if one.translation)
    return (*(() if carried else ("not-carried",)), *(() if possible else ("impossible",)))


def _entry(one: Found) -> dict[str, Any]:
    bare = {"file": str(one.path), "line": one.line, "kind": one.kind, "source": one.source}
    return {**bare, "translation": one.translation, "problem": one.problem or None}
