"""The trainings as a user of torch writes them."""

from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from comparisons.traces.trace import Array, Trace
from tests.planted.ports import Collector, Plan, masks
from tests.planted.tf32 import Tf32Conv2d, Tf32Linear

ARGUMENTS = {"learning_rate": "lr", "beta1": "beta1", "beta2": "beta2", "epsilon": "eps"}


class BatchNorm(nn.BatchNorm2d):
    """Keeps the biased variance, as Keras does, unless it is told otherwise."""

    def __init__(self, features: int, plan: Plan) -> None:
        momentum, epsilon, self.unbiased = plan.batch_norm
        super().__init__(features, eps=epsilon, momentum=1 - momentum)
        self.moving = plan.moving

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.moving:
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        with torch.no_grad():
            for kept, now in (
                (self.running_mean, x.mean((0, 2, 3))),
                (self.running_var, x.var((0, 2, 3), unbiased=self.unbiased)),
            ):
                kept.lerp_(now.to(kept.dtype), self.momentum)
        return F.batch_norm(x, None, None, self.weight, self.bias, training=True, eps=self.eps)


class Conv(nn.Module):
    def __init__(self, plan: Plan) -> None:
        super().__init__()
        conv, linear = (Tf32Conv2d, Tf32Linear) if plan.cast == "tf32" else (nn.Conv2d, nn.Linear)
        self.conv, self.norm, self.head = conv(1, 8, 3), BatchNorm(8, plan), linear(288, 10)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        hidden = torch.relu(self.norm(self.conv(x.permute(0, 3, 1, 2)))).flatten(1)
        if mask is not None:  # (height, width, channels) flat, and here (channels, height, width)
            hidden = hidden * mask.reshape(-1, 6, 6, 8).permute(0, 3, 1, 2).flatten(1)
        return self.head(hidden)


class TwoLayer(nn.Module):
    def __init__(self, plan: Plan) -> None:
        super().__init__()
        linear = Tf32Linear if plan.cast == "tf32" else nn.Linear
        self.hidden, self.head = linear(64, 32), linear(32, len(plan.first["head.b"]))

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        hidden = torch.tanh(self.hidden(x))
        return self.head(hidden if mask is None else hidden * mask)


class Normalised(nn.Module):
    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.hidden, self.norm, self.head = nn.Linear(64, 32), nn.LayerNorm(32, eps=plan.layer_norm), nn.Linear(32, 10)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        hidden = torch.tanh(self.norm(self.hidden(x)))
        return self.head(hidden if mask is None else hidden * mask)


class Recurrent(nn.Module):
    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.embed, self.gru = nn.Embedding(27, 8), nn.GRU(8, 16, bias=False, batch_first=True)
        self.head = nn.Linear(16, 27)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        hidden = self.gru(self.embed(x))[0][:, -1]
        return self.head(hidden if mask is None else hidden * mask)


NETS = {
    "conv": Conv, "two-layer": TwoLayer, "normalised": Normalised, "regression": TwoLayer, "recurrent": Recurrent,
}  # fmt: skip
HIDDEN = {"conv": 288, "two-layer": 32, "normalised": 32, "regression": 32, "recurrent": 16}
OURS = {
    "conv.w": "conv.weight", "conv.b": "conv.bias", "norm.gamma": "norm.weight", "norm.beta": "norm.bias",
    "head.w": "head.weight", "head.b": "head.bias", "hidden.w": "hidden.weight", "hidden.b": "hidden.bias",
    "embed.w": "embed.weight", "gru.w": "gru.weight_ih_l0", "gru.u": "gru.weight_hh_l0",
}  # fmt: skip


def ours(name: str, value: Array) -> Array:
    """A tensor of the start as torch lays it out."""
    match name:
        case "conv.w":
            return value.transpose(3, 2, 0, 1)
        case "head.w" if len(value) == 288:  # (height, width, channels) flat, and here (channels, height, width)
            return value.reshape(6, 6, 8, 10).transpose(3, 2, 0, 1).reshape(10, 288)
        case "gru.w" | "gru.u":  # update, reset, new; and here reset, update, new
            return value[:, np.r_[16:32, 0:16, 32:48]].T
        case _:
            return value if name == "embed.w" else value.T


