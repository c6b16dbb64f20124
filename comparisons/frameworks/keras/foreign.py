"""Optimizers for TensorFlow that are not Keras's of today, each with the rule that it follows.

tensorflow.compat.v1.train is TensorFlow 1's tf.train. Keras had three makes before the one of today: the classes of its
own package until 2.3 (`keras.v1` here), OptimizerV2 (tf.keras of TensorFlow 2.0 to 2.10, keras 2.4 to 2.10, and
`legacy` after that), and from 2.11 on what Keras 3 has, in the package tf_keras to this day.

Sources: tensorflow/python/training/*.py, tensorflow/core/kernels/training_ops.cc, keras/optimizers.py of keras 2.3,
tf_keras/src/optimizers/**, tensorflow_addons/optimizers/*.py, transformers/optimization_tf.py.
"""

from collections.abc import Mapping
from dataclasses import replace

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.keras import clipping
from comparisons.frameworks.keras.classes import ADAM, BETA_1, BETA_2, CLASSES, MOMENTUM, RATE
from comparisons.frameworks.signature import Argument, Arguments, Fields, NativeClass, Package
from comparisons.names import BadInput
from comparisons.rules import SGD, AdaBelief, Adadelta, Adagrad, Adam, Adamax, Ftrl, Lamb, NAdam, RAdam, RMSprop, Rule
from comparisons.rules.ranges import NOT_NEGATIVE, Range

FREE = Argument()  # how to compute, a name
OFF = Argument(default=False, must_keep_default=True)
COUPLED: Mapping[str, Value] = {"weight_decay": 0.0, "weight_decay_coupling": "coupled"}
GIVEN = Argument(required=True, field="learning_rate")


def _number(default: float, field: str) -> Argument:
    return Argument(default=default, field=field)


def _flag(field: str) -> Argument:
    return Argument(default=False, field=field)


# --- TensorFlow 1


def _train(rule: type[Rule], file: str, arguments: Arguments, **always: Value) -> NativeClass:
    return NativeClass(
        rule=rule,
        arguments=arguments,
        fixed_fields={**COUPLED, **always},
        source=f"tensorflow/python/training/{file}.py",
    )


NAMED = {"use_locking": FREE, "name": FREE}
PROXIMAL = "it shrinks towards 0 after each step, by l1 and l2, which no rule of ours does"
TRAIN = Package(
    module="tensorflow.compat.v1.train",
    aliases=("tf.train", "tf.compat.v1.train", "tensorflow.train", "tensorflow.compat.v1.train", "v1.train"),
    classes={
        "GradientDescentOptimizer": _train(
            SGD, "gradient_descent", {"learning_rate": GIVEN, **NAMED}, momentum=0.0, dampening=0.0
        ),
        "MomentumOptimizer": _train(
            SGD,
            "momentum",
            {
                "learning_rate": GIVEN,
                "momentum": Argument(required=True, field="momentum"),
                **NAMED,
                "use_nesterov": _flag("nesterov"),
            },
            dampening=0.0,
            learning_rate_in_velocity=False,
        ),
        "RMSPropOptimizer": _train(
            RMSprop,
            "rmsprop",
            {
                "learning_rate": GIVEN,
                "decay": _number(0.9, "rho"),
                "momentum": MOMENTUM,
                "epsilon": _number(1e-10, "epsilon"),
                "use_locking": FREE,
                "centered": _flag("centered"),
                "name": FREE,
            },
            epsilon_position="inside-root",
            learning_rate_in_velocity=True,
            initial_accumulator=1.0,
        ),
        "AdamOptimizer": _train(
            Adam,
            "adam",
            {
                "learning_rate": RATE,
                "beta1": BETA_1,
                "beta2": BETA_2,
                "epsilon": _number(1e-8, "epsilon"),
                **NAMED,
                "use_own_namescope_for_non_slot_vars": FREE,
            },
            epsilon_position="uncorrected-root",
        ),
        "AdagradOptimizer": _train(
            Adagrad,
            "adagrad",
            {
                "learning_rate": GIVEN,
                "initial_accumulator_value": _number(0.1, "initial_accumulator"),
                **NAMED,
            },
            epsilon=0.0,
            epsilon_position="outside-root",
        ),
        "AdadeltaOptimizer": _train(
            Adadelta,
            "adadelta",
            {"learning_rate": RATE, "rho": _number(0.95, "rho"), "epsilon": _number(1e-8, "epsilon"), **NAMED},
        ),
        "FtrlOptimizer": _train(
            Ftrl,
            "ftrl",
            {
                "learning_rate": GIVEN,
                "learning_rate_power": _number(-0.5, "learning_rate_power"),
                "initial_accumulator_value": _number(0.1, "initial_accumulator"),
                "l1_regularization_strength": _number(0.0, "l1"),
                "l2_regularization_strength": _number(0.0, "l2"),
                **NAMED,
                "accum_name": FREE,
                "linear_name": FREE,
                "l2_shrinkage_regularization_strength": _number(0.0, "l2_shrinkage"),
                "beta": _number(0.0, "beta"),
            },
        ),
    },
    no_rule={
        "AdagradDAOptimizer": "it is dual averaging: each step starts from 0 again, which no rule of ours does",
        "ProximalAdagradOptimizer": PROXIMAL,
        "ProximalGradientDescentOptimizer": PROXIMAL,
        "SyncReplicasOptimizer": "it wraps another, and adds up the gradients of workers; port the one inside",
    },
)

