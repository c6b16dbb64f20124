"""Clipping of gradients before a step; the formulas are at comparisons.rules.surroundings."""

from collections.abc import Iterable
from typing import Literal, assert_never

import torch
from torch import Tensor

from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue


@torch.no_grad()
def clip_(clip: Clip | None, parameters: Iterable[Tensor]) -> None:
    """Clip the gradients of the parameters that have one, in place; a rule without clipping has None, and none is."""
    gradients = [theta.grad for theta in parameters if theta.grad is not None]
    match clip:
        case None:
            pass
        case ClipValue(limit=limit):
            for g in gradients:
                g.clamp_(-limit, limit)
        case ClipNorm(limit=limit, formula=formula):
            for g in gradients:
                _scale_(g, torch.linalg.vector_norm(g), limit, formula)
        case ClipGlobalNorm(limit=limit, formula=formula):
            norm = torch.nn.utils.get_total_norm(gradients)
            if formula == "exact":
                norm = norm + (norm - norm)  # Keras lets an infinite norm spoil all gradients: it counts as NaN
            for g in gradients:
                _scale_(g, norm.to(g.device), limit, formula)
        case _:
            assert_never(clip)


def _scale_(g: Tensor, norm: Tensor, limit: float, formula: Literal["padded", "exact"]) -> None:
    match formula:
        case "padded":
            g.mul_((limit / (norm + 1e-6)).clamp_(max=1.0))
        case "exact":
            g.mul_(limit / norm.clamp(min=limit))
        case _:
            assert_never(formula)
