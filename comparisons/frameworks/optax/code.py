"""optax as code: an optimizer is an alias, or a chain of transformations around one."""

from collections.abc import Mapping

from comparisons.frameworks.call import Code, NativeCall, Value
from comparisons.frameworks.code import format_call, written
from comparisons.frameworks.framework import Writing
from comparisons.frameworks.optax.classes import ADDED, AROUND, CLASSES, PLACE, RATE_FIRST
from comparisons.frameworks.optax.clipping import write as clipping_of
from comparisons.frameworks.optax.schedules import write as schedule_of
from comparisons.rules import Clip, Rule, Schedule

FIRST_ARGUMENT = ""


def optimizer(call: NativeCall, _: Mapping[str, Value]) -> str:
    """The call: an alias, or where the chain around it says more, a chain."""
    parts = transformations(call)
    if call.clipping is not None:
        parts = [_part(call.clipping.name, call.clipping.arguments), *parts]
    return parts[0] if len(parts) == 1 else format_call("optax.chain", parts, {})


def transformations(call: NativeCall) -> list[str]:
    """The transformations that a call is written as, without its clip: one where its alias says it all."""
    native = CLASSES[call.name]
    given = {name: call.arguments.get(name, one.default) for name, one in native.arguments.items()}
    around = {name: given.pop(name) for name in AROUND if name in given}
    said = {name: value for name, value in given.items() if value != native.arguments[name].default}
    if call.name == "adabelief" and "eps" in said:
        said["eps_root"] = said["eps"]
    usual = all(value == native.arguments[name].default for name, value in around.items())
    if usual:
        return [_part(call.name, said)]
    decay = around.get(ADDED, given.get("weight_decay", 0.0))
    behind = bool(decay) and bool(around.get(PLACE))
    rate_first = bool(around.get(RATE_FIRST))
    if not behind and rate_first == native.arguments.get(RATE_FIRST, native.arguments["learning_rate"]).default:
        return [_part("add_decayed_weights", {"weight_decay": decay}), _part(call.name, said)]
    return _unrolled(call, given, decay if not behind else 0.0, decay if behind else 0.0, rate_first)


def _unrolled(
    call: NativeCall, given: Mapping[str, Value], coupled: Value, decoupled: Value, rate_first: bool
) -> list[str]:
    """The alias as the chain that it is, with the decay and the rate at other places."""
    rate = given["learning_rate"]
    scaling = _part("scale_by_learning_rate", {"learning_rate": rate})
    velocity = [_part("trace", {"decay": given["momentum"], **_nesterov(given)})] if given.get("momentum") else []
    decay = [_part("add_decayed_weights", {"weight_decay": decoupled})] if decoupled else []
    core = _core(call.name, given)
    if velocity and rate_first:
        late = [_part("add_decayed_weights", {"weight_decay": _by_rate(rate, decoupled)})] if decoupled else []
        tail = [scaling, *velocity, *late]
    else:
        tail = [*velocity, *decay, scaling]
    first = [_part("add_decayed_weights", {"weight_decay": coupled})] if coupled else []
    return [*first, *core, *tail]


def _nesterov(given: Mapping[str, Value]) -> dict[str, Value]:
    return {"nesterov": True} if given.get("nesterov") else {}


def _by_rate(rate: Value, decay: Value) -> Value:
    """What decays behind the rate: the decay times the rate, with its sign."""
    if isinstance(rate, NativeCall):
        return Code(f"lambda count: -{written(decay)} * {_written(rate)}(count)")
    return Code(f"-{written(rate)} * {written(decay)}")


CORES = {
    "adagrad": ("scale_by_rss", {"initial_accumulator_value": "initial_accumulator_value", "eps": "eps"}),
    "adadelta": ("scale_by_adadelta", {"rho": "rho", "eps": "eps"}),
    "adabelief": ("scale_by_belief", {"b1": "b1", "b2": "b2", "eps": "eps"}),
    "lion": ("scale_by_lion", {"b1": "b1", "b2": "b2"}),
    "rmsprop": ("scale_by_rms", {"decay": "decay", "eps": "eps", "eps_in_sqrt": "eps_in_sqrt"}),
}


def _core(name: str, given: Mapping[str, Value]) -> list[str]:
    """The alias's own transformation."""
    if name not in CORES:
        return []
    part, names = CORES[name]
    if given.get("centered"):
        part = "scale_by_stddev"
    known = CLASSES[name].arguments
    said = {theirs: given[ours] for theirs, ours in names.items() if given[ours] != known[ours].default}
    if name == "adabelief" and "eps" in said:
        said["eps_root"] = said["eps"]
    return [_part(part, said)]


def _part(name: str, arguments: Mapping[str, object]) -> str:
    """A transformation as people write it: its first argument without a name, where it has but one or is the rate."""
    first = next(iter(arguments), "")
    bare = (first in ("learning_rate", "weight_decay", "max_norm", "max_delta", "decay") and name != "rmsprop") or (
        first == "learning_rate"
    )
    named = {key: Code(_written(value)) for key, value in arguments.items() if not (bare and key == first)}
    return format_call(f"optax.{name}", [_written(arguments[first])] if bare else [], named)


def _written(value: object) -> str:
    if isinstance(value, NativeCall):
        return format_call(
            f"optax.{value.name}", [], {key: Code(_written(one)) for key, one in value.arguments.items()}
        )
    return written(value)


def statements(_: NativeCall, __: str) -> list[str]:
    """None: the clipping and the schedule are in the chain."""
    return []


def drop_in(rule: Rule, _: Mapping[str, object]) -> list[str]:
    """Nothing but the name: there are no drop-ins for optax."""
    return [f"# {type(rule).__name__}: no chain of optax follows this rule"]


def schedule(rate: Schedule) -> str:
    """A schedule by itself."""
    return _written(schedule_of(rate))


def clip(limit: Clip) -> str:
    """A clip by itself."""
    call = clipping_of(limit)
    return _part(call.name, call.arguments)


def average(decay: Value) -> str:
    """How to keep an average of the parameters."""
    return f"keep a copy, and set it to optax.incremental_update(params, copy, step_size=1 - {decay})"


def without_decay(_: NativeCall | Rule) -> str:
    """How to leave parameters out of weight decay."""
    return "a mask in optax: optax.add_decayed_weights(weight_decay, mask)"


def penalty(_: float) -> str:
    """Nothing: losses have no terms for parameters."""
    return ""


def float64(_: Rule) -> str:
    """What every rule needs in float64."""
    return "JAX needs jax.config.update('jax_enable_x64', True) before the first array to be in float64"


WRITING = Writing(
    optimizer=optimizer,
    statements=statements,
    drop_in=drop_in,
    schedule=schedule,
    clip=clip,
    average=average,
    without_decay=without_decay,
    penalty=penalty,
    float64=float64,
)
