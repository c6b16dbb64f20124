"""The textbooks' optimizers, by name and with their defaults: Adam(tensors, learning_rate=0.01).

They are the classes of NumPy's own dialect, comparisons/frameworks/numpy/classes.py; a rule says more than they can.
"""

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature

from comparisons.frameworks import rule_of
from comparisons.frameworks.numpy import NUMPY
from comparisons.tasks.streams import Array
from numpy_impl.optimizer import Optimizer


def textbook(name: str) -> Callable[..., Optimizer]:
    """The optimizer of that name: a function of the tensors, with the arguments and defaults of the dialect's class."""
    native = NUMPY.classes[name]

    def optimizer(tensors: Sequence[Array], **arguments: float) -> Optimizer:
        return Optimizer(rule_of(NUMPY.call(name, arguments)), tensors)

    optimizer.__name__ = optimizer.__qualname__ = name
    optimizer.__doc__ = f"""{native.rule.__name__} over the tensors, which it steps in place; see comparisons.rules.

    Raises:
        BadInput: an argument is unknown or out of its range.
    """
    own = [
        Parameter(argument, Parameter.KEYWORD_ONLY, default=of_class.default, annotation="float")
        for argument, of_class in native.arguments.items()
    ]
    tensors = Parameter("tensors", Parameter.POSITIONAL_OR_KEYWORD, annotation="Sequence[Array]")
    vars(optimizer)["__signature__"] = Signature([tensors, *own], return_annotation="Optimizer")
    return optimizer


OPTIMIZERS = {name: textbook(name) for name in NUMPY.classes}