# --- Keras before Keras 3

INVERSE = Argument(default=0.0, field="learning_rate_decay")  # per update, which Keras 3 ignores
OLD_RATE = Argument(field="old_rate", allowed=NOT_NEGATIVE)  # `lr`, which goes before learning_rate


def _old_epsilon(default: float | None = 1e-7) -> Argument:
    """None is Keras's own, 1e-7."""
    return Argument(default=default, field="epsilon", allowed=Range(ge=0, none=True))


def _old(fields: Fields) -> Fields:
    """With `lr` as the learning rate, 1e-7 for an epsilon of None, and one schedule at most."""
    fields = dict(fields)
    rate = fields.pop("old_rate")
    if rate is not None:
        fields["learning_rate"] = rate
    if "epsilon" in fields and fields["epsilon"] is None:
        fields["epsilon"] = 1e-7
    if fields["learning_rate_decay"] and isinstance(fields["learning_rate"], NativeCall):
        raise BadInput(f"decay is {fields['learning_rate_decay']}; with a schedule it must be 0")
    return fields


def _old_rmsprop(fields: Fields) -> Fields:
    """Epsilon is added outside the root; with momentum, by another kernel, inside."""
    fields = _old(fields)
    return {**fields, "epsilon_position": "inside-root" if fields["momentum"] else "outside-root"}


def _keras_2(rule: type[Rule], file: str, arguments: dict[str, Argument], **always: Value) -> NativeClass:
    return NativeClass(
        rule=rule,
        arguments={**arguments, "name": FREE, "lr": OLD_RATE, "decay": INVERSE, **clipping.ARGUMENTS},
        fixed_fields={**COUPLED, **always},
        settle=_old_rmsprop if rule is RMSprop else _old,
        source=f"tf_keras/src/optimizers/legacy/{file}.py",
    )


