"""Weight decay in one side's optimizer beside L2 in the other's loss: one thing in two places, which is told as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from comparisons.diff.apart import nearest, side_by_side
from comparisons.diff.fields import called
from comparisons.diff.moves import UPDATE
from comparisons.diff.record import Cause, Rung
from comparisons.diff.rules import Rules
from comparisons.names import listed

L2, DECAY = "L2", called("weight_decay")
SAME = 1e-4  # relative, in which a decay that was found and a term that was fitted are the same number


@dataclass(frozen=True, kw_only=True)
class TwoPlaces:
    """L2 in the loss of one side, of tensors that the optimizer of the other decays.

    Args:
        loss, optimizer: which side is which, "A" or "B".
        drawn, decayed: by how many times the parameters, L2 and the decay.
        coupled: whether the decay goes into the gradient, as L2 does.
        tensors: those that have both, by A's names.
    """

    loss: str
    optimizer: str
    drawn: float
    decayed: float
    coupled: bool
    tensors: tuple[str, ...]


def in_two_places(cause: Cause, rules: Rules, pairs: Mapping[str, str]) -> TwoPlaces | None:
    """What the other side's optimizer does to the tensors of an L2; None where it does not decay all by one number.

    Args:
        cause: the L2 that was found. pairs: A's names to B's.
    """
    number, tensors = cause.number or 0.0, cause.tensors or tuple(pairs)
    more = int(number > 0)  # the side whose loss has it
    decays = set()
    for name in tensors:
        a, b = rules.of(0, name), rules.of(1, pairs[name])
        if a is None or b is None:
            return None
        sides = side_by_side(*(one.rule for one in nearest(a, b, rules.frameworks)))
        mine, other = sides[more].weight_decay, sides[1 - more].weight_decay
        if not isinstance(mine, float) or not isinstance(other, float) or other <= mine:
            return None
        coupled = sides[1 - more].weight_decay_coupling == "coupled"
        decays.add((other - mine, coupled))
    if len(decays) != 1:
        return None
    [(decayed, coupled)] = decays
    return TwoPlaces(
        loss="AB"[more], optimizer="BA"[more], drawn=abs(number), decayed=decayed, coupled=coupled, tensors=tensors
    )


def with_decays(
    rungs: Sequence[Rung], seconds: Sequence[Cause], rules: Rules, pairs: Mapping[str, str]
) -> tuple[list[Rung], tuple[Cause, ...]]:
    """The rungs and the second causes, with L2 and decay told as one where they are on two sides.

    Each of both alone would have its remedy on the side where the other is already.
    """
    drawn = next((one for rung in rungs for one in rung.causes if one.cause == L2 and one.certain), None)
    both = None if drawn is None else in_two_places(drawn, rules, pairs)
    if drawn is None or both is None:
        return list(rungs), tuple(seconds)
    told = {drawn: replace(drawn, remedy=_of_loss(both))}
    for one in (*(one for rung in rungs for one in rung.causes), *seconds):
        if one.rung == UPDATE and one.cause == DECAY:
            told[one] = _of_optimizer(both, one, pairs)
    return [_retold(rung, told) for rung in rungs], tuple(told.get(one, one) for one in seconds)


def _of_loss(both: TwoPlaces) -> str:
    """What to do about the L2."""
    loss, optimizer, size = both.loss, both.optimizer, f"{both.decayed:.6g}"
    if not both.coupled:
        return (
            f"{optimizer}'s optimizer decays them by {size} itself, but beside the step (decoupled), which is not the "
            f"same: take it out of {loss}'s loss and decay in {loss}'s optimizer as {optimizer}'s does, or the reverse."
        )
    if abs(both.decayed / both.drawn - 1) < SAME:
        return (
            f"{optimizer}'s optimizer adds the same to the gradient itself (weight_decay={size}, coupled): it makes "
            "the same steps in either place, and belongs in one of them only."
        )
    return (
        f"{optimizer}'s optimizer adds {size} times them to the gradient itself (weight decay, coupled), which is the "
        f"same thing in another size. Give {loss}'s loss that of {size}, in Keras L2({both.decayed / 2:.6g}); or "
        f"{optimizer}'s optimizer weight_decay={both.drawn:.6g}."
    )


def _of_optimizer(both: TwoPlaces, decay: Cause, pairs: Mapping[str, str]) -> Cause:
    """The decay, as what stands beside the L2, and of which tensors it alone is."""
    here, colon, rest = decay.says.partition(":")
    beside = f"{here.removesuffix(', too')}, too{colon}{rest}"
    alone = [name for name in decay.tensors or pairs if name not in both.tensors]
    if not alone:
        return replace(decay, says=beside, remedy=f"It stands in the place of {both.loss}'s L2: no side needs both.")
    verb = "is" if len(alone) == 1 else "are"
    remedy = (
        f"{listed(alone)} {verb} decayed in {both.optimizer} and {verb} not in {both.loss}'s L2: decay the same "
        f"tensors on both sides (a group of {both.optimizer}'s without decay)."
    )
    return replace(decay, says=beside, remedy=remedy)


def _retold(rung: Rung, told: Mapping[Cause, Cause]) -> Rung:
    says = rung.says
    for one in rung.causes:
        says = says.replace(one.says, told.get(one, one).says)
    return replace(rung, says=says, causes=tuple(told.get(one, one) for one in rung.causes))
