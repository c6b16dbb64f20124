"""What `triptych port` prints of a whole training."""

from collections.abc import Sequence

from comparisons.names import SCHEMA, Dtype
from comparisons.porting.printed import Printed, Shortfall, carried, untrained
from comparisons.porting.show import gap_lines, note_lines
from comparisons.porting.wholes.answer import Whole
from comparisons.porting.wholes.show import lines, proof_lines
from comparisons.porting.wholes.written import as_data


def printed(found: Whole, task: str, dtypes: Sequence[Dtype]) -> Printed:
    """The answer, with its proof in the dtypes; none without dtypes.

    Raises:
        BadInput: there is no such task, or it cannot be made.
    """
    proof = None
    troubles: tuple[str, ...] = ()
    more: tuple[Shortfall, ...] = ()
    if dtypes and (reason := untrained(found.framework, found.to)):
        troubles = (reason,)
    elif dtypes:
        from comparisons.porting.proof import NoProof
        from comparisons.porting.wholes import claims
        from comparisons.porting.wholes import proof as proving
        from comparisons.tasks import find

        try:
            proof = proving.prove_whole(found, find(task), dtypes)
        except NoProof as error:
            troubles, more = (f"no proof: {error}",), ("unproved",)
        else:
            found, failures = claims.judged(found, proof)
            troubles = (*failures, *proof.held.not_held)
            more = (*(("not-exact",) if failures else ()), *(("unproved",) if proof.held.not_held else ()))
    numbers = None if proof is None else proving.whole_numbers(proof)
    measured = proof_lines(proof) if proof is not None else ()
    said = [*gap_lines(found.gaps), *note_lines([*found.notes, *found.tensors], found.advice)]
    return Printed(
        text="\n".join([*lines(found), *measured, *said]),
        data={"schema": SCHEMA, **as_data(found), "proof": numbers},
        troubles=troubles,
        shortfalls=(*carried(found.gaps, found.native.fidelity), *more),
    )
