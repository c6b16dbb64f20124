"""The tasks' losses once more, in float64 and straight from their definition: a check on the implementations."""

from typing import assert_never

import numpy as np

from comparisons.tasks.spec import TEXTBOOK_DELTA, Loss
from comparisons.tasks.streams import Array

NEAR = 1e-4  # of a loss: float32 is closer to it than that, and the mistakes named here are farther


@np.errstate(all="ignore")  # overflow is a result, here as in a training
def loss_of_task(loss: Loss, outputs: Array, targets: Array) -> float:
    """The first replica's loss from outputs (replicas, n, k) and targets (n, k) or (replicas, n, k)."""
    return _reduced(loss, _parts(loss, outputs, targets)[0])


@np.errstate(all="ignore")
def mistaken_for(loss: Loss, outputs: Array, targets: Array, found: float) -> str:
    """Which mistake makes the first replica's loss what was found, as the end of a sentence; "" if none known does."""
    right = loss_of_task(loss, outputs, targets)
    n, k = outputs.shape[-2:]
    pairs = _parts(loss, outputs[..., :, None, :], targets[..., None, :, :])[0]
    mistakes = {"; it is the sum over the samples, not the mean": n * right}
    if loss == "mean-squared-error":
        mistakes["; it is the sum over the outputs, not the mean"] = k * right
        mistakes["; it is the sum over samples and outputs, not the mean"] = n * k * right
    else:
        mistakes["; it is the mean over the outputs, not the sum"] = right / k
    mistakes["; it is twice as much"], mistakes["; it is half as much"] = 2 * right, right / 2
    mistakes["; a difference [n] - [n, 1] was broadcast to [n, n]"] = _reduced(loss, pairs.reshape(n * n, k))
    return next((what for what, value in mistakes.items() if np.isclose(found, value, rtol=NEAR, atol=0)), "")


def _reduced(loss: Loss, parts: Array) -> float:
    """The loss of samples and outputs (n, k) put together."""
    return float(parts.mean() if loss == "mean-squared-error" else parts.sum(axis=-1).mean())


def _parts(loss: Loss, outputs: Array, targets: Array) -> Array:
    """The loss of each output of each sample, in float64; with a leading axis of replicas."""
    y, t = outputs.astype(np.float64), targets.astype(np.float64)
    shifted = y - y.max(axis=-1, keepdims=True)
    total = np.exp(shifted).sum(axis=-1, keepdims=True)
    match loss:
        case "sum-squared-error" | "mean-squared-error":
            return np.square(y - t)
        case "half-squared-error":
            return np.square(y - t) / 2
        case "softmax-cross-entropy":
            return -t * (shifted - np.log(total))
        case "textbook-cross-entropy":
            return -t * np.log(np.exp(shifted) / total + TEXTBOOK_DELTA)
        case _:
            assert_never(loss)
