"""Optimizers drawn at random: any class of torch or Keras that a rule describes, its switches, its numbers."""

from typing import Any

import numpy as np

from comparisons.frameworks import of, rule_of
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.dialect import complete
from comparisons.frameworks.signature import OFF, Argument

FRAMEWORKS = ("torch", "tf")
# Not drawn: SparseAdam wants gradients that an Embedding gives.
WITHOUT = ("SparseAdam",)
# Rates are drawn about the class's own default, so that the training gets on.
TIMES = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0)
RATES = {"SGD": 0.03, "Adadelta": 0.3, "Adagrad": 0.01, "Ftrl": 0.03, "ASGD": 0.03, "RMSprop": 1e-3, "Lion": 1e-4}
NUMBERS: dict[str, tuple[float, ...]] = {
    "momentum": (0.5, 0.8, 0.9, 0.95, 0.99),
    "dampening": (0.0, 0.1, 0.5, 0.9),
    "weight_decay": (1e-4, 1e-3, 0.004, 0.01, 0.05, 0.1),
    "rho": (0.5, 0.9, 0.95, 0.99, 0.999),
    "beta1": (0.5, 0.8, 0.9, 0.95, 0.99),
    "beta2": (0.9, 0.95, 0.98, 0.99, 0.999),
    "epsilon": (1e-8, 1e-7, 1e-6, 1e-5, 1e-3),
    "initial_accumulator": (0.0, 0.01, 0.1, 1.0),
    "momentum_decay": (4e-3, 0.01, 0.1),
    "decay": (1e-4, 1e-3, 1e-2),
    "shrinkage": (0.4, 0.5, 0.7),
    "growth": (1.1, 1.2, 1.5),
    "l1": (1e-4, 1e-3),
    "l2": (1e-3, 1e-2),
    "l2_shrinkage": (1e-3, 1e-2),
    "beta": (0.1, 1.0),
    "beta2_decay": (-0.8, -0.7, -0.6),
    "clip_threshold": (1.0, 1.5, 2.0),
}
OPTIONAL = ("momentum", "dampening", "weight_decay", "l1", "l2", "l2_shrinkage", "beta")
CLIPS = ("clip_norm", "clip_value", "clip_global_norm")


def draw(rng: np.random.Generator) -> NativeCall:
    """A call, complete."""
    framework = of(str(rng.choice(FRAMEWORKS)))
    name = str(rng.choice([name for name in framework.classes if name not in WITHOUT]))
    native = framework.classes[name]
    given = {key: value for key, one in native.arguments.items() if (value := _value(rng, one, name)) is not None}
    given = _settled(given)
    return complete(framework, framework.call(name, given))


def _value(rng: np.random.Generator, argument: Argument, name: str) -> Any:
    field = argument.field
    if field == OFF or field in CLIPS or argument.must_keep_default:
        return None
    match field:
        case "learning_rate":
            usual = RATES.get(name, argument.default)
            return float(f"{usual * rng.choice(TIMES):.3g}")
        case tuple(parts) if set(parts) <= NUMBERS.keys():
            return tuple(float(rng.choice(NUMBERS[part])) for part in parts)
        case str() if argument.words is not None or isinstance(argument.default, bool):
            values = list(argument.words or (False, True))
            return values[int(rng.integers(len(values)))]
        case str() if field in NUMBERS:
            if field in OPTIONAL and rng.random() < 0.5:
                return argument.default
            value = float(rng.choice(NUMBERS[field]))
            return value if argument.allowed is None or argument.allowed.contains(value) else None
        case _:
            return None


def _settled(given: dict[str, Any]) -> dict[str, Any]:
    """Without what goes with nothing."""
    if "nesterov" in given and not given.get("momentum"):
        given["nesterov"] = False
    if given.get("nesterov") and given.get("dampening"):
        given["dampening"] = 0.0
    if "dampening" in given and not given.get("momentum"):
        given["dampening"] = 0.0
    return given


__all__ = ["draw", "rule_of"]
