"""optax as of optax 0.2.8: its aliases, with those of their arguments that a rule has a field for.

An alias is a chain of transformations itself, and more of them may stand around its own. What these say has names here
that no alias has (`AROUND`): where such an argument is not as by default, the call is written as a chain.
"""

from dataclasses import replace

from comparisons.frameworks.signature import Argument, NativeClass, RecipeClass
from comparisons.rules import (
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Lamb,
    Lion,
    NAdam,
    RAdam,
    RMSprop,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)
from comparisons.rules.recipe import Optimizer

# Said by the chain: weight decay that is added, before the alias's own transformation or behind it.
ADDED = "add_decayed_weights"
PLACE = "decay_behind"
# Said by the chain: whether the velocity gathers steps (the rate stands before the trace) or gradients.
RATE_FIRST = "rate_before_trace"
AROUND = (ADDED, PLACE, RATE_FIRST)
# The exponent of Adafactor's second moment, of which optax takes the size: decay_rate.
DECAY_RATE = "minus_decay_rate"
# Adafactor's weight decay over the rate, where optax takes the product: weight_decay_rate.
BY_RATE = "weight_decay_by_rate"

COUPLED = {"weight_decay_coupling": "coupled"}
DECOUPLED = {"weight_decay_coupling": "decoupled"}
CORRECTED = {"epsilon_position": "corrected-root"}
# optax's momentum does not grow: 0.96^1000 is 2e-18, nothing beside 1.
FULL_MOMENTUM = 1000.0

_RATE = {"learning_rate": Argument(required=True, field="learning_rate")}
_COUPLED = {ADDED: Argument(default=0.0, field="weight_decay", keyword_only=True)}
_PLACE = Argument(
    default=False, field="weight_decay_coupling", words={False: "coupled", True: "decoupled"}, keyword_only=True
)
_DECAYED = {**_COUPLED, PLACE: _PLACE}


def _number(default: float, field: str) -> Argument:
    return Argument(default=default, field=field)


def _adam(epsilon: float = 1e-8) -> dict[str, Argument]:
    return {"b1": _number(0.9, "beta1"), "b2": _number(0.999, "beta2"), "eps": _number(epsilon, "epsilon")}


def _flag(field: str) -> Argument:
    return Argument(default=False, field=field)


_ROOT = {"eps_root": _number(0.0, "root_epsilon")}
_NESTEROV = {"nesterov": replace(_flag("nesterov"), keyword_only=True)}


