"""Whether a rule makes the recorded steps, within what rounding may do, and by how much it misses them if not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from comparisons.identify.evidence import HELD, Evidence, Piece, evidence_of
from comparisons.identify.numbers import FRACTIONS
from comparisons.rules import (
    AdaBelief,
    Adafactor,
    Adam,
    Adamax,
    Lamb,
    Muon,
    NAdam,
    RAdam,
    Rprop,
    Rule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    of_matrices,
)
from comparisons.tasks.streams import Array
from comparisons.training.implementations import taught, taught_alone

# A step rounds some ten times, and what an optimizer remembers has the roundings of earlier, longer steps in it.
STEPS = 4
PLACE = 1.25  # units in the last place: a step may be taken in two parts, as decay and the rest, each of which rounds
# Another order of operations than ours: so many times what rounding makes of ours, against float64. 2 were seen.
ORDER = 4
MANY = 16  # ulps in the mean, for many roundings of a step: a thousand make 9
SHARE, CHANCE = 1e-4, 4  # of a step that is off by chance, and times what that is for as many numbers as there are
VAGUE = 0.01  # of a step: what depends on the order of sums by more is no exact rule


@dataclass(frozen=True, kw_only=True)
class Holding:
    """How a rule's steps lie to those recorded.

    Args:
        ulp: the largest distance, in units of the last place of the parameter.
        share: the same in units of what rounding may make; up to 1 the rule holds.
        step: the first step (from 0) at which it does not; None if there is none.
    """

    ulp: float
    share: float
    step: int | None

    @property
    def holds(self) -> bool:
        """Whether all recorded steps are the rule's."""
        return self.share <= 1

    def first_steps(self, count: int) -> int:
        """How many from the first on are, of so many."""
        return count if self.step is None else self.step


@np.errstate(all="ignore")
def hold(rule: Rule, evidence: Evidence) -> Holding:
    """The rule against all steps of the evidence; one whose steps are not finite does not hold."""
    ulps, shares = [], []
    for piece in evidence.pieces:
        made, allowed = made_and_allowed(rule, piece, evidence)
        apart = np.abs(made - piece.after)
        apart[np.isnan(apart)] = np.inf
        steps = len(apart)
        rounded = taught_alone(rule, piece.before, piece.gradients, evidence.shape, piece.momenta).astype(float)
        nearer = np.fmin(apart, np.abs(rounded - piece.after))
        ulps.append((nearer / (piece.ulp + 1e-300)).reshape(steps, -1).max(axis=1))
        shares.append(np.nan_to_num(apart / allowed, nan=np.inf).reshape(steps, -1).max(axis=1))
    share = np.max(shares, axis=0)
    beyond = np.flatnonzero(share > 1)
    return Holding(ulp=float(np.max(ulps)), share=float(share.max()), step=int(beyond[0]) if len(beyond) else None)


def made_and_allowed(rule: Rule, piece: Piece, evidence: Evidence) -> tuple[Array, Array]:
    """What the rule makes of the steps (steps, ...), in float64, and how far from it they may lie."""
    before, gradients, shape = piece.before.astype(float), piece.gradients.astype(float), evidence.shape
    slack = evidence.slack.reshape(-1, *[1] * (before.ndim - 1))
    made = _exactly(rule, before, gradients, shape, piece.momenta)
    rounded = taught_alone(rule, piece.before, piece.gradients, shape, piece.momenta).astype(float)
    moved = _exactly(_moved(rule, evidence.beside, evidence.held), before, gradients, shape, piece.momenta)
    step = np.maximum.accumulate(np.abs(made - before), axis=0)
    eps = float(np.finfo(piece.before.dtype).eps)
    with np.errstate(all="ignore"):
        ours = np.nan_to_num(np.abs(rounded - made), nan=0.0, posinf=0.0)
        theirs = np.nan_to_num(np.abs(moved - made), nan=0.0, posinf=0.0)
    slack = slack + rough(rule) * _rms(step) / np.maximum(step, 1e-300)
    share = STEPS * eps + 2 * evidence.held + slack
    return made, places(rule) * piece.ulp + share * step + ORDER * ours + 2 * theirs + 1e-38


