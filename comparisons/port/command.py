"""What `triptych port` prints."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comparisons import frameworks
from comparisons.names import BadInput, Dtype
from comparisons.port.answer import as_data, port
from comparisons.port.files import Found, calls_in, files_of
from comparisons.port.files.show import file_lines
from comparisons.port.show import lines, note_lines, proof_lines


@dataclass(frozen=True, kw_only=True)
class Printed:
    """Text for standard output, and what did not go as asked, a line each."""

    text: str
    troubles: tuple[str, ...] = ()


def translate(text: str, to: str, schedule: str, task: str, dtypes: Sequence[Dtype], *, as_json: bool) -> Printed:
    """The answer for one call, with its proof in the dtypes; none without dtypes.

    Raises:
        BadInput: the text cannot be read, or there is no such task.
    """
    found = port(text, to, schedule)
    proof, line = None, ""
    troubles: tuple[str, ...] = ()
    if dtypes and found.source is not None:
        from comparisons.port import proof as proving  # NumPy is slow to import, and not everybody wants a proof
        from comparisons.tasks import find

        spec, line = find(task), proving.command(text, schedule, to, task, dtypes)
        try:
            proof = proving.prove(found, spec, dtypes)
        except proving.NoProof as error:
            troubles = (f"no proof: {error}",)
    if as_json:
        numbers = None if proof is None else proving.as_numbers(proof, line)
        data = as_data(found)
        ordered = {**data, "proof": numbers, "also": data["also"]}
        return Printed(text=json.dumps(ordered, indent=1, ensure_ascii=False, allow_nan=False), troubles=troubles)
    parts = [*lines(found), *(proof_lines(found, proof, line) if proof else ()), *note_lines(found)]
    return Printed(text="\n".join(parts), troubles=troubles)


def translate_files(path: Path, to: str, *, as_json: bool) -> Printed:
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
    if as_json:
        return Printed(text=json.dumps([_entry(one) for one in found], indent=1), troubles=tuple(troubles))
    text = "\n".join(file_lines(found))
    return Printed(text=text or f"{path}: no call to carry to {frameworks.of(to).title}", troubles=tuple(troubles))


def _entry(one: Found) -> dict[str, Any]:
    bare = {"file": str(one.path), "line": one.line, "kind": one.kind, "source": one.source}
    return {**bare, "translation": one.translation, "problem": one.problem or None}
