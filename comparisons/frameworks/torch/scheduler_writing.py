"""Schedules as torch's schedulers: the optimizer's lr is the base rate, and each scheduler multiplies it."""

from dataclasses import replace
from itertools import pairwise

from comparisons.frameworks.call import Code, NativeCall, Value
from comparisons.frameworks.expression import PYTHON, expression
from comparisons.frameworks.tidy import per_step, tidy
from comparisons.frameworks.torch.scheduler_swings import write_swing
from comparisons.frameworks.torch.scheduler_table import MODULE
from comparisons.rules.schedules import (
    Clock,
    CosineDecay,
    CosineRestarts,
    Cyclic,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Product,
    Schedule,
    Sequential,
    StepDecay,
    base_rate,
    canonical_rate,
)
from comparisons.rules.symbols import Symbol

Rate = float | Schedule


def write(schedule: Schedule) -> NativeCall:
    """The scheduler; the optimizer's lr is `base_rate(schedule)`. What no class of torch is, is a LambdaLR."""
    base = base_rate(schedule)
    return write_swing(schedule) or _written(schedule, base) or as_lambda(schedule, base)


def low_cosine(schedule: CosineDecay) -> NativeCall:
    """The cosine that stays low, as Keras has it: torch's own scheduler would let it rise again."""
    return as_lambda(schedule, schedule.initial)


def as_lambda(rate: Rate, base: float) -> NativeCall:
    """A LambdaLR with the rate over the base as a formula of k."""
    factor = _over(rate, base)
    text = f"lambda k: {expression(factor, 'k', PYTHON)}"
    return _call("LambdaLR", lr_lambda=Code(text, factor))


def _call(name: str, **arguments: Value) -> NativeCall:
    return NativeCall(framework="torch", name=name, module=MODULE, arguments=arguments)


def _over(rate: Rate, base: float) -> Rate:
    """The rate over the base, its numbers tidy."""
    match rate:
        case float():
            return tidy(rate / base)
        case PolynomialDecay(initial=initial, final=final):
            return _with(rate, initial=tidy(initial / base), final=tidy(final / base))
        case Cyclic(initial=initial, peak=peak):
            return _with(rate, initial=tidy(initial / base), peak=tidy(peak / base))
        case StepDecay() | ExponentialDecay() | InverseTimeDecay() | CosineDecay() | CosineRestarts():
            return _with(rate, initial=tidy(rate.initial / base))
        case Sequential(pieces=pieces):
            return _with(rate, pieces=tuple(_over(piece, base) for piece in pieces))
        case Product(factors=factors):
            return _with(rate, factors=(_over(factors[0], base), *factors[1:]))
        case Clock(of=of):
            return _with(rate, of=_over(of, base))


def _with(rate: Schedule, **changes: object) -> Schedule:
    return replace(rate, **changes)  # type: ignore[arg-type]  # replace() is typed for one class, not for any of them


def _written(rate: Rate, base: float) -> NativeCall | None:
    """One of torch's classes; None where none is the rate, or takes its numbers."""
    match rate:
        case StepDecay(initial=initial, every=every, factor=factor) if initial == base and _whole(every):
            return _call("StepLR", step_size=_count(every), gamma=factor)
        case ExponentialDecay(initial=initial, rate=each, over=over) if initial == base:
            return _call("ExponentialLR", gamma=each if over == 1 else tidy(each ** (1 / over)))
        case CosineDecay(initial=initial, over=over, floor=floor) if initial == base and _whole(over):
            return _call("CosineAnnealingLR", T_max=_count(over), eta_min=tidy(initial * floor))
        case CosineRestarts(initial=initial, over=over, m_mul=1) if initial == base and _whole(over, rate.t_mul):
            floor = tidy(initial * rate.floor)
            return _call("CosineAnnealingWarmRestarts", T_0=_count(over), T_mult=_count(rate.t_mul), eta_min=floor)
        case InverseTimeDecay(initial=initial, power=1, staircase=False) if initial == base:
            each = per_step(rate.rate, rate.over)
            text = f"lambda k: 1 / (1 + {each} * k)"
            return _call("LambdaLR", lr_lambda=Code(text, InverseTimeDecay(initial=1.0, rate=each)))
        case PolynomialDecay() if not rate.cycle and _whole(rate.over):
            return _polynomial(rate, base)
        case Sequential():
            return _sequence(rate, base)
        case _:
            return None


def _whole(*numbers: float) -> bool:
    return all(isinstance(number, Symbol) or float(number).is_integer() for number in numbers)


def _count(number: float) -> float:
    return number if isinstance(number, Symbol) else int(number)


def _polynomial(rate: PolynomialDecay, base: float) -> NativeCall | None:
    """A line between factors of which torch takes those up to 1, and starts above 0; or a power down to 0."""
    start, end = tidy(rate.initial / base), tidy(rate.final / base)
    if rate.power == 1 and start != 0 and not start > 1 and not end > 1:
        return _call("LinearLR", start_factor=start, end_factor=end, total_iters=_count(rate.over))
    if start == 1 and end == 0 and rate.share == "left":
        return _call("PolynomialLR", total_iters=_count(rate.over), power=rate.power)
    return None


def _sequence(rate: Sequential, base: float) -> NativeCall | None:
    if not _whole(*rate.at):
        return None
    numbers = [piece for piece in rate.pieces if isinstance(piece, float)]
    if len(numbers) == len(rate.pieces):
        drops = {tidy(later / earlier) for earlier, later in pairwise(numbers)} if all(numbers) else set()
        if len(drops) == 1 and numbers[0] == base:
            return _call("MultiStepLR", milestones=tuple(map(_count, rate.at)), gamma=drops.pop())
        return None
    parts = tuple(_part(piece, base, first=i == 0) for i, piece in enumerate(rate.pieces))
    return _call("SequentialLR", schedulers=parts, milestones=tuple(map(_count, rate.at)))


def _part(piece: Rate, base: float, *, first: bool) -> NativeCall:
    """A scheduler in a sequence: none of those that a SequentialLR starts otherwise than at their start."""
    simple = canonical_rate(piece)
    if isinstance(simple, Sequential) or (isinstance(simple, CosineDecay) and not simple.rises):
        return as_lambda(simple, base)
    return _written(piece, base) or as_lambda(piece, base)