def _rms(step: Array) -> Array:
    """(steps, 1, ...): the root mean square of each step."""
    axes = tuple(range(1, step.ndim))
    return np.asarray(np.sqrt(np.square(step).mean(axis=axes, keepdims=True)))


def rough(rule: Rule) -> float:
    """How much of a step depends on the order of sums: in bfloat16 half of the digits are lost.

    Each iteration of Newton and Schulz makes up to ns_a times as much of what is off.
    """
    if not isinstance(rule, Muon):
        return 0.0
    return 0.2 if rule.iteration_dtype == "bfloat16" else HELD * float(rule.ns_a**rule.iterations)


def vague(rule: Rule) -> bool:
    """Whether so much of a step depends on the order of sums that what is off is no rounding of the last places."""
    return rough(rule) > VAGUE


def places(rule: Rule) -> float:
    """How many units in its last place a parameter may be off for being rounded itself."""
    if not isinstance(rule, ScheduleFreeAdamW | ScheduleFreeSGD):
        return PLACE
    share = rule.beta1 if isinstance(rule, ScheduleFreeAdamW) else rule.momentum  # of an average, which it goes through
    return PLACE * (1 + 2 * min(1.0, 2 * share))


def _exactly(rule: Rule, before: Array, gradients: Array, shape: Array, momenta: Array | None) -> Array:
    rate = np.array([rule.learning_rate])
    return taught(rule, {"learning_rate": rate}, before, gradients, shape, momenta)[0]


def _moved(rule: Rule, beside: float, held: float) -> Rule:
    """The rule with its constants as far off as they may be held, and epsilon by what is beside it."""
    moved: dict[str, Any] = {"epsilon": getattr(rule, "epsilon", 0.0) * (1 + beside)} if beside else {}
    for name in FRACTIONS:
        value = getattr(rule, name, 0.0)
        if 0 < value < 1:
            moved[name] = value + (held if value < 0.5 else -held)
    if getattr(rule, "weight_decay", 0.0):
        moved["weight_decay"] = rule.weight_decay * (1 + 2 * held)
    if isinstance(rule, Rprop):  # the same way as what shrinks: of a size that did both, neither makes up for the other
        moved["growth"] = rule.growth + (held if rule.shrinkage < 0.5 else -held) * 2 * rule.growth
    if isinstance(rule, Adafactor):  # t^beta2_decay is held: from t = 2 on half an ulp of it is so much of the power
        moved["beta2_decay"] = rule.beta2_decay - 2 * held / float(np.log(2))
    return replace(rule, **moved)


def in_float32(rule: Rule, evidence: Evidence) -> Evidence | None:
    """The evidence for a framework that computes 1 - beta^t in float32 (Keras, JAX); None if the rule has no such.

    Of 1 - beta^t little is left where beta is near 1: 7e-6 of a step of Adam is off by that, in all elements alike.
    """
    if not getattr(rule, "bias_correction", True) or type(rule) not in CORRECTED:
        return None
    t = np.arange(1, len(evidence.shape) + 1)
    factor, slack, beside = np.ones(len(t)), np.zeros(len(t)), 0.0
    rectified, more = _rectified(rule.beta2, t) if isinstance(rule, RAdam) else (None, np.zeros(len(t)))
    for name, power in CORRECTED[type(rule)]:
        beta = getattr(rule, name)
        exact, held = 1 - beta**t, 1 - np.power(np.float32(beta), t.astype(np.float32))
        with np.errstate(all="ignore"):
            off = np.nan_to_num((held.astype(float) / exact) ** power, nan=1.0, posinf=1.0)
        if rectified is not None and name == "beta2":  # which is felt from the step on from which there is one
            off = np.where(np.isnan(rectified), 1.0, off * rectified)
        if name == "beta2" and getattr(rule, "epsilon_position", "") == "corrected-root":
            beside = float(np.abs(off - 1).max())
        factor *= off
        slack += abs(power) * np.where(t > 1, 4 * HELD / exact, 0)  # a power is off by an ulp or two
    slack += more
    if isinstance(rule, Lamb):  # its length is set anew; only where it is not, as there is none yet, this is felt
        return replace(evidence, slack=slack + np.abs(factor - 1))
    if isinstance(
        rule, NAdam | ScheduleFreeAdamW
    ):  # Keras has beta2 in float32 throughout: what it remembers goes along
        return replace(evidence, slack=slack)
    return replace(evidence, shape=evidence.shape * factor, slack=slack, beside=beside)


