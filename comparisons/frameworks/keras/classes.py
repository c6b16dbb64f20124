"""keras.optimizers as of Keras 3.15."""

from collections.abc import Mapping
from dataclasses import replace

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.keras import clipping
from comparisons.frameworks.signature import Argument, Fields, NativeClass, RecipeClass, Rest
from comparisons.names import BadInput
from comparisons.rules import (
    SGD,
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
    RMSprop,
    Rule,
    ScheduleFreeAdamW,
)
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, RANGES, Range
from comparisons.rules.recipe import Optimizer
from comparisons.rules.training import Selector

RATE = Argument(default=1e-3, field="learning_rate")
BETA_1 = Argument(default=0.9, field="beta1")
BETA_2 = Argument(default=0.999, field="beta2")
EPSILON = Argument(default=1e-7, field="epsilon")
MOMENTUM = Argument(default=0.0, field="momentum")
DECAY = Argument(field="weight_decay")
# Every class's; the clips are read together, into the rule's one `clip`.
TAIL = {
    **clipping.ARGUMENTS,
    "use_ema": Argument(default=False, must_keep_default=True),
    "ema_momentum": Argument(default=0.99, relevant_if="use_ema", allowed=Range(ge=0, le=1)),
    "ema_overwrite_frequency": Argument(relevant_if="use_ema", allowed=Range(ge=1, integer=True)),
    "loss_scale_factor": Argument(must_keep_default=True, allowed=POSITIVE),
    "gradient_accumulation_steps": Argument(must_keep_default=True, allowed=Range(ge=2, integer=True)),
    "name": Argument(),
}
ADAM = {"learning_rate": RATE, "beta_1": BETA_1, "beta_2": BETA_2, "epsilon": EPSILON}


def _flag(field: str) -> Argument:
    return Argument(default=False, field=field)


def _number(default: float, field: str) -> Argument:
    return Argument(default=default, field=field)


def _class(
    rule: type[Rule], file: str, arguments: dict[str, Argument], decay: Argument = DECAY, **always: Value
) -> NativeClass:
    return NativeClass(
        rule=rule,
        arguments={**arguments, **({} if "weight_decay" in arguments else {"weight_decay": decay}), **TAIL},
        fixed_fields={"weight_decay_coupling": "decoupled", **always},
        mean_by_difference=rule in (Adam, NAdam, Lamb, ScheduleFreeAdamW),
        source=f"keras/src/optimizers/{file}.py",
    )


CLASSES = {
    "SGD": _class(
        SGD,
        "sgd",
        {"learning_rate": _number(0.01, "learning_rate"), "momentum": MOMENTUM, "nesterov": _flag("nesterov")},
        dampening=0.0,
        learning_rate_in_velocity=True,
    ),
    "Adam": _class(Adam, "adam", {**ADAM, "amsgrad": _flag("amsgrad")}, epsilon_position="uncorrected-root"),
    "AdamW": _class(
        Adam,
        "adamw",
        {
            "learning_rate": RATE,
            "weight_decay": _number(0.004, "weight_decay"),
            "beta_1": BETA_1,
            "beta_2": BETA_2,
            "epsilon": EPSILON,
            "amsgrad": _flag("amsgrad"),
        },
        epsilon_position="uncorrected-root",
    ),
    "Adamax": _class(Adamax, "adamax", ADAM, epsilon_position="added"),
    # Its 0.96 goes through float32, where it is off by 9e-9 of itself; with beta1 = 0.9999 that comes to 4e-7.
    "Nadam": replace(_class(NAdam, "nadam", ADAM, momentum_decay=1.0), float64_gap=1e-6),
    "Adagrad": _class(
        Adagrad,
        "adagrad",
        {
            "learning_rate": RATE,
            "initial_accumulator_value": _number(0.1, "initial_accumulator"),
            "epsilon": EPSILON,
        },
        epsilon_position="inside-root",
    ),
    "Adadelta": _class(Adadelta, "adadelta", {"learning_rate": RATE, "rho": _number(0.95, "rho"), "epsilon": EPSILON}),
    "RMSprop": _class(
        RMSprop,
        "rmsprop",
        {
            "learning_rate": RATE,
            "rho": _number(0.9, "rho"),
            "momentum": MOMENTUM,
            "epsilon": EPSILON,
            "centered": _flag("centered"),
        },
        epsilon_position="inside-root",
        learning_rate_in_velocity=True,
    ),
    "Ftrl": _class(
        Ftrl,
        "ftrl",
        {
            "learning_rate": RATE,
            "learning_rate_power": _number(-0.5, "learning_rate_power"),
            "initial_accumulator_value": _number(0.1, "initial_accumulator"),
            "l1_regularization_strength": _number(0.0, "l1"),
            "l2_regularization_strength": _number(0.0, "l2"),
            "l2_shrinkage_regularization_strength": _number(0.0, "l2_shrinkage"),
            "beta": _number(0.0, "beta"),
        },
    ),
    "Lion": _class(
        Lion,
        "lion",
        {
            "learning_rate": RATE,
            "beta_1": Argument(default=0.9, field="beta1", allowed=Range(gt=0, le=1)),
            "beta_2": _number(0.99, "beta2"),
        },
    ),
    "Lamb": _class(Lamb, "lamb", ADAM),
    "Adafactor": _class(
        Adafactor,
        "adafactor",
        {
            "learning_rate": RATE,
            "beta_2_decay": _number(-0.8, "beta2_decay"),
            "epsilon_1": Argument(default=1e-30, field="epsilon1", allowed=NOT_NEGATIVE),
            "epsilon_2": _number(1e-3, "epsilon2"),
            "clip_threshold": _number(1.0, "clip_threshold"),
            "relative_step": Argument(default=True),  # has no effect in 3.15
        },
        epsilon1_position="added",
        scale_after_decay=True,
    ),
}

