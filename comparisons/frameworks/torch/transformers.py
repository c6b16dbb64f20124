"""The schedules that transformers makes by name: a LambdaLR each.

Source: transformers/optimization.py.
"""

from collections.abc import Mapping
from typing import Any

from comparisons.names import BadInput, unknown
from comparisons.rules.schedules import (
    Clock,
    CosineDecay,
    CosineRestarts,
    InverseTimeDecay,
    PolynomialDecay,
    Schedule,
    Sequential,
)

Rate = float | Schedule
# What get_scheduler calls them.
TYPES = {
    "linear": "get_linear_schedule_with_warmup",
    "cosine": "get_cosine_schedule_with_warmup",
    "cosine_with_restarts": "get_cosine_with_hard_restarts_schedule_with_warmup",
    "polynomial": "get_polynomial_decay_schedule_with_warmup",
    "constant": "get_constant_schedule",
    "constant_with_warmup": "get_constant_schedule_with_warmup",
    "inverse_sqrt": "get_inverse_sqrt_schedule",
    "cosine_with_min_lr": "get_cosine_with_min_lr_schedule_with_warmup",
    "warmup_stable_decay": "get_wsd_schedule",
}
# What each is given of get_scheduler's two numbers, and what it has no default for beside these.
WITHOUT_STEPS = ("constant", "constant_with_warmup", "inverse_sqrt")
OWN = {"cosine_with_min_lr": "min_lr or min_lr_rate", "warmup_stable_decay": "num_decay_steps"}
SHAPES = ("linear", "cosine", "1-sqrt")


def factor_by_name(name: str, given: Mapping[str, Any], lr: float) -> Rate:
    """What the schedule multiplies the lr by.

    Args:
        name: the function that makes it. given: all its arguments.
        lr: the optimizer's.
    """
    if name == "get_scheduler":
        return _by_type(given, lr)
    if name == "get_constant_schedule":
        return 1.0
    if name == "get_wsd_schedule":
        return _warmup_stable_decay(given)
    warmup, steps = given["num_warmup_steps"], given.get("num_training_steps")
    rest = None if steps is None else steps - warmup
    if rest is not None and rest <= 0:  # never of symbols
        raise BadInput(f"{name}: num_training_steps is {steps}; it must be above num_warmup_steps, {warmup}")
    return _joined([(_line(0.0, 1.0, warmup), warmup), *_after_warmup(name, given, rest, lr)])


def _after_warmup(name: str, given: Mapping[str, Any], rest: Any, lr: float) -> list[tuple[Rate, Any]]:
    """The pieces after the warm-up, each with its steps; the last has none."""
    match name:
        case "get_constant_schedule_with_warmup":
            return [(1.0, None)]
        case "get_linear_schedule_with_warmup":
            return [(PolynomialDecay(initial=1.0, over=rest), None)]
        case "get_cosine_schedule_with_warmup":
            return [(_cosine(rest, given["num_cycles"], 0.0), None)]
        case "get_cosine_with_min_lr_schedule_with_warmup":
            return [(_cosine(rest, given["num_cycles"], _floor(name, given, lr)), None)]
        case "get_cosine_with_hard_restarts_schedule_with_warmup":
            return [(CosineRestarts(initial=1.0, over=rest / given["num_cycles"]), rest), (0.0, None)]
        case "get_polynomial_decay_schedule_with_warmup":
            if lr <= given["lr_end"]:  # never of a symbol
                raise BadInput(f"{name}: lr_end is {given['lr_end']}; it must be below the lr, {lr}")
            return [(PolynomialDecay(initial=1.0, final=given["lr_end"] / lr, over=rest, power=given["power"]), None)]
        case _:
            scale = given["timescale"] or given["num_warmup_steps"] or 10_000
            return [(InverseTimeDecay(initial=1.0, rate=1.0, over=scale, power=0.5), None)]


