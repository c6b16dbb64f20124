"""The first rung: which tensor is which, and whether both sides train it."""

from collections.abc import Iterator, Mapping

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.frozen import kept_frozen
from comparisons.diff.pairing import described
from comparisons.diff.record import Cause, Rung
from comparisons.diff.seen import seen_at
from comparisons.diff.tied import Tied, alike, tied
from comparisons.names import listed
from comparisons.traces.trace import Tensor

NAMES = "names and layout"


def names_rung(both: Both) -> Rung:
    """Whether each tensor of one side is one of the other's."""
    shaped, of_one = dict(_of_other_shapes(both)), tied(both)
    known = [set(shaped), set(shaped.values())]
    for one in of_one:
        known[one.side].add(one.name)
    alone = [
        tuple(name for name in names if name not in found)
        for names, found in zip(both.paired.alone, known, strict=True)
    ]
    found = (
        *(_tied_cause(both, one) for one in of_one),
        *(_shape_cause(both, *names) for names in shaped.items()),
        *(cause for side, names in enumerate(alone) for cause in _alone(both, side, names)),
        *_frozen(both),
    )
    told = described((*both.pairs, *both.frozen))
    count = len(both.pairs)
    alike = f"All {count} tensors have the same names" if count > 1 else "The one tensor has the same name"
    says = f"{told or f'{alike} and layout'}."
    return Rung(rung=NAMES, state="broken" if found else "ok", says=found[0].says if found else says, causes=found)


def _tied_cause(both: Both, one: Tied) -> Cause:
    """One side ties two tensors of the other's."""
    side, other = "AB"[one.side], "BA"[one.side]
    pair = next(pair for pair in both.pairs if pair.name == one.with_)
    own, of_other = (pair.name, pair.other) if side == "A" else (pair.other, pair.name)
    return Cause(
        rung=NAMES,
        step=int(both.steps[0]),
        cause="tied on one side only",
        number=1.0,
        says=f"They part at step {both.steps[0]}, in what is trained: {other} has one tensor, {of_other}, where {side} "
        f"trains two, {own} and {one.name}; its gradient is the sum of theirs, as that of tied weights is.",
        remedy="Tie the two on both sides or on none.",
        tensors=(one.with_, one.name),
    )


def _gated_cause(both: Both, side: int, names: tuple[str, ...]) -> Cause | None:
    """Second biases of GRUs, where the other side's have one, as they do that multiply by the reset gate r earlier.

    With two, the new state is tanh(W x + b + r * (U h + c)), so that the gradients of b and c are the same in the other
    gates; with one it is tanh(W x + b + U (r * h)), which is another function.
    """
    tensors, who, other = both.traces[side].tensors, "AB"[side], "BA"[side]
    twins = [
        [one for one in tensors if _same_in_two_of_three(tensors[name], tensors[one], both.relative)] for name in names
    ]
    if not all(twins):
        return None
    firsts = [one for found in twins for one in found]
    return Cause(
        rung=NAMES,
        step=int(both.steps[0]),
        cause="reset_after",
        number=float(len(names)),
        says=f"{who} trains {listed(names)}, whose gradients are those of {listed(firsts)} in two gates of three: the "
        f"two biases of a GRU. {other} trains one. Likely: it multiplies by the reset gate before the product, and "
        f"{who} after it.",
        remedy=f"Give {other}'s GRU both: in Keras reset_after=True, as torch has it; or see whether one is frozen.",
        tensors=names,
        certain=False,
    )


def _same_in_two_of_three(x: Tensor, y: Tensor, relative: float) -> bool:
    """Whether the gradients of two vectors are the same, but for rounding, in two of their three equal parts."""
    alike = x.shape == y.shape and len(x.shape) == 1 and x.shape[0] % 3 == 0
    if x.gradient is None or y.gradient is None or not (alike and x.whole and y.whole):
        return False
    ours, theirs = (one.reshape(len(one), 3, -1) for one in (x.gradient, y.gradient))
    apart = np.linalg.norm(ours - theirs, axis=(0, 2)) / (np.linalg.norm(ours) or np.inf)
    return int((apart <= relative).sum()) == 2


