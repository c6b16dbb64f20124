"""A factor of the gradients that changes by step: a loss is divided by another number in each, or is a function of one.

An optimizer that divides by the size of its gradients keeps such trainings together, so that many steps show it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.clips import clipped
from comparisons.diff.record import Cause
from comparisons.diff.seen import ROUND, SLACK, Seen, explains, seen_at
from comparisons.traces.trace import Array

ELEMENTS = 8  # of all gradients, at least: a factor of each step fits any gradient of one
CHANCE = 1e-4  # of numbers that are no counts, so many would pass for them
PLACES = 4096  # of each sample, at most: a mean may be over words or pixels


def _exp(loss: Array) -> Array:
    """Infinite where it is too large for a number: that is no loss."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(loss))


# A function of a loss: itself, its derivative by the loss, and what it is called.
FUNCTIONS: Mapping[str, tuple[Callable[[Array], Array], Callable[[Array], Array], str]] = {
    "root of the loss": (np.sqrt, lambda loss: 0.5 / np.sqrt(loss), "the root of {other}'s (as RMSE is of MSE)"),
    "logarithm of the loss": (np.log, lambda loss: 1 / loss, "the logarithm of {other}'s"),
    "exponential of the loss": (_exp, _exp, "e to the power of {other}'s (as a perplexity is)"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Factors:
    """What all of B's gradients are of A's, at the m steps with the same parameters and data.

    Args:
        of: (m,), 1 where they are the same. first: of the first step at which they are not, and `step` its number.
        losses: A's and B's, (m,) each, or None. sizes: (m,) of the batches, or None. within: their rounding, relative.
        here: how a sentence begins.
    """

    of: Array
    first: float
    step: int
    losses: tuple[Array, Array] | None
    sizes: Array | None
    within: float
    here: str

    def cause(self, name: str, says: str, remedy: str, number: float | None = None, *, certain: bool = True) -> Cause:
        """The cause that they come from, with the first of them as its number if it has none of its own."""
        return Cause(
            rung="raw gradient",
            step=self.step,
            cause=name,
            number=self.first if number is None else number,
            says=f"{self.here}: {says}",
            remedy=remedy,
            certain=certain,
        )


def scaled_by_step(both: Both, at: int, usable: Array, *, in_loss: bool) -> Cause | None:
    """What a factor of all gradients comes from that is another in each step; None where there is no such factor.

    Args:
        at: the first step at which loss or gradient differ. usable: (n,) bool, those with the same parameters and data.
        in_loss: whether the losses part as well.
    """
    seen = seen_at(both, usable)
    felt = [one for one in seen if one.felt]
    if not felt or clipped(seen):
        return None
    of = _fitted(felt)
    if not explains(seen, [of[:, None] * one.a for one in seen], of):
        return None
    sizes = None if both.samples is None else np.array([len(one) for one in both.samples[0]], float)
    factors = Factors(
        of=of,
        first=float(of[usable[:at].sum()]),
        step=int(both.steps[at]),
        losses=None if both.losses is None else (both.losses[0][usable], both.losses[1][usable]),
        sizes=None if sizes is None else sizes[usable],
        within=SLACK * both.relative,
        here=f"They part at step {both.steps[at]} in the {'loss and the ' * in_loss}gradient",
    )
    if (found := _function(factors)) is not None or of.max() - of.min() <= ROUND * np.abs(of).max():
        return found
    several = sum(one.a.shape[1] for one in felt) >= ELEMENTS
    return _short(factors) or (_changing(factors) if several else None)


def _fitted(felt: Sequence[Seen]) -> Array:
    """(m,): the factor of each step, by least squares; 1 where there is nothing to tell it."""
    whole = np.sum([(one.a * one.a).sum(axis=1) for one in felt], axis=0)
    along = np.sum([(one.a * one.b).sum(axis=1) for one in felt], axis=0)
    return np.divide(along, whole, out=np.ones_like(whole), where=whole > 0)


def _function(factors: Factors) -> Cause | None:
    """One side's loss is a function of the other's, and the factor is its derivative."""
    if factors.losses is None or not (factors.of > 0).all() or not (np.array(factors.losses) > 0).all():
        return None
    a, b = factors.losses
    for side, other, x, y, by in (("B", "A", a, b, factors.of), ("A", "B", b, a, 1 / factors.of)):
        for name, (function, slope, called) in FUNCTIONS.items():
            made = np.allclose(function(x), y, rtol=factors.within, atol=factors.within)
            if made and np.allclose(slope(x), by, rtol=max(factors.within, ROUND), atol=0):
                says = f"{side}'s loss is {called.format(other=other)}, of which its gradients have the slope."
                return factors.cause(name, says, "Take the same on both sides.")
    return None


def _short(factors: Factors) -> Cause | None:
    """One side divides by a number that stays, also where a batch is shorter: by 1 where it sums."""
    if factors.sizes is None or factors.sizes.min() == factors.sizes.max():
        return None
    least, most = int(factors.sizes.min()), int(factors.sizes.max())
    for side, other, by in (("B", "A", factors.of), ("A", "B", 1 / factors.of)):
        numbers = factors.sizes / by
        number = round(float(np.median(numbers)))
        if not number or (np.abs(numbers / number - 1) > ROUND).any():
            continue
        if number == 1:
            says = (
                f"all of {side}'s are as many times {other}'s as the batch has samples, {least} to {most}: {side} sums "
                "its loss."
            )
            remedy = f"Divide {side}'s loss by the size of the batch."
            return factors.cause("sum of batches of several sizes", says, remedy)
        says = (
            f"{side} divides the sum of its loss by {number} in each step, and {other} by the size of the batch, "
            f"which is {least} to {most}."
        )
        remedy = f"Divide {side}'s by the size of the batch, or drop the short one on both sides."
        return factors.cause("divided by a fixed number", says, remedy, number)
    return None


def _changing(factors: Factors) -> Cause:
    """What counts in a batch differs by step, or its weights do."""
    low, high = float(factors.of.min()), float(factors.of.max())
    larger, other, of = ("A", "B", 1 / factors.of) if high <= 1 + ROUND else ("B", "A", factors.of)
    says = (
        f"all of {larger}'s are {other}'s times a factor that changes by step, from {of.min():.6g} to {of.max():.6g}. "
        "Likely: "
    )
    if low < 1 - ROUND and high > 1 + ROUND:
        says += (
            "weights of classes or samples, by whose sum one side divides (torch does), and the other by their number."
        )
    else:
        counted = _counted(factors, of)
        if counted is None and (summed := _summed(factors, of)) is not None:
            says += f"{other} takes the mean over what counts in a batch, {summed[0]}, and {larger} {summed[1]}."
        else:
            counted = counted or "what counts in a batch"
            says += f"{larger} takes the mean over {counted}, and {other} over all (ignore_index, a mask)."
    return factors.cause("divided by what counts", says, "Divide both sums by the same.", certain=False)


def _counted(factors: Factors, of: Array) -> str | None:
    """How many of a batch's samples count, or of their places, if those are whole numbers at each step."""
    for places in () if factors.sizes is None else range(1, PLACES + 1):
        all_ = places * np.asarray(factors.sizes)
        counts, within = all_ / of, factors.within * float(all_.max())
        if places * (2 * within) ** len(counts) > CHANCE:
            break
        if (np.abs(counts - np.round(counts)) <= within).all():
            what = "samples" if places == 1 else f"places ({places} of each sample)"
            return f"{counts.min():.0f} to {counts.max():.0f} of {int(all_.max())} {what}"
    return None


def _summed(factors: Factors, of: Array) -> tuple[str, str] | None:
    """How many places count, by whose number one side divides, and by what the other: by its samples, or by nothing.

    The factor of each step is then that number, over the samples if they divide.
    """
    ways = [(np.ones_like(of), "takes their sum")]
    if factors.sizes is not None:
        ways.append((factors.sizes, "divides their sum by the number of samples"))
    for by, how in ways:
        counts = of * by
        within = factors.within * float(counts.max())
        if (2 * within) ** len(counts) <= CHANCE and (np.abs(counts - np.round(counts)) <= within).all():
            return f"{counts.min():.0f} to {counts.max():.0f} places (ignore_index, a mask)", how
    return None
