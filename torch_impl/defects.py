"""Known defects of torch's optimizers, tried: each function, named after its defect, says whether it is still there."""

from typing import Any

import torch


def nesterov_foreach_gradient() -> bool:
    """The gradient is not what it was."""
    theta = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([theta], lr=0.1, momentum=0.9, nesterov=True, foreach=True)
    theta.grad = torch.ones(3)
    optimizer.step()
    return not torch.equal(theta.grad, torch.ones(3))


def nadam_float32_product() -> bool:
    """Of float64 parameters."""
    return bool(state_of(torch.optim.NAdam)["mu_product"].dtype == torch.float32)


def asgd_float32_rate() -> bool:
    """Of float64 parameters."""
    return bool(state_of(torch.optim.ASGD)["eta"].dtype == torch.float32)


def state_of(optimizer_class: type[torch.optim.Optimizer]) -> dict[str, Any]:
    """The state of a float64 parameter after one update."""
    theta = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
    optimizer = optimizer_class([theta])  # type: ignore[call-arg]  # all of them have defaults for the rest
    theta.grad = torch.ones_like(theta)
    optimizer.step()
    state: dict[str, Any] = optimizer.state[theta]
    return state
