"""The average of the weights beside a training; the equations are at comparisons.rules.training.Average."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, get_swa_multi_avg_fn

from comparisons.rules import training


class Average:
    """Keeps the average of parameters, as torch's AveragedModel where that steps as the rule does.

    Args:
        rule: how it is stepped.
        parameters: by name.
    """

    def __init__(self, rule: training.Average, parameters: dict[str, nn.Parameter]) -> None:
        self.rule, self.parameters = rule, parameters
        self.module = nn.ParameterList(parameters.values())
        self.model = averaged_model(rule, self.module)
        zero = rule.start == "debiased"
        self.means = [torch.zeros_like(theta) if zero else theta.detach().clone() for theta in parameters.values()]
        self.ticks = self.steps = 0
        self.missing = 1.0 if zero else 0.0  # the share of the 0 that it started from

    @torch.no_grad()
    def tick(self, *, updated: bool) -> None:
        """After a micro-batch, which was the last of an update or not."""
        rule = self.rule
        if rule.clock == "update" and not updated:
            return
        self.ticks += 1
        if self.ticks > rule.after and self.ticks % rule.every == 0:
            self._step()
        if rule.overwrite and self.ticks % rule.overwrite == 0 and self.steps:
            for name, mean in self.values().items():
                self.parameters[name].copy_(mean)

    def _step(self) -> None:
        d = self.rule.decay_at(self.steps)
        if self.model is not None:
            self.model.update_parameters(self.module)
        else:
            for mean, theta in zip(self.means, self.parameters.values(), strict=True):
                mean.mul_(d).add_(theta, alpha=1 - d)
        self.steps += 1
        self.missing *= d

    def values(self) -> dict[str, Tensor]:
        """The average by name; the parameters themselves before its first step."""
        if not self.steps and self.rule.start != "initial":
            return {name: theta.detach().clone() for name, theta in self.parameters.items()}
        means = self.means if self.model is None else [theta.detach() for theta in self.model.parameters()]
        return {name: mean / (1 - self.missing) for name, mean in zip(self.parameters, means, strict=True)}

    @contextmanager
    def evaluated(self) -> Iterator[None]:
        """Inside, the parameters are the average, if that is what is evaluated."""
        if not self.rule.evaluated:
            yield
            return
        kept = {name: theta.detach().clone() for name, theta in self.parameters.items()}
        with torch.no_grad():
            for name, mean in self.values().items():
                self.parameters[name].copy_(mean)
            yield
            for name, theta in kept.items():
                self.parameters[name].copy_(theta)


def averaged_model(rule: training.Average, parameters: nn.Module) -> AveragedModel | None:
    """torch's own average, if it steps as the rule does: it starts from what it is stepped with first."""
    if rule.start != "first" or (rule.decay is not None and rule.warmup):
        return None
    step = get_swa_multi_avg_fn() if rule.decay is None else get_ema_multi_avg_fn(rule.decay)
    return AveragedModel(parameters, multi_avg_fn=step)
