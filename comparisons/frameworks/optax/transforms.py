"""The transformations of optax: their arguments, and the chains that the aliases are made of."""

from collections.abc import Mapping
from types import EllipsisType
from typing import Any

from comparisons.frameworks.call import NativeCall

MODULE = "optax"
Signature = Mapping[str, Any]  # argument to default, in their order; ... for one that must be given
REQUIRED: EllipsisType = ...

_MOMENTS = {"b1": 0.9, "b2": 0.999, "eps": 1e-8, "eps_root": 0.0}
_BELIEF = {"b1": 0.9, "b2": 0.999, "eps": 1e-16, "eps_root": 1e-16}
_RMS = {"decay": 0.9, "eps": 1e-8, "initial_scale": 0.0, "eps_in_sqrt": True}
_FREE = {"weight_lr_power": 2.0, "state_dtype": None}
_FACTORED = {"min_dim_size_to_factor": 128, "decay_rate": 0.8, "decay_offset": 0}
_DECAYED = {"weight_decay": 1e-4, "mask": None}

ALIASES: Mapping[str, Signature] = {
    "sgd": {"learning_rate": ..., "momentum": None, "nesterov": False, "accumulator_dtype": None},
    "adam": {"learning_rate": ..., **_MOMENTS, "mu_dtype": None, "nesterov": False},
    "adamw": {"learning_rate": ..., **_MOMENTS, "mu_dtype": None, **_DECAYED, "nesterov": False},
    "nadam": {"learning_rate": ..., **_MOMENTS, "mu_dtype": None, "nesterov": True},
    "nadamw": {"learning_rate": ..., **_MOMENTS, "mu_dtype": None, **_DECAYED, "nesterov": True},
    "adamax": {"learning_rate": ..., "b1": 0.9, "b2": 0.999, "eps": 1e-8},
    "adamaxw": {"learning_rate": ..., "b1": 0.9, "b2": 0.999, "eps": 1e-8, **_DECAYED},
    "adagrad": {"learning_rate": ..., "initial_accumulator_value": 0.1, "eps": 1e-7},
    "adadelta": {"learning_rate": None, "rho": 0.9, "eps": 1e-6, "weight_decay": 0.0, "weight_decay_mask": None},
    "rmsprop": {
        "learning_rate": ...,
        **_RMS,
        "centered": False,
        "momentum": None,
        "nesterov": False,
        "bias_correction": False,
    },
    "lion": {"learning_rate": ..., "b1": 0.9, "b2": 0.99, "mu_dtype": None, "weight_decay": 1e-3, "mask": None},
    "lamb": {"learning_rate": ..., **_MOMENTS, "eps": 1e-6, "weight_decay": 0.0, "mask": None},
    "adabelief": {"learning_rate": ..., **_BELIEF, "nesterov": False},
    "adafactor": {
        "learning_rate": None,
        **_FACTORED,
        "multiply_by_parameter_scale": True,
        "clipping_threshold": 1.0,
        "momentum": None,
        "dtype_momentum": "float32",
        "weight_decay_rate": None,
        "eps": 1e-30,
        "factored": True,
        "weight_decay_mask": None,
    },
    "schedule_free_sgd": {"learning_rate": 1.0, "warmup_steps": None, "b1": 0.9, "weight_decay": None, **_FREE},
    "schedule_free_adamw": {
        "learning_rate": 0.0025,
        "warmup_steps": None,
        "b1": 0.9,
        "b2": 0.999,
        "eps": 1e-8,
        "weight_decay": 0.0,
        **_FREE,
    },
    "sign_sgd": {"learning_rate": ...},
    "signum": {"learning_rate": ..., "beta": 0.9, "accumulator_dtype": None},
    "radam": {"learning_rate": ..., **_MOMENTS, "threshold": 5.0, "nesterov": False},
    "amsgrad": {
        "learning_rate": ...,
        **_MOMENTS,
        "mu_dtype": None,
        "bias_correction_mu": True,
        "bias_correction_nu": True,
    },
}
PARTS: Mapping[str, Signature] = {
    "identity": {},
    "trace": {"decay": ..., "nesterov": False, "accumulator_dtype": None},
    "ema": {"decay": ..., "debias": True, "accumulator_dtype": None},
    "scale": {"step_size": ...},
    "scale_by_learning_rate": {"learning_rate": None, "flip_sign": True},
    "scale_by_schedule": {"step_size_fn": ...},
    "add_decayed_weights": {"weight_decay": 0.0, "mask": None},
    "clip": {"max_delta": ...},
    "clip_by_global_norm": {"max_norm": ...},
    "scale_by_adam": {**_MOMENTS, "mu_dtype": None, "nesterov": False},
    "scale_by_amsgrad": {**_MOMENTS, "mu_dtype": None, "bias_correction_mu": True, "bias_correction_nu": True},
    "scale_by_adamax": {"b1": 0.9, "b2": 0.999, "eps": 1e-8},
    "scale_by_rms": {**_RMS, "bias_correction": False},
    "scale_by_stddev": {**_RMS, "bias_correction": False},
    "scale_by_rss": {"initial_accumulator_value": 0.1, "eps": 1e-7},
    "scale_by_adadelta": {"rho": 0.9, "eps": 1e-6},
    "scale_by_lion": {"b1": 0.9, "b2": 0.99, "mu_dtype": None, "mode": "hard", "smooth_beta": 1.0},
    "scale_by_belief": {**_BELIEF, "nesterov": False},
    "scale_by_radam": {**_MOMENTS, "threshold": 5.0, "nesterov": False},
    "scale_by_trust_ratio": {"min_norm": 0.0, "trust_coefficient": 1.0, "eps": 0.0},
    "set_to_zero": {},
    # Adafactor's, as one: its own transformations are no rules by themselves.
    "scale_by_adafactor": {
        **_FACTORED,
        "factored": True,
        "eps": 1e-30,
        "clipping_threshold": 1.0,
        "multiply_by_parameter_scale": True,
    },
}
# What holds transformations: the argument, or the arguments, that do.
AROUND: Mapping[str, Signature] = {
    "masked": {"inner": ..., "mask": ..., "mask_compatible_extra_args": False},
    "multi_transform": {"transforms": ..., "param_labels": ..., "mask_compatible_extra_args": False},
    "partition": {"transforms": ..., "param_labels": ..., "mask_compatible_extra_args": False},
    "MultiSteps": {
        "opt": ...,
        "every_k_schedule": ...,
        "use_grad_mean": True,
        "should_skip_update_fn": None,
        "accumulator_dtype": "float32",
    },
    "apply_if_finite": {"inner": ..., "max_consecutive_errors": ...},
}
NAMES: Mapping[str, Signature] = {**ALIASES, **PARTS, **AROUND}


