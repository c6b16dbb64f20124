"""The drop-ins of both frameworks behind one signature, as the NumPy reference; and the rules they are crossed with.

`follow(rule, starts)` makes an optimizer of copies of the starts; its `step` takes a gradient for each of them, its
`values` are where they are.
"""

import inspect
import io
import json
from dataclasses import replace
from typing import Protocol, Self

import keras
import numpy as np
import tensorflow as tf
import torch
from rule_cases import RULES

import numpy_impl.optimizers
import tf_impl.optimizers
import torch_impl.optimizers
from comparisons.rules import ClipGlobalNorm, ClipNorm, ClipValue, Rule, Schedule, rate_at
from comparisons.tasks.streams import Array


class Training(Protocol):
    """A drop-in and the tensors that it trains."""

    @classmethod
    def follow(cls, rule: Rule, starts: list[Array]) -> Self:
        """The drop-in of the rule."""
        ...

    @classmethod
    def make(cls, kind: str, fields: dict, starts: list[Array]) -> Self:
        """The drop-in class of that name, given fields of its rule; the others are its defaults."""
        ...

    @classmethod
    def label(cls, kind: str, field: str) -> str:
        """What the class calls the field: "lr", or "betas[0]"."""
        ...

    @staticmethod
    def rate(schedule: Schedule, k: int) -> float:
        """The learning rate after k steps, as the framework computes it."""
        ...

    def rule(self) -> Rule:
        """The rule that it follows; in torch clipping stands apart."""
        ...

    def change(self, field: str, value: float) -> None:
        """A hyperparameter, between two steps."""
        ...

    def step(self, gradients: list[Array]) -> None: ...

    def values(self) -> list[Array]: ...

    def restored(self) -> Self:
        """The same from its file."""
        ...


class InNumPy:
    """The reference, as far as the walks need it."""

    @classmethod
    def follow(cls, rule, starts):
        return cls(rule, [start.copy() for start in starts])

    def __init__(self, rule, thetas):
        self.optimizer, self.thetas = numpy_impl.optimizers.Optimizer(rule, thetas), thetas

    def step(self, gradients):
        self.optimizer.step([np.asarray(g) for g in gradients])

    def values(self):
        return self.thetas


# What a field of a rule is called where its own name is not the argument's; of a pair, which half it is.
IN_TORCH = {
    "learning_rate": "lr",
    "epsilon": "eps",
    "beta1": ("betas", 0),
    "beta2": ("betas", 1),
    "initial_accumulator": "initial_accumulator_value",
    "shrinkage": ("etas", 0),
    "growth": ("etas", 1),
    "smallest": ("step_sizes", 0),
    "largest": ("step_sizes", 1),
    "decay": "lambd",
    "power": "alpha",
    "average_from": "t0",
    "learning_rate_power": "lr_power",
    "epsilon1": ("eps", 0),
    "epsilon2": ("eps", 1),
    "clip_threshold": "d",
    "RMSprop rho": "alpha",
    "RMSprop initial_accumulator": "initial_accumulator",
    "ns_a": ("ns_coefficients", 0),
    "ns_b": ("ns_coefficients", 1),
    "ns_c": ("ns_coefficients", 2),
    "iterations": "ns_steps",
}
IN_KERAS = {
    "beta1": "beta_1",
    "beta2": "beta_2",
    "initial_accumulator": "initial_accumulator_value",
    "l1": "l1_regularization_strength",
    "l2": "l2_regularization_strength",
    "l2_shrinkage": "l2_shrinkage_regularization_strength",
    "beta2_decay": "beta_2_decay",
    "epsilon1": "epsilon_1",
    "epsilon2": "epsilon_2",
    "RMSprop initial_accumulator": "initial_accumulator",
    "ns_a": "muon_a",
    "ns_b": "muon_b",
    "ns_c": "muon_c",
    "iterations": "ns_steps",
}


