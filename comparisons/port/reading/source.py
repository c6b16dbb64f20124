"""What was written: a call, and the arguments that no rule has a field for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.checks import check_unsupported
from comparisons.frameworks.signature import Arguments
from comparisons.port.reading.names import OPTIMIZERS, OWNERS


@dataclass(frozen=True, kw_only=True)
class Source:
    """What was written.

    Args:
        call: the optimizer, with the clipping and the schedule that go with it.
        unsupported_arguments: those that no rule has a field for (use_ema=True); the call is without them.
        groups: whether the parameters are groups, some with arguments of their own.
    """

    call: NativeCall
    unsupported_arguments: Mapping[str, Value]
    groups: bool = False


def source_of(module: str, name: str, arguments: Mapping[str, Any], *, groups: bool = False) -> Source:
    """The call, without the arguments that no rule has a field for.

    Raises:
        BadInput: one of these has a value that the framework refuses.
    """
    if module not in OPTIMIZERS:
        part = NativeCall(framework=OWNERS[module], name=name, module=module, arguments={**arguments})
        return Source(call=part, unsupported_arguments={})
    framework = OPTIMIZERS[module]
    known = frameworks.of(framework).classes[name].arguments
    unsupported = {
        key: value for key, value in arguments.items() if key in known and _is_unsupported(key, known, arguments)
    }
    for key, value in unsupported.items():
        check_unsupported(f"{module}.{name}", key, value, known[key])
    kept = {key: value for key, value in arguments.items() if key not in unsupported}
    return Source(call=frameworks.of(framework).call(name, kept), unsupported_arguments=unsupported, groups=groups)


def _is_unsupported(name: str, known: Arguments, given: Mapping[str, Any]) -> bool:
    """Whether the argument has a value that no rule has a field for."""
    argument, other = known[name], known[name].relevant_if
    said = argument.must_keep_default or (
        bool(other) and given.get(other, known[other].default) != known[other].default
    )
    return bool(said) and given[name] != argument.default


def with_arguments(call: NativeCall, arguments: Mapping[str, Value]) -> NativeCall:
    """The call with these arguments in their places: to be written out, as no rule stands for it."""
    known = frameworks.of(call.framework).classes[call.name].arguments
    given = {**call.arguments, **arguments}
    return replace(call, arguments={name: given[name] for name in known if name in given})
