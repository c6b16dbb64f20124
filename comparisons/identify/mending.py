"""The epsilon of a slip of Adam, which stands beside another root than that of the rule.

In float64, where it is felt, such a slip is no rule of ours at whatever rates.
"""

from dataclasses import replace

import numpy as np

from comparisons.identify.calls import usual
from comparisons.identify.evidence import Piece, flat, pieces_of
from comparisons.identify.found import Identified
from comparisons.identify.holding import made_and_allowed
from comparisons.identify.numbers import written
from comparisons.identify.search import Candidate
from comparisons.identify.settling import Range
from comparisons.rules import Adam
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Trace
from comparisons.training.implementations import taught

SAME = 1e-9  # of a step: powers of beta lose 1e-14 of 1 - beta^t, and an epsilon is felt by far more
KNOWN = 1e-3  # relative: an epsilon that half of the elements say is known to that where it is felt at all
TRIES = np.append(0.0, np.geomspace(1e-12, 1e-3, 181))  # of an epsilon
TRIED = 1e-3  # an epsilon by which the root is measured


def with_epsilon(found: Identified, trace: Trace) -> Identified | None:
    """A slip of Adam that was found in float32, with the epsilon that makes the steps of a trace in float64.

    None where it is no such slip, or none makes them.
    """
    [one] = found.found
    if found.slip is None or found.slip.made is None or not isinstance(one.rule, Adam):
        return None
    gradients = {name: led for name, tensor in trace.tensors.items() if (led := tensor.led_by) is not None}
    piece = flat(pieces_of(trace, list(gradients), gradients, found.steps))
    epsilon = _epsilon_of(one.rule, found.slip.made, piece)
    if epsilon is None:
        return None
    rule = replace(one.rule, epsilon=epsilon, epsilon_position="corrected-root")
    ranges = {name: span for name, span in one.ranges.items() if name != "epsilon"}
    return replace(found, found=(replace(one, tensors=tuple(gradients), rule=rule, ranges=ranges, equally_good=()),))


def with_own_epsilon(rule: Adam, made: tuple[Array, Array], best: Candidate) -> tuple[Adam, Range]:
    """The rule with an epsilon that makes the steps beside the root that a slip has, and between which they all do.

    Args:
        rule: with its rate. made: as `Slip` has it. best: what was found at rates of its own.
    """
    [piece] = best.evidence.pieces
    _, allowed = made_and_allowed(best.rule, piece, best.evidence)
    most = max(1.0, best.holding.share)
    fits = [
        bool((np.abs(_step(rule, made, piece, x) + piece.before - piece.after) <= most * allowed).all()) for x in TRIES
    ]
    if not any(fits):
        return rule, (rule.epsilon, rule.epsilon)
    low, high = (float(TRIES[i]) for i in (fits.index(True), len(fits) - 1 - fits[::-1].index(True)))
    epsilon = written("epsilon", low, high, usual(Adam)["epsilon"][::-1])  # the paper's before Keras's
    return replace(rule, epsilon=low if epsilon is None else epsilon), (low, high)


def _epsilon_of(rule: Adam, made: tuple[Array, Array], piece: Piece) -> float | None:
    """The epsilon, beside the root as it is corrected, with which a slip makes all steps; None without one.

    A step is s = s0 / (1 + epsilon / root), with s0 what it is without an epsilon: so each element says epsilon.

    Args:
        rule: with its rate and betas. made: as `Slip` has it. piece: all elements in one row.
    """
    before, taken = piece.before.astype(float), piece.after.astype(float) - piece.before
    with np.errstate(all="ignore"):
        without = _step(rule, made, piece, 0.0)
        share = (without / _step(rule, made, piece, TRIED) - 1) / TRIED  # 1 / root
        said = (without / taken - 1) / share
        felt = share > np.nanquantile(share, 0.75)
        found = float(np.nanmedian(said[felt]))
    low, high = sorted((found * (1 - KNOWN), found * (1 + KNOWN)))
    epsilon = written("epsilon", low, high, usual(Adam)["epsilon"])
    if epsilon is None:
        return None
    off = np.abs(_step(rule, made, piece, epsilon) - taken)
    return epsilon if (off <= SAME * np.abs(taken) + 2 * np.spacing(np.abs(before))).all() else None


def _step(rule: Adam, made: tuple[Array, Array], piece: Piece, epsilon: float) -> Array:
    """(steps, elements): each step, by a rule of its own, whose epsilon is what is beside the root uncorrected."""
    factor, root = made
    plain = Adam(
        learning_rate=rule.learning_rate,
        beta1=rule.beta1,
        beta2=rule.beta2,
        epsilon=epsilon,
        epsilon_position="uncorrected-root",
        bias_correction=False,
    )
    before, gradients = piece.before.astype(float), piece.gradients.astype(float)
    numbers = {"learning_rate": np.full(len(root), rule.learning_rate), "epsilon": epsilon / root}
    steps = np.arange(len(before))
    return taught(plain, numbers, before, gradients, factor)[steps, steps] - before
