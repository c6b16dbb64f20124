"""The schedulers of torch that set the rate themselves, and may lead the momentum the other way: written."""

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.tidy import alike, tidy
from comparisons.frameworks.torch.scheduler_reading import momentum as momentum_of
from comparisons.frameworks.torch.scheduler_reading import swing
from comparisons.frameworks.torch.scheduler_table import CALLS, MODULE
from comparisons.rules.schedules import CosineDecay, Cyclic, PolynomialDecay, Schedule, Sequential
from comparisons.rules.symbols import symbols_in

Rate = float | Schedule
MODES = {("cycle", 1.0): "triangular", ("cycle", 0.5): "triangular2"}


def write_swing(rate: Schedule, momentum: Schedule | None = None) -> NativeCall | None:
    """The scheduler that leads the rate, and the momentum, if there is one; None where none does."""
    if any(symbols_in((rate, momentum))):
        return None
    call = _cyclic(rate, momentum) if isinstance(rate, Cyclic) else _one_cycle(rate, momentum)
    same = call is not None and alike((rate, momentum), (swing(call, "lr"), momentum_of(call)))
    return call if same else None


def _call(name: str, arguments: dict[str, Value]) -> NativeCall:
    """The scheduler, without the arguments that are as by default."""
    known = CALLS[name]
    given = {key: value for key, value in arguments.items() if known[key].required or value != known[key].default}
    return NativeCall(framework="torch", name=name, module=MODULE, arguments=given)


def _cyclic(rate: Cyclic, momentum: Schedule | None) -> NativeCall | None:
    """CyclicLR, whose momentum goes from its largest to its base while the rate rises."""
    mode = "exp_range" if rate.fades == "update" else MODES.get((rate.fades, rate.factor))
    if mode is None or not all(float(span).is_integer() for span in (rate.up, rate.down)):
        return None
    arguments: dict[str, Value] = {"base_lr": rate.initial, "max_lr": rate.peak, "step_size_up": int(rate.up)}
    arguments |= {"step_size_down": int(rate.down)} if rate.down != rate.up else {}
    arguments |= {"mode": mode} | ({"gamma": rate.factor} if mode == "exp_range" else {})
    match momentum:
        case None:
            return _call("CyclicLR", {**arguments, "cycle_momentum": False})
        case Cyclic(initial=largest, peak=base):
            return _call("CyclicLR", {**arguments, "base_momentum": base, "max_momentum": largest})
        case _:
            return None


def _one_cycle(rate: Schedule, momentum: Schedule | None) -> NativeCall | None:
    """OneCycleLR: up and down, along half-waves or lines; lines by themselves have simpler schedulers."""
    pieces, at = (rate.pieces, rate.at) if isinstance(rate, Sequential) else ((), ())
    phases = [(piece, *_phase(piece)) for piece in pieces if isinstance(piece, CosineDecay | PolynomialDecay)]
    if len(pieces) not in (2, 3) or len(phases) < len(pieces):
        return None
    (first, low, top, _), (*_, last, over) = phases[0], phases[-1]
    waves, steps = isinstance(first, CosineDecay), tidy(at[-1] + over + 1)
    if not (waves or momentum is not None) or not (0 < low < top and last > 0) or not steps.is_integer():
        return None
    arguments: dict[str, Value] = {
        "max_lr": top,
        "total_steps": int(steps),
        "pct_start": tidy((at[0] + 1) / steps),
        "anneal_strategy": "cos" if waves else "linear",
        "div_factor": tidy(top / low),
        "final_div_factor": tidy(low / last),
        "three_phase": len(pieces) == 3,
    }
    match momentum:
        case None:
            return _call("OneCycleLR", {**arguments, "cycle_momentum": False})
        case Sequential(pieces=(CosineDecay() | PolynomialDecay() as falls, *_)):
            largest, base, _ = _phase(falls)
            return _call("OneCycleLR", {**arguments, "base_momentum": base, "max_momentum": largest})
        case _:
            return None


def _phase(piece: CosineDecay | PolynomialDecay) -> tuple[float, float, float]:
    """Where it starts, where it ends, and its steps."""
    end = piece.final if isinstance(piece, PolynomialDecay) else tidy(piece.initial * piece.floor)
    return piece.initial, end, piece.over