class InTorch:
    """The drop-ins for torch."""

    # torch.sign(nan) is 0: there a rule of signs stands still.
    HIDES_NAN = frozenset({"Lion", "Rprop"})
    page = "drop-ins-torch.md"

    def __init__(self, optimizer, parameters, clip=None):
        self.optimizer, self.parameters, self.clip = optimizer, parameters, clip

    @staticmethod
    def parameters_at(starts):
        return [torch.nn.Parameter(torch.tensor(start)) for start in starts]

    @classmethod
    def follow(cls, rule, starts):
        parameters = cls.parameters_at(starts)
        return cls(torch_impl.optimizers.from_rule(rule, parameters), parameters, rule.clip)

    @classmethod
    def make(cls, kind, fields, starts):
        parameters = cls.parameters_at(starts)
        return cls(getattr(torch_impl.optimizers, kind)(parameters, **cls.arguments(kind, fields)), parameters)

    @classmethod
    def arguments(cls, kind, fields):
        """The fields as the class calls them; the other half of a pair is its default."""
        known, arguments = inspect.signature(getattr(torch_impl.optimizers, kind)).parameters, {}
        for field, value in fields.items():
            match cls._place(kind, field):
                case (argument, index):
                    pair = [*arguments.get(argument, known[argument].default)]
                    pair[index] = value
                    arguments[argument] = tuple(pair)
                case argument:
                    arguments[argument] = value
        return arguments

    @classmethod
    def label(cls, kind, field):
        match cls._place(kind, field):
            case (argument, index):
                return f"{argument}[{index}]"
            case argument:
                return argument

    @classmethod
    def _place(cls, kind, field):
        return IN_TORCH.get(f"{kind} {field}", IN_TORCH.get(field, field))

    rate = staticmethod(rate_at)

    def rule(self):
        return self.optimizer.rule(self.optimizer.param_groups[0])

    def change(self, field, value):
        self.optimizer.param_groups[0][self.label(type(self.optimizer).__name__, field)] = value

    def step(self, gradients):
        for parameter, g in zip(self.parameters, gradients, strict=True):
            parameter.grad = torch.tensor(g)
        torch_impl.optimizers.clip_(self.clip, self.parameters)
        self.optimizer.step()

    def values(self):
        return [parameter.detach().numpy() for parameter in self.parameters]

    def restored(self):
        file = io.BytesIO()
        torch.save({"parameters": self.parameters, "optimizer": self.optimizer.state_dict()}, file)
        file.seek(0)
        checkpoint = torch.load(file)
        optimizer = type(self.optimizer)(checkpoint["parameters"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        return type(self)(optimizer, checkpoint["parameters"], self.clip)


class InKeras:
    """The drop-ins for Keras, eagerly."""

    HIDES_NAN = frozenset()
    page = "drop-ins-keras.md"

    def __init__(self, optimizer, variables):
        self.optimizer, self.variables = optimizer, variables

    @staticmethod
    def variables_at(starts):
        return [tf.Variable(start) for start in starts]

    @classmethod
    def follow(cls, rule, starts):
        return cls(tf_impl.optimizers.from_rule(rule), cls.variables_at(starts))

    @classmethod
    def make(cls, kind, fields, starts):
        arguments = {cls.label(kind, field): value for field, value in fields.items()}
        return cls(getattr(tf_impl.optimizers, kind)(**arguments), cls.variables_at(starts))

    @classmethod
    def label(cls, kind, field):
        return IN_KERAS.get(f"{kind} {field}", IN_KERAS.get(field, field))

    @staticmethod
    def rate(schedule, k):
        return float(tf_impl.optimizers.RuleSchedule(schedule)(k))

    def rule(self):
        rate = self.optimizer.get_config()["learning_rate"]  # a number, or a schedule as it is saved
        if isinstance(rate, dict):
            rate = keras.optimizers.schedules.deserialize(rate).schedule
        return replace(self.optimizer.rule(), learning_rate=rate)

    def change(self, field, value):
        setattr(self.optimizer, self.label(type(self.optimizer).__name__, field), value)

    def step(self, gradients):
        self.optimizer.apply([tf.constant(g) for g in gradients], self.variables)

    def values(self):
        return [variable.numpy() for variable in self.variables]

    def restored(self):
        file, stored = io.BytesIO(), {}
        self.optimizer.save_own_variables(stored)
        np.savez(file, **stored)
        file.seek(0)
        config = json.loads(json.dumps(keras.optimizers.serialize(self.optimizer)))
        optimizer, variables = keras.optimizers.deserialize(config), self.variables_at(self.values())
        optimizer.build(variables)
        optimizer.load_own_variables(np.load(file))
        return type(self)(optimizer, variables)


FRAMEWORKS = {"torch": InTorch, "keras": InKeras}

# --- walks

DTYPES = ("float32", "float64")
SHAPES = ((), (5,), (4, 3), (2, 3, 2, 2))
SCALES = (1e-3, 1.0, 1e-6, 1.0)  # of the gradients of each shape


def drawn(steps, dtype="float64", shapes=SHAPES, scales=SCALES):
    """A start and gradients (steps, ...) for each shape."""
    rng = np.random.default_rng(0)
    starts = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    pairs = zip(shapes, scales, strict=True)
    return starts, [(scale * rng.normal(size=(steps, *shape))).astype(dtype) for shape, scale in pairs]


def flat(tensors):
    return np.concatenate([np.ravel(tensor) for tensor in tensors])


def walk(training, gradients):
    """The path of all elements of all tensors (steps, elements)."""
    path = []
    for step in zip(*gradients, strict=True):
        training.step(step)
        path.append(flat(training.values()))
    return np.array(path)


def apart(ours, theirs):
    """The largest difference of two paths, over the largest parameter: of each tensor of SHAPES, the worst of all."""
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in SHAPES])[:-1]
    pairs = zip(np.split(ours, ends, axis=1), np.split(theirs, ends, axis=1), strict=True)
    return max(float(np.abs(a - b).max() / (np.abs(b).max() or 1.0)) for a, b in pairs)


