"""Loops as one would write them without this project: plain gradient descent, a whole recipe; and Adam's step alone."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from comparisons.names import BadInput
from comparisons.rules import Adam
from comparisons.rules.loop import Loop
from comparisons.rules.recipe import Recipe
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from torch_impl import Recorder, optimizers
from torch_impl.optimizers import from_rule

NAMES = ("weight1", "bias1", "weight2", "bias2")
ALL = 10**6  # MiB: a limit that is never reached


def bare(problem: Problem, learning_rate: float) -> Array:
    """`linear-target`: train the first replica; return its losses (steps,)."""
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


def whole(problem: Problem, recipe: Recipe, loop: Loop) -> Array:
    """`two-layer-net` with relu, by AdamW and what the loop says: train the first replica; return its losses."""
    inputs, targets = torch.from_numpy(problem.inputs), torch.from_numpy(problem.targets)
    model = nn.ParameterList([nn.Parameter(torch.tensor(problem.params[name][0])) for name in NAMES])
    w1, b1, w2, b2 = model
    batches = np.concatenate([drawn[:, 0] for _, _, drawn in problem.chunks() if drawn is not None])
    groups = [{"params": [b1, b2], "weight_decay": 0.0}, {"params": [w1, w2], "weight_decay": recipe.weight_decay}]
    optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate or 0.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, loop.updates or 0)
    ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(loop.average or 0.0))
    losses = []
    for i, rows in enumerate(torch.from_numpy(batches), start=1):
        x, t = inputs[rows], targets[rows]
        y = torch.relu(x @ w1 + b1) @ w2 + b2
        loss = -(t * torch.log_softmax(y, dim=-1)).sum() / len(rows)
        (loss / loop.accumulate).backward()
        if i % loop.accumulate == 0:
            nn.utils.clip_grad_norm_(model.parameters(), loop.clip_norm or 0.0)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
            ema.update_parameters(model)
        losses.append(loss.item())
    return np.array(losses)


def steps(rule: Adam, tensors: list[Array]) -> dict[str, Callable[[], None]]:
    """Variant of Adam to a function that takes one step; the gradients are the tensors themselves, at the start."""
    arguments: dict[str, Any] = {"lr": rule.learning_rate, "betas": (rule.beta1, rule.beta2), "eps": rule.epsilon}
    native: dict[str, dict[str, bool]] = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}
    made: dict[str, torch.optim.Optimizer] = {
        f"torch {name}": torch.optim.Adam(parameters(tensors), **{**arguments, **how}) for name, how in native.items()
    }
    made["torch drop-in"] = from_rule(rule, parameters(tensors))
    return {name: optimizer.step for name, optimizer in made.items()}


def parameters(tensors: list[Array]) -> list[nn.Parameter]:
    """The tensors as parameters with a gradient."""
    return [parameter(torch.tensor(tensor)) for tensor in tensors]


def parameter(tensor: Tensor) -> nn.Parameter:
    """The tensor as a parameter; its gradient is the same."""
    made = nn.Parameter(tensor)
    made.grad = tensor.clone()
    return made


def pair(kind: str, shapes: list[tuple[int, ...]], device: str, compiled: bool) -> list[Callable[[], None]]:
    """A step of the drop-in and of torch's class of that name, by its default (foreach, but on a CPU), or compiled.

    Raises:
        BadInput: torch finds no such device.
    """
    check(device)
    torch._dynamo.reset()
    arguments = {"momentum": 0.9} if kind == "SGD" else {}
    calls = []
    for module in (optimizers, torch.optim):
        over = [parameter(torch.randn(shape, device=device)) for shape in shapes]
        step = getattr(module, kind)(over, **arguments).step
        calls.append(waiting(torch.compile(step) if compiled else step, device))
    return calls


def check(device: str) -> None:
    """Raise BadInput unless torch can make a tensor there."""
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise BadInput(f"torch finds no device '{device}' here: {str(error).splitlines()[0]}") from None


def waiting(step: Callable[[], object], device: str) -> Callable[[], None]:
    """The step until the device has taken it, which else would still be at it."""

    def call() -> None:
        step()
        if device != "cpu":
            torch.accelerator.synchronize()

    return call


def recorded(folder: Path, widths: Sequence[int], batch: int, updates: int, first: int) -> list[Callable[[], Array]]:
    """A net trained by Adam, so many updates a call, and the same without a recorder.

    Args:
        first: so many updates are recorded, then every hundredth.
    """

    def net() -> nn.Module:
        layers = [layer for n, m in pairwise(widths) for layer in (nn.Linear(n, m), nn.ReLU())]
        return nn.Sequential(*layers[:-1])

    return _trainings(folder, net, (updates, batch, widths[0]), widths[-1], first)


def recorded_images(folder: Path, batch: int, updates: int, first: int) -> list[Callable[[], Array]]:
    """The same of a convolutional net of 1,015,342 parameters."""

    def net() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(9216, 108), nn.ReLU(), nn.Linear(108, 10),
        )  # fmt: skip

    return _trainings(folder, net, (updates, batch, 1, 28, 28), 10, first)


def _trainings(
    folder: Path, net: Callable[[], nn.Module], shape: tuple[int, ...], classes: int, first: int
) -> list[Callable[[], Array]]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(*shape, generator=generator)
    t = torch.randint(classes, shape[:2], generator=generator)

    def training(folder: Path | None) -> Callable[[], Array]:
        torch.manual_seed(0)
        model = net()
        optimizer = torch.optim.Adam(model.parameters())
        recorder = None if folder is None else Recorder(folder, optimizer, model, steps=first, limit_mb=ALL)

        def train() -> Array:
            losses = []
            for inputs, targets in zip(x, t, strict=True):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(inputs), targets)
                loss.backward()
                if recorder is not None:
                    recorder.batch(inputs, targets)
                    recorder.loss(loss)
                optimizer.step()
                losses.append(loss.item())
            return np.array(losses)

        return train

    return [training(folder), training(None)]