OLD_ADAM = {**ADAM, "epsilon": _old_epsilon()}
FTRL = {
    name: argument
    for name, argument in CLASSES["Ftrl"].arguments.items()
    if argument.field and name not in clipping.ARGUMENTS and name != "weight_decay"
}
KERAS_2 = Package(
    module="keras.optimizers.legacy",
    aliases=tuple(
        f"{above}.{below}"
        for above in ("keras.optimizers", "tf.keras.optimizers", "tensorflow.keras.optimizers", "tf_keras.optimizers")
        for below in ("legacy", "adam_v2", "gradient_descent_v2", "rmsprop_v2", "adagrad_v2", "adadelta_v2")
    ),
    classes={
        "SGD": _keras_2(
            SGD,
            "gradient_descent",
            {"learning_rate": _number(0.01, "learning_rate"), "momentum": MOMENTUM, "nesterov": _flag("nesterov")},
            dampening=0.0,
            learning_rate_in_velocity=True,
        ),
        "Adam": _keras_2(Adam, "adam", {**OLD_ADAM, "amsgrad": _flag("amsgrad")}, epsilon_position="uncorrected-root"),
        "Adamax": _keras_2(Adamax, "adamax", OLD_ADAM, epsilon_position="added"),
        "Nadam": replace(
            _keras_2(NAdam, "nadam", OLD_ADAM),
            arguments={
                **OLD_ADAM,
                "name": FREE,
                "lr": OLD_RATE,
                "schedule_decay": _number(0.004, "momentum_decay"),
                "decay": INVERSE,
                **clipping.ARGUMENTS,
            },
        ),
        "RMSprop": _keras_2(
            RMSprop,
            "rmsprop",
            {
                "learning_rate": RATE,
                "rho": _number(0.9, "rho"),
                "momentum": MOMENTUM,
                "epsilon": _old_epsilon(),
                "centered": _flag("centered"),
            },
            learning_rate_in_velocity=True,
        ),
        "Adagrad": _keras_2(
            Adagrad,
            "adagrad",
            {
                "learning_rate": RATE,
                "initial_accumulator_value": _number(0.1, "initial_accumulator"),
                "epsilon": _old_epsilon(),
            },
            epsilon_position="outside-root",
        ),
        "Adadelta": _keras_2(
            Adadelta, "adadelta", {"learning_rate": RATE, "rho": _number(0.95, "rho"), "epsilon": _old_epsilon()}
        ),
        "Ftrl": _keras_2(Ftrl, "ftrl", FTRL),
    },
)

# By what its defaults and its clipping were otherwise, before it was tf.keras: clipnorm was of all gradients together.
ONE_CLIP = {
    "clipnorm": Argument(field="clip_global_norm", allowed=NOT_NEGATIVE),
    "clipvalue": clipping.ARGUMENTS["clipvalue"],
}


def _keras_1(name: str, **other: Argument) -> NativeClass:
    """A class of Keras's own package as it was until 2.3, by what is not as in OptimizerV2."""
    newer = KERAS_2.classes[name]
    kept = {key: value for key, value in newer.arguments.items() if key not in (*clipping.ARGUMENTS, "name")}
    return replace(newer, arguments={**kept, **other, **ONE_CLIP}, source="keras/optimizers.py of keras 2.2")


def _no_start(native: NativeClass) -> NativeClass:
    kept = {key: value for key, value in native.arguments.items() if key != "initial_accumulator_value"}
    return replace(native, arguments=kept, fixed_fields={**native.fixed_fields, "initial_accumulator": 0.0})


KERAS_1 = Package(
    module="keras.v1.optimizers",
    classes={
        "SGD": _keras_1("SGD"),
        "RMSprop": _keras_1("RMSprop"),
        "Adagrad": _no_start(_keras_1("Adagrad", learning_rate=_number(0.01, "learning_rate"))),
        "Adadelta": _keras_1("Adadelta", learning_rate=_number(1.0, "learning_rate")),
        "Adam": _keras_1("Adam"),
        "Adamax": _keras_1("Adamax", learning_rate=_number(2e-3, "learning_rate")),
        "Nadam": _keras_1("Nadam", learning_rate=_number(2e-3, "learning_rate")),
    },
    no_rule={"TFOptimizer": "it wraps one of tf.train; port that"},
)
# Arguments that Keras 3 has no longer, by which an older call is known. An epsilon of None is another such sign.
OLDER = ("lr", "decay", "schedule_decay")


