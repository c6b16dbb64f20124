"""Adafactor; the equations are at comparisons.rules.Adafactor."""

import torch
from torch import Tensor

from comparisons.rules import Adafactor
from torch_impl.rules import State
from torch_impl.rules.weight_decay import decouple
from torch_impl.tensors import Scalar, Tensors, maximum, minimum, number


def start(rule: Adafactor, theta: Tensor) -> dict[str, Tensor]:
    """The running means of the rows and columns of squared gradients; of the squared gradients of a vector."""
    if theta.ndim < 2:
        return {"v": torch.zeros_like(theta)}
    return {"r": torch.zeros_like(theta[..., :1]), "c": torch.zeros_like(theta[..., :1, :])}


def update(rule: Adafactor, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of Adafactor on a whole tensor."""
    w, floor = t**rule.beta2_decay, rule.epsilon1_position == "floor"
    epsilon1 = torch.finfo(theta.each[0].dtype).eps if rule.epsilon1 is None else rule.epsilon1
    added = 0.0 if floor else epsilon1
    scale = maximum(rms(theta), rule.epsilon2) if rule.scale_parameter else 1.0
    if rule.decay_place == "within":
        decouple(rule, rate, theta)
    if "v" in state:
        state["v"].lerp_((g * g).add_(added), w)
        v = state["v"].clone()
    else:
        r, c = state["r"], state["c"]
        r.lerp_(mean_square(g, -1).add_(added), w)
        c.lerp_(mean_square(g, -2).add_(added), w)
        mean = r.map(lambda x: x.mean(dim=-2, keepdim=True))
        # r c of tiny gradients is 0 in float32
        v = (r * c).div_(mean.clamp_(epsilon1)) if floor else flushed(flushed(r / mean) * c)
    if floor:
        v.clamp_(epsilon1 * epsilon1)
    d = v.rsqrt_().mul_(g)
    alpha = scale * (minimum(rate, 1 / t**0.5) if rule.relative_step else rate)
    theta.sub_(d, alpha=alpha / maximum(rms(d, rule.clip_threshold), 1.0))


def flushed(x: Tensors) -> Tensors:
    """The numbers (0 or above), and 0 for those that have not all their digits: so TensorFlow has them, and Keras."""
    return x.map(lambda y: torch.where(y < torch.finfo(y.dtype).tiny, 0.0, y))


def rms(x: Tensors, over: float = 1.0) -> Scalar:
    """The root mean square of all elements of each, over a number."""
    norm, roots = number(x.norm()), [y.numel() ** 0.5 * over for y in x.each]
    return norm / (roots if isinstance(norm, Tensors) else roots[0])


def mean_square(x: Tensors, dim: int) -> Tensors:
    """The means of squares along an axis."""
    return x.map(lambda y: torch.norm(y, dim=dim, keepdim=True).square_().div_(y.size(dim)))
