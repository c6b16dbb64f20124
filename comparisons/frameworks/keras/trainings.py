"""What of a whole training Keras's optimizers do themselves, by their arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from comparisons.frameworks.call import ACCUMULATION, NativeCall, Value
from comparisons.frameworks.framework import Around
from comparisons.frameworks.keras.classes import CLASSES
from comparisons.frameworks.keras.clipping import ARGUMENTS, write
from comparisons.frameworks.keras.stretching import stretched
from comparisons.rules import Clip, ClipValue
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Accumulation, Average, Training


@dataclass(frozen=True, kw_only=True)
class Own:
    """What the optimizers do of a training whose groups are calls; the rest is for the loop around them.

    Where they accumulate the gradients themselves they count micro-batches: their schedules and averages do. So they
    do it only where there is no schedule, or one that can be stretched, or the calls have the argument that says so.

    Args:
        together: whether one optimizer serves all groups, which differ in nothing but having no weight decay.
        undecayed: the numbers of the groups that it is told to exclude from weight decay.
        clips, accumulates, averages: whether `clip`, `accumulation` and `average` are theirs.
        arguments: of each optimizer, beside those of its call.
        rates: of each group's call the stretched schedule, which takes the place of its own; None where it stays.
    """

    together: bool
    undecayed: tuple[int, ...]
    clips: bool
    accumulates: bool
    averages: bool
    arguments: dict[str, Value]
    rates: tuple[NativeCall | None, ...]


def own(training: Training[NativeCall]) -> Own:
    """What Keras's optimizers do themselves of the training."""
    calls = [group.optimizer for group in training.groups]
    decayed = [i for i, call in enumerate(calls) if _decay(call)]
    together = len({_but_for_decay(call) for call in calls}) == len({_decay(calls[i]) for i in decayed} or {0}) == 1
    each = training.accumulation is not None and training.accumulation.clip == "each"
    clips = together and training.clip is not None and not each and _is_argument(training.clip, calls[0])
    accumulates = _accumulate(training, clips)
    averages = _average(training, accumulates)
    arguments: dict[str, Value] = {}
    if clips:
        limits = write(training.clip)
        arguments |= {name: limits[str(argument.field)] for name, argument in ARGUMENTS.items()}
    if accumulates and training.accumulation is not None:
        arguments |= {ACCUMULATION: training.accumulation.batches}
    if averages and training.average is not None:
        arguments |= _average_arguments(training.average)
    return Own(
        together=together,
        undecayed=tuple(i for i in range(len(calls)) if i not in decayed) if together and decayed else (),
        clips=clips,
        accumulates=accumulates,
        averages=averages,
        arguments=arguments,
        rates=_rates(training) if accumulates and not _given(training) else (None,) * len(calls),
    )


def _decay(call: NativeCall) -> Value:
    known = CLASSES[call.name].arguments if call.name in CLASSES else {}  # tf.train's have none
    default = known["weight_decay"].default if "weight_decay" in known else None
    return call.arguments.get("weight_decay", default) or 0.0


def _but_for_decay(call: NativeCall) -> str:
    others = {name: value for name, value in call.arguments.items() if name not in ("weight_decay", ACCUMULATION)}
    return replace(call, arguments=others).code()


def _is_argument(clip: Clip, call: NativeCall) -> bool:
    """Whether an argument clips so, and the call has no other."""
    return (isinstance(clip, ClipValue) or clip.formula == "exact") and not any(
        call.arguments.get(name) for name in ARGUMENTS
    )


def _accumulate(training: Training[NativeCall], clips: bool) -> bool:
    """Whether they take the mean of the gradients themselves: nothing can come between that and the update."""
    accumulation = training.accumulation
    if accumulation is None or accumulation.batches == 1 or accumulation.combine == "sum":
        return False
    scheduled = [isinstance(group.optimizer.arguments.get("learning_rate"), NativeCall) for group in training.groups]
    longer = [rate is not None for rate in _rates(training)]
    if scheduled != longer and not _given(training):
        return False  # a schedule would count micro-batches, and is none that can be stretched
    return training.clip is None or clips