# --- what surrounds the rules

DECAYS = {
    "no decay": {},
    "coupled": {"weight_decay": 0.05},
    "decoupled": {"weight_decay": 0.05, "weight_decay_coupling": "decoupled"},
}
CLIPS = [
    ClipValue(limit=0.5),
    *(
        kind(limit=limit, formula=formula)
        for kind in (ClipNorm, ClipGlobalNorm)
        for limit in (0.5, 2.0, 50.0)  # 50 is above every norm
        for formula in ("padded", "exact")
    ),
]


def decayed(label, decay):
    """The rule with that weight decay."""
    return replace(RULES[label], **DECAYS[decay])


# --- what no rule may be: the class, its fields, of which the first is wrong, and what that must be

NOT_NEGATIVE, UP_TO, BELOW = "a finite number, 0 or above", "at least 0 and at most 1", "at least 0 and below 1"
OUTSIDE = [
    ("SGD", {"learning_rate": -0.1}, NOT_NEGATIVE),
    ("SGD", {"learning_rate": None}, NOT_NEGATIVE),
    ("SGD", {"momentum": -0.9}, UP_TO),
    ("SGD", {"momentum": 1.1}, UP_TO),
    ("SGD", {"dampening": 2.0, "momentum": 0.9, "learning_rate_in_velocity": False}, BELOW),
    ("SGD", {"dampening": 0.1, "momentum": 0.9, "learning_rate_in_velocity": True}, "0"),
    ("SGD", {"dampening": 0.1, "momentum": 0.9, "nesterov": True, "learning_rate_in_velocity": False}, "0"),
    ("Adagrad", {"initial_accumulator": -0.1}, NOT_NEGATIVE),
    ("Adadelta", {"rho": 1.0}, BELOW),
    ("RMSprop", {"rho": -0.1}, BELOW),
    ("RMSprop", {"epsilon": -1e-8}, NOT_NEGATIVE),
    ("Adam", {"beta1": 1.0}, BELOW),
    ("Adam", {"beta2": -0.1}, BELOW),
    ("Adam", {"weight_decay": -0.1}, NOT_NEGATIVE),
    ("NAdam", {"momentum_decay": -1.0}, NOT_NEGATIVE),
    ("ASGD", {"decay": -1e-4}, NOT_NEGATIVE),
    ("ASGD", {"power": -0.75}, NOT_NEGATIVE),
    ("ASGD", {"average_from": -1}, NOT_NEGATIVE),
    ("Rprop", {"shrinkage": 1.2}, "above 0 and below 1"),
    ("Rprop", {"growth": 0.9}, "a finite number above 1"),
    ("Rprop", {"smallest": -1e-6}, NOT_NEGATIVE),
    ("Ftrl", {"learning_rate_power": 0.5}, "a finite number, 0 or below"),
    ("Ftrl", {"l1": -1.0}, NOT_NEGATIVE),
    ("Ftrl", {"l2": -1.0}, NOT_NEGATIVE),
    ("Ftrl", {"l2_shrinkage": -1.0}, NOT_NEGATIVE),
    ("Ftrl", {"beta": -1.0}, NOT_NEGATIVE),
    ("Lion", {"beta1": 1.1}, UP_TO),
    ("Lion", {"beta2": 1}, BELOW),
    ("Adafactor", {"beta2_decay": 0.8}, "a finite number, 0 or below"),
    ("Adafactor", {"epsilon1": -1.0}, NOT_NEGATIVE),
    ("Adafactor", {"epsilon1": None, "epsilon1_position": "added"}, NOT_NEGATIVE),
    ("Adafactor", {"epsilon2": None}, NOT_NEGATIVE),
    ("Adafactor", {"clip_threshold": 0.0}, "a finite number above 0"),
]
