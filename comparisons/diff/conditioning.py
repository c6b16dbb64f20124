"""How much more than usual rounding makes of a net: numbers far from 0, whose mean a normalisation takes away.

What a channel gets is rounded as its size is, and the normalisation divides what is left of it by its deviation: so the
rounding is k times as large, k being the root of the mean square over the deviation. Over the samples of a batch, what
comes back to a channel sums to 0, but for that rounding; and the gradient of the weights before it is the sum of that
times inputs which are as far from 0, so that it is rounded k^2 times as much.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from comparisons.diff.matching import layer_of, word
from comparisons.diff.pairing import Pair
from comparisons.traces.trace import Array, Trace

KEPT = (0.9, 0.99, 0.999, 0.95, 0.5)  # of the old statistics, the numbers that people write
FEWEST = 3  # steps: of fewer, the share that running statistics keep is not known
STEADY = 0.1  # relative: means of batches that are as near from step to step tell the share
SINGLE = 2.0**-22  # of a running variance, which is kept in float32: what a difference of two is rounded by
EPSILON = 1e-5  # that a normalisation adds to a variance, the least that is usual


def offsets_of(traces: tuple[Trace, Trace], at: tuple[Array, Array]) -> dict[str, float] | None:
    """k of each layer that has running statistics, by A's names, or B's where A has none; None where neither has any.

    Where both have some, a side that knows of less is right: what one keeps otherwise is no rounding.

    Args:
        at: where the common steps that follow each other are in each trace, (n,) int64.
    """
    sides = [_of_side(trace, steps) for trace, steps in zip(traces, at, strict=True)]
    known = [side for side in sides if side]
    if not known:
        return None
    most = min(max(side.values()) for side in known)
    return {layer: min(k, most) for layer, k in known[0].items()}


def of_inputs(traces: tuple[Trace, Trace], at: tuple[Array, Array]) -> float:
    """k of the numbers in the batches, the lesser of both sides'; 1 where they are not known, or do not vary."""
    found = [1.0]
    for trace, steps in zip(traces, at, strict=True):
        if trace.inputs is not None:
            told = trace.inputs[steps]
            means, deviations = told[np.isfinite(told).all(axis=1) & (told[:, 1] > 0)].T
            found += [float(np.sqrt(1 + np.median(np.square(means / deviations))))] if len(means) else []
    return min(found[1:], default=1.0)


def weights_before(pairs: Sequence[Pair], offsets: Mapping[str, float]) -> dict[str, float]:
    """k of the normalisation that comes after each of the weights, by A's name.

    It is the last before the layer's own scale that has an axis of its channels; a layer without a scale has none.
    """
    found: dict[str, float] = {}
    for i, scale in enumerate(pairs):
        k = next((offsets[layer] for layer in map(layer_of, (scale.name, scale.other)) if layer in offsets), 1.0)
        before = [pair for pair in pairs[:i] if len(pair.shape) > 1 and scale.shape[0] in pair.shape]
        if len(scale.shape) == 1 and k > 1 and before:
            found[before[-1].name] = max(k, found.get(before[-1].name, 1.0))
    return found


def _of_side(trace: Trace, at: Array) -> dict[str, float]:
    """k by layer.

    Each step's statistics are what the running ones have of them, with the share kept with which they are the steadiest
    from step to step: those of numbers far from 0 are. Where they are not, k is as large as it is with any.
    """
    found = {}
    for layer, (mean, variance) in _statistics(trace, at).items():
        told = [one for keep in KEPT if (one := _offset(mean, variance, keep)) is not None]
        unsteady, k = min(told, default=(np.inf, 1.0))
        found[layer] = k if unsteady <= STEADY else min((k for _, k in told), default=1.0)
    return found


def _statistics(trace: Trace, at: Array) -> dict[str, tuple[Array, Array]]:
    """Running means and variances (n, channels), by layer."""
    found: dict[str, dict[str, Array]] = {}
    for name, values in trace.buffers.items():
        if (kind := word(name)) and values.ndim == 2 and np.issubdtype(values.dtype, np.floating):
            found.setdefault(layer_of(name), {})[kind] = np.asarray(values, np.float64)[at]
    both = {layer: (of["mean"], of["var"]) for layer, of in found.items() if len(of) == 2 and len(at) >= FEWEST}
    return {layer: of for layer, of in both.items() if of[0].shape == of[1].shape}


def _offset(mean: Array, variance: Array, keep: float) -> tuple[float, float] | None:
    """How unsteady the means of the steps are, relative, and k, the root of the mean of its fourth powers.

    None if no such statistics are: the means are all 0, or variances negative but for rounding.
    """
    means, variances = ((of[1:] - keep * of[:-1]) / (1 - keep) for of in (mean, variance))
    rounding = SINGLE * variance[:-1] / (1 - keep)
    if not means.any() or (variances < -rounding).any():
        return None
    unsteady = float(np.linalg.norm(means - means.mean(axis=0)) / np.linalg.norm(means))
    squares = 1 + np.median(np.square(means) / np.maximum(variances, EPSILON + rounding), axis=0)
    return unsteady, float(np.mean(squares**2)) ** 0.25