def _rates(training: Training[NativeCall]) -> tuple[NativeCall | None, ...]:
    """Of each group the schedule for micro-batches; None where there is none, or none that is its."""
    batches = 1 if training.accumulation is None else training.accumulation.batches
    rates = [group.optimizer.arguments.get("learning_rate") for group in training.groups]
    return tuple(stretched(rate, batches) if isinstance(rate, NativeCall) else None for rate in rates)


def _given(training: Training[NativeCall]) -> bool:
    """Whether the calls say themselves that they accumulate."""
    return all(ACCUMULATION in group.optimizer.arguments for group in training.groups)


def accumulating(training: Training[NativeCall]) -> Training[NativeCall]:
    """The training whose optimizers accumulate its gradients, as their arguments say."""
    batches = 1 if training.accumulation is None else training.accumulation.batches
    calls = [
        replace(one.optimizer, arguments={**one.optimizer.arguments, ACCUMULATION: batches}) for one in training.groups
    ]
    groups = [replace(group, optimizer=call) for group, call in zip(training.groups, calls, strict=True)]
    return replace(training, groups=tuple(groups))


def _average(training: Training[NativeCall], accumulates: bool) -> bool:
    """Whether they take the average themselves.

    Where they accumulate, its overwriting is what no record has: the weights are overwritten at every micro-batch of
    an update, also before it.
    """
    average = training.average
    if average is None or average.decay is None or (accumulates and average.overwrite):
        return False
    batches = training.accumulation.batches if training.accumulation is not None else 1
    theirs = own_average(average.decay, batches if accumulates else 1)
    counted = average if batches > 1 else replace(average, clock=theirs.clock)
    return counted == replace(theirs, overwrite=average.overwrite, evaluated=average.evaluated)


def own_average(decay: float, batches: int) -> Average:
    """The average that use_ema keeps, where gradients are accumulated over so many micro-batches.

    It is stepped at every micro-batch, and is the weights themselves until the first update is made: `iterations`, by
    which it knows its first step, is the number of updates.
    """
    return Average(decay=decay, clock="batch" if batches > 1 else "update", after=batches - 1)


def _average_arguments(average: Average) -> dict[str, Value]:
    arguments: dict[str, Value] = {"use_ema": True, "ema_momentum": average.decay}
    return arguments | ({"ema_overwrite_frequency": average.overwrite} if average.overwrite else {})


def said_by(given: Mapping[str, Value]) -> tuple[Accumulation | None, Average | None, Mapping[str, Value]]:
    """What arguments say of the training, and those that are left: of names for numbers, and what no record has.

    Where gradients are accumulated the weights are overwritten at every micro-batch of an update.
    """
    batches = given.get(ACCUMULATION)
    around = (ACCUMULATION, "ema_overwrite_frequency")
    if any(isinstance(given.get(name), Symbol) for name in around):
        return None, None, given
    left = {name: value for name, value in given.items() if name != ACCUMULATION}
    accumulation = Accumulation(batches=cast(int, batches)) if batches else None
    if not given.get("use_ema"):
        return accumulation, None, left
    overwrite = cast(int, left.pop("ema_overwrite_frequency", None) or 0)
    average = own_average(cast(float, given.get("ema_momentum", 0.99)), cast(int, batches or 1))
    left = {name: value for name, value in left.items() if name not in ("use_ema", "ema_momentum")}
    if accumulation is not None and overwrite:
        return accumulation, average, {**left, "ema_overwrite_frequency": overwrite}
    return accumulation, replace(average, overwrite=overwrite), left


AROUND = Around(
    counts_batches=lambda training: _given(training) and own(training).accumulates,
    accumulating=accumulating,
    together=lambda training: own(training).together,
    average=own_average,
    arguments=said_by,
)
