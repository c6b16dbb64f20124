"""Tensors that no rule of ours moves, though it is known what does: sums of two, and embeddings in parts.

Two tensors of one side may be one on the other, as the biases of torch's LSTM are: their sum moves by both updates. And
Keras gets the gradients of an embedding as rows, one for each time that a token comes, and squares them one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.moves import UPDATE, made
from comparisons.diff.packed import ADDED
from comparisons.diff.pairing import Pair
from comparisons.diff.record import Cause, Rung
from comparisons.diff.updates import update_rung
from comparisons.identify.script import squared_by_rows
from comparisons.names import listed

NEAR = 0.1  # relative: an epsilon makes as much of a rule's update


def ruled(both: Both) -> Both:
    """Both sides without them, in the traces too; all, if nothing else is left."""
    others = [pair for pair in both.pairs if not _is_sum(pair) and not _in_rows(both, pair)]
    rest = [pair for pair in both.pairs if pair not in others]
    a, b = (
        replace(trace, tensors={name: one for name, one in trace.tensors.items() if name not in names})
        for trace, names in zip(both.traces, ({p.name for p in rest}, {p.other for p in rest}), strict=True)
    )
    return replace(both.of(others), traces=(a, b)) if others else both


def with_ruleless(rung: Rung, both: Both) -> Rung:
    """The rung of the update, with what they do otherwise than on the other side."""
    causes = (*rung.causes, *_of_sums(both), *_of_rows(both))
    if len(causes) == len(rung.causes):
        return rung
    return Rung(rung=UPDATE, state="broken", says=causes[0].says, causes=causes)


def _is_sum(pair: Pair) -> bool:
    return ADDED in pair.name or ADDED in pair.other


def _in_rows(both: Both, pair: Pair) -> str:
    """The side, if there is one alone, that gets its gradients in rows."""
    a, b = (
        name in squared_by_rows(trace.about) for name, trace in zip((pair.name, pair.other), both.traces, strict=True)
    )
    return "" if a == b else "A" if a else "B"


def _of_sums(both: Both) -> Iterator[Cause]:
    for added, side, other, times in ((0, "A", "B", 0.5), (1, "B", "A", 2.0)):
        sums = [pair for pair in both.pairs if ADDED in (pair.name, pair.other)[added]]
        found = update_rung(both.of(sums)) if sums else None
        if found is None or found.state != "broken":
            continue
        number = _farther(sums)
        if abs(number / times - 1) > NEAR:
            yield from found.causes
            continue
        which = ", and ".join((pair.name, pair.other)[added].replace(ADDED, " and ") for pair in sums)
        says = f"{side} has {which}, and {other} their sum alone: of {side}'s it moves by both updates, twice as far."
        remedy, tensors = "Freeze one of them, or halve their learning rate.", tuple(pair.name for pair in sums)
        yield made(int(both.steps[0]), "moved by two updates", number, says, remedy, tensors)


def _farther(pairs: Sequence[Pair]) -> float:
    """How many times as far as A's the first update moves B's."""
    a, b = (
        sum(float(np.square(one.after[0] - one.before[0]).sum()) for one in side)
        for side in zip(*((pair.a, pair.b) for pair in pairs), strict=True)
    )
    return float(np.sqrt(b / a)) if a else 0.0


def _of_rows(both: Both) -> Iterator[Cause]:
    for side in "AB":
        rows = [pair for pair in both.pairs if _in_rows(both, pair) == side]
        found = update_rung(both.of(rows)) if rows else None
        if found is None or found.state != "broken":
            continue
        tensors, step = tuple(pair.name for pair in rows), found.causes[0].step
        says = (
            f"They part at step {step} in the update of {listed(tensors)}: {side} gets its gradients in rows. Likely: "
            "of a token that comes twice in a batch, Keras squares each row and not their sum."
        )
        remedy = "Add the rows up before the optimizer gets them: tf.convert_to_tensor(gradient)."
        yield replace(made(step, "squares of rows", _farther(rows), says, remedy, tensors), certain=False)
