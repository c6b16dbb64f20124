"""The loss that is logged, beside what differs in the gradient: a second cause, once the first one is mended."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.marks import LOSS, reports, surely
from comparisons.diff.record import Cause
from comparisons.diff.seen import SLACK, Family
from comparisons.traces.trace import Array, Tensor


def logged(both: Both, at: int, where: Array, found: Sequence[Family]) -> tuple[Cause, ...]:
    """Whether B's loss is neither A's nor A's with the causes in the gradient: then something else is logged.

    Args:
        at: the first step that differs. where: (n,) bool, the steps at which gradients were compared.
        found: what explains the gradients.
    """
    if both.losses is None or any(one.name == "scaled in some tensors" or _of_a_sample(both, one) for one in found):
        return ()  # another term of the loss, of which nobody knows the value
    known = where & np.isfinite(both.losses).all(axis=0)
    a, b = (losses[known] for losses in both.losses)
    mended = _with(both, both.losses[0], found)[known]
    bound = both.loss_bound(both.losses)[known]
    if not known.any() or any((np.abs(b - one) <= SLACK * bound).all() for one in (a, mended)):
        return ()
    number, how = next(_told(mended, a, b, bound), (None, "in no constant proportion to A's"))
    step = int(both.steps[at])
    return (
        Cause(
            rung=LOSS,
            step=step,
            cause="loss reported otherwise",
            number=number,
            says=f"They part at step {step} in the loss that is logged, too: B's is {how}.",
            remedy="Log the same thing on both sides.",
            certain=surely(number, known),
        ),
    )


def _told(mended: Array, a: Array, b: Array, bound: Array) -> Iterator[tuple[float, str]]:
    """What B's losses are of A's, mended or as they are: number and words."""
    for losses, which in ((mended, ", mended by what is in the gradient"), (a, "")):
        for number, how in reports(losses, b, bound):
            yield number, f"{how}{which}"


def _with(both: Both, losses: Array, found: Sequence[Family]) -> Array:
    """A's losses (n,), with what its gradients are to have."""
    at = both.at[0]
    for one in found:
        number = one.number or 0.0
        if one.name == "scaled":
            losses = losses * number
        elif one.name == "decayed":
            losses = losses + number / 2 * np.sum([np.square(of.norm("before")[at]) for of in _of(both, one)], axis=0)
        elif one.name == "decayed by signs":
            sizes = [np.abs(of.before[at]).reshape(len(at), -1).sum(axis=1) for of in _of(both, one)]
            losses = losses + number * np.sum(sizes, axis=0)
    return losses


def _of_a_sample(both: Both, one: Family) -> bool:
    """Whether it is made of absolute values, of which not all were recorded."""
    return one.name == "decayed by signs" and not all(tensor.whole for tensor in _of(both, one))


def _of(both: Both, one: Family) -> list[Tensor]:
    """A's tensors that it acts on."""
    return [both.traces[0].tensors[name] for name in one.tensors or tuple(pair.name for pair in both.pairs)]
