"""Two CSV files of losses: where the curves part, how far, and what their shape says of the reason."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from comparisons.diff.curves.alignment import align
from comparisons.diff.curves.causes import causes_of
from comparisons.diff.curves.file import read_curve
from comparisons.diff.curves.pair import Pair, pair_of
from comparisons.diff.record import Diff, Rung
from comparisons.inputs.text import visible
from comparisons.names import BadInput

SMALLEST = 1e-300  # of losses: what is divided by less may be infinite


def diff_curves(one: Path, other: Path, columns: tuple[str | None, str | None] = (None, None)) -> Diff:
    """Two CSV files of losses, aligned by step.

    Args:
        one, other: A and B. columns: that of the loss, in each.

    Raises:
        BadInput: as `read_curve`; or they have no step in common.
    """
    a, b = read_curve(one, columns[0]), read_curve(other, columns[1])
    aligned = align(a, b)
    if not len(aligned.steps):
        raise BadInput(
            f"{one} and {other}: have no step in common ({a.steps[0]} to {a.steps[-1]}, {b.steps[0]} to "
            f"{b.steps[-1]}); give files whose steps are counted alike"
        )
    pair = pair_of(aligned, a, b)
    causes = tuple(causes_of(pair)) if (pair.gap > pair.bound).any() else ()
    identical = not pair.gap.any()
    largest = float(np.abs([pair.a, pair.b]).max()) or 1.0
    says = causes[0].says if causes else _together(pair, identical=identical)
    return Diff(
        names=(visible(str(one)), visible(str(other))),
        kind="curves",
        verdict="identical" if identical else "different" if causes else "rounding",
        first_break=causes[0] if causes else None,
        breaks=causes,
        rungs=(Rung(rung="loss", state="broken" if causes else "ok", says=says, causes=causes),),
        rounding_bound=float(pair.bound.max()) / max(largest, SMALLEST),
        curves=((a.steps, a.losses), (aligned.renumbered, b.losses)),
        bounds=(pair.steps, pair.bound),
        notes=tuple(_notes(pair)),
    )


def _together(pair: Pair, *, identical: bool) -> str:
    if identical:
        where = f"all {len(pair.steps)} common steps" if len(pair.steps) > 1 else "the one common step"
        return f"The losses are the same, as they are written, at {where}."
    if (pair.gap <= pair.rounding).all():
        return f"The losses differ by no more than rounding in float32 makes: by up to {pair.gap.max():.1e}."
    return f"The losses differ by rounding and the digits that are not written only: by up to {pair.gap.max():.1e}."


def _notes(pair: Pair) -> Iterator[str]:
    """How the files were read, and what was not compared."""
    sides = list(zip("AB", "BA", pair.curves, strict=True))
    yield from (f"{name}'s rows {note}" for name, _, curve in sides for note in curve.notes)
    if pair.aligned.note:
        yield pair.aligned.note
    for name, other, curve in sides:
        if alone := len(curve.steps) - len(pair.steps):
            are, they = ("are", "they were") if alone > 1 else ("is", "it was")
            yield f"{alone} of {name}'s steps {are} not in {other}: {they} not compared"
    units = [2 * float(np.median(curve.resolution)) for curve in pair.curves]
    coarse = {name: unit for name, unit in zip("AB", units, strict=True) if unit > np.median(pair.rounding)}
    for unit in dict.fromkeys(coarse.values()):
        names = " and ".join(f"{name}'s" for name in coarse if coarse[name] == unit)
        yield f"{names} losses are written to about {unit:.0g}: what is smaller is not seen"
