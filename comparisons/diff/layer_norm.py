"""What gradients alone say of the epsilon of a normalisation of each sample by its own statistics.

Of weights W and a bias b right before it, whose outputs it divides by sqrt(v + epsilon), v being of a sample, the loss
does not change with the scale of both, but for epsilon: <W, dL/dW> + <b, dL/db> = <gamma, dL/dgamma> times a mean of
epsilon / (v + epsilon) over the samples. So the epsilons of two sides are to each other as these shares are, as far as
the variances are alike. It is so of LayerNorm, GroupNorm, InstanceNorm and RMSNorm.
"""

from collections.abc import Iterator

import numpy as np

from comparisons.diff.batch_norm import SPREAD, UNNORMALISED, Norm
from comparisons.diff.both import Both
from comparisons.diff.pairing import Pair
from comparisons.traces.trace import Array

TIMES = 8  # epsilons that differ by less may be variances that do, as those after a dropout
MOSTLY, SURELY = 0.75, 0.9  # of the steps: samples with gradients of both signs turn the sign of a sum now and then
SEEN = 8  # machine epsilons, times what numbers far from 0 make of them: a share that is less is rounding on both sides
SAME_DECAY = 0.1  # relative: an epsilon's part goes with the gradient, and changes by more from step to step
STEPS = 5  # at least: a share is no chance where it is small at all of these


def layer_norms(both: Both) -> Iterator[Norm]:
    """The normalisations whose epsilons differ by TIMES or more; a ratio of 0 or inf where one of them is not felt."""
    of_each = {pair.name: _products(pair) for pair in both.with_gradients if pair.whole}
    tensors = [pair for pair in both.with_gradients if pair.whole]
    for scale in (pair for pair in tensors if len(pair.shape) == 1):
        biases = [pair.name for pair in tensors if pair.shape == scale.shape and pair is not scale]
        before = np.stack([np.zeros_like(of_each[scale.name]), *(of_each[name] for name in biases)])
        for weights in (pair for pair in tensors if len(pair.shape) > 1 and scale.shape[0] in pair.shape):
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = (of_each[weights.name] + before) / of_each[scale.name]
            least = SEEN * both.epsilon * both.offset
            ratios = (ratio for one in shares if (ratio := _ratio(one, both.relative, least)) is not None)
            yield from (
                Norm(scale=scale.name, weights=weights.name, ratio=ratio, epsilons=None)
                for ratio in ratios
                if not (ratio in (0.0, np.inf) and _decayed(weights, of_each[weights.name]))
            )


def _decayed(pair: Pair, products: Array) -> bool:
    """Whether <W, dL/dW> is one multiple of <W, W> at all steps, on the side where it is more: that is L2's."""
    squares = np.stack([np.square(side.before).sum(axis=1) for side in (pair.a, pair.b)])
    with np.errstate(divide="ignore", invalid="ignore"):  # weights that begin with 0
        times = max(products / squares, key=lambda one: float(np.abs(one).sum()))
    return bool(np.ptp(times) <= SAME_DECAY * np.abs(times).max())


def _products(pair: Pair) -> Array:
    """(2, n): <theta, dL/dtheta> of a tensor on both sides."""
    gradients = zip((pair.a, pair.b), pair.gradients, strict=True)
    return np.stack([(side.before * gradient).sum(axis=1) for side, gradient in gradients])


def _ratio(shares: Array, rounding: float, least: float = 0.0) -> float | None:
    """What B's epsilon is of A's, by the shares (2, n) of all steps; None if they are none, or much alike.

    Args:
        rounding: relative, of a gradient: a share that is less is not felt. least: what is felt on one side alone.
    """
    shares = shares[:, np.isfinite(shares).all(axis=0)]
    if shares.shape[1] < STEPS:
        return None
    middle = np.median(shares, axis=1)
    less, more = np.argsort(np.abs(middle))
    positive = float(np.mean(shares[more] > 0))
    if not max(TIMES * abs(middle[less]), least) < middle[more] < UNNORMALISED or positive < MOSTLY:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = shares[1] / shares[0]
    if np.mean(ratios > 0) < SURELY:
        felt = abs(middle[less]) >= rounding or positive < SURELY
        return None if felt else 0.0 if less else np.inf
    ratio = float(np.median(ratios))
    return ratio if np.median(np.abs(ratios - ratio)) <= SPREAD * ratio else None
