"""torch.optim as of torch 2.13."""

from dataclasses import replace

from comparisons.frameworks.signature import Argument, NativeClass, RecipeClass
from comparisons.rules import (
    ASGD,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Muon,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
)
from comparisons.rules.ranges import Range
from comparisons.rules.recipe import Optimizer

BETAS = Argument(default=(0.9, 0.999), field=("beta1", "beta2"))
DECOUPLED = Argument(default=False, field="weight_decay_coupling", words={False: "coupled", True: "decoupled"})
COUPLED = {"weight_decay_coupling": "coupled"}
# How to compute, not what, but for maximize: every class has some of these.
HOW = {
    "foreach": Argument(),
    "maximize": Argument(default=False, must_keep_default=True),
    "capturable": Argument(default=False),
    "differentiable": Argument(default=False),
    "fused": Argument(),
}


def _how(by_place: str, by_name: str) -> dict[str, Argument]:
    """Those of HOW that a class has: first those that may be given without their names."""
    named = {name: replace(HOW[name], keyword_only=True) for name in by_name.split()}
    return {**{name: HOW[name] for name in by_place.split()}, **named}


def _rate(default: float) -> Argument:
    return Argument(default=default, field="learning_rate")


def _eps(default: float) -> Argument:
    return Argument(default=default, field="epsilon")


def _decay(default: float = 0.0) -> Argument:
    return Argument(default=default, field="weight_decay")


def _number(default: float, field: str) -> Argument:
    return Argument(default=default, field=field)


def _flag(field: str) -> Argument:
    return Argument(default=False, field=field)


ADAM = {"lr": _rate(1e-3), "betas": BETAS, "eps": _eps(1e-8)}

