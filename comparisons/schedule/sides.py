"""A schedule as it was written, and as another framework has it."""

import ast
from dataclasses import dataclass

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.checks import check_schedule
from comparisons.frameworks.keras import KERAS
from comparisons.frameworks.torch import TORCH
from comparisons.names import BadInput
from comparisons.porting.reading.calls import parse_call
from comparisons.porting.reading.names import PARTS
from comparisons.porting.reading.pasted import Imported
from comparisons.porting.reading.text import parsed, shown
from comparisons.rules.schedules import Schedule, base_rate, length, rate_at, turning_points
from comparisons.rules.symbols import symbols_in

MOST = 100_000  # steps
BESIDE = 1.25  # of the last turning point, how far the steps go if nothing else is said
LEAST = 20  # steps


@dataclass(frozen=True, kw_only=True)
class Side:
    """A framework's name and colour, its code for the schedule, and the rate that this comes to."""

    name: str
    colour: str
    code: str
    rate: float | Schedule


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Both sides, over so many steps."""

    source: Side
    target: Side
    steps: int


def sides(text: str, lr: float | None, to: str | None, steps: int | None) -> Sides:
    """What the text says, read and written in another framework.

    Args:
        text: the call of a schedule.
        lr: the optimizer's, where the schedule has none itself. to: the other framework; None for the usual one.
        steps: how many; None for as many as show all of it.

    Raises:
        BadInput: the text is no such call, or a number is out of its range.
    """
    call = _read(text)
    framework = frameworks.of(call.framework)
    schedules = framework.schedules
    if schedules is None:
        raise BadInput(f"{framework.name} has no schedules; write one of torch or Keras")
    check_schedule(framework, call)
    if framework.has_schedulers and lr is None and call.name not in ("OneCycleLR", "CyclicLR"):
        raise BadInput(f"{call.module}.{call.name} multiplies the optimizer's lr; give it with --lr")
    rate = schedules.read(call, lr if lr is not None else 0.1)
    other = frameworks.of(to) if to else KERAS if framework is TORCH else TORCH
    target = _written(other.id, rate)
    source = Side(name=framework.name, colour=framework.line.colour, code=call.code(), rate=rate)
    return Sides(source=source, target=target, steps=_steps(rate) if steps is None else steps)


def _read(text: str) -> NativeCall:
    """The schedule that is called; its imports may stand before it."""
    imported, calls = Imported(), []
    for line in parsed(text):
        if imported.learns(line):
            continue
        match imported.visit(line):
            case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
                calls.append(call)
            case other:
                raise BadInput(f"{shown(ast.unparse(other))} is not a call; write for example StepLR(optimizer, 30)")
    if len(calls) != 1:
        raise BadInput(f"{shown(text)}: there must be one schedule; put those of a sequence into its call")
    found = parse_call(calls[0]).call
    if found.module not in PARTS or PARTS[found.module][0] != "schedule":
        raise BadInput(f"{found.module}.{found.name} is no schedule; write for example StepLR(optimizer, 30)")
    return found


def _written(framework: str, rate: float | Schedule) -> Side:
    """The rate in the framework: as its own class, or, where none is the rate, as the code of one."""
    one = frameworks.of(framework)
    if isinstance(rate, float):
        return Side(name=one.name, colour=one.line.colour, code=f"a constant, {rate!r}", rate=rate)
    base, schedules = base_rate(rate), one.schedules
    code = one.writing.schedule(rate)
    if one.has_schedulers:
        code = f"# on an optimizer with lr={base!r}\n{code}"
    call = None if schedules is None else schedules.write(rate)
    reached = rate if schedules is None or call is None else schedules.read(call, base)
    return Side(name=one.name, colour=one.line.colour, code=code, rate=reached)


def _steps(rate: float | Schedule) -> int:
    """As many as go a little beyond the last of the turning points."""
    if any(symbols_in((rate,))):
        raise BadInput("the schedule has numbers in it that are not known; write their values")
    last = max([*turning_points(rate), length(rate) or 0, LEAST])
    return min(int(last * BESIDE) + 1, MOST)


def rates(side: Side, steps: int) -> list[float]:
    """The rate of each update."""
    return [rate_at(side.rate, k) for k in range(steps)]
