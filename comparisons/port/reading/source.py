"""What was written: a call, and what no rule has a word for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.checks import check_aside
from comparisons.frameworks.keras.clipping import FUNCTIONS_MODULE as TF_MODULE
from comparisons.frameworks.keras.schedules import MODULE as KERAS_MODULE
from comparisons.frameworks.signature import Arguments
from comparisons.names import Framework
from comparisons.port.reading.names import OPTIMIZERS


@dataclass(frozen=True, kw_only=True)
class Source:
    """What was written.

    Args:
        call: the optimizer, with the clipping and the schedule that go with it.
        aside: arguments that say something no rule has a word for (use_ema=True); the call is without them.
        groups: whether the parameters are groups, some with arguments of their own.
    """

    call: NativeCall
    aside: Mapping[str, Value]
    groups: bool = False


def source_of(module: str, name: str, arguments: Mapping[str, Any], *, groups: bool = False) -> Source:
    """The call, without the arguments that no rule has a word for.

    Raises:
        BadInput: one of these has a value that the framework refuses.
    """
    if module not in OPTIMIZERS:
        part: Framework = "tf" if module in (KERAS_MODULE, TF_MODULE) else "torch"
        return Source(call=NativeCall(framework=part, name=name, module=module, arguments={**arguments}), aside={})
    framework = OPTIMIZERS[module]
    known = frameworks.of(framework).classes[name].arguments
    aside = {key: value for key, value in arguments.items() if key in known and _says_more(key, known, arguments)}
    for key, value in aside.items():
        check_aside(f"{module}.{name}", key, value, known[key])
    kept = {key: value for key, value in arguments.items() if key not in aside}
    return Source(call=frameworks.of(framework).call(name, kept), aside=aside, groups=groups)


def _says_more(name: str, known: Arguments, given: Mapping[str, Any]) -> bool:
    """Whether the argument says something that no rule has a word for."""
    argument, other = known[name], known[name].relevant_if
    said = argument.must_keep_default or (
        bool(other) and given.get(other, known[other].default) != known[other].default
    )
    return bool(said) and given[name] != argument.default


def with_aside(call: NativeCall, aside: Mapping[str, Value]) -> NativeCall:
    """The call with these arguments in their places: to be written out, as no rule stands for it."""
    known = frameworks.of(call.framework).classes[call.name].arguments
    given = {**call.arguments, **aside}
    return replace(call, arguments={name: given[name] for name in known if name in given})
