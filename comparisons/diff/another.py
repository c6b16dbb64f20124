"""Gradients of another function: what that is, likely, where no family and no mark explains them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.data import single_values
from comparisons.diff.families import ratio_of
from comparisons.diff.marks import GRADIENT
from comparisons.diff.meaning import larger_of
from comparisons.diff.pairing import Pair
from comparisons.diff.record import Cause
from comparisons.diff.seen import Seen, joined, noise, sized
from comparisons.diff.terms import same_matrices
from comparisons.names import listed
from comparisons.traces.trace import Array

CLASSES = 4  # at least: a second softmax divides gradients by their number, and of few that is little
NEAR = 0.5  # relative: as roughly as it does so at the usual initial values
ALONG = 0.6  # cosine of both sides' gradients, there, and of each weight's
SPREAD = 2.0  # times, up or down: single tensors' ratios are as near to the number of classes
BEYOND = 2.0  # times that of the losses: weights of classes or samples make as much of both
BESIDE = 3  # times what a factor leaves over: more than that is the factor's
KEPT, TIMES = 0.9, 1.5  # cosine and ratio of the last bias's gradients: what lies below the loss takes them no farther
ALIKE, NEARLY = 0.2, 0.9999  # the same: of the same task and another function; of nearly the same function
LAYERS = "another function of the layers (activation, padding, groups, masks, order of a flatten)"
ORDER = ", or another order of channels, rows or columns in the inputs"  # which a hash of a sample does not see
LOSSES = "weights of classes or samples, or another loss"
TARGETS = "other targets (labels that begin with 1, classes in another order), or another loss"
REMEDIES = {  # by whether the gradients point elsewhere, and whether that of the last bias is kept
    (False, True): "Switch dropout off on both sides, and compare the layers' functions, then the losses.",
    (False, False): "Compare the losses and their weights, then, with dropout off, the layers' functions.",
    (True, True): "Compare the layers' functions, then what the targets of a sample mean, and the losses.",
    (True, False): "Compare what the targets of a sample mean, the losses, and the layers' functions.",
}
INPUTS = " Compare the first batch as both nets get it, value by value, too."


def softmax_twice(both: Both, at: int, seen: Sequence[Seen]) -> Cause | None:
    """It is so, likely, where one side's gradients are the other's over the classes, roughly, and its loss never leaves
    where the second softmax keeps it.

    With C classes and probabilities p, which it takes for logits, the loss of a sample is log(sum of exp(p)) - p of its
    class. So it is log(e + C - 1) at most and 1 less at least, and the mean of that p is known within as much; it
    cannot be less than exp(-loss) of the side that takes the softmax once. Weights of classes or samples do the like:
    it is no softmax where single tensors have other ratios, or the losses the ratio of the gradients.

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
        alike = all(_divided(*((one.a, one.b) if side == "B" else (one.b, one.a)), classes, one.axes) for one in felt)
        weighted = twice[at] < BEYOND * share * once[at]
        if abs(share * classes - 1) <= NEAR and possible and alike and not weighted:
            return _said(side, int(both.steps[at]), classes, share, (most - 1, most))
    return None


def _divided(once: Array, twice: Array, classes: int, axes: int) -> bool:
    """Whether one tensor's gradients are the other side's over the classes, roughly; a bias's may be less."""
    along = float((once * twice).sum())
    share = along / (float((once * once).sum()) or 1.0) * classes
    if axes < 2:
        return share <= SPREAD
    return 1 / SPREAD <= share <= SPREAD and along >= ALONG * float(np.linalg.norm(once) * np.linalg.norm(twice))


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


def turned(both: Both, step: int) -> Cause | None:
    """That a square matrix was copied with its axes exchanged, likely, or without, where frameworks exchange them: its
    shape does not tell, and the net computes something else.

    Asked for only where the gradients of all layers are another function's.
    """
    names = tuple(pair.name for pair in both.pairs if len({*pair.shape}) < len(pair.shape) == 2 and _against(pair))
    if not names:
        return None
    exchanged = next(pair for pair in both.pairs if pair.name == names[0]).layout
    how = "with their axes exchanged" if exchanged else "as they are, though Keras has them with their axes exchanged"
    return Cause(
        rung=GRADIENT,
        step=step,
        cause="weights transposed",
        number=float(len(names)),
        says=f"They part at step {step}: all gradients are another function's, and A's square weights {listed(names)} "
        f"are in B {how}. Likely: they were copied so.",
        remedy="Write them as the layer holds them: torch's Linear has (outputs, inputs), Keras's Dense the reverse.",
        tensors=names,
        certain=False,
    )