CLASSES = {
    "sgd": NativeClass(
        rule=SGD,
        arguments={
            **_RATE,
            "momentum": _number(0.0, "momentum"),
            "nesterov": _flag("nesterov"),
            **_DECAYED,
            RATE_FIRST: Argument(default=False, field="learning_rate_in_velocity", keyword_only=True),
        },
        fixed_fields={"dampening": 0.0},
        source="optax/_src/alias.py",
    ),
    "adam": NativeClass(
        rule=Adam,
        arguments={**_RATE, **_adam(), **_ROOT, **_NESTEROV, **_COUPLED},
        fixed_fields={**CORRECTED, **COUPLED, "amsgrad": False, "bias_correction": True},
        source="optax/_src/alias.py",
    ),
    "adamw": NativeClass(
        rule=Adam,
        arguments={**_RATE, **_adam(), **_ROOT, "weight_decay": _number(1e-4, "weight_decay"), **_NESTEROV},
        fixed_fields={**CORRECTED, **DECOUPLED, "amsgrad": False, "bias_correction": True},
        source="optax/_src/alias.py",
    ),
    "adamax": NativeClass(
        rule=Adamax,
        arguments={**_RATE, **_adam(), **_COUPLED},
        fixed_fields={"epsilon_position": "in-maximum", **COUPLED},
        source="optax/_src/alias.py",
    ),
    "adamaxw": NativeClass(
        rule=Adamax,
        arguments={**_RATE, **_adam(), "weight_decay": _number(1e-4, "weight_decay")},
        fixed_fields={"epsilon_position": "in-maximum", **DECOUPLED},
        source="optax/_src/alias.py",
    ),
    "nadam": NativeClass(
        rule=NAdam,
        arguments={**_RATE, **_adam(), **_COUPLED},
        fixed_fields={"momentum_decay": FULL_MOMENTUM, **COUPLED},
        source="optax/_src/alias.py",
    ),
    "nadamw": NativeClass(
        rule=NAdam,
        arguments={**_RATE, **_adam(), "weight_decay": _number(1e-4, "weight_decay")},
        fixed_fields={"momentum_decay": FULL_MOMENTUM, **DECOUPLED},
        source="optax/_src/alias.py",
    ),
    "rmsprop": NativeClass(
        rule=RMSprop,
        arguments={
            **_RATE,
            "decay": _number(0.9, "rho"),
            "eps": _number(1e-8, "epsilon"),
            "initial_scale": _number(0.0, "initial_accumulator"),
            "eps_in_sqrt": Argument(
                default=True, field="epsilon_position", words={True: "inside-root", False: "outside-root"}
            ),
            "centered": _flag("centered"),
            "momentum": _number(0.0, "momentum"),
            "nesterov": _flag("nesterov"),
            "bias_correction": _flag("bias_correction"),
            **_DECAYED,
            RATE_FIRST: Argument(default=True, field="learning_rate_in_velocity", keyword_only=True),
        },
        source="optax/_src/alias.py",
    ),
    "adagrad": NativeClass(
        rule=Adagrad,
        arguments={
            **_RATE,
            "initial_accumulator_value": _number(0.1, "initial_accumulator"),
            "eps": _number(1e-7, "epsilon"),
            **_DECAYED,
        },
        fixed_fields={"epsilon_position": "inside-root"},
        source="optax/_src/alias.py",
    ),
    "adadelta": NativeClass(
        rule=Adadelta,
        arguments={
            **_RATE,
            "rho": _number(0.9, "rho"),
            "eps": _number(1e-6, "epsilon"),
            "weight_decay": _number(0.0, "weight_decay"),
            PLACE: _PLACE,
        },
        source="optax/_src/alias.py",
    ),
    "lion": NativeClass(
        rule=Lion,
        arguments={
            **_RATE,
            "b1": _number(0.9, "beta1"),
            "b2": _number(0.99, "beta2"),
            "weight_decay": _number(1e-3, "weight_decay"),
            PLACE: replace(_PLACE, default=True),
        },
        source="optax/_src/alias.py",
    ),
    "lamb": NativeClass(
        rule=Lamb,
        arguments={**_RATE, **_adam(1e-6), "weight_decay": _number(0.0, "weight_decay")},
        fixed_fields={"decay_in_step": True, "bias_correction": True, **DECOUPLED},
        source="optax/_src/alias.py",
    ),
    "radam": NativeClass(
        rule=RAdam,
        arguments={**_RATE, **_adam(), **_DECAYED},
        fixed_fields=CORRECTED,
        source="optax/_src/alias.py",
    ),
    "adafactor": NativeClass(
        rule=Adafactor,
        arguments={
            **_RATE,
            "min_dim_size_to_factor": Argument(default=128),
            DECAY_RATE: _number(-0.8, "beta2_decay"),
            "multiply_by_parameter_scale": Argument(default=True, field="scale_parameter"),
            "clipping_threshold": _number(1.0, "clip_threshold"),
            "eps": _number(1e-30, "epsilon1"),
            BY_RATE: _number(0.0, "weight_decay"),
        },
        fixed_fields={
            "epsilon2": 1e-3,
            "epsilon1_position": "added",
            "scale_after_decay": False,
            "relative_step": False,
            **DECOUPLED,
        },
        source="optax/_src/alias.py",
    ),
    "schedule_free_sgd": NativeClass(
        rule=ScheduleFreeSGD,
        arguments={
            "learning_rate": Argument(default=1.0, field="learning_rate"),
            "b1": _number(0.9, "momentum"),
            "weight_decay": _number(0.0, "weight_decay"),
            "weight_lr_power": _number(2.0, "rate_power"),
        },
        fixed_fields={"warmup_steps": 0, "step_power": 0.0, **COUPLED},
        source="optax/contrib/_schedule_free.py",
    ),
    "schedule_free_adamw": NativeClass(
        rule=ScheduleFreeAdamW,
        arguments={
            "learning_rate": Argument(default=0.0025, field="learning_rate"),
            **_adam(),
            "weight_decay": _number(0.0, "weight_decay"),
            "weight_lr_power": _number(2.0, "rate_power"),
        },
        fixed_fields={"warmup_steps": 0, "step_power": 0.0, "aliased": False, "decay_in_step": True, **DECOUPLED},
        source="optax/contrib/_schedule_free.py",
    ),
    "adabelief": NativeClass(
        rule=AdaBelief,
        arguments={**_RATE, **_adam(1e-16), **_DECAYED},
        source="optax/_src/alias.py",
    ),
}

# No recipe is trained in optax.
RECIPE_CLASSES: dict[Optimizer, RecipeClass] = {}
