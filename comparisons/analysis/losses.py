"""The tasks' losses once more, in float64 and straight from their definition: a check on the implementations."""

from typing import assert_never

import numpy as np

from comparisons.analysis.gaps import ROUNDING_EPSILONS
from comparisons.names import Dtype
from comparisons.tasks.spec import TEXTBOOK_DELTA, Loss
from comparisons.tasks.streams import Array

NEAR = 1e-4  # of a loss: float32 is closer to it than that, and the mistakes named here are farther


@np.errstate(all="ignore")  # overflow is a result, here as in a training
def loss_of_task(loss: Loss, outputs: Array, targets: Array) -> float:
    """The first replica's loss from outputs (replicas, n, k) and targets (n, k) or (replicas, n, k)."""
    return _reduced(loss, _parts(loss, outputs, targets)[0])


@np.errstate(all="ignore")
def mistaken_for(loss: Loss, outputs: Array, targets: Array, found: float) -> str:
    """Which mistake makes the first replica's loss what was found, as the end of a sentence; "" if none known does.

    A mistake that here makes no difference, such as a sum over one output, is not named.
    """
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
    felt = {what: value for what, value in mistakes.items() if not _near(value, right)}
    return next((what for what, value in felt.items() if _near(found, value)), "")


def _near(one: float, other: float) -> bool:
    return bool(np.isclose(one, other, rtol=NEAR, atol=0))


def out_of_range(loss: Loss, outputs: Array, targets: Array, found: float, dtype: Dtype) -> str:
    """Why a right implementation's loss can be what was found though it is not the task's; "" if it cannot.

    Losses near the smallest normal number have fewer digits, or none; and a sum may overflow where its mean would not.
    """
    right, numbers = loss_of_task(loss, outputs, targets), np.finfo(dtype)
    n, k = outputs.shape[-2:]
    if abs(found - right) <= k * float(numbers.tiny) + ROUNDING_EPSILONS * float(numbers.eps) * abs(right):
        return below(dtype)
    if np.isinf(found) and n * k * abs(right) >= float(numbers.max):
        return f"a sum of losses is above {numbers.max:.1e}, the largest {dtype}"
    return ""


def below(dtype: Dtype) -> str:
    """What becomes of numbers that are too small."""
    return f"{dtype} has fewer digits below {np.finfo(dtype).tiny:.1e}, and TensorFlow takes numbers there for 0"


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