def _against(pair: Pair) -> bool:
    """Whether the axes are exchanged between two of one word, or not between torch's word and Keras's."""
    words = [name.replace("/", ".").rsplit(".", 1)[-1] for name in (pair.name, pair.other)]
    return bool(pair.layout) if words[0] == words[1] else set(words) == {"weight", "kernel"} and not pair.layout


def unknown(both: Both, step: int, seen: Sequence[Seen]) -> Cause:
    """Nothing fits: said, with what is known."""
    felt = [one for one in seen if one.felt] or list(seen)
    a, b = joined(felt)
    cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) or 1.0))
    off = tuple(one.name for one in felt if not one.same)
    which = "all gradients" if len(off) == len(felt) else f"the gradients of {listed(off)}"
    here = (
        f"They part at step {step}: {which} differ by {sized(noise(seen))}, and no factor, clip, decay or precision "
        "explains it"
    )
    about: dict[str, Any] = {"rung": GRADIENT, "step": step, "number": noise(seen), "certain": False}
    about["tensors"] = off if len(off) < len(felt) else ()
    if same_matrices(seen):
        return Cause(cause="not known", says=f"{here}.", **about)
    if _of_the_loss(felt):
        larger, other, ratio = larger_of(ratio_of(felt))
        return Cause(
            cause="another loss",
            says=f"{here}; nearly all of it is that {larger}'s are about {ratio:.3g} times {other}'s, as those of the "
            "last bias are, which come from the loss. Likely: another loss, or its weights (focal, a temperature).",
            remedy="Compare the losses, and what they do with each sample.",
            **about,
        )
    if cosine <= NEARLY:
        elsewhere, kept, several = cosine <= ALIKE, _kept(felt), not single_values(both)
        likely = _likely(LAYERS + ORDER * several, elsewhere=elsewhere, kept=kept)
        return Cause(
            cause="other targets, or another loss" if elsewhere else "dropout, or another function",
            says=f"{here}{'; they point elsewhere' * elsewhere}. Likely: {likely}.",
            remedy=REMEDIES[elsewhere, kept] + INPUTS * several,
            **about,
        )
    return Cause(
        cause="nearly the same function",
        says=f"{here}; they point nearly the same way. Likely: another epsilon (of a normalisation, in a logarithm), "
        "a function that is approximated (GELU by tanh), a small term of the loss, or a lower precision (TF32) on one "
        "side.",
        remedy="Compare the layers' functions and their arguments, and switch lower precisions off.",
        **about,
    )


def _of_the_loss(felt: Sequence[Seen]) -> bool:
    """Whether one factor makes most of the difference, and as much of that of the last bias."""
    c = ratio_of(felt)
    vectors = [one for one in felt if one.axes == 1]
    if not vectors or c <= 0:
        return False
    off = noise([one.evened(c) for one in felt])
    return abs(c - 1) > BESIDE * off and abs(ratio_of(vectors[-1:]) / c - 1) <= BESIDE * off


def _likely(layers: str, *, elsewhere: bool, kept: bool) -> str:
    """What it may be, the likelier first: the gradient of the last bias comes from the loss, and hardly changes with
    what lies below.

    Args:
        layers: what lies below. elsewhere: whether the gradients point elsewhere, as those of other targets do.
        kept: as `_kept`.
    """
    if elsewhere:
        return f"{layers}; or {TARGETS}" if kept else f"{TARGETS}; or {layers}"
    return (
        f"dropout on one side, or {layers}; or {LOSSES}" if kept else f"{LOSSES}; or dropout on one side, or {layers}"
    )


def _kept(felt: Sequence[Seen]) -> bool:
    """Whether the gradient of the last bias is nearly the same on both sides."""
    vectors = [one for one in felt if one.axes == 1]
    if not vectors:
        return False
    a, b = joined(vectors[-1:])
    ours, theirs = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    return float(a @ b) >= KEPT * ours * theirs and ours / TIMES <= theirs <= TIMES * ours
