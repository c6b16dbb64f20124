"""What `triptych port` prints."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from comparisons import frameworks
from comparisons.names import SCHEMA, BadInput, Dtype
from comparisons.port.answer import as_data
from comparisons.port.claims import proved
from comparisons.port.show import gap_lines, lines, note_lines, proof_lines, whole_lines, whole_proof_lines
from comparisons.port.translate import port
from comparisons.port.whole import Whole
from comparisons.port.whole import as_data as whole_as_data
from comparisons.rules.symbols import symbols_in

if TYPE_CHECKING:
    from comparisons.port.files import Found

Shortfall = Literal[
    "not-exact",  # an exact route is not, or a framework's class departs from its rule
    "not-carried",  # something that the source says could not be read, or no record holds it
    "impossible",  # there is no translation
    "unproved",  # there is one, and the proof that was asked for could not be measured
    "no-call",  # the file has no call to translate
]


@dataclass(frozen=True, kw_only=True)
class Printed:
    """Text for standard output, what did not go as asked, a line each, and in which ways an answer falls short."""

    text: str
    troubles: tuple[str, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()


def translate(text: str, to: str, schedule: str, task: str, dtypes: Sequence[Dtype], *, as_json: bool) -> Printed:
    """The answer for one call, with its proof in the dtypes; none without dtypes.

    Raises:
        BadInput: the text cannot be read, or there is no such task.
    """
    found = port(text, to, schedule)
    if isinstance(found, Whole):
        return _whole(found, dtypes, as_json=as_json)
    proof, line = None, ""
    troubles: tuple[str, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ("impossible",) if found.native.fidelity == "impossible" else ()
    gone: tuple[Shortfall, ...] = ("not-carried",) if found.gaps else ()
    untrained = [one for one in (frameworks.of(found.framework), frameworks.of(to)) if not one.trains]
    if dtypes and untrained:
        name = untrained[0].name
        troubles = (f"no proof: triptych trains no {name}; the dialect is held to {name} by its tests",)
    elif dtypes and (unknown := [*symbols_in(found.source)]):
        troubles, shortfalls = (f"no proof: {unknown[0]} is not in the text; write its value",), ("unproved",)
    elif dtypes and found.source is not None:
        from comparisons.port import proof as proving  # NumPy is slow to import, and not everybody wants a proof
        from comparisons.tasks import find

        spec, line = find(task), proving.command(text, schedule, to, task, dtypes)
        try:
            proof = proving.prove(found, spec, dtypes)
        except proving.NoProof as error:
            troubles, shortfalls = (f"no proof: {error}",), ("unproved",)
        else:
            found, failures = proved(found, proof)
            troubles = (*failures, *proof.held.not_held)
            shortfalls = (*(("not-exact",) if failures else ()), *(("unproved",) if proof.held.not_held else ()))
    if as_json:
        numbers = None if proof is None else proving.as_numbers(proof, line)
        data = as_data(found)
        text = json.dumps({"schema": SCHEMA, **data, "proof": numbers}, indent=1, ensure_ascii=False, allow_nan=False)
    else:
        proved_lines = proof_lines(found, proof, line) if proof else ()
        parts = [*lines(found), *proved_lines, *gap_lines(found), *note_lines(found)]
        text = "\n".join(parts)
    return Printed(text=text, troubles=troubles, shortfalls=(*gone, *shortfalls))


def _whole(found: Whole, dtypes: Sequence[Dtype], *, as_json: bool) -> Printed:
    """The answer for a whole training, with its proof in the dtypes."""
    gone: tuple[Shortfall, ...] = ("not-carried",) if found.gaps else ()
    impossible: tuple[Shortfall, ...] = ("impossible",) if found.native.fidelity == "impossible" else ()
    proof = None
    troubles: tuple[str, ...] = ()
    shortfalls: tuple[Shortfall, ...] = (*gone, *impossible)
    untrained = [one for one in (frameworks.of(found.framework), frameworks.of(found.to)) if not one.trains]
    if dtypes and untrained:
        name = untrained[0].name
        troubles = (f"no proof: triptych trains no {name}; the dialect is held to {name} by its tests",)
    elif dtypes:
        from comparisons.port import proof_whole as proving
        from comparisons.port.proof import NoProof

        try:
            proof = proving.prove_whole(found, dtypes)
        except NoProof as error:
            troubles, shortfalls = (f"no proof: {error}",), (*shortfalls, "unproved")
        else:
            found, troubles = proving.judged(found, proof)
            shortfalls = (*shortfalls, *(("not-exact",) if troubles else ()))
    if as_json:
        numbers = None if proof is None else proving.whole_numbers(proof)
        data = {"schema": SCHEMA, **whole_as_data(found), "proof": numbers}
        text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    else:
        measured = whole_proof_lines(proof) if proof is not None else ()
        text = "\n".join([*whole_lines(found), *measured, *gap_lines(found), *note_lines(found)])
    return Printed(text=text, troubles=troubles, shortfalls=shortfalls)


def translate_files(path: Path, to: str, *, as_json: bool) -> Printed:
    """Every call in a file, or in the files of a folder, with its line and its translation.

    Raises:
        BadInput: there is no such path, or the one file that was named cannot be read.
    """
    from comparisons.port.files import calls_in, files_of  # half of what port is; a call needs none of it
    from comparisons.port.files.show import file_lines

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
        text = json.dumps({"schema": SCHEMA, "calls": [_entry(one) for one in found]}, indent=1)
    else:
        text = "\n".join(file_lines(found)) or f"{path}: no call to carry to {frameworks.of(to).title}"
    return Printed(text=text, troubles=tuple(troubles), shortfalls=_shortfalls_of(found))


def _shortfalls_of(found: Sequence["Found"]) -> tuple[Shortfall, ...]:
    """How the translation of files falls short: there is no call, or something of one could not be read or carried."""
    if not found:
        return ("no-call",)
    carried = all(one.translation is not None and not one.translation.get("gaps") for one in found)
    possible = all(one.translation["native"]["fidelity"] != "impossible" for one in found if one.translation)
    return (*(() if carried else ("not-carried",)), *(() if possible else ("impossible",)))


def _entry(one: "Found") -> dict[str, Any]:
    bare = {"file": str(one.path), "line": one.line, "kind": one.kind, "source": one.source}
    return {**bare, "translation": one.translation, "problem": one.problem or None}