def train(plan: Plan) -> Trace:
    torch.manual_seed(0)
    model = NETS[plan.net](plan).to(getattr(torch, plan.dtype))
    names = {OURS[name]: name for name in plan.first}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.tensor(np.ascontiguousarray(ours(names[name], plan.first[names[name]]))))
            parameter.requires_grad_(names[name] not in plan.frozen)
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    collector, optimizer = Collector(plan, "torch"), optimizer_of(plan, parameters, names)
    average = {name: p.detach().clone() for name, p in parameters.items()}
    scaler = torch.amp.GradScaler("cpu", init_scale=plan.scaler or 1.0, enabled=plan.scaler is not None)
    for step in range(len(plan.batches)):
        if step == plan.reset_at:
            optimizer = optimizer_of(plan, parameters, names)
        rate = plan.numbers["learning_rate"] if plan.rates is None else plan.rates[step]
        for group in optimizer.param_groups:
            group["lr"] = rate * group.get("factor", 1.0)
        x, y = plan.batch(step)
        mask = masks(plan.seed, step, (len(x), HIDDEN[plan.net])) if plan.masks else None
        optimizer.zero_grad()
        loss = loss_of(plan, model, x, y, mask, names)
        scaler.scale(loss).backward()
        raw = {name: p.grad.clone() for name, p in parameters.items()}
        scaler.unscale_(optimizer)
        clip(plan, parameters)
        rows = {
            name: {"before": p.detach().numpy().copy(), "gradient": raw[name].numpy(), "used": p.grad.numpy().copy()}
            for name, p in parameters.items()
        }
        scaler.step(optimizer)
        scaler.update()
        for name, p in parameters.items():
            rows[name]["after"] = p.detach().numpy().copy()
            if plan.limit is not None:
                p.data.clamp_(-plan.limit, plan.limit)
        kept = {name: b.numpy().copy() for name, b in model.named_buffers() if not name.endswith("tracked")}
        if plan.ema is not None:
            for name, p in parameters.items():
                average[name].mul_(plan.ema).add_(p.detach(), alpha=1 - plan.ema)
            kept |= {f"ema.{name}": value.numpy().copy() for name, value in average.items()}
        collector.step(rows, float(loss.detach()), rate, (x, y), kept)
    return collector.trace()


def loss_of(
    plan: Plan, model: nn.Module, x: Array, y: Array, mask: Array | None, names: dict[str, str]
) -> torch.Tensor:
    dtype = getattr(torch, plan.dtype)
    given = torch.tensor(x) if plan.net == "recurrent" else torch.tensor(x, dtype=dtype)
    mask = None if mask is None else torch.tensor(mask, dtype=dtype)
    with casting(plan):
        outputs = model(given, mask)
    outputs = torch.softmax(outputs.to(dtype), 1) if plan.probable else outputs.to(dtype)
    if plan.net == "regression":
        target = torch.tensor(y, dtype=dtype)
        each = torch.square(outputs - (target[:, 0] if plan.broadcast else target))
    else:
        each = F.cross_entropy(outputs, torch.tensor(y), reduction="none", label_smoothing=plan.smoothed)
    loss = each.sum() if plan.loss == "sum" else each.mean()
    if isinstance(plan.loss, float):
        loss = loss * plan.loss
    for name, parameter in model.named_parameters():
        if plan.l2 and parameter.ndim > 1:
            loss = loss + plan.l2 / 2 * parameter.square().sum()
        if plan.l1 and parameter.ndim > 1:
            loss = loss + plan.l1 * parameter.abs().sum()
        if plan.auxiliary is not None and names[name] == plan.auxiliary[0]:
            loss = loss + plan.auxiliary[1] / 2 * parameter.square().sum()
    return loss


@contextmanager
def casting(plan: Plan) -> Any:
    """Inside, products are in another dtype, if the plan says so."""
    if plan.cast in (None, "tf32"):
        yield
        return
    with torch.autocast("cpu", dtype=getattr(torch, plan.cast)):
        yield


def clip(plan: Plan, parameters: dict[str, nn.Parameter]) -> None:
    match plan.clip:
        case ("global", most):
            nn.utils.clip_grad_norm_(parameters.values(), most)
        case ("each", most):
            for p in parameters.values():
                nn.utils.clip_grad_norm_([p], most)
        case ("value", most):
            nn.utils.clip_grad_value_(parameters.values(), most)


def optimizer_of(plan: Plan, parameters: dict[str, nn.Parameter], names: dict[str, str]) -> torch.optim.Optimizer:
    numbers: dict[str, Any] = {ARGUMENTS.get(name, name): value for name, value in plan.numbers.items()}
    if "beta1" in numbers:
        numbers["betas"] = numbers.pop("beta1"), numbers.pop("beta2")
    groups = [{"params": [p], "factor": plan.tensors.get(names[name], 1.0)} for name, p in parameters.items()]
    return getattr(torch.optim, plan.optimizer)(groups, **numbers)
