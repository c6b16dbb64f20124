"""Layers whose products are TF32's, as those of a GPU are where it is switched on.

Of each factor 11 significant bits are left, to the nearest and halves away from 0; the products are added up in
float32 (NVIDIA A100 Tensor Core GPU Architecture, whitepaper, 2020, "TensorFloat-32").
"""

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input, conv2d_weight


def tf32(values: torch.Tensor) -> torch.Tensor:
    bits = values.contiguous().view(torch.int32)
    return ((bits + 0x1000) & ~0x1FFF).view(torch.float32)


class Product(torch.autograd.Function):
    """x (n, in) times a weight (out, in)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(tf32(x), tf32(weight))
        return tf32(x) @ tf32(weight).T

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x, weight = ctx.saved_tensors
        return tf32(gradient) @ weight, tf32(gradient).T @ x


class Convolution(torch.autograd.Function):
    """x (n, in, height, width) with a weight (out, in, height, width), padded."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, padding: tuple[int, int]) -> torch.Tensor:
        ctx.save_for_backward(tf32(x), tf32(weight))
        ctx.padding = padding
        return F.conv2d(tf32(x), tf32(weight), padding=padding)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        x, weight = ctx.saved_tensors
        deltas = tf32(gradient)
        return (
            conv2d_input(x.shape, weight, deltas, padding=ctx.padding),
            conv2d_weight(x, weight.shape, deltas, padding=ctx.padding),
            None,
        )


class Tf32Linear(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return Product.apply(x, self.weight) + self.bias


class Tf32Conv2d(nn.Conv2d):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return Convolution.apply(x, self.weight, self.padding) + self.bias[:, None, None]
