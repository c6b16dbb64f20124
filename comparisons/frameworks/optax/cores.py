"""The core of a chain and its velocity, as the rule that they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.optax.classes import FULL_MOMENTUM
from comparisons.frameworks.optax.schedules import CALLS
from comparisons.frameworks.optax.schedules import read as read_schedule
from comparisons.frameworks.optax.transforms import MODULE
from comparisons.names import BadInput
from comparisons.rules import (
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Clip,
    Lamb,
    Lion,
    NAdam,
    RAdam,
    RMSprop,
    Rule,
    Schedule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)


class Unread(BadInput):
    """What no rule describes: the transformation, or the chain, and why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{MODULE}.{name}: {reason}")
        self.name, self.reason = name, reason


@dataclass
class Reading:
    """What of a chain has been read so far."""

    clip: Clip | None = None
    core: NativeCall | None = None
    trust: bool = False
    velocity: Mapping[str, Any] | None = None
    rate_first: bool = False
    coupled: float = 0.0
    decoupled: float = 0.0
    sign: int = 1
    factor: float = 1.0
    schedule: Schedule | None = None
    scaled: bool = False


RMS = ("scale_by_rms", "scale_by_stddev")
CORES = (
    "scale_by_adam",
    "scale_by_adamax",
    *RMS,
    "scale_by_rss",
    "scale_by_adadelta",
    "scale_by_lion",
    "scale_by_belief",
    "scale_by_radam",
    "scale_by_adafactor",
)


def core_rule(so_far: Reading, rate: float | Schedule) -> Rule:
    """The rule of the core and its velocity, bare."""
    velocity = so_far.velocity or {"decay": 0.0, "nesterov": False}
    if so_far.core is None:
        return SGD(
            learning_rate=rate,
            momentum=velocity["decay"],
            nesterov=velocity["nesterov"],
            learning_rate_in_velocity=so_far.rate_first,
        )
    core, given = so_far.core, so_far.core.arguments
    match core.name:
        case "schedule_free_sgd" | "schedule_free_adamw":
            return _schedule_free(core, rate)
        case "scale_by_rss" | "scale_by_adadelta" | "scale_by_adafactor":
            return _of_squares(core, rate)
        case "scale_by_lion":
            _kept(core, mode="hard")
            return _lion(given, rate)
        case "scale_by_rms" | "scale_by_stddev":
            return _rmsprop(so_far, core, rate, velocity)
        case _:
            return _adaptive(so_far, rate, given)


def led(number: Any) -> Any:
    """A number, or the schedule that leads it: of inject_hyperparams, which asks it at every update."""
    return read_schedule(number) if isinstance(number, NativeCall) and number.name in CALLS else number


def _lion(given: Mapping[str, Any], rate: float | Schedule) -> Rule:
    return Lion(learning_rate=rate, beta1=led(given["b1"]), beta2=given["b2"])


def _schedule_free(core: NativeCall, rate: float | Schedule) -> Rule:
    given: Mapping[str, Any] = core.arguments
    power = given["weight_lr_power"]
    if core.name == "schedule_free_sgd":
        return ScheduleFreeSGD(learning_rate=rate, momentum=given["b1"], rate_power=power)
    betas = {"beta1": given["b1"], "beta2": given["b2"]}
    return ScheduleFreeAdamW(learning_rate=rate, **betas, epsilon=given["eps"], rate_power=power)


def _of_squares(core: NativeCall, rate: float | Schedule) -> Rule:
    """Adagrad, Adadelta, Adafactor: squares of gradients, and no velocity."""
    given: Mapping[str, Any] = core.arguments
    match core.name:
        case "scale_by_rss":
            start = given["initial_accumulator_value"]
            return Adagrad(
                learning_rate=rate, epsilon=given["eps"], epsilon_position="inside-root", initial_accumulator=start
            )
        case "scale_by_adadelta":
            return Adadelta(learning_rate=rate, rho=given["rho"], epsilon=given["eps"])
        case _:
            _kept(core, factored=True, decay_offset=0)
            return Adafactor(
                learning_rate=rate,
                beta2_decay=-given["decay_rate"],
                epsilon1=given["eps"],
                epsilon2=1e-3,
                clip_threshold=given["clipping_threshold"],
                epsilon1_position="added",
                scale_after_decay=False,
                scale_parameter=given["multiply_by_parameter_scale"],
                relative_step=False,
            )


def _rmsprop(so_far: Reading, core: NativeCall, rate: float | Schedule, velocity: Mapping[str, Any]) -> Rule:
    """RMSprop, centered or not; without a velocity, where it corrects its mean, Adam."""
    given: Mapping[str, Any] = core.arguments
    centered = core.name == "scale_by_stddev"
    if centered:
        _kept(core, bias_correction=False)
    elif so_far.velocity is None and _is_adam(given):
        rho, epsilon = given["decay"], given["eps"]
        return Adam(learning_rate=rate, beta1=0.0, beta2=rho, epsilon=epsilon, epsilon_position="corrected-root")
    return RMSprop(
        learning_rate=rate,
        rho=given["decay"],
        epsilon=given["eps"],
        epsilon_position="inside-root" if given["eps_in_sqrt"] else "outside-root",
        momentum=velocity["decay"],
        centered=centered,
        learning_rate_in_velocity=so_far.rate_first,
        nesterov=velocity["nesterov"],
        initial_accumulator=given["initial_scale"],
        bias_correction=given["bias_correction"],
    )


def _is_adam(given: Mapping[str, Any]) -> bool:
    """Whether scale_by_rms is Adam's without the first moment."""
    return bool(given["bias_correction"] and not given["eps_in_sqrt"] and given["initial_scale"] == 0)


def _adaptive(so_far: Reading, rate: float | Schedule, given: Mapping[str, Any]) -> Rule:
    """The rule of Adam's relatives: two moments and an epsilon."""
    core = so_far.core
    assert core is not None
    numbers: dict[str, Any] = {
        "learning_rate": rate,
        "beta1": led(given["b1"]),
        "beta2": given["b2"],
        "epsilon": given["eps"],
    }
    match core.name:
        case "scale_by_adamax":
            return Adamax(**numbers, epsilon_position="in-maximum")
        case "scale_by_belief":
            _kept(core, nesterov=False, eps_root=given["eps"])
            return AdaBelief(**numbers)
        case _ if so_far.trust:
            _kept(core, nesterov=False, eps_root=0.0)
            return Lamb(**numbers, decay_in_step=True)
        case "scale_by_radam":
            _kept(core, nesterov=False, eps_root=0.0, threshold=5.0)
            return RAdam(**numbers, epsilon_position="corrected-root")
        case _ if given["nesterov"] and given["eps_root"] == 0:  # so torch has it
            return NAdam(**numbers, momentum_decay=FULL_MOMENTUM)
        case _:
            root, nesterov = given["eps_root"], given["nesterov"]
            return Adam(**numbers, epsilon_position="corrected-root", root_epsilon=root, nesterov=nesterov)


def _kept(core: NativeCall, **needed: object) -> None:
    """Raise Unread where an argument has a value that the rule has no word for."""
    for name, value in needed.items():
        if (given := core.arguments[name]) != value:
            raise Unread(core.name, f"{name} is {given!r}; no rule has a word for it, leave it {value!r}")