def older(written: str, given: Mapping[str, object]) -> str:
    """The module of the make that a call of keras.optimizers is for, by its arguments; "" for that of today.

    Args:
        written: what stands before the last dot: with TensorFlow's name in it, it was OptimizerV2 already.
        given: the arguments, by their names.
    """
    if not any(name in given for name in OLDER) and not ("epsilon" in given and given["epsilon"] is None):
        return ""
    return (KERAS_2 if written.split(".")[0] in ("tf", "tensorflow", "tf_keras") else KERAS_1).module


# The package tf_keras: the make of today but for two numbers, an argument of Adam's, and that XLA compiles the step.
_LATER = {
    name: replace(
        native,
        arguments={
            **{key: value for key, value in native.arguments.items() if key != "gradient_accumulation_steps"},
            "jit_compile": FREE,
        },
        source=native.source.replace("keras/", "tf_keras/"),
    )
    for name, native in CLASSES.items()
    if name not in ("Lamb", "Muon", "ScheduleFreeAdamW")  # which are later still
}
_ADAM = list(_LATER["Adam"].arguments.items())
_LATER["Adam"] = replace(_LATER["Adam"], arguments={**dict(_ADAM[:4]), "adaptive_epsilon": OFF, **dict(_ADAM[4:])})
_LATER["Lion"] = replace(
    _LATER["Lion"], arguments={**_LATER["Lion"].arguments, "learning_rate": _number(1e-4, "learning_rate")}
)
TF_KERAS = Package(
    module="tf_keras.optimizers",
    aliases=("tf_keras.optimizers", "tf.keras.optimizers.experimental", "keras.optimizers.experimental"),
    classes=_LATER,
)

# --- TensorFlow Addons


def _by_itself(fields: Fields) -> Fields:
    """A decay that is not multiplied by the learning rate, as one that is."""
    decay, rate = fields["weight_decay"], fields["learning_rate"]
    if decay and isinstance(rate, NativeCall):
        raise BadInput(
            f"weight_decay is {decay}, and it does not fall with the learning rate; no rule has that under a schedule"
        )
    return {**fields, "weight_decay": decay / rate if decay else 0.0}


EVERY = {"name": FREE, **clipping.ARGUMENTS}
DECAY = {"weight_decay": Argument(required=True, field="weight_decay")}
RECTIFIED = {
    "sma_threshold": Argument(default=5.0, must_keep_default=True, allowed=NOT_NEGATIVE),
    "total_steps": Argument(default=0, must_keep_default=True, allowed=NOT_NEGATIVE),
    "warmup_proportion": FREE,
    "min_lr": FREE,
    **EVERY,
}
NONE = Argument(must_keep_default=True)


def _addon(
    rule: type[Rule], file: str, arguments: dict[str, Argument], coupling: str = "decoupled", **always: Value
) -> NativeClass:
    return NativeClass(
        rule=rule,
        arguments=arguments,
        fixed_fields={"weight_decay_coupling": coupling, **always},
        source=f"tensorflow_addons/optimizers/{file}.py",
    )


