"""The textbooks' optimizers, by name and with their defaults: Adam(tensors, learning_rate=0.01).

The arguments are those of NumPy's own dialect, comparisons/frameworks/numpy/classes.py; more is to be said with a rule.
"""

from collections.abc import Sequence
from functools import partial

from comparisons.frameworks import rule_of
from comparisons.frameworks.call import NativeCall
from comparisons.tasks.streams import Array
from numpy_impl.optimizer import Optimizer


def textbook(name: str, tensors: Sequence[Array], **arguments: float) -> Optimizer:
    """The optimizer of that name over the tensors, which it steps in place.

    Raises:
        BadInput: an argument is unknown or out of its range.
    """
    return Optimizer(rule_of(NativeCall(framework="numpy", name=name, arguments=dict(arguments))), tensors)


SGD = partial(textbook, "SGD")
Momentum = partial(textbook, "Momentum")
Nesterov = partial(textbook, "Nesterov")
AdaGrad = partial(textbook, "AdaGrad")
AdaDelta = partial(textbook, "AdaDelta")
RMSprop = partial(textbook, "RMSprop")
Adam = partial(textbook, "Adam")
AdamW = partial(textbook, "AdamW")
AdaMax = partial(textbook, "AdaMax")
NAdam = partial(textbook, "NAdam")
RAdam = partial(textbook, "RAdam")
ASGD = partial(textbook, "ASGD")
Rprop = partial(textbook, "Rprop")
Ftrl = partial(textbook, "Ftrl")
Lion = partial(textbook, "Lion")
Lamb = partial(textbook, "Lamb")
Adafactor = partial(textbook, "Adafactor")
