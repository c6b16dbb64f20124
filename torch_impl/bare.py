"""`linear-target` by plain gradient descent, as one would write it down without this project: a yardstick of speed."""

import numpy as np
import torch
from torch import nn

from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array


def bare(problem: Problem, learning_rate: float) -> Array:
    """Train the first replica; return its losses (steps,)."""
    inputs, targets = torch.from_numpy(problem.inputs), torch.from_numpy(problem.targets)
    start = [problem.params[name][0] for name in ("weight1", "bias1", "weight2", "bias2")]
    w1, b1, w2, b2 = parameters = [nn.Parameter(torch.tensor(array)) for array in start]
    batches = np.concatenate([drawn[:, 0] for _, _, drawn in problem.chunks() if drawn is not None])
    optimizer = torch.optim.SGD(parameters, lr=learning_rate)
    losses = []
    for rows in torch.from_numpy(batches):
        x, t = inputs[rows], targets[rows]
        optimizer.zero_grad()
        y = torch.relu(x @ w1 + b1) @ w2 + b2
        loss = (0.5 * (y - t).square()).sum(dim=-1).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)
