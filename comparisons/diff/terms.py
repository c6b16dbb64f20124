"""Gradients of which some are the same and others are not: a term of the loss is another, likely, and no function.

What the layers do on the way to the loss is felt by all of them; a term of the loss by those alone that it is made of.
"""

from collections.abc import Sequence

from comparisons.diff.both import Both
from comparisons.diff.marks import GRADIENT
from comparisons.diff.matching import layer_of
from comparisons.diff.parts import ELEMENTS
from comparisons.diff.record import Cause
from comparisons.diff.seen import Seen, noise, sized
from comparisons.names import listed

CLEARLY = 100  # times what the same ones differ by: what is less may be a small difference that they have, too
LARGE = 0.05  # of a size: at the same loss units at their kinks were seen to make 0.03 of gradients


def same_matrices(seen: Sequence[Seen]) -> list[Seen]:
    """Those whose gradients are the same, if those that are not are clearly not.

    A bias says less: that of the last layer has what comes from the loss, which hardly feels the layers below.
    """
    felt = [one for one in seen if one.felt]
    same = [one for one in felt if one.same and _sure(one)]
    off = [one for one in felt if not one.same]
    return same if off and noise(off) > CLEARLY * noise(same) else []


def _sure(one: Seen) -> bool:
    """Whether it is a matrix of some size: others may be the same by chance."""
    return one.axes > 1 and one.a.shape[1] >= ELEMENTS


def another_term(both: Both, step: int, seen: Sequence[Seen], *, in_loss: bool) -> Cause | None:
    """It is so, likely, where some matrices have the same gradients and others clearly have not; None if it is not so.

    Args:
        seen: the gradients at equal parameters. in_loss: whether the losses part as well.
    """
    matrices = same_matrices(seen)
    off = [one for one in seen if one.felt and not one.same]
    if not matrices:
        return None
    layers = {layer_of(one.name) for one in matrices}
    same = listed([one.name for one in seen if one.same and layer_of(one.name) in layers])
    if both.losses is not None and not in_loss:
        return _passed_back(step, off, same) if noise(off) > LARGE else None
    head = _head(seen, matrices)
    if head and any(one in off for one in seen[: seen.index(matrices[0])]):
        return _of_output(step, off, same, head)
    likely = (
        "a term of the loss that those are not in is another, or has another weight (a KL, a regulariser, an auxiliary "
        "loss, that of another output)"
    )
    return _cause(step, off, same, "another term of the loss", likely, "Compare each term of the loss, and its weight.")


def _head(seen: Sequence[Seen], same: Sequence[Seen]) -> list[Seen]:
    """The tensors of the layers after the last that has the same gradients; none if no matrix of them has others."""
    last = same[-1]
    head = [one for one in seen[seen.index(last) :] if layer_of(one.name) != layer_of(last.name)]
    return head if any(not one.same and _sure(one) for one in head) else []


def _of_output(step: int, off: Sequence[Seen], same: str, head: Sequence[Seen]) -> Cause:
    """The cause, where the layers of an output differ, and those below, and the layers of another do not."""
    one_output = any(one.axes == 1 and one.a.shape[1] == 1 for one in head)
    as_of = " (of shape (n, 1) against (n,), all are compared with all)" if one_output else ""
    which = listed([one.name for one in head if one.axes > 1])
    likely = (
        f"of several losses that are added, that of the output by {which} is another, or has other targets{as_of}; or "
        "the layers of that output alone do something else"
    )
    remedy = f"Compare the loss of the output by {which}, and its targets with their shape."
    own = [one for one in head if one in off]
    off = [*own, *(one for one in off if one not in own)]
    return _cause(step, off, same, "another loss of one output", likely, remedy)


def _passed_back(step: int, off: Sequence[Seen], same: str) -> Cause:
    """The cause, where the loss is the same."""
    likely = (
        "what comes back to them is stopped, scaled or clipped on the way (detach, stop_gradient, a hook), as the loss "
        "is the same; or a term of the loss is not in what is logged"
    )
    remedy = "Compare what is done to gradients within the net, and what of the loss is logged."
    return _cause(step, off, same, "another gradient passed back", likely, remedy)


def _cause(step: int, off: Sequence[Seen], same: str, name: str, likely: str, remedy: str) -> Cause:
    names, size = tuple(one.name for one in off), noise(off)
    return Cause(
        rung=GRADIENT,
        step=step,
        cause=name,
        number=size,
        says=f"They part at step {step}: the gradients of {listed(names)} differ by {sized(size)}, and no factor, "
        f"clip, decay or precision explains it; those of {same} are the same. Likely: {likely}.",
        remedy=remedy,
        tensors=names,
        certain=False,
    )
