"""What people write before the last dot of a name of ours, and what books call the arguments of its classes."""

from collections.abc import Mapping

from comparisons.frameworks.framework import Names

MODULES: Mapping[str, str] = {"numpy_impl.optimizers": "numpy_impl.optimizers"}
NO_RULE: Mapping[str, str] = {}
INSTEAD: Mapping[str, str] = {
    "LBFGS": "instead: numpy_impl.lbfgs.Optimizer(LBFGS(...), tensors).step(closure), which takes torch's steps",
}
# The classes of books that are written from scratch: their arguments, to ours.
BOOK: Mapping[str, str] = {
    "lr": "learning_rate",
    "eta": "learning_rate",
    "beta_1": "beta1",
    "beta_2": "beta2",
    "eps": "epsilon",
    "decay_rate": "rho",
    "mu": "momentum",
}

NAMES = Names(modules=MODULES, no_rule=NO_RULE, as_one=(), instead=INSTEAD, data="", tensors={}, meant={})
