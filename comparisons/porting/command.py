"""What `triptych port` prints of a text."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from comparisons.names import SCHEMA, BadInput, Dtype
from comparisons.porting.answer import Answer, as_data
from comparisons.porting.claims import proved
from comparisons.porting.printed import Printed, Shortfall, carried, untrained
from comparisons.porting.show import gap_lines, lines, note_lines, proof_lines
from comparisons.porting.translate import port_each
from comparisons.rules.symbols import symbols_in

if TYPE_CHECKING:
    from comparisons.porting.wholes.answer import Whole


def translate(text: str, to: str, schedule: str, task: str, dtypes: Sequence[Dtype]) -> Printed:
    """The answers for all optimizers of a text, each with its proof in the dtypes; none without dtypes.

    Raises:
        BadInput: the text cannot be read, or there is no such task.
    """
    found = port_each(text, to, schedule)
    printed = partial(_printed, text, to, schedule, task, dtypes)
    [(_, one), *others] = found
    if not others and not isinstance(one, BadInput):
        return printed(one)
    from comparisons.porting.several import together  # most texts are of one

    return together(found, printed)


def _printed(text: str, to: str, schedule: str, task: str, dtypes: Sequence[Dtype], found: "Answer | Whole") -> Printed:
    """One answer."""
    if not isinstance(found, Answer):
        from comparisons.porting.wholes import command  # most texts are a call

        return command.printed(found, task, dtypes)
    proof, line = None, ""
    troubles: tuple[str, ...] = ()
    more: tuple[Shortfall, ...] = ()
    if dtypes and (reason := untrained(found.framework, to)):
        troubles = (reason,)
    elif dtypes and (unknown := [*symbols_in(found.source)]):
        troubles, more = (f"no proof: {unknown[0]} is not in the text; write its value",), ("unproved",)
    elif dtypes and found.source is not None:
        from comparisons.porting import proof as proving  # NumPy is slow to import, and not everybody wants a proof
        from comparisons.tasks import find

        spec, line = find(task), proving.command(text, schedule, to, task, dtypes)
        try:
            proof = proving.prove(found, spec, dtypes)
        except proving.NoProof as error:
            troubles, more = (f"no proof: {error}",), ("unproved",)
        else:
            found, failures = proved(found, proof)
            troubles = (*failures, *proof.held.not_held)
            more = (*(("not-exact",) if failures else ()), *(("unproved",) if proof.held.not_held else ()))
    numbers = None if proof is None else proving.as_numbers(proof, line)
    measured = proof_lines(found, proof, line) if proof else ()
    said = [*gap_lines(found.gaps), *note_lines(found.notes, found.advice)]
    return Printed(
        text="\n".join([*lines(found), *measured, *said]),
        data={"schema": SCHEMA, **as_data(found), "proof": numbers},
        troubles=troubles,
        shortfalls=(*carried(found.gaps, found.native.fidelity), *more),
    )