def _by_type(given: Mapping[str, Any], lr: float) -> Rate:
    """get_scheduler: one of the others, by its word."""
    kind = given["name"]
    if kind not in TYPES:
        raise BadInput("get_scheduler: " + unknown("name", kind, TYPES))
    if kind in OWN:
        raise BadInput(f"get_scheduler: {kind} needs scheduler_specific_kwargs with {OWN[kind]}; write them as a dict")
    defaults = {"num_cycles": 1 if kind == "cosine_with_restarts" else 0.5, "lr_end": 1e-7, "power": 1.0}
    if kind not in ("constant",):
        needed = ["num_warmup_steps"]
        needed += [] if kind in WITHOUT_STEPS else ["num_training_steps"]
        if missing := [name for name in needed if given[name] is None]:
            raise BadInput(f"get_scheduler: {missing[0]} is missing; {kind} needs it")
    steps = None if kind in WITHOUT_STEPS else given["num_training_steps"]
    return factor_by_name(TYPES[kind], {**defaults, "timescale": None, **given, "num_training_steps": steps}, lr)


def _warmup_stable_decay(given: Mapping[str, Any]) -> Rate:
    warmup, decay, floor = given["num_warmup_steps"], given["num_decay_steps"], given["min_lr_ratio"]
    for name in ("warmup_type", "decay_type"):
        if given[name] not in SHAPES:
            raise BadInput("get_wsd_schedule: " + unknown(name, given[name], SHAPES))
    stable = given["num_stable_steps"]
    if stable is None:
        if given["num_training_steps"] is None:
            raise BadInput("get_wsd_schedule: num_training_steps is missing; give it, or num_stable_steps")
        stable = given["num_training_steps"] - warmup - decay
    if stable < 0:
        raise BadInput(f"get_wsd_schedule: the stable steps are {stable}; they must be 0 or more")
    pieces = [(_line(floor, 1.0, warmup, given["warmup_type"]), warmup), (1.0, stable)]
    match given["decay_type"]:
        case "cosine":
            falls: Rate = _cosine(decay, given["num_cycles"], floor) if decay else 1.0
        case "linear":
            falls = PolynomialDecay(initial=1.0, final=floor, over=decay) if decay else 1.0
        case _:
            falls = PolynomialDecay(initial=1.0, final=floor, over=decay, power=0.5, share="done") if decay else 1.0
    return _joined([*pieces, (falls, decay), (floor, None)])


def _cosine(steps: Any, cycles: Any, floor: float) -> CosineDecay:
    """Waves: of 1/2 cycle half a one, down; after the steps it goes on along them."""
    return CosineDecay(initial=1.0, over=steps / (2 * cycles), floor=floor, rises=True)


def _line(start: float, end: float, steps: Any, how: str = "linear") -> Rate:
    """The warm-up, along a line, half a wave, or a root."""
    if not steps or start == end:
        return end
    match how:
        case "linear":
            return PolynomialDecay(initial=start, final=end, over=steps)
        case "cosine":
            return Clock(of=CosineDecay(initial=end, over=steps, floor=start / end, rises=True), plus=steps)
        case _:
            return PolynomialDecay(initial=start, final=end, over=steps, power=0.5)


def _floor(name: str, given: Mapping[str, Any], lr: float) -> float:
    if (given["min_lr"] is None) == (given["min_lr_rate"] is None):
        raise BadInput(f"{name}: min_lr is {given['min_lr']} and min_lr_rate {given['min_lr_rate']}; give one of them")
    return given["min_lr"] / lr if given["min_lr"] is not None else given["min_lr_rate"]


def _joined(pieces: list[tuple[Rate, Any]]) -> Rate:
    """The pieces in sequence, but those of no steps."""
    kept = [(piece, steps) for piece, steps in pieces if steps is None or steps != 0]
    at: list[Any] = []
    for _, steps in kept[:-1]:
        at.append(at[-1] + steps if at else steps)
    return Sequential(pieces=tuple(piece for piece, _ in kept), at=tuple(at)) if at else kept[0][0]