def part(name: str, **arguments: Any) -> NativeCall:
    """A transformation with all its arguments."""
    return NativeCall(framework="optax", name=name, module=MODULE, arguments={**PARTS[name], **arguments})


def members(call: NativeCall) -> list[NativeCall]:
    """The chain that an alias is (optax/_src/alias.py), for a call with all its arguments."""
    given: dict[str, Any] = dict(call.arguments)
    rate = part("scale_by_learning_rate", learning_rate=given.get("learning_rate"))
    match call.name:
        case "sgd":
            return [*_trace(given), rate]
        case "adam" | "nadam" | "adamw" | "nadamw" | "adamax" | "adamaxw" | "adabelief" | "lion" | "radam":
            return [_core(_CORES[call.name], given), *_decayed(given), rate]
        case "rmsprop":
            name = "scale_by_stddev" if given["centered"] else "scale_by_rms"
            return [_core(name, given), rate, *_trace(given)]
        case "sign_sgd":
            return [part("scale_by_lion", b1=0.0, b2=0.0), rate]
        case "signum":  # the sign of an average is Lion's, whose two averages are one
            return [part("scale_by_lion", b1=given["beta"], b2=given["beta"]), rate]
        case "adagrad":
            return [_core("scale_by_rss", given), rate]
        case "adadelta":
            return [*_decayed({**given, "mask": given["weight_decay_mask"]}), _core("scale_by_adadelta", given), rate]
        case "adafactor":
            rate = part("scale_by_learning_rate", learning_rate=given["learning_rate"] or 1.0)
            decay, mask = given["weight_decay_rate"] or 0.0, given["weight_decay_mask"]
            behind = [part("add_decayed_weights", weight_decay=_turned(decay), mask=mask)] if decay else []
            kept = [] if given["momentum"] is None else [part("ema", decay=given["momentum"])]
            return [_core("scale_by_adafactor", given), rate, *kept, *behind]
        case "lamb":
            return [_core("scale_by_adam", given), *_decayed(given), part("scale_by_trust_ratio"), rate]
        case _:
            return [call]


_CORES = {
    **dict.fromkeys(("adam", "nadam", "adamw", "nadamw"), "scale_by_adam"),
    **dict.fromkeys(("adamax", "adamaxw"), "scale_by_adamax"),
    "adabelief": "scale_by_belief",
    "radam": "scale_by_radam",
    "lion": "scale_by_lion",
}


def _turned(decay: Any) -> Any:
    """The decay behind the sign, which adafactor turns last."""
    return -decay if isinstance(decay, float | int) else decay


def _core(name: str, given: Mapping[str, Any]) -> NativeCall:
    return part(name, **{key: value for key, value in given.items() if key in PARTS[name]})


def _trace(given: Mapping[str, Any]) -> list[NativeCall]:
    if given["momentum"] is None:
        return []
    return [part("trace", decay=given["momentum"], nesterov=given["nesterov"])]


def _decayed(given: Mapping[str, Any]) -> list[NativeCall]:
    if "weight_decay" not in given:
        return []
    return [part("add_decayed_weights", weight_decay=given["weight_decay"], mask=given["mask"])]
