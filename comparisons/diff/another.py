"""Gradients of another function: what that is, likely, where no family and no mark explains them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.marks import GRADIENT
from comparisons.diff.record import Cause
from comparisons.diff.seen import Seen, joined, noise
from comparisons.names import listed

CLASSES = 4  # at least: a second softmax divides gradients by their number, and of few that is little
NEAR = 0.5  # relative: as roughly as it does so at the usual initial values
ALONG = 0.6  # cosine of both sides' gradients, there
ALIKE, NEARLY = 0.2, 0.9999  # the same: of the same task and another function; of nearly the same function


def softmax_twice(both: Both, at: int, seen: Sequence[Seen]) -> Cause | None:
    """It is so, likely, where one side's gradients are the other's over the classes, roughly, and its loss never leaves
    where the second softmax keeps it.

    With C classes and probabilities p, which it takes for logits, the loss of a sample is log(sum of exp(p)) - p of its
    class. So it is log(e + C - 1) at most and 1 less at least, and the mean of that p is known within as much; it
    cannot be less than exp(-loss) of the side that takes the softmax once.

    Args:
        at: the step of which the losses are compared, at equal parameters. seen: the gradients there.
    """
    losses, classes = both.losses, both.outputs
    felt = [one for one in seen if one.felt]
    if losses is None or classes < CLASSES or not felt:
        return None
    a, b = joined(felt)
    along = float(a @ b)
    if along <= 0 or along < ALONG * np.linalg.norm(a) * np.linalg.norm(b):
        return None
    most = float(np.log(np.e + classes - 1))
    for side, (once, twice), other in (("B", losses, a), ("A", losses[::-1], b)):
        share, kept = along / float(other @ other), twice[np.isfinite(twice)]
        possible = most - 1 <= kept.min() and kept.max() <= most
        possible &= bool(once[at] >= -np.log(max(most - twice[at], 1e-300)))
        if abs(share * classes - 1) <= NEAR and possible:
            return _said(side, int(both.steps[at]), classes, share, (most - 1, most))
    return None


def _said(side: str, step: int, classes: int, share: float, between: tuple[float, float]) -> Cause:
    other = "BA"["AB".index(side)]
    return Cause(
        rung=GRADIENT,
        step=step,
        cause="softmax twice",
        number=share if side == "B" else 1 / share,
        says=f"They part at step {step}: {other}'s gradients are about {1 / share:.2g} times {side}'s, with {classes} "
        f"classes, and {side}'s loss stays between {between[0]:.4g} and {between[1]:.4g}, where a second softmax keeps "
        f"it. Likely: {side}'s last layer takes the softmax, and its loss takes it again.",
        remedy=f"Leave the softmax out of {side}'s last layer, or tell its loss that it gets probabilities "
        "(from_logits=False).",
        certain=False,
    )


def unknown(step: int, seen: Sequence[Seen]) -> Cause:
    """Nothing fits: said, with what is known."""
    felt = [one for one in seen if one.felt] or list(seen)
    a, b = joined(felt)
    cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) or 1.0))
    off = tuple(one.name for one in felt if not one.same)
    which = "all gradients" if len(off) == len(felt) else f"the gradients of {listed(off)}"
    here = (
        f"They part at step {step}: {which} differ by {100 * noise(seen):.2g} % of their size, and no factor, clip, "
        "decay or precision explains it"
    )
    about: dict[str, Any] = {"rung": GRADIENT, "step": step, "number": noise(seen), "certain": False}
    if len(off) < len(felt):
        return Cause(cause="not known", says=f"{here}.", tensors=off, **about)
    if cosine <= ALIKE:
        return Cause(
            cause="other targets, or another loss",
            says=f"{here}; they point elsewhere. Likely: other targets (labels that begin with 1, classes in another "
            "order), another loss, or, in a deep net, another activation.",
            remedy="Compare what the targets of a sample mean, the losses, and the layers' functions.",
            **about,
        )
    if cosine <= NEARLY:
        return Cause(
            cause="dropout, or another function",
            says=f"{here}. Likely: dropout on one side, or another activation or loss.",
            remedy="Switch dropout off on both sides, or give both the same masks, and compare the layers' functions.",
            **about,
        )
    return Cause(
        cause="nearly the same function",
        says=f"{here}; they point nearly the same way. Likely: another epsilon (of a normalisation, in a logarithm), "
        "a function that is approximated, or a lower precision (TF32) on one side.",
        remedy="Compare the layers' functions and their arguments, and switch lower precisions off.",
        **about,
    )