CLASSES = {
    "SGD": NativeClass(
        rule=SGD,
        arguments={
            "lr": _rate(1e-3),
            "momentum": _number(0.0, "momentum"),
            "dampening": _number(0.0, "dampening"),
            "weight_decay": _decay(),
            "nesterov": _flag("nesterov"),
            **_how("", "maximize foreach differentiable fused"),
        },
        fixed_fields={"learning_rate_in_velocity": False, **COUPLED},
        nesterov_needs_velocity=True,
        source="torch/optim/sgd.py",
    ),
    "Adam": NativeClass(
        rule=Adam,
        arguments={
            **ADAM,
            "weight_decay": _decay(),
            "amsgrad": _flag("amsgrad"),
            **_how("", "foreach maximize capturable differentiable fused"),
            "decoupled_weight_decay": replace(DECOUPLED, keyword_only=True),
        },
        fixed_fields={"epsilon_position": "corrected-root"},
        source="torch/optim/adam.py",
    ),
    "AdamW": NativeClass(
        rule=Adam,
        arguments={
            **ADAM,
            "weight_decay": _decay(1e-2),
            "amsgrad": _flag("amsgrad"),
            **_how("", "maximize foreach capturable differentiable fused"),
        },
        fixed_fields={"epsilon_position": "corrected-root", "weight_decay_coupling": "decoupled"},
        source="torch/optim/adamw.py",
    ),
    "Adamax": NativeClass(
        rule=Adamax,
        arguments={
            "lr": _rate(2e-3),
            "betas": BETAS,
            "eps": _eps(1e-8),
            "weight_decay": _decay(),
            **_how("foreach", "maximize differentiable capturable"),
        },
        fixed_fields={"epsilon_position": "in-maximum", **COUPLED},
        source="torch/optim/adamax.py",
    ),
    "NAdam": NativeClass(
        rule=NAdam,
        arguments={
            "lr": _rate(2e-3),
            "betas": BETAS,
            "eps": _eps(1e-8),
            "weight_decay": _decay(),
            "momentum_decay": _number(4e-3, "momentum_decay"),
            "decoupled_weight_decay": DECOUPLED,
            **_how("", "foreach maximize capturable differentiable"),
        },
        source="torch/optim/nadam.py",
    ),
    "RAdam": NativeClass(
        rule=RAdam,
        arguments={
            **ADAM,
            "weight_decay": _decay(),
            "decoupled_weight_decay": DECOUPLED,
            **_how("", "foreach maximize capturable differentiable"),
        },
        source="torch/optim/radam.py",
    ),
    "Adagrad": NativeClass(
        rule=Adagrad,
        arguments={
            "lr": _rate(1e-2),
            "lr_decay": _number(0.0, "learning_rate_decay"),
            "weight_decay": _decay(),
            "initial_accumulator_value": _number(0.0, "initial_accumulator"),
            "eps": _eps(1e-10),
            **_how("foreach", "maximize differentiable fused"),
        },
        fixed_fields={"epsilon_position": "outside-root", **COUPLED},
        source="torch/optim/adagrad.py",
    ),
    "Adadelta": NativeClass(
        rule=Adadelta,
        arguments={
            "lr": _rate(1.0),
            "rho": _number(0.9, "rho"),
            "eps": _eps(1e-6),
            "weight_decay": _decay(),
            **_how("foreach", "capturable maximize differentiable"),
        },
        fixed_fields=COUPLED,
        source="torch/optim/adadelta.py",
    ),
    "RMSprop": NativeClass(
        rule=RMSprop,
        arguments={
            "lr": _rate(1e-2),
            "alpha": _number(0.99, "rho"),
            "eps": _eps(1e-8),
            "weight_decay": _decay(),
            "momentum": _number(0.0, "momentum"),
            "centered": _flag("centered"),
            **_how("capturable foreach maximize differentiable", ""),
        },
        fixed_fields={"epsilon_position": "outside-root", "learning_rate_in_velocity": False, **COUPLED},
        source="torch/optim/rmsprop.py",
    ),
    "Rprop": NativeClass(
        rule=Rprop,
        arguments={
            "lr": _rate(1e-2),
            "etas": Argument(default=(0.5, 1.2), field=("shrinkage", "growth")),
            "step_sizes": Argument(default=(1e-6, 50.0), field=("smallest", "largest")),
            **_how("", "capturable foreach maximize differentiable"),
        },
        fixed_fields={"weight_decay": 0.0, **COUPLED},
        source="torch/optim/rprop.py",
    ),
    "ASGD": NativeClass(
        rule=ASGD,
        arguments={
            "lr": _rate(1e-2),
            "lambd": _number(1e-4, "decay"),
            "alpha": _number(0.75, "power"),
            "t0": _number(1e6, "average_from"),
            "weight_decay": _decay(),
            **_how("foreach maximize differentiable capturable", ""),
        },
        fixed_fields=COUPLED,
        source="torch/optim/asgd.py",
    ),
    "Adafactor": NativeClass(
        rule=Adafactor,
        arguments={
            "lr": _rate(1e-2),
            "beta2_decay": _number(-0.8, "beta2_decay"),
            "eps": Argument(default=(None, 1e-3), field=("epsilon1", "epsilon2")),
            "d": Argument(default=1.0, field="clip_threshold", allowed=Range(ge=1)),
            "weight_decay": _decay(),
            **_how("", "foreach maximize"),
        },
        fixed_fields={"epsilon1_position": "floor", "scale_after_decay": False, "weight_decay_coupling": "decoupled"},
        source="torch/optim/_adafactor.py",
    ),
    # Its gradients must be sparse: a row that is not in them is left alone.
    "SparseAdam": NativeClass(
        rule=Adam,
        arguments={
            **ADAM,
            "lr": Argument(default=1e-3, field="learning_rate", allowed=Range(gt=0)),
            "eps": Argument(default=1e-8, field="epsilon", allowed=Range(gt=0)),
            "maximize": HOW["maximize"],
        },
        fixed_fields={"epsilon_position": "uncorrected-root", "lazy": True, "weight_decay": 0.0, **COUPLED},
        source="torch/optim/sparse_adam.py",
    ),
    # What its steps in bfloat16 are, depends on the order of their sums; at most so much of a step is it off.
    "Muon": NativeClass(
        rule=Muon,
        arguments={
            "lr": _rate(1e-3),
            "weight_decay": _decay(0.1),
            "momentum": _number(0.95, "momentum"),
            "nesterov": Argument(default=True, field="nesterov"),
            "ns_coefficients": Argument(default=(3.4445, -4.775, 2.0315), field=("ns_a", "ns_b", "ns_c")),
            "eps": _eps(1e-7),
            "ns_steps": Argument(default=5, field="iterations"),
            "adjust_lr_fn": Argument(
                field="scale", words={None: "aspect", "original": "aspect", "match_rms_adamw": "rms"}
            ),
        },
        fixed_fields={
            "velocity": "mean",
            "iteration_dtype": "bfloat16",
            "epsilon_position": "floor",
            "rms_rate": 0.2,
            "weight_decay_coupling": "decoupled",
        },
        float64_gap=0.05,
        source="torch/optim/_muon.py",
    ),
}

# How the optimizer of a recipe is written.
RECIPE_CLASSES: dict[Optimizer, RecipeClass] = {
    "sgd": RecipeClass(name="SGD"),
    "momentum": RecipeClass(name="SGD"),
    "nesterov": RecipeClass(name="SGD", fixed={"nesterov": True}),
    "adadelta": RecipeClass(name="Adadelta"),
    "adagrad": RecipeClass(name="Adagrad"),
    "adam": RecipeClass(name="Adam"),
    "rmsprop": RecipeClass(name="RMSprop"),
    "adamw": RecipeClass(name="AdamW"),
    "adamax": RecipeClass(name="Adamax"),
    "nadam": RecipeClass(name="NAdam"),
    "radam": RecipeClass(name="RAdam"),
    "asgd": RecipeClass(name="ASGD"),
    "rprop": RecipeClass(name="Rprop"),
    "adafactor": RecipeClass(name="Adafactor"),
}
