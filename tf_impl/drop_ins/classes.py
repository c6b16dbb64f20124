"""The drop-ins, a class a rule; their arguments are at comparisons.frameworks.drop_ins, for editors in classes.pyi."""

from types import new_class
from typing import get_args

import tensorflow as tf

from comparisons import rules
from comparisons.frameworks.drop_ins import summary
from comparisons.names import BadInput
from comparisons.rules import Rule
from tf_impl.drop_ins.base import DropIn


class ASGD(DropIn, follows=rules.ASGD):
    """torch.optim.ASGD, with its defaults: decay is its lambd, power its alpha, average_from its t0. Keras has none."""


class Rprop(DropIn, follows=rules.Rprop):
    """torch.optim.Rprop, with its defaults: (shrinkage, growth) are its etas, (smallest, largest) its step_sizes.

    The learning rate of the first step is the first step size; after that it means nothing. Keras has none.
    """


class Ftrl(DropIn, follows=rules.Ftrl):
    """keras.optimizers.Ftrl; torch has none. At a learning rate of 0 it stands still, where Keras's own ends in NaN."""


class Adafactor(DropIn, follows=rules.Adafactor):
    """keras.optimizers.Adafactor, and with `epsilon1_position="floor"` and `scale_after_decay=False` torch's.

    `relative_step=False` changes nothing in Keras; here the step is then not bounded by 1 / sqrt(t).
    """

    def rule(self) -> Rule:
        """Also that an epsilon which is added is a number."""
        if self.epsilon_1 is None and self.epsilon1_position == "added":
            raise BadInput("Adafactor: epsilon_1 is None; where it is added it must be a finite number, 0 or above")
        return super().rule()


class ScheduleFreeSGD(DropIn, follows=rules.ScheduleFreeSGD):
    """Schedule-Free SGD, by the authors' defaults; neither torch nor Keras has one.

    The variables are the point at which the gradient is taken; what is to be evaluated are their `averages`.
    """

    def averages(self) -> list[tf.Tensor]:
        """What is to be evaluated in the place of the variables, in their order."""
        return _averages(self, self.momentum)


class ScheduleFreeAdamW(DropIn, follows=rules.ScheduleFreeAdamW):
    """keras.optimizers.ScheduleFreeAdamW; torch has none.

    With `aliased=False, rate_power=2.0, decay_in_step=True` it is the paper's, which Keras's is not. The variables are
    the point at which the gradient is taken; what is to be evaluated are their `averages`.
    """

    def averages(self) -> list[tf.Tensor]:
        """What is to be evaluated in the place of the variables, in their order."""
        return _averages(self, self.beta_1)


def _averages(optimizer: DropIn, interpolation: float) -> list[tf.Tensor]:
    """x = (theta - (1 - b) z) / b of each variable."""
    pairs = zip(optimizer._trainable_variables, optimizer._states, strict=True)
    return [state["z"] + (theta - state["z"]) / interpolation for theta, state in pairs]


def _class(rule: type[Rule]) -> type[DropIn]:
    """The drop-in that needs no code of its own."""
    text = {"__module__": __name__, "__doc__": summary("tf", rule)}
    return new_class(rule.__name__, (DropIn,), {"follows": rule}, lambda body: body.update(text))


__all__ = [rule.__name__ for rule in get_args(Rule)]  # classes.pyi lists them for editors
globals().update({rule.__name__: _class(rule) for rule in get_args(Rule) if rule.__name__ not in globals()})
