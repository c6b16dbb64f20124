"""The arguments of torch's schedulers, and of the functions of transformers that make one."""

from comparisons.frameworks.signature import Argument, Arguments
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, Range
from comparisons.rules.schedules import COUNT, STEPS

MODULE = "torch.optim.lr_scheduler"
TRANSFORMERS = "transformers"

_FIRST = {"last_epoch": Argument(default=-1, must_keep_default=True)}
_FACTOR = Argument(default=0.1, field="factor", allowed=POSITIVE)
_COUNT = Argument(required=True, field="over", allowed=STEPS)
_SHARE = Range(gt=0, le=1)
_MOMENTUM = Range(ge=0, le=1)
_SWITCH = Argument(default=True, field="cycle_momentum")

CALLS: dict[str, Arguments] = {
    "StepLR": {
        "step_size": Argument(required=True, field="every", allowed=STEPS),
        "gamma": _FACTOR,
        **_FIRST,
    },
    "MultiStepLR": {"milestones": Argument(required=True), "gamma": _FACTOR, **_FIRST},
    "ConstantLR": {
        "factor": Argument(default=1 / 3, field="factor", allowed=_SHARE),
        "total_iters": Argument(default=5, field="over", allowed=COUNT),
        **_FIRST,
    },
    "LinearLR": {
        "start_factor": Argument(default=1 / 3, field="initial", allowed=_SHARE),
        "end_factor": Argument(default=1.0, field="final", allowed=Range(ge=0, le=1)),
        "total_iters": Argument(default=5, field="over", allowed=COUNT),
        **_FIRST,
    },
    "ExponentialLR": {"gamma": Argument(required=True, field="rate", allowed=POSITIVE), **_FIRST},
    "PolynomialLR": {
        "total_iters": Argument(default=5, field="over", allowed=STEPS),
        "power": Argument(default=1.0, field="power", allowed=POSITIVE),
        **_FIRST,
    },
    "CosineAnnealingLR": {
        "T_max": _COUNT,
        "eta_min": Argument(default=0.0, field="floor", allowed=NOT_NEGATIVE),
        **_FIRST,
    },
    "CosineAnnealingWarmRestarts": {
        "T_0": _COUNT,
        "T_mult": Argument(default=1, field="t_mul", allowed=STEPS),
        "eta_min": Argument(default=0.0, field="floor", allowed=NOT_NEGATIVE),
        **_FIRST,
    },
    "CyclicLR": {
        "base_lr": Argument(required=True, field="initial", allowed=NOT_NEGATIVE),
        "max_lr": Argument(required=True, field="peak", allowed=NOT_NEGATIVE),
        "step_size_up": Argument(default=2000, field="up", allowed=STEPS),
        "step_size_down": Argument(default=None, field="down", allowed=Range(ge=1, integer=True, none=True)),
        "mode": Argument(default="triangular"),
        "gamma": Argument(default=1.0, field="factor", allowed=POSITIVE),
        "scale_fn": Argument(default=None, must_keep_default=True),
        "scale_mode": Argument(default="cycle"),  # of a scale_fn
        "cycle_momentum": _SWITCH,
        "base_momentum": Argument(default=0.8, field="peak", allowed=_MOMENTUM),
        "max_momentum": Argument(default=0.9, field="initial", allowed=_MOMENTUM),
        **_FIRST,
    },
    "OneCycleLR": {
        "max_lr": Argument(required=True, field="peak", allowed=POSITIVE),
        "total_steps": Argument(default=None, field="over", allowed=Range(ge=1, integer=True, none=True)),
        "epochs": Argument(default=None, field="over", allowed=Range(ge=1, integer=True, none=True)),
        "steps_per_epoch": Argument(default=None, field="over", allowed=Range(ge=1, integer=True, none=True)),
        "pct_start": Argument(default=0.3, field="share", allowed=Range(ge=0, le=1)),
        "anneal_strategy": Argument(default="cos"),
        "cycle_momentum": _SWITCH,
        "base_momentum": Argument(default=0.85, field="peak", allowed=_MOMENTUM),
        "max_momentum": Argument(default=0.95, field="initial", allowed=_MOMENTUM),
        "div_factor": Argument(default=25.0, field="factor", allowed=POSITIVE),
        "final_div_factor": Argument(default=1e4, field="factor", allowed=POSITIVE),
        "three_phase": Argument(default=False, field="three_phase"),
        **_FIRST,
    },
    "LambdaLR": {"lr_lambda": Argument(required=True), **_FIRST},
    "MultiplicativeLR": {"lr_lambda": Argument(required=True), **_FIRST},
    "SequentialLR": {
        "schedulers": Argument(required=True),
        "milestones": Argument(required=True),
        **_FIRST,
    },
    "ChainedScheduler": {"schedulers": Argument(required=True)},  # and the optimizer last, if at all
}

_WARMUP = {"num_warmup_steps": Argument(required=True, field="warmup", allowed=COUNT)}
_TRAINING = {**_WARMUP, "num_training_steps": Argument(required=True, field="over", allowed=STEPS)}
_CYCLES = Argument(default=0.5, field="cycles", allowed=POSITIVE)
_NONE = Range(ge=0, integer=True, none=True)
_SHARE_OR_NONE = Argument(default=None, field="floor", allowed=Range(ge=0, none=True))

BY_NAME: dict[str, Arguments] = {
    "get_constant_schedule": _FIRST,
    "get_constant_schedule_with_warmup": {**_WARMUP, **_FIRST},
    "get_linear_schedule_with_warmup": {**_TRAINING, **_FIRST},
    "get_cosine_schedule_with_warmup": {**_TRAINING, "num_cycles": _CYCLES, **_FIRST},
    "get_cosine_with_hard_restarts_schedule_with_warmup": {
        **_TRAINING,
        "num_cycles": Argument(default=1, field="cycles", allowed=POSITIVE),
        **_FIRST,
    },
    "get_cosine_with_min_lr_schedule_with_warmup": {
        **_TRAINING,
        "num_cycles": _CYCLES,
        **_FIRST,
        "min_lr": _SHARE_OR_NONE,
        "min_lr_rate": _SHARE_OR_NONE,
    },
    "get_polynomial_decay_schedule_with_warmup": {
        **_TRAINING,
        "lr_end": Argument(default=1e-7, field="final", allowed=NOT_NEGATIVE),
        "power": Argument(default=1.0, field="power", allowed=POSITIVE),
        **_FIRST,
    },
    "get_inverse_sqrt_schedule": {
        **_WARMUP,
        "timescale": Argument(default=None, field="over", allowed=Range(ge=1, integer=True, none=True)),
        **_FIRST,
    },
    "get_wsd_schedule": {
        **_WARMUP,
        "num_decay_steps": Argument(required=True, field="over", allowed=COUNT),
        "num_training_steps": Argument(default=None, field="over", allowed=_NONE),
        "num_stable_steps": Argument(default=None, field="over", allowed=_NONE),
        "warmup_type": Argument(default="linear"),
        "decay_type": Argument(default="cosine"),
        "min_lr_ratio": Argument(default=0.0, field="floor", allowed=NOT_NEGATIVE),
        "num_cycles": _CYCLES,
        **_FIRST,
    },
    "get_scheduler": {  # the optimizer comes second
        "name": Argument(required=True),
        "num_warmup_steps": Argument(default=None, field="warmup", allowed=_NONE),
        "num_training_steps": Argument(default=None, field="over", allowed=_NONE),
        "scheduler_specific_kwargs": Argument(default=None, must_keep_default=True),
    },
}
