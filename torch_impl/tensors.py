"""Many tensors written as one: each operation is torch's of that name, on all of them by one call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Tensors:
    """Tensors that take the same operations, each on its own elements; where other tensors come in, theirs in order.

    Their methods are those of one tensor, and an update that is written for one holds for many. What is one number for
    all is a float, where it is known; where it is not to be known, in a graph, it is a tensor without axes for each.
    """

    each: list[Tensor] | tuple[Tensor, ...]

    def __neg__(self) -> "Tensors":
        return Tensors(torch._foreach_neg(self.each))

    def __add__(self, other: "Scalar") -> "Tensors":
        return Tensors(torch._foreach_add(self.each, _each(other)))

    def __radd__(self, other: float) -> "Tensors":
        return self + other

    def __sub__(self, other: "Scalar") -> "Tensors":
        return Tensors(torch._foreach_sub(self.each, _each(other)))

    def __rsub__(self, other: float) -> "Tensors":
        return -self + other

    def __mul__(self, other: "Scalar") -> "Tensors":
        return Tensors(torch._foreach_mul(self.each, _each(other)))

    def __rmul__(self, other: float) -> "Tensors":
        return self * other

    def __truediv__(self, other: "Scalar | list[float]") -> "Tensors":
        """By a list, each by its own number."""
        return Tensors(torch._foreach_div(self.each, _each(other)))

    def __rtruediv__(self, other: float) -> "Tensors":
        return Tensors(torch._foreach_reciprocal(self.each)) * other

    def __pow__(self, other: "Scalar") -> "Tensors":
        return Tensors(torch._foreach_pow(self.each, _each(other)))

    def __rpow__(self, other: float) -> "Tensors":
        return Tensors(torch._foreach_pow(other, self.each))

    def __eq__(self, other: float) -> "Tensors":  # type: ignore[override]  # as torch's own: of each
        return Tensors([x.eq(other) for x in self.each])

    def __gt__(self, other: "Scalar") -> "Tensors":
        return Tensors([x > y for x, y in zip(self.each, _spread(other, len(self.each)), strict=True)])

    def __lt__(self, other: "Scalar") -> "Tensors":
        return Tensors([x < y for x, y in zip(self.each, _spread(other, len(self.each)), strict=True)])

    def clone(self) -> "Tensors":
        return Tensors([x.clone() for x in self.each])

    def add(self, other: "Scalar", *, alpha: "Scalar" = 1.0) -> "Tensors":
        return self.clone().add_(other, alpha=alpha)

    def addcmul(self, one: "Tensors", other: "Tensors", *, value: float) -> "Tensors":
        return Tensors(torch._foreach_addcmul(self.each, one.each, other.each, value))

    def sqrt(self) -> "Tensors":
        return Tensors(torch._foreach_sqrt(self.each))

    def abs(self) -> "Tensors":
        return Tensors(torch._foreach_abs(self.each))

    def sign(self) -> "Tensors":
        return Tensors(torch._foreach_sign(self.each))

    def clamp(self, least: float, most: float) -> "Tensors":
        return Tensors(torch._foreach_clamp_max(torch._foreach_clamp_min(self.each, least), most))

    def norm(self) -> "Tensors":
        """The Euclidean norm of each."""
        return Tensors(torch._foreach_norm(self.each))

    def map(self, function: Callable[[Tensor], Tensor]) -> "Tensors":
        """The function of each."""
        return Tensors([function(x) for x in self.each])

    def copy_(self, other: "Tensors") -> "Tensors":
        torch._foreach_copy_(self.each, other.each)
        return self

    def add_(self, other: "Scalar", *, alpha: "Scalar" = 1.0) -> "Tensors":
        match other, alpha:
            case Tensors(), float():
                torch._foreach_add_(self.each, other.each, alpha=alpha)
            case _:
                torch._foreach_add_(self.each, _each(other * alpha))
        return self

    def sub_(self, other: "Scalar", *, alpha: "Scalar" = 1.0) -> "Tensors":
        return self.add_(other, alpha=-alpha)

    def mul_(self, other: "Scalar") -> "Tensors":
        torch._foreach_mul_(self.each, _each(other))
        return self

    def div_(self, other: "Scalar") -> "Tensors":
        torch._foreach_div_(self.each, _each(other))
        return self

    def lerp_(self, end: "Tensors", weight: "Scalar") -> "Tensors":
        if isinstance(weight, Tensors):  # which the compiler's own text of _foreach_lerp_ does not take
            return self.add_((end - self).mul_(weight))
        torch._foreach_lerp_(self.each, end.each, weight)
        return self

    def addcmul_(self, one: "Tensors", other: "Tensors", *, value: float = 1.0) -> "Tensors":
        torch._foreach_addcmul_(self.each, one.each, other.each, value)
        return self

    def addcdiv_(self, one: "Tensors", other: "Tensors", *, value: "Scalar" = 1.0) -> "Tensors":
        if isinstance(value, Tensors):
            one, value = one * value, 1.0
        torch._foreach_addcdiv_(self.each, one.each, other.each, value)
        return self

    def maximum_(self, other: "Tensors") -> "Tensors":
        torch._foreach_maximum_(self.each, other.each)
        return self

    def clamp_(self, least: float, most: float = torch.inf) -> "Tensors":
        torch._foreach_clamp_min_(self.each, least)
        if most < torch.inf:
            torch._foreach_clamp_max_(self.each, most)
        return self

    def sqrt_(self) -> "Tensors":
        torch._foreach_sqrt_(self.each)
        return self

    def rsqrt_(self) -> "Tensors":
        torch._foreach_rsqrt_(self.each)
        return self

    def sign_(self) -> "Tensors":
        torch._foreach_sign_(self.each)
        return self


Scalar = float | Tensors


def _each(x: Scalar | list[float]) -> Any:
    return x.each if isinstance(x, Tensors) else x


def _spread(x: Scalar, count: int) -> list[Any]:
    return list(x.each) if isinstance(x, Tensors) else [x] * count


def where(condition: "bool | Tensors", yes: Scalar, no: Scalar) -> Any:
    """Each element of `yes` where the condition holds, of `no` where not; one of them as it is, where that is known."""
    if not isinstance(condition, Tensors):
        return yes if condition else no
    ones, others = (_spread(x, len(condition.each)) for x in (yes, no))
    return Tensors([torch.where(c, one, other) for c, one, other in zip(condition.each, ones, others, strict=True)])


def maximum(x: Scalar, least: float) -> Any:
    """x, and `least` where it is less."""
    return x.clamp(least, torch.inf) if isinstance(x, Tensors) else max(x, least)


def minimum(x: Scalar, most: Scalar) -> Any:
    """x, and `most` where it is more."""
    return where(x > most, most, x)


def number(x: Scalar) -> Any:
    """The number that x is, where it is one and known: of one tensor, on the CPU, in no graph; else x."""
    if isinstance(x, float) or len(x.each) > 1 or x.each[0].device.type != "cpu" or torch.compiler.is_compiling():
        return x
    return x.each[0].item()
