"""The drop-ins: for each rule a class, with torch's own arguments where torch has such a class."""

from types import new_class
from typing import Any, get_args

import torch
from torch import Tensor

from comparisons import rules
from comparisons.frameworks.drop_ins import summary
from comparisons.names import BadInput
from comparisons.rules import Rule, Schedule
from comparisons.rules.ranges import check_number
from torch_impl.drop_ins.base import DropIn, Group


class SGD(DropIn, follows=rules.SGD):
    """torch.optim.SGD, and with `learning_rate_in_velocity=True` Keras's."""

    def check(self, group: Group) -> None:
        """Also that nesterov has a velocity to look ahead along, as torch would have it."""
        super().check(group)
        if group["nesterov"] and not group["momentum"]:
            raise BadInput(f"SGD: momentum is {group['momentum']}; with nesterov it must be above 0")


class Adagrad(DropIn, follows=rules.Adagrad):
    """torch.optim.Adagrad, and with `epsilon_position="inside-root"` Keras's.

    `lr_decay` is torch's word for lr=InverseTimeDecay(initial=lr, rate=lr_decay). The state is there from the start.
    """

    def check(self, group: Group) -> None:
        """Also lr_decay."""
        super().check(group)
        check_number("Adagrad", "lr_decay", group["lr_decay"], "learning_rate_decay")
        if group["lr_decay"] and isinstance(group["lr"], Schedule):
            raise BadInput(f"Adagrad: lr_decay is {group['lr_decay']}; with a Schedule as lr it must be 0")

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, and their state."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        for theta in group["params"]:
            self.state_of(theta, self.rule(group), group)

    def share_memory(self) -> None:
        """Move the sums of squares to memory that processes share."""
        for state in self.state.values():
            state["sum"].share_memory_()


class Adam(DropIn, follows=rules.Adam):
    """torch.optim.Adam, and with `epsilon_position="uncorrected-root"` Keras's.

    With `weight_decay_coupling="decoupled"` it is AdamW.
    """


class Rprop(DropIn, follows=rules.Rprop):
    """torch.optim.Rprop; Keras has none."""

    def check(self, group: Group) -> None:
        """Also that the step sizes are in order."""
        super().check(group)
        smallest, largest = group["step_sizes"]
        if smallest > largest:
            raise BadInput(f"Rprop: step_sizes is {group['step_sizes']!r}; it must be a pair in ascending order")


class Ftrl(DropIn, follows=rules.Ftrl):
    """Keras's Ftrl, by Keras's defaults; torch has none. At a learning rate of 0 nothing moves; in Keras it is NaN."""


class Adafactor(DropIn, follows=rules.Adafactor):
    """torch.optim.Adafactor, and with `epsilon1_position="added"` and `scale_after_decay=True` Keras's.

    Rows and columns are the last two axes: of a convolution's kernel the channels in Keras, the window in torch.
    """

    def check(self, group: Group) -> None:
        """Also that an epsilon which is added is a number."""
        super().check(group)
        if group["eps"][0] is None and group["epsilon1_position"] == "added":
            raise BadInput("Adafactor: eps[0] is None; where it is added it must be a finite number, 0 or above")


class ScheduleFreeSGD(DropIn, follows=rules.ScheduleFreeSGD):
    """Schedule-Free SGD, by the authors' defaults; neither torch nor Keras has one.

    The parameters are the point at which the gradient is taken; what is to be evaluated are their `averages`.
    """

    def averages(self) -> list[Tensor]:
        """What is to be evaluated in the place of the parameters, in their order."""
        return [mean for group in self.param_groups for mean in _averages(self, group, group["momentum"])]


class ScheduleFreeAdamW(DropIn, follows=rules.ScheduleFreeAdamW):
    """keras.optimizers.ScheduleFreeAdamW, by its defaults; torch has none.

    With `aliased=False, rate_power=2.0, decay_in_step=True` it is the paper's, which Keras's is not. The parameters are
    the point at which the gradient is taken; what is to be evaluated are their `averages`.
    """

    def averages(self) -> list[Tensor]:
        """What is to be evaluated in the place of the parameters, in their order."""
        return [mean for group in self.param_groups for mean in _averages(self, group, group["betas"][0])]


@torch.no_grad()
def _averages(optimizer: DropIn, group: Group, interpolation: float) -> list[Tensor]:
    """x = (theta - (1 - b) z) / b of each parameter, which itself is before its first step."""
    zs = [optimizer.state[theta].get("z", theta) for theta in group["params"]]
    return [z + (theta - z) / interpolation for theta, z in zip(group["params"], zs, strict=True)]


def _class(rule: type[Rule]) -> type[DropIn]:
    """The drop-in that needs no code of its own."""
    text = {"__module__": __name__, "__doc__": summary("torch", rule)}
    return new_class(rule.__name__, (DropIn,), {"follows": rule}, lambda body: body.update(text))


__all__ = [rule.__name__ for rule in get_args(Rule)]  # classes.pyi lists them for editors
globals().update({rule.__name__: _class(rule) for rule in get_args(Rule) if rule.__name__ not in globals()})