def _rectified(beta2: float, t: Array) -> tuple[Array, Array]:
    """(steps,) each: RAdam's rectification in float32 over the exact one, NaN where there is none; how far it is off.

    It is made of a difference of large numbers, of which two or three digits are left in the first steps.
    """

    def rect(power: Array) -> Array:
        most = 2 / (1 - beta2) - 1
        r = most - 2 * t * power / (1 - power)
        with np.errstate(all="ignore"):
            found = np.sqrt((r - 4) * (r - 2) * most / ((most - 4) * (most - 2) * r))
        return np.where(r > 5, found, np.nan)

    held, ulp = np.power(np.float32(beta2), t.astype(np.float32)).astype(float), 4 * HELD
    exact, made = rect(beta2**t), rect(held)
    return made / exact, np.nan_to_num(np.abs(rect(held + ulp) - rect(held - ulp)) / exact)


def powers_in_float32(rule: Rule, evidence: Evidence) -> Evidence | None:
    """The evidence for a framework that rounds beta^t to float32, of a beta that it has in float64; None as above.

    So CUDA's fused and capturable steps of torch do. From t = 2 on half an ulp of the power is so much of 1 - beta^t.
    """
    if not getattr(rule, "bias_correction", True) or type(rule) not in CORRECTED:
        return None
    t, slack = np.arange(1, len(evidence.shape) + 1), np.zeros(len(evidence.shape))
    for name, power in CORRECTED[type(rule)]:
        slack += abs(power) * np.where(t > 1, HELD / (1 - getattr(rule, name) ** t), 0)
    return replace(evidence, slack=slack)


Arithmetic = Callable[[Rule, Evidence], Evidence | None]
ARITHMETICS: tuple[Arithmetic, ...] = (in_float32, powers_in_float32)


def holds(rule: Rule, evidence: Evidence) -> bool:
    """Whether the steps are the rule's, in float64 or as a framework with constants in float32 has them."""
    if of_matrices(rule) and any(piece.before.ndim < 3 for piece in evidence.pieces):  # (steps, rows, columns)
        return False
    others = (arithmetic(rule, evidence) for arithmetic in ARITHMETICS)
    return hold(rule, evidence).holds or any(one is not None and hold(rule, one).holds for one in others)


def holding_of(rule: Rule, evidence: Evidence) -> Holding:
    """How a rule's steps lie, in the arithmetic in which it holds longest, and of these in which it misses least."""
    views = [evidence, *filter(None, (arithmetic(rule, evidence) for arithmetic in ARITHMETICS))]
    return min((hold(rule, one) for one in views), key=lambda one: (-one.first_steps(len(evidence.shape)), one.share))


def nearly(rule: Rule, piece: Piece, shape: Array | None) -> bool:
    """Whether the steps are the rule's but for many roundings, which go either way: they have no share of the step."""
    made, _ = made_and_allowed(rule, piece, evidence_of([piece], shape))
    step, off = (made - piece.before).ravel(), (made - piece.after).ravel()
    with np.errstate(all="ignore"):
        share = float(off @ step / (step @ step))
        by_chance = CHANCE * float(np.sqrt(np.square(off).sum() / np.square(step).sum() / len(off)))
        roundings = float(np.sqrt(np.square(off / piece.ulp.ravel()).mean()))
    return roundings <= MANY and abs(share) <= SHARE + by_chance


# The fields of which 1 - beta^t is formed, and its power in the step.
CORRECTED: dict[type[Rule], tuple[tuple[str, float], ...]] = {
    Adam: (("beta1", -1.0), ("beta2", 0.5)),
    Adamax: (("beta1", -1.0),),
    NAdam: (("beta2", 0.5),),
    AdaBelief: (("beta1", -1.0), ("beta2", 0.5)),
    RAdam: (("beta1", -1.0), ("beta2", 0.5)),
    Lamb: (("beta1", -1.0), ("beta2", 0.5)),
    ScheduleFreeAdamW: (("beta2", 0.5),),
}