# It reads its momentum after it has written it over: `defects`, schedule-free-alias.
CLASSES["ScheduleFreeAdamW"] = _class(
    ScheduleFreeAdamW,
    "schedule_free_adamw",
    {
        "learning_rate": _number(0.0025, "learning_rate"),
        "beta_1": BETA_1,
        "beta_2": BETA_2,
        "epsilon": _number(1e-8, "epsilon"),
        "warmup_steps": Argument(default=0, field="warmup_steps"),
    },
    rate_power=0.0,
    step_power=0.0,
    aliased=True,
    decay_in_step=False,
)

# --- Muon, which steps by Adam what is no matrix

MUON = {
    "learning_rate": RATE,
    "adam_beta_1": Argument(default=0.9, allowed=RANGES["beta1"]),
    "adam_beta_2": Argument(default=0.999, allowed=RANGES["beta2"]),
    "adam_weight_decay": Argument(default=0.004, allowed=NOT_NEGATIVE),
    "epsilon": Argument(default=1e-7, allowed=NOT_NEGATIVE),  # of Adam; the norm's is fixed
    "weight_decay": _number(0.004, "weight_decay"),
    **TAIL,
    "exclude_layers": Argument(),
    "exclude_embeddings": Argument(default=True),
    "muon_a": _number(3.4445, "ns_a"),
    "muon_b": _number(-4.775, "ns_b"),
    "muon_c": _number(2.0315, "ns_c"),
    "adam_lr_ratio": Argument(default=1.0, allowed=POSITIVE),
    "momentum": _number(0.95, "momentum"),
    "ns_steps": Argument(default=5, field="iterations"),
    "nesterov": Argument(default=True, field="nesterov"),
    "rms_rate": Argument(default=0.2, field="rms_rate", allowed=Range(gt=0, none=True)),
}
ITS_ADAM = {
    **{name: replace(argument, field="") for name, argument in MUON.items() if name not in clipping.ARGUMENTS},
    **clipping.ARGUMENTS,
    "learning_rate": RATE,
    "adam_beta_1": BETA_1,
    "adam_beta_2": BETA_2,
    "adam_weight_decay": _number(0.004, "weight_decay"),
    "epsilon": EPSILON,
    "adam_lr_ratio": Argument(default=1.0, field="ratio", allowed=POSITIVE),
}


def _scaled(fields: Fields) -> Fields:
    """A rate of None is no scale."""
    unscaled = fields["rms_rate"] is None
    return {**fields, "rms_rate": 0.2, "scale": "none"} if unscaled else fields


def _unscaled(fields: Fields) -> Fields:
    return {**fields, "rms_rate": None} if fields["scale"] == "none" else fields


def _of_adam(fields: Fields) -> Fields:
    """Adam steps at so many times the learning rate; its decay goes by the learning rate itself."""
    fields = dict(fields)
    ratio, rate, decay = fields.pop("ratio"), fields["learning_rate"], fields["weight_decay"]
    if ratio == 1:
        return fields
    if isinstance(rate, NativeCall):
        raise BadInput(f"keras.optimizers.Muon: adam_lr_ratio is {ratio}; with a schedule it must be 1")
    return {**fields, "learning_rate": ratio * rate, "weight_decay": decay / ratio}


def _matrices(arguments: Mapping[str, Value]) -> Selector:
    """Matrices, but for the embeddings and the layers that are excluded."""
    excluded = arguments.get("exclude_layers") or ()
    words = [str(word) for word in excluded] if isinstance(excluded, tuple | list) else [str(excluded)]
    if odd := [word for word in words if not all(letter.isalnum() or letter in "_/-" for letter in word)]:
        raise BadInput(f"keras.optimizers.Muon: exclude_layers has {odd[0]!r}; a pattern with signs is not read")
    embeddings = ["*[eE][mM][bB][eE][dD][dD][iI][nN][gG]*"] if arguments.get("exclude_embeddings", True) else []
    return Selector(least_axes=2, most_axes=2, without=(*embeddings, *(f"*{word}*" for word in words)))


CLASSES["Muon"] = NativeClass(
    rule=Muon,
    arguments=MUON,
    fixed_fields={
        "velocity": "sum",
        "iteration_dtype": "parameter",
        "epsilon": 1e-7,
        "epsilon_position": "added",
        "scale": "rms",
        "weight_decay_coupling": "decoupled",
    },
    settle=_scaled,
    unsettle=_unscaled,
    rest=Rest(
        native=NativeClass(
            rule=Adam,
            arguments=ITS_ADAM,
            fixed_fields={"weight_decay_coupling": "decoupled", "epsilon_position": "uncorrected-root"},
            settle=_of_adam,
            source="keras/src/optimizers/muon.py",
        ),
        tensors=_matrices,
        alone={"exclude_embeddings": False},
    ),
    source="keras/src/optimizers/muon.py",
)

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
    "nadam": RecipeClass(name="Nadam"),
    "ftrl": RecipeClass(name="Ftrl"),
    "lion": RecipeClass(name="Lion"),
    "lamb": RecipeClass(name="Lamb"),
    "adafactor": RecipeClass(name="Adafactor"),
}
