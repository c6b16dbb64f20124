"""Logits that a loss takes for probabilities, as Keras's losses do without from_logits=True."""

from collections.abc import Sequence

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.marks import GRADIENT
from comparisons.diff.record import Cause
from comparisons.diff.seen import Seen, joined, plain
from comparisons.traces.trace import Array

MOST = -np.log(1e-7)  # of a sample's loss: Keras clips probabilities to 1e-7
CLIPPED = 0.2  # of the samples, at least: half of the logits are negative in a net that begins
TIMES = 4  # at least: by so much the gradients are larger, as they have 1 / p of numbers that are no probabilities
SUMMED = 1e-3  # of the norm: the gradient of the last bias, summed over the classes, is 0 but for rounding


def logits_taken(both: Both, at: int, seen: Sequence[Seen]) -> Cause | None:
    """It is so, likely, where one side's loss and gradients are as those of log(clip(z)) at logits z.

    A softmax does not change with a constant that is added to all logits, so that the gradient of the last bias is 0 in
    sum; that of log(clip(z)) is not. It has 1 / z, which is large, and the loss of a sample is -log(1e-7) at most, and
    log(classes) more where what is left is divided by its sum.

    The gradient of the last bias is as much larger as those below it, which another function of the layers does not do.

    Args:
        at: the step of which the losses are compared, at equal parameters. seen: the gradients there.
    """
    losses = both.losses
    felt = [one for one in seen if one.felt]
    vectors = [one for one in felt if one.axes == 1]
    if losses is None or not vectors or vectors[-1].name != both.pairs[-1].name or _many_labels(both):
        return None
    last, of_all = vectors[-1], joined(felt)
    for side, i, j in (("B", 0, 1), ("A", 1, 0)):
        biases = (last.a, last.b)[i], (last.a, last.b)[j]
        other, own = float(losses[i][at]), float(losses[j][at])
        larger = min(_times(of_all[j], of_all[i]), _times(biases[1], biases[0]))
        possible = 0 < other < own and CLIPPED * MOST < own <= MOST + np.log(max(both.outputs, 2))
        if possible and larger >= TIMES and not _of_softmax(biases[1]):
            bias = last.name if _of_softmax(biases[0]) else ""
            return _said(side, int(both.steps[at]), larger, (own, other), bias)
    return None


def _times(one: Array, other: Array) -> float:
    """What the size of one is of the other's."""
    return float(np.linalg.norm(one)) / max(float(np.linalg.norm(other)), 1e-300)


def _of_softmax(gradient: Array) -> bool:
    """Whether that of a bias (m, classes) is 0 in sum at all steps."""
    return bool((np.abs(gradient.sum(axis=1)) < SUMMED * np.linalg.norm(gradient, axis=1)).all())


def _many_labels(both: Both) -> bool:
    """Whether one output has labels of more than two kinds, which are no classes."""
    return both.labels is not None and both.outputs == 1 and len(np.unique(np.concatenate(both.labels[0]))) > 2


def _said(side: str, step: int, times: float, losses: tuple[float, float], bias: str) -> Cause:
    other = "BA"["AB".index(side)]
    weights = "" if bias else "has weights of classes or samples, or "
    summed = f", and that of {bias} is 0 in sum in {other} alone, as a softmax makes it" if bias else ""
    return Cause(
        rung=GRADIENT,
        step=step,
        cause="logits taken for probabilities",
        number=times if side == "B" else 1 / times,
        says=f"They part at step {step}: {side}'s gradients are about {plain(times)} times {other}'s, with a loss of "
        f"{losses[0]:.4g} against {losses[1]:.4g}{summed}. Likely: {side}'s loss takes logits for probabilities "
        f"(from_logits), or {weights}is another.",
        remedy=f"Give {side}'s loss from_logits=True, or its last layer the {'softmax' if bias else 'sigmoid'}.",
        certain=False,
    )
