"""Optimizers that others have written for torch, each with the rule that it follows.

Sources: huggingface/transformers src/transformers/optimization.py (AdamW until 4.x), huggingface/pytorch-image-models
timm/optim, NVIDIA/apex apex/optimizers and csrc/multi_tensor_*.cu, bitsandbytes-foundation/bitsandbytes
bitsandbytes/optim and csrc/kernels.cu.
"""

from collections.abc import Mapping
from dataclasses import replace

from comparisons.frameworks.call import Value
from comparisons.frameworks.signature import Argument, Fields, NativeClass, Package
from comparisons.frameworks.torch.classes import ADAM, BETAS, COUPLED
from comparisons.names import BadInput
from comparisons.rules import (
    SGD,
    Adafactor,
    Adagrad,
    Adam,
    ClipGlobalNorm,
    Lamb,
    Lion,
    RMSprop,
    Rule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, Range

FREE = Argument()  # how to compute, not what
OFF = Argument(default=False, must_keep_default=True)


def _number(default: float, field: str) -> Argument:
    return Argument(default=default, field=field)


def _flag(default: bool, field: str) -> Argument:
    return Argument(default=default, field=field)


def _rate(default: float) -> Argument:
    return _number(default, "learning_rate")


def _coupling(default: bool) -> Argument:
    return Argument(default=default, field="weight_decay_coupling", words={False: "coupled", True: "decoupled"})


# --- transformers


def _adafactor(fields: Fields) -> Fields:
    """The rate is the caller's, or 1 / sqrt(t) and at most 0.01; a decay goes by the scaled step."""
    fields = dict(fields)
    rate, relative = fields["learning_rate"], fields["relative_step"]
    if relative and rate is not None:
        raise BadInput(f"transformers.Adafactor: lr is {rate}; with relative_step=True it must be None")
    if not relative and rate is None:
        raise BadInput("transformers.Adafactor: lr is None; with relative_step=False it must be a number")
    if fields["weight_decay"] and (relative or fields["scale_parameter"]):
        raise BadInput(
            f"transformers.Adafactor: weight_decay is {fields['weight_decay']}; with scale_parameter or relative_step "
            "it is multiplied by the scaled step, which no rule has: it must be 0"
        )
    return {**fields, "learning_rate": 0.01 if relative else rate}


TRANSFORMERS = Package(
    module="transformers",
    aliases=("transformers.optimization", "transformers"),
    classes={
        "AdamW": NativeClass(
            rule=Adam,
            arguments={
                **ADAM,
                "eps": _number(1e-6, "epsilon"),
                "weight_decay": _number(0.0, "weight_decay"),
                "correct_bias": _flag(True, "bias_correction"),
                "no_deprecation_warning": FREE,
            },
            fixed_fields={"epsilon_position": "uncorrected-root", "weight_decay_coupling": "decoupled-last"},
            source="transformers/optimization.py",
        ),
        "Adafactor": NativeClass(
            rule=Adafactor,
            arguments={
                "lr": Argument(field="learning_rate", allowed=NOT_NEGATIVE),
                "eps": Argument(default=(1e-30, 1e-3), field=("epsilon1", "epsilon2")),
                "clip_threshold": _number(1.0, "clip_threshold"),
                "decay_rate": _number(-0.8, "beta2_decay"),
                "beta1": Argument(must_keep_default=True),
                "weight_decay": _number(0.0, "weight_decay"),
                "scale_parameter": _flag(True, "scale_parameter"),
                "relative_step": _flag(True, "relative_step"),
                "warmup_init": OFF,
            },
            fixed_fields={
                "epsilon1_position": "added",
                "scale_after_decay": False,
                "weight_decay_coupling": "decoupled",
            },
            settle=_adafactor,
            source="transformers/optimization.py",
        ),
    },
)

# --- timm

TIMM = Package(
    module="timm.optim",
    aliases=("timm.optim", "timm.optim.rmsprop_tf"),
    classes={
        "RMSpropTF": NativeClass(
            rule=RMSprop,
            arguments={
                "lr": _rate(1e-2),
                "alpha": _number(0.9, "rho"),
                "eps": _number(1e-10, "epsilon"),
                "weight_decay": _number(0.0, "weight_decay"),
                "momentum": _number(0.0, "momentum"),
                "centered": _flag(False, "centered"),
                "decoupled_decay": _coupling(False),
                "lr_in_momentum": _flag(True, "learning_rate_in_velocity"),
                "caution": OFF,
            },
            fixed_fields={"epsilon_position": "inside-root", "initial_accumulator": 1.0},
            source="timm/optim/rmsprop_tf.py",
        ),
    },
    no_rule={"Lookahead": "it pulls the weights back to slow ones every few steps, which no rule of ours does"},
)

# --- apex


def _lamb(fields: Fields) -> Fields:
    """Its clip is of all gradients; without weight decay the step's length is left as it is, unless use_nvlamb."""
    fields = dict(fields)
    limit, nvlamb = fields.pop("max_grad_norm"), fields.pop("use_nvlamb")
    if not fields["weight_decay"] and not nvlamb:
        raise BadInput(
            "apex.optimizers.FusedLAMB: weight_decay is 0, and without use_nvlamb=True such tensors are stepped as by "
            "Adam; port an Adam of the same numbers, clipped to the global norm"
        )
    return {**fields, "clip": ClipGlobalNorm(limit=limit, formula="exact") if limit else None}


APEX = Package(
    module="apex.optimizers",
    aliases=("apex.optimizers",),
    classes={
        "FusedAdam": NativeClass(
            rule=Adam,
            arguments={
                "lr": _rate(1e-3),
                "bias_correction": _flag(True, "bias_correction"),
                "betas": BETAS,
                "eps": _number(1e-8, "epsilon"),
                "adam_w_mode": _coupling(True),
                "weight_decay": _number(0.0, "weight_decay"),
                "amsgrad": OFF,
                "set_grad_none": FREE,
                "capturable": FREE,
                "master_weights": FREE,
            },
            fixed_fields={"epsilon_position": "corrected-root"},
            source="csrc/multi_tensor_adam.cu",
        ),
        "FusedSGD": NativeClass(
            rule=SGD,
            arguments={
                "lr": Argument(required=True, field="learning_rate"),
                "momentum": _number(0.0, "momentum"),
                "dampening": _number(0.0, "dampening"),
                "weight_decay": _number(0.0, "weight_decay"),
                "nesterov": _flag(False, "nesterov"),
                "wd_after_momentum": OFF,
                "materialize_master_grads": FREE,
                "set_grad_none": FREE,
            },
            fixed_fields={"learning_rate_in_velocity": False, **COUPLED},
            nesterov_needs_velocity=True,
            source="csrc/multi_tensor_sgd_kernel.cu",
        ),
        "FusedLAMB": NativeClass(
            rule=Lamb,
            arguments={
                "lr": _rate(1e-3),
                "bias_correction": _flag(True, "bias_correction"),
                "betas": BETAS,
                "eps": _number(1e-6, "epsilon"),
                "weight_decay": _number(0.01, "weight_decay"),
                "amsgrad": OFF,
                "adam_w_mode": _coupling(True),
                "grad_averaging": Argument(default=True, must_keep_default=True),
                "set_grad_none": FREE,
                "max_grad_norm": Argument(default=1.0, field="max_grad_norm", allowed=NOT_NEGATIVE),
                "use_nvlamb": _flag(False, "use_nvlamb"),
            },
            fixed_fields={"decay_in_step": True},
            settle=_lamb,
            source="csrc/multi_tensor_lamb.cu",
        ),
        "FusedAdagrad": NativeClass(
            rule=Adagrad,
            arguments={
                "lr": _rate(1e-2),
                "eps": _number(1e-10, "epsilon"),
                "weight_decay": _number(0.0, "weight_decay"),
                "set_grad_none": FREE,
                "adagrad_w_mode": _coupling(False),
            },
            fixed_fields={"epsilon_position": "outside-root", "initial_accumulator": 0.0},
            source="csrc/multi_tensor_adagrad.cu",
        ),
    },
    no_rule={
        "FusedNovoGrad": "it keeps a second moment for a whole layer, which no rule of ours does",
        "FusedMixedPrecisionLamb": "it keeps a copy of the weights in another precision",
        "FusedLARS": "it scales each layer's rate by norms of weights and gradient, which no rule of ours does",
    },
)

# --- bitsandbytes

# At 100 percentile_clipping clips nothing; eight bits are a rounding of the state, which no rule has.
BITS = {
    "optim_bits": Argument(default=32, must_keep_default=True, allowed=Range(ge=8, integer=True)),
    "args": FREE,
    "min_8bit_size": FREE,
    "percentile_clipping": Argument(default=100, must_keep_default=True, allowed=POSITIVE),
    "block_wise": FREE,
    "is_paged": FREE,
}
LAST = {"weight_decay_coupling": "decoupled-last"}
EIGHT = "it keeps its state in eight bits: its steps are those of the class with 32 bits but for that rounding, {}"


def _bits(
    rule: type[Rule], arguments: dict[str, Argument], fixed: Mapping[str, Value], *, wide: bool = False
) -> NativeClass:
    """A class of 32 bits, which may have them in its name."""
    how = {name: argument for name, argument in BITS.items() if not (wide and name == "optim_bits")}
    return NativeClass(
        rule=rule, arguments={**arguments, **how}, fixed_fields=fixed, source="bitsandbytes/csrc/kernels.cu"
    )


def _adam(decay: float, *, wide: bool = False) -> NativeClass:
    """Adam and AdamW are one kernel, whose decay is decoupled and comes last."""
    arguments = {**ADAM, "weight_decay": _number(decay, "weight_decay"), "amsgrad": OFF}
    arguments |= {"optim_bits": FREE} if wide else {}
    return _bits(Adam, arguments, {"epsilon_position": "corrected-root", **LAST}, wide=wide)


LION = {
    "lr": _rate(1e-4),
    "betas": replace(BETAS, default=(0.9, 0.99)),
    "weight_decay": _number(0.0, "weight_decay"),
}
VELOCITY = {
    "lr": Argument(required=True, field="learning_rate"),
    "momentum": _number(0.0, "momentum"),
    "dampening": Argument(default=0.0, must_keep_default=True, allowed=NOT_NEGATIVE),  # its kernel has none
    "weight_decay": _number(0.0, "weight_decay"),
    "nesterov": OFF,
}
BITSANDBYTES = Package(
    module="bitsandbytes.optim",
    aliases=("bitsandbytes.optim", "bnb.optim"),
    classes={
        "Adam": _adam(0.0),
        "Adam32bit": _adam(0.0, wide=True),
        "PagedAdam": _adam(0.0),
        "PagedAdam32bit": _adam(0.0, wide=True),
        "AdamW": _adam(1e-2),
        "AdamW32bit": _adam(1e-2, wide=True),
        "PagedAdamW": _adam(1e-2),
        "PagedAdamW32bit": _adam(1e-2, wide=True),
        "SGD": _bits(SGD, VELOCITY, {"learning_rate_in_velocity": False, **COUPLED}),
        "SGD32bit": _bits(SGD, VELOCITY, {"learning_rate_in_velocity": False, **COUPLED}, wide=True),
        "Lion": _bits(Lion, LION, {"weight_decay_coupling": "decoupled"}),
        "Lion32bit": _bits(Lion, LION, {"weight_decay_coupling": "decoupled"}, wide=True),
    },
    no_rule={
        **{
            f"{paged}{name}8bit": EIGHT.format(f"bitsandbytes.optim.{name}")
            for name in ("Adam", "AdamW", "Lion", "SGD", "RMSprop", "Adagrad", "LAMB", "LARS")
            for paged in ("", "Paged")
        },
        "AdEMAMix": "it keeps a third, slow mean of the gradients, which no rule of ours does",
        "LARS": "it scales each layer's rate by norms of weights and gradient, which no rule of ours does",
    },
)

# --- the authors' package of Schedule-Free

SCHEDULE_FREE = {
    "weight_decay": _number(0.0, "weight_decay"),
    "warmup_steps": Argument(default=0, field="warmup_steps"),
    "r": _number(0.0, "step_power"),
    "weight_lr_power": _number(2.0, "rate_power"),
    "foreach": FREE,
}
AUTHORS = Package(
    module="schedulefree",
    aliases=("schedulefree",),
    classes={
        "AdamWScheduleFree": NativeClass(
            rule=ScheduleFreeAdamW,
            arguments={"lr": _rate(0.0025), "betas": BETAS, "eps": _number(1e-8, "epsilon"), **SCHEDULE_FREE},
            fixed_fields={"aliased": False, "decay_in_step": True, "weight_decay_coupling": "decoupled"},
            source="schedulefree/adamw_schedulefree.py",
        ),
        "SGDScheduleFree": NativeClass(
            rule=ScheduleFreeSGD,
            arguments={"lr": _rate(1.0), "momentum": _number(0.9, "momentum"), **SCHEDULE_FREE},
            fixed_fields=COUPLED,
            source="schedulefree/sgd_schedulefree.py",
        ),
    },
    no_rule={"RAdamScheduleFree": "it rectifies its rate as RAdam does, which our Schedule-Free rules do not"},
)

WRAPS = "it wraps another optimizer, and {}, which no rule of ours does; port the one inside"
OTHERS = Package(
    module="torch_optimizer",
    aliases=("torch_optimizer", "lookahead", "sam"),
    classes={},
    no_rule={
        "Lookahead": WRAPS.format("pulls the weights back to slow ones every few steps"),
        "SAM": WRAPS.format("takes the gradient a second time, at weights moved up along the first"),
        "Yogi": "its second moment moves by the sign of a difference, which no rule of ours does",
        "NovoGrad": "it keeps a second moment for a whole layer, which no rule of ours does",
        "LARS": "it scales each layer's rate by norms of weights and gradient, which no rule of ours does",
    },
)

# --- DeepSpeed, whose kernel is apex's, and Lion as its own package has it

FUSED = APEX.classes["FusedAdam"]
CPU = {name: one for name, one in FUSED.arguments.items() if name not in ("adam_w_mode", "set_grad_none")}
DEEPSPEED = Package(
    module="deepspeed.ops.adam",
    aliases=("deepspeed.ops.adam",),
    classes={
        "FusedAdam": replace(FUSED, source="deepspeed/ops/adam/fused_adam.py"),
        "DeepSpeedCPUAdam": replace(
            FUSED,
            arguments={**CPU, "adamw_mode": _coupling(True), "fp32_optimizer_states": FREE},
            source="deepspeed/ops/adam/cpu_adam.py",
        ),
    },
)
LION_PYTORCH = Package(
    module="lion_pytorch",
    aliases=("lion_pytorch",),
    classes={
        "Lion": NativeClass(
            rule=Lion,
            arguments={**LION, "use_triton": FREE, "decoupled_weight_decay": OFF},
            fixed_fields={"weight_decay_coupling": "decoupled"},
            source="lion_pytorch/lion_pytorch.py",
        )
    },
)

FOREIGN: Mapping[str, Package] = {
    one.module: one for one in (AUTHORS, TRANSFORMERS, TIMM, APEX, BITSANDBYTES, DEEPSPEED, LION_PYTORCH, OTHERS)
}
