"""The drop-in of any rule."""

from torch.optim.optimizer import ParamsT

from comparisons.frameworks.drop_ins import arguments_of
from comparisons.rules import Rule
from torch_impl.drop_ins import classes
from torch_impl.drop_ins.base import DropIn


def from_rule(rule: Rule, parameters: ParamsT) -> DropIn:
    """The drop-in that follows the rule, its schedule included.

    All but `rule.clip`: in torch, gradients are clipped before the step, by `clip_(rule.clip, parameters)`.
    """
    drop_in: type[DropIn] = getattr(classes, type(rule).__name__)
    return drop_in(parameters, **arguments_of("torch", rule))
