"""The scratch optimizers' own dialect: the papers' and textbooks' formulas and defaults, run by numpy_impl.

Where a paper is silent, the house's word stands: epsilon is 1e-7 and is added last, outside the root.
"""

from comparisons.frameworks.call import Value
from comparisons.frameworks.signature import Argument, NativeClass, RecipeClass
from comparisons.rules import (
    ASGD,
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Ftrl,
    Lamb,
    Lion,
    Muon,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
    Rule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)
from comparisons.rules.ranges import RANGES
from comparisons.rules.recipe import Optimizer


def _class(rule: type[Rule], defaults: dict[str, float], **always: Value) -> NativeClass:
    """A scratch class: its arguments are called as the rule's fields are."""
    return NativeClass(
        rule=rule,
        arguments={
            name: Argument(default=default, field=name, allowed=None if rule.ranges is RANGES else rule.ranges[name])
            for name, default in defaults.items()
        },
        fixed_fields={"weight_decay": 0.0, "weight_decay_coupling": "coupled", **always},
        source="numpy_impl/rules",
    )


VELOCITY = {"learning_rate": 0.01, "momentum": 0.9}
ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}

CLASSES = {
    "SGD": _class(SGD, {"learning_rate": 0.01}, momentum=0.0),
    "Momentum": _class(SGD, VELOCITY, learning_rate_in_velocity=True),
    "Nesterov": _class(SGD, VELOCITY, nesterov=True, learning_rate_in_velocity=True),
    "AdaDelta": _class(Adadelta, {"learning_rate": 1.0, "rho": 0.95, "epsilon": 1e-6}),
    "AdaGrad": _class(
        Adagrad,
        {"learning_rate": 0.01, "initial_accumulator": 0.0, "epsilon": 1e-7},
        epsilon_position="outside-root",
    ),
    "Adam": _class(Adam, ADAM, epsilon_position="uncorrected-root"),
    "RMSprop": _class(RMSprop, {"learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-7}, epsilon_position="outside-root"),
    # Loshchilov and Hutter 2019: Adam's numbers. They leave the decay open; it is the one people write, torch's.
    "AdamW": _class(
        Adam,
        {**ADAM, "weight_decay": 0.01},
        epsilon_position="uncorrected-root",
        weight_decay_coupling="decoupled",
    ),
    # Kingma and Ba 2015, section 7.1: a rate of 0.002, and no epsilon, which a gradient of 0 at the start would need.
    "AdaMax": _class(Adamax, {**ADAM, "learning_rate": 2e-3}, epsilon_position="added"),
    # Dozat 2016: beta1 grows by the factor 1 - 0.96^(t / 250) / 2. The rate is the one torch took from there.
    "NAdam": _class(NAdam, {**ADAM, "learning_rate": 2e-3}, momentum_decay=1 / 250),
    "RAdam": _class(RAdam, ADAM),  # Liu et al. 2020: Adam's numbers
    # Polyak and Juditsky 1992: the average is over all steps. Xu 2011: the rate falls with the power 3/4 of
    # 1 + decay learning_rate t. What decays, and how fast it starts, depends on the data there; here they are torch's.
    "ASGD": _class(ASGD, {"learning_rate": 0.01}, decay=1e-4, power=0.75, average_from=0.0),
    # Riedmiller and Braun 1993: a first step of 0.1, steps up to 50, and 1e-6 as the smallest.
    "Rprop": _class(Rprop, {"learning_rate": 0.1}, shrinkage=0.5, growth=1.2, smallest=1e-6, largest=50.0),
    # McMahan et al. 2013: the rate is learning_rate / (beta + root of the sum of squares), and beta = 1 will do. They
    # leave the rate open; it is AdaGrad's here.
    "Ftrl": _class(
        Ftrl,
        {"learning_rate": 0.01, "initial_accumulator": 0.0, "l1": 0.0, "l2": 0.0},
        learning_rate_power=-0.5,
        l2_shrinkage=0.0,
        beta=1.0,
    ),
    "Lion": _class(Lion, {"learning_rate": 1e-4, "beta1": 0.9, "beta2": 0.99}),  # Chen et al. 2023
    "Lamb": _class(Lamb, ADAM),  # You et al. 2020: Adam's betas; they leave the rate open
    # Shazeer and Stern 2018, algorithms 4 and 5, with all numbers.
    "Adafactor": _class(
        Adafactor,
        {"learning_rate": 0.01, "clip_threshold": 1.0},
        beta2_decay=-0.8,
        epsilon1=1e-30,
        epsilon2=1e-3,
        epsilon1_position="added",
        scale_after_decay=False,
    ),
    # Defazio et al. 2024: the defaults of the authors' package.
    "ScheduleFreeAdamW": _class(
        ScheduleFreeAdamW,
        {"learning_rate": 0.0025, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
        warmup_steps=0,
        rate_power=2.0,
        step_power=0.0,
        aliased=False,
        decay_in_step=True,
    ),
    "ScheduleFreeSGD": _class(
        ScheduleFreeSGD, {"learning_rate": 1.0, "momentum": 0.9}, warmup_steps=0, rate_power=2.0, step_power=0.0
    ),
    # Jordan et al. 2024: a rate of 0.02, a momentum of 0.95 that looks ahead, five steps; no decay.
    "Muon": _class(
        Muon,
        {"learning_rate": 0.02, "momentum": 0.95},
        nesterov=True,
        velocity="sum",
        ns_a=3.4445,
        ns_b=-4.775,
        ns_c=2.0315,
        iterations=5,
        iteration_dtype="parameter",
        epsilon=1e-7,
        epsilon_position="added",
        scale="aspect",
        rms_rate=0.2,
    ),
    "AdaBelief": _class(AdaBelief, {**ADAM, "epsilon": 1e-16}),  # Zhuang et al. 2020
}

# How the optimizer of a recipe is written.
RECIPE_CLASSES: dict[Optimizer, RecipeClass] = {
    "sgd": RecipeClass(name="SGD"),
    "momentum": RecipeClass(name="Momentum"),
    "nesterov": RecipeClass(name="Nesterov"),
    "adadelta": RecipeClass(name="AdaDelta"),
    "adagrad": RecipeClass(name="AdaGrad"),
    "adam": RecipeClass(name="Adam"),
    "rmsprop": RecipeClass(name="RMSprop"),
    "adamw": RecipeClass(name="AdamW"),
    "adamax": RecipeClass(name="AdaMax"),
    "nadam": RecipeClass(name="NAdam"),
    "radam": RecipeClass(name="RAdam"),
    "asgd": RecipeClass(name="ASGD"),
    "rprop": RecipeClass(name="Rprop"),
    "ftrl": RecipeClass(name="Ftrl"),
    "lion": RecipeClass(name="Lion"),
    "lamb": RecipeClass(name="Lamb"),
    "adafactor": RecipeClass(name="Adafactor"),
    "adabelief": RecipeClass(name="AdaBelief"),
}
