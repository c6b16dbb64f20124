"""Stochastic gradient descent; the equations are at comparisons.rules.SGD."""

from torch import Tensor

from comparisons.rules import SGD
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors


def start(rule: SGD, theta: Tensor) -> dict[str, Tensor]:
    """Nothing: the velocity comes with the first gradient that has a momentum, as in torch."""
    return {}


def update(rule: SGD, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """One step of gradient descent."""
    if not rule.momentum:
        theta.sub_(g, alpha=rate)
    elif rule.learning_rate_in_velocity:
        v = state["v"] = state["v"].mul_(rule.momentum).sub_(g, alpha=rate) if "v" in state else g * -rate
        theta.add_((v * rule.momentum).sub_(g, alpha=rate) if rule.nesterov else v)
    else:
        v = state["v"] = state["v"].mul_(rule.momentum).add_(g, alpha=1 - rule.dampening) if "v" in state else g.clone()
        theta.sub_(g.add(v, alpha=rule.momentum) if rule.nesterov else v, alpha=rate)
