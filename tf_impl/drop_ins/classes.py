"""The drop-ins, a class a rule; their arguments are at comparisons.frameworks.drop_ins, for editors in classes.pyi."""

from comparisons import rules
from comparisons.names import BadInput
from comparisons.rules import Rule
from tf_impl.drop_ins.base import DropIn


class SGD(DropIn, follows=rules.SGD):
    """keras.optimizers.SGD, and with `learning_rate_in_velocity=False` torch.optim.SGD."""


class Adagrad(DropIn, follows=rules.Adagrad):
    """keras.optimizers.Adagrad, and with `epsilon_position="outside-root"` torch.optim.Adagrad."""


class Adadelta(DropIn, follows=rules.Adadelta):
    """keras.optimizers.Adadelta and torch.optim.Adadelta, which differ in their defaults only."""


class RMSprop(DropIn, follows=rules.RMSprop):
    """keras.optimizers.RMSprop, and with epsilon "outside-root" and the learning rate outside torch.optim.RMSprop."""


class Adam(DropIn, follows=rules.Adam):
    """keras.optimizers.Adam and AdamW, and with `epsilon_position="corrected-root"` torch.optim.Adam and AdamW."""


class Adamax(DropIn, follows=rules.Adamax):
    """keras.optimizers.Adamax, and with `epsilon_position="in-maximum"` torch.optim.Adamax."""


class NAdam(DropIn, follows=rules.NAdam):
    """keras.optimizers.Nadam, and with `momentum_decay=0.004` torch.optim.NAdam."""


class RAdam(DropIn, follows=rules.RAdam):
    """torch.optim.RAdam, with its defaults; Keras has none."""


class ASGD(DropIn, follows=rules.ASGD):
    """torch.optim.ASGD, with its defaults: decay is its lambd, power its alpha, average_from its t0. Keras has none."""


class Rprop(DropIn, follows=rules.Rprop):
    """torch.optim.Rprop, with its defaults: (shrinkage, growth) are its etas, (smallest, largest) its step_sizes.

    The learning rate of the first step is the first step size; after that it means nothing. Keras has none.
    """


class Ftrl(DropIn, follows=rules.Ftrl):
    """keras.optimizers.Ftrl; torch has none. At a learning rate of 0 it stands still, where Keras's own ends in NaN."""


class Lion(DropIn, follows=rules.Lion):
    """keras.optimizers.Lion; torch has none."""


class Lamb(DropIn, follows=rules.Lamb):
    """keras.optimizers.Lamb; torch has none."""


class Adafactor(DropIn, follows=rules.Adafactor):
    """keras.optimizers.Adafactor, and with `epsilon1_position="floor"` and `scale_after_decay=False` torch's.

    Without `relative_step`, which does nothing in Keras.
    """

    def rule(self) -> Rule:
        """Also that an epsilon which is added is a number."""
        if self.epsilon_1 is None and self.epsilon1_position == "added":
            raise BadInput("Adafactor: epsilon_1 is None; where it is added it must be a finite number, 0 or above")
        return super().rule()
