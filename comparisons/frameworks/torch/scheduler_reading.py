"""What torch's schedulers come to, stepped once after every update: by their recursion, not by their closed form.

The two are the same but for rounding, save where it is said below; for that, the numbers are torch's when the
scheduler is made for a fresh optimizer, and the rate is changed by nothing else.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.torch.scheduler_table import BY_NAME, CALLS, MODULE
from comparisons.frameworks.torch.transformers import factor_by_name
from comparisons.names import BadInput
from comparisons.rules.ranges import check_number
from comparisons.rules.schedules import (
    STEPS,
    Clock,
    CosineDecay,
    CosineRestarts,
    Cyclic,
    ExponentialDecay,
    PolynomialDecay,
    Product,
    Schedule,
    Sequential,
    StepDecay,
    length,
    rate_at,
    scaled,
)
from comparisons.rules.symbols import Symbol

Rate = float | Schedule
MODES = {"triangular": (1.0, "cycle"), "triangular2": (0.5, "cycle"), "exp_range": (None, "update")}
# Schedulers that multiply the rate by a factor, whatever else does; the others set it.
MULTIPLY = ("StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR", "MultiplicativeLR")


def read(call: NativeCall, initial: float) -> Rate:
    """The rate under a checked scheduler, on an optimizer whose lr is `initial`.

    Raises:
        BadInput: the scheduler is made in a way that torch, or this account of it, does not follow.
    """
    match call.name:
        case "CyclicLR" | "OneCycleLR":  # they set the lr themselves
            return swing(call, "lr")
        case _ if initial == 0:
            return 0.0
        case _:
            return scaled(factor(call, initial), initial)


def momentum(call: NativeCall) -> Schedule | None:
    """The momentum, or beta1, under a checked scheduler; None if it leaves it alone."""
    if call.name not in ("CyclicLR", "OneCycleLR") or not arguments(call)["cycle_momentum"]:
        return None
    found = swing(call, "momentum")
    return Sequential(pieces=(found,), at=()) if isinstance(found, float) else found


def arguments(call: NativeCall) -> dict[str, Any]:
    """All arguments of a scheduler, with the defaults of those that are not given."""
    known = CALLS[call.name] if call.module == MODULE else BY_NAME[call.name]
    return {**{name: argument.default for name, argument in known.items()}, **call.arguments}


def factor(call: NativeCall, lr: float, *, first: bool = True, until: float | None = None) -> Rate:
    """What the scheduler multiplies an lr by.

    Args:
        first: unless a SequentialLR comes to it later, by its closed form. until: for how many steps, if not for all.
    """
    if call.module != MODULE:
        return factor_by_name(call.name, arguments(call), lr)
    given = arguments(call)
    match call.name:
        case "StepLR":
            return StepDecay(initial=1.0, every=given["step_size"], factor=given["gamma"])
        case "MultiStepLR":
            return _milestones(call, given["milestones"], given["gamma"])
        case "ExponentialLR":
            return ExponentialDecay(initial=1.0, rate=given["gamma"])
        case "ConstantLR" | "LinearLR":
            return _up_to(call, given, first)
        case "PolynomialLR":
            return PolynomialDecay(initial=1.0, over=given["total_iters"], power=given["power"])
        case "CosineAnnealingLR":
            return CosineDecay(initial=1.0, over=given["T_max"], floor=given["eta_min"] / lr, rises=True)
        case "CosineAnnealingWarmRestarts":
            return CosineRestarts(initial=1.0, over=given["T_0"], t_mul=given["T_mult"], floor=given["eta_min"] / lr)
        case "MultiplicativeLR":
            return _multiplied(call, first)
        case "SequentialLR":
            return _sequence(call, given, lr)
        case "ChainedScheduler":
            return _chain(call, _schedulers(call, given["schedulers"]), lr)
        case "LambdaLR":
            return _of_lambda(call, until)
        case _:
            raise BadInput(f"{_place(call)} sets the rate whatever it was; it goes with no other scheduler")


def _place(call: NativeCall) -> str:
    return f"{call.module}.{call.name}"


def _milestones(call: NativeCall, milestones: object, gamma: float) -> Rate:
    """A drop at each milestone, two at one that is given twice; one at 0 is there from the start."""
    if not isinstance(milestones, tuple):
        raise BadInput(f"{_place(call)}: milestones is {milestones!r}; it must be a list of whole numbers")
    steps = [check_number(_place(call), f"milestones[{i}]", n, STEPS) for i, n in enumerate(milestones) if n != 0]
    at = tuple(dict.fromkeys(sorted(step for step in steps if step is not None)))
    drops = [gamma ** sum(step == n for n in milestones) for step in (0, *at)]
    values = tuple(accumulate(drops, lambda one, other: one * other))
    return Sequential(pieces=values, at=at) if at else values[0]


def _up_to(call: NativeCall, given: Mapping[str, Any], first: bool) -> Rate:
    """A factor, or a line of factors, up to a number of steps."""
    steps, constant = given["total_iters"], call.name == "ConstantLR"
    start = given["factor"] if constant else given["start_factor"]
    if not steps:
        if not first and not constant:
            raise BadInput(f"{_place(call)}: total_iters is 0; after another scheduler torch divides by it")
        return start if first else 1.0  # torch takes the factor at the start, and gives it back at the step total_iters
    if constant:
        return Sequential(pieces=(start, 1.0), at=(steps,))
    return PolynomialDecay(initial=start, final=given["end_factor"], over=steps)


def _of_lambda(call: NativeCall, until: float | None = None) -> Rate:
    from comparisons.frameworks.torch.lambdas import factor_of_lambda  # takes 10 ms, and few schedulers are lambdas

    return factor_of_lambda(call, until)


def _multiplied(call: NativeCall, first: bool) -> Rate:
    each = _of_lambda(call)
    if not isinstance(each, float):
        raise BadInput(f"{call.code()}: no rule has this schedule; known is a constant, lambda k: 0.95")
    if not first:
        raise BadInput(
            f"{_place(call)} goes on from the rate that the scheduler before it has left; make it a LambdaLR"
        )
    return ExponentialDecay(initial=1.0, rate=each)


def _schedulers(call: NativeCall, schedulers: object) -> list[NativeCall]:
    found = [part for part in schedulers if isinstance(part, NativeCall)] if isinstance(schedulers, tuple) else []
    if not isinstance(schedulers, tuple) or not schedulers or len(found) < len(schedulers):
        raise BadInput(f"{_place(call)}: schedulers must be a list of schedulers, written out")
    return found


def _sequence(call: NativeCall, given: Mapping[str, Any], lr: float) -> Rate:
    """One after the other, each from its own step 0 on."""
    parts, at = _schedulers(call, given["schedulers"]), given["milestones"]
    if not isinstance(at, tuple) or len(at) != len(parts) - 1:
        raise BadInput(f"{_place(call)}: milestones is {at!r}; there must be one less than there are schedulers")
    if nested := [part.name for part in parts if part.name in ("SequentialLR", "ChainedScheduler")]:
        words = "torch starts it a step late, or not at all; put its schedulers in its place"
        raise BadInput(f"{_place(call)} of a {nested[0]}: {words}")
    steps = tuple(check_number(_place(call), f"milestones[{i}]", step, STEPS) or 0 for i, step in enumerate(at))
    spans = [end - start for start, end in pairwise((0.0, *steps))]
    spaced = zip(parts, [*spans, None], strict=True)
    pieces = tuple(factor(part, lr, first=i == 0, until=span) for i, (part, span) in enumerate(spaced))
    return Sequential(pieces=pieces, at=steps) if steps else pieces[0]


def _chain(call: NativeCall, parts: Sequence[NativeCall], lr: float) -> Rate:
    """Their product. A cosine is one only down to 0, from where torch adds; so the others must be over by then."""
    cosines = [part for part in parts if part.name == "CosineAnnealingLR"]
    others = [part for part in parts if part not in cosines]
    if len(parts) > 1 and (set_ := [part.name for part in others if part.name not in MULTIPLY]):
        raise BadInput(f"{_place(call)}: {set_[0]} sets the rate whatever the others have made it; no product is that")
    factors = {id(part): factor(part, lr) for part in parts}
    if len(parts) > 1:
        for cosine in cosines:
            _check_cosine(call, cosine, [factors[id(part)] for part in parts if part is not cosine])
    return Product(factors=tuple(factors.values()))


def _check_cosine(call: NativeCall, cosine: NativeCall, others: Sequence[Rate]) -> None:
    given = arguments(cosine)
    ends = [(other, length(other)) for other in others]
    over = all(end is not None and not end > given["T_max"] and rate_at(other, end) == 1 for other, end in ends)
    if given["eta_min"] or not over:
        words = "with an eta_min, or beside one that is not 1 again by T_max, torch's recursion is no product"
        raise BadInput(f"{_place(call)} of a CosineAnnealingLR: {words}; write a SequentialLR or a LambdaLR")


def between(start: float, end: float, over: float, how: str) -> Rate:
    """From one number to another along a half-wave, or a line; it stays there."""
    if start == end:
        return start
    if how == "linear":
        return PolynomialDecay(initial=start, final=end, over=over)
    if start == 0:
        return Clock(of=CosineDecay(initial=end, over=over, rises=True), plus=over)
    return CosineDecay(initial=start, over=over, floor=end / start)


def swing(call: NativeCall, what: str) -> Rate:
    """The rate or the momentum under a scheduler that leads both, the one up while the other goes down."""
    given = arguments(call)
    if call.name == "OneCycleLR":
        return _one_cycle(call, given, what)
    if given["mode"] not in MODES:
        raise BadInput(f"{_place(call)}: mode is {given['mode']!r}; it must be one of {', '.join(MODES)}")
    names = ("base_lr", "max_lr") if what == "lr" else ("max_momentum", "base_momentum")
    shrinks, fades = MODES[given["mode"]]
    return Cyclic(
        initial=given[names[0]],
        peak=given[names[1]],
        up=given["step_size_up"],
        down=given["step_size_down"] or given["step_size_up"],
        factor=given["gamma"] if shrinks is None else shrinks,
        fades="update" if fades == "update" else "cycle",
    )


def _one_cycle(call: NativeCall, given: Mapping[str, Any], what: str) -> Rate:
    """Up to the peak and down. A phase may end between two steps; after the last step, where torch raises, it stays."""
    how, steps = given["anneal_strategy"], given["total_steps"]
    if how not in ("cos", "linear"):
        raise BadInput(f"{_place(call)}: anneal_strategy is {how!r}; it must be cos or linear")
    if steps is None:
        if given["epochs"] is None or given["steps_per_epoch"] is None:
            raise BadInput(f"{_place(call)}: total_steps is missing; give it, or epochs and steps_per_epoch")
        steps = given["epochs"] * given["steps_per_epoch"]
    if isinstance(steps, Symbol):
        words = f"where its phases end is computed from the number of steps; write that, not {steps!r}"
        raise BadInput(f"{_place(call)}: {words}")
    up, low, last = given["pct_start"] * steps - 1, 0.0, 0.0
    if what == "lr":
        top = given["max_lr"]
        low = top / given["div_factor"]
        last = low / given["final_div_factor"]
    else:
        low, top = given["max_momentum"], given["base_momentum"]
        last = low
    ends = [up, 2 * up, steps - 1] if given["three_phase"] else [up, steps - 1]
    values = [low, top, low, last] if given["three_phase"] else [low, top, last]
    if up == 0 or ends != sorted(ends):
        raise BadInput(f"{_place(call)}: pct_start is {given['pct_start']}; with {steps} steps torch's phases overlap")
    starts = [0.0, *ends[:-1]]
    pieces = [
        between(a, b, end - start, how) for a, b, start, end in zip(values, values[1:], starts, ends, strict=False)
    ]
    if up > 0:
        return Sequential(pieces=tuple(pieces), at=tuple(ends[:-1]))
    raise BadInput(f"{_place(call)}: pct_start is {given['pct_start']}; of {steps} steps that is not even one")
