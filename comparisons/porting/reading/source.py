"""What was written as a whole: a training of native calls, what no rule has a field for, and what is not known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from comparisons import frameworks
from comparisons.frameworks.call import ACCUMULATION, NativeCall, Value
from comparisons.frameworks.checks import check_unsupported
from comparisons.frameworks.signature import Arguments
from comparisons.porting.reading.names import OPTIMIZERS, OWNERS, kind_of
from comparisons.rules.schedules.plateau import Plateau
from comparisons.rules.training import ALL, Group, Selector, Training

RATES = ("lr", "learning_rate")


@dataclass(frozen=True, kw_only=True)
class Gap:
    """What the source says and the record of it cannot hold.

    Args:
        line: where it stands; None where there are no lines.
        text: the code.
        message: what could not be read, and what to do.
        plateau: what it is, where it lowers the rate by a metric, which no schedule does but each framework can.
    """

    line: int | None
    text: str
    message: str
    plateau: Plateau | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """What was written.

    Args:
        training: the groups, each with its optimizer and the schedule of that (an argument of the call, or its
            `schedule`); what surrounds them in neutral records. In a training of one group the clipping is the call's.
        unsupported_arguments: those that no rule has a field for (maximize=True); the calls are without them.
        gaps: what is written and not in the training; none of it has been given a default's number without a word.
    """

    training: Training[NativeCall]
    unsupported_arguments: Mapping[str, Value] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    @property
    def call(self) -> NativeCall:
        """The optimizer of a training of one group; of one of several, the first's."""
        return self.training.groups[0].optimizer

    @property
    def grouped(self) -> bool:
        """Whether the parameters are groups, some with arguments of their own."""
        return len(self.training.groups) > 1 or any(not group.tensors.known for group in self.training.groups)

    def with_call(self, call: NativeCall) -> "Source":
        """The same with this for the optimizer of the first group."""
        first, *others = self.training.groups
        groups = (replace(first, optimizer=call), *others)
        return replace(self, training=replace(self.training, groups=groups))


def plain(call: NativeCall) -> Source:
    """The source that says a call and nothing else."""
    return Source(training=Training(groups=(Group(optimizer=call),)))


def source_of(module: str, name: str, arguments: Mapping[str, Any], *, tensors: Selector = ALL) -> Source:
    """The call, without the arguments that no rule has a field for.

    Raises:
        BadInput: one of these has a value that the framework refuses.
    """
    if kind_of(module, name)[0] != "optimizer":
        part = NativeCall(framework=OWNERS[module], name=name, module=module, arguments={**arguments})
        return plain(part)
    framework = OPTIMIZERS[module]
    known = frameworks.of(framework).classes_in(module)[name].arguments
    if "lr" in arguments and {"lr", "learning_rate"} <= known.keys():  # of an older make: the same, and it goes before
        arguments = {"learning_rate": arguments["lr"], **{key: arguments[key] for key in arguments if key not in RATES}}
    unsupported: Mapping[str, Value] = {
        key: value for key, value in arguments.items() if key in known and _is_unsupported(key, known, arguments)
    }
    for key, value in unsupported.items():
        check_unsupported(f"{module}.{name}", key, value, known[key])
    kept = {key: value for key, value in arguments.items() if key not in unsupported}
    accumulation = average = None
    if module == frameworks.of(framework).module:
        accumulation, average, unsupported = frameworks.of(framework).around.arguments(unsupported)
    own = {} if accumulation is None else {ACCUMULATION: accumulation.batches}
    call = replace(frameworks.of(framework).call(name, {**kept, **own}), module=module)
    training = Training(groups=(Group(tensors=tensors, optimizer=call),), accumulation=accumulation, average=average)
    return Source(training=training, unsupported_arguments=unsupported)


def _is_unsupported(name: str, known: Arguments, given: Mapping[str, Any]) -> bool:
    """Whether the argument has a value that no rule has a field for."""
    argument, other = known[name], known[name].relevant_if
    said = argument.must_keep_default or (
        bool(other) and given.get(other, known[other].default) != known[other].default
    )
    return bool(said) and given[name] != argument.default


def with_arguments(call: NativeCall, arguments: Mapping[str, Value]) -> NativeCall:
    """The call with these arguments in their places: to be written out, as no rule stands for it."""
    known = frameworks.of(call.framework).classes_in(call.module)[call.name].arguments
    given = {**call.arguments, **arguments}
    return replace(call, arguments={name: given[name] for name in known if name in given})