def _alone(both: Both, side: int, names: tuple[str, ...]) -> Iterator[Cause]:
    """Of a side's tensors that go with none that the other trains: those that it has frozen, and the rest."""
    there = kept_frozen(both.traces[side], both.traces[1 - side], names, (both.at[side], both.at[1 - side]))
    if there:
        yield _frozen_cause(both, side, there)
    if rest := tuple(name for name in names if name not in there):
        yield _gated_cause(both, side, rest) or _alone_cause(both, side, rest)


def _frozen_cause(both: Both, side: int, there: Mapping[str, str]) -> Cause:
    """Tensors of one side that the other has and does not train, with their names there."""
    names, other, it = tuple(there), "BA"[side], "it" if len(there) == 1 else "them"
    called = "" if all(own == of for own, of in there.items()) else f", as {listed(tuple(there.values()))}"
    remedy = (
        "Train them on both sides or on none (torch: requires_grad, and what the optimizer is given; Keras: trainable)."
    )
    return _one_sided(both, side, names, f"{other} has {it} frozen{called}", remedy)


def _alone_cause(both: Both, side: int, names: tuple[str, ...]) -> Cause:
    """Tensors of one side that go with none of the other's."""
    it, other = "it" if len(names) == 1 else "them", "BA"[side]
    like = [one for name in names for one in alike(both, side, name)]
    tie = f", tied to {(like[0].other, like[0].name)[side]}, which is of one's shape" if like else ""
    remedy = f"See whether {other} has {it} frozen{tie}, or not at all; --names can say which is which."
    return _one_sided(both, side, names, f"{other} has nothing that goes with {it}", remedy)


def _one_sided(both: Both, side: int, names: tuple[str, ...], but: str, remedy: str) -> Cause:
    return Cause(
        rung=NAMES,
        step=int(both.steps[0]),
        cause="trained on one side only",
        number=float(len(names)),
        says=f"{'AB'[side]} trains {listed(names)}, and {but}.",
        remedy=remedy,
        tensors=names,
    )


def _of_other_shapes(both: Both) -> Iterator[tuple[str, str]]:
    """Tensors that go with no other for their shape alone: of one name, or the only ones left of as many axes."""
    ours, theirs = (
        {name: trace.tensors[name].shape for name in names}
        for trace, names in zip(both.traces, both.paired.alone, strict=True)
    )
    for name, shape in ours.items():
        possible = [other for other, of in theirs.items() if len(of) == len(shape)]
        only = len(possible) == 1 and sum(len(of) == len(shape) for of in ours.values()) == 1
        other = name if name in possible else possible[0] if only else None
        if other is not None and sorted(theirs[other]) != sorted(shape):
            yield name, other


def _shape_cause(both: Both, name: str, other: str) -> Cause:
    """One tensor of A's and one of B's that have other shapes."""
    shapes = [trace.tensors[of].shape for trace, of in zip(both.traces, (name, other), strict=True)]
    which = f"{name} has the shape {shapes[0]} in A and {shapes[1]} in B"
    if name != other:
        which = f"{name} has the shape {shapes[0]} in A, and {other} {shapes[1]} in B"
    return Cause(
        rung=NAMES,
        step=int(both.steps[0]),
        cause="other shapes",
        says=f"{which}.",
        remedy="Give both nets the same sizes: of a vocabulary, a context, classes, a layer.",
        tensors=(name,),
    )


def _frozen(both: Both) -> Iterator[Cause]:
    """Tensors that one side never moves and the other does; one whose gradients are rounding there need not move."""
    seen = {one.name: one for one in seen_at(both, np.ones(len(both.steps), bool))}
    for i, (side, other) in enumerate((("a", "b"), ("b", "a"))):
        still = tuple(
            pair.name
            for pair in both.pairs
            if (pair.name not in seen or seen[pair.name].felt_by[i])
            and (getattr(pair, side).before == getattr(pair, side).after).all()
            and (getattr(pair, other).before != getattr(pair, other).after).any()
        )
        if still:
            yield Cause(
                rung=NAMES,
                step=int(both.steps[0]),
                cause="frozen",
                number=float(len(still)),
                says=f"{side.upper()} never moves {listed(still)}, and {other.upper()} does.",
                remedy=f"Freeze them on both sides or on none; or see whether {side.upper()}'s net uses them.",
                tensors=still,
            )