ADDONS = Package(
    module="tensorflow_addons.optimizers",
    aliases=("tensorflow_addons.optimizers", "tfa.optimizers"),
    classes={
        "AdamW": replace(
            _addon(
                Adam,
                "weight_decay_optimizers",
                {**DECAY, **ADAM, "amsgrad": _flag("amsgrad"), **EVERY},
                epsilon_position="uncorrected-root",
            ),
            settle=_by_itself,
        ),
        "SGDW": replace(
            _addon(
                SGD,
                "weight_decay_optimizers",
                {**DECAY, "learning_rate": RATE, "momentum": MOMENTUM, "nesterov": _flag("nesterov"), **EVERY},
                dampening=0.0,
                learning_rate_in_velocity=True,
            ),
            settle=_by_itself,
        ),
        "LAMB": _addon(
            Lamb,
            "lamb",
            {
                **ADAM,
                "epsilon": _number(1e-6, "epsilon"),
                "weight_decay": _number(0.0, "weight_decay"),
                "exclude_from_weight_decay": NONE,
                "exclude_from_layer_adaptation": NONE,
                **EVERY,
            },
            decay_in_step=True,
        ),
        "RectifiedAdam": _addon(
            RAdam,
            "rectified_adam",
            {**ADAM, "weight_decay": _number(0.0, "weight_decay"), "amsgrad": OFF, **RECTIFIED},
            epsilon_position="corrected-root",
        ),
        "AdaBelief": _addon(
            AdaBelief,
            "adabelief",
            {
                **ADAM,
                "epsilon": _number(1e-14, "epsilon"),
                "weight_decay": _number(0.0, "weight_decay"),
                "amsgrad": OFF,
                "rectify": Argument(default=True, field="rectify"),
                **RECTIFIED,
            },
        ),
    },
    no_rule={
        "LazyAdam": "it leaves the rows alone that a sparse gradient has not, and is Adam where a gradient is dense: "
        "port Adam for these, and for an embedding torch.optim.SparseAdam",
        "Yogi": "its second moment moves by the sign of a difference, which no rule of ours does",
        "NovoGrad": "it keeps a second moment for a whole layer, which no rule of ours does",
        "COCOB": "it has no learning rate: it bets, which no rule of ours does",
        "ConditionalGradient": "it moves towards a corner of a ball, which no rule of ours does",
        "ProximalAdagrad": PROXIMAL,
        "Lookahead": "it wraps another, and pulls the weights back to slow ones every few steps; port the one inside",
        "MovingAverage": "it wraps another, and keeps an average; port the one inside, with use_ema=True",
        "SWA": "it wraps another, and keeps an average; port the one inside, with an average of the weights",
        "MultiOptimizer": "it holds several; port each, as groups",
    },
)


def _unrectified(fields: Fields) -> Fields:
    fields = dict(fields)
    if fields.pop("rectify"):
        raise BadInput("tensorflow_addons.optimizers.AdaBelief: rectify is True; no rule has that, it must be False")
    return fields


ADDONS = replace(
    ADDONS, classes={**ADDONS.classes, "AdaBelief": replace(ADDONS.classes["AdaBelief"], settle=_unrectified)}
)

# --- BERT and transformers

BERT = Package(
    module="optimization",
    aliases=("optimization", "bert.optimization"),
    classes={
        "AdamWeightDecayOptimizer": NativeClass(
            rule=Adam,
            arguments={
                "learning_rate": GIVEN,
                "weight_decay_rate": _number(0.0, "weight_decay"),
                "beta_1": BETA_1,
                "beta_2": BETA_2,
                "epsilon": _number(1e-6, "epsilon"),
                "exclude_from_weight_decay": NONE,
                "name": FREE,
            },
            fixed_fields={
                "epsilon_position": "uncorrected-root",
                "bias_correction": False,
                "weight_decay_coupling": "decoupled",
            },
            source="bert/optimization.py",
        ),
    },
)
TRANSFORMERS_TF = Package(
    module="transformers.optimization_tf",
    aliases=("transformers.optimization_tf",),
    classes={
        "AdamWeightDecay": NativeClass(
            rule=Adam,
            arguments={
                **ADAM,
                "amsgrad": _flag("amsgrad"),
                "weight_decay_rate": _number(0.0, "weight_decay"),
                "include_in_weight_decay": NONE,
                "exclude_from_weight_decay": NONE,
                **EVERY,
            },
            fixed_fields={"epsilon_position": "uncorrected-root", "weight_decay_coupling": "decoupled"},
            source="transformers/optimization_tf.py",
        ),
    },
)

FOREIGN: Mapping[str, Package] = {
    one.module: one for one in (TRAIN, KERAS_2, KERAS_1, TF_KERAS, ADDONS, BERT, TRANSFORMERS_TF)
}
