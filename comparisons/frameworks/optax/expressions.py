"""optax as expressions: an optimizer is an alias, or a chain of transformations around one."""

from collections.abc import Mapping, Sequence

from comparisons.frameworks.call import Code, NativeCall, Value
from comparisons.frameworks.code import WIDTH, format_call, written
from comparisons.frameworks.optax.classes import ADDED, AROUND, BY_RATE, CLASSES, DECAY_RATE, PLACE, RATE_FIRST
from comparisons.frameworks.optax.clipping import read as clip_of
from comparisons.frameworks.optax.schedules import FORMULA
from comparisons.frameworks.optax.schedules import write as schedule_of
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue, Schedule


def optimizer(call: NativeCall, _: Mapping[str, Value]) -> str:
    """The call: an alias, or where the chain around it says more, a chain."""
    parts = transformations(call)
    if call.clipping is not None:
        parts = [clip(clip_of(call.clipping)), *parts]
    return parts[0] if len(parts) == 1 else format_call("optax.chain", parts, {})


def transformations(call: NativeCall) -> list[str]:
    """The transformations that a call is written as, without its clip: one where its alias says it all."""
    known = CLASSES[call.name].arguments
    given = {name: call.arguments.get(name, one.default) for name, one in known.items()}
    decay, behind = given.get(ADDED, given.get("weight_decay", 0.0)), bool(given.get(PLACE))
    behind = behind and not (call.name == "sgd" and not given["momentum"])  # without a velocity the two are one
    placed = behind == bool(known[PLACE].default if PLACE in known else behind)
    if given.get("momentum") and given[RATE_FIRST] != known[RATE_FIRST].default:
        placed = False
    if not placed and (decay or given.get("momentum")):
        return _unrolled(call.name, given, decay, behind)
    coupled = [_part("add_decayed_weights", {"weight_decay": given[ADDED]})] if given.get(ADDED) else []
    return [*coupled, _part(call.name, _said(call.name, given))]


def _said(name: str, given: Mapping[str, Value]) -> dict[str, Value]:
    """Those of an alias's own arguments that are not as by default, as optax spells them."""
    known = CLASSES[name].arguments
    said = {key: value for key, value in given.items() if key not in AROUND and value != known[key].default}
    if name == "adabelief" and "eps" in said:
        said["eps_root"] = said["eps"]
    if name == "adafactor":
        said["min_dim_size_to_factor"] = 1  # the rule factors all matrices
        if decay := said.pop(BY_RATE, 0.0):
            said["weight_decay_rate"] = _by_rate(given["learning_rate"], decay, "")
    if isinstance(decay_rate := said.pop(DECAY_RATE, None), float):
        said["decay_rate"] = -decay_rate
    return said


def _unrolled(name: str, given: Mapping[str, Value], decay: Value, behind: bool) -> list[str]:
    """The alias as the chain that it is, with the decay and the rate at other places."""
    rate = given["learning_rate"]
    scaling = _part("scale_by_learning_rate", {"learning_rate": rate})
    velocity = [_part("trace", {"decay": given["momentum"], **_nesterov(given)})] if given.get("momentum") else []
    added = [_part("add_decayed_weights", {"weight_decay": decay})] if decay else []
    before, late = ([], added) if behind else (added, [])
    if velocity and given.get(RATE_FIRST):
        late = [_part("add_decayed_weights", {"weight_decay": _by_rate(rate, decay, "-")})] if late else []
        return [*before, *_core(name, given), scaling, *velocity, *late]
    return [*before, *_core(name, given), *velocity, *late, scaling]


def _nesterov(given: Mapping[str, Value]) -> dict[str, Value]:
    return {"nesterov": True} if given.get("nesterov") else {}


def _by_rate(rate: Value, decay: Value, sign: str) -> Value:
    """What decays behind the rate: the decay times the rate, with its sign."""
    if isinstance(rate, NativeCall):
        return Code(f"lambda count: {sign}{written(decay)} * {_written(rate)}(count)")
    return Code(f"{sign}{written(rate)} * {written(decay)}")


CORES = {
    "adagrad": "scale_by_rss",
    "adadelta": "scale_by_adadelta",
    "adabelief": "scale_by_belief",
    "lion": "scale_by_lion",
    "radam": "scale_by_radam",
    "rmsprop": "scale_by_rms",
}
_ELSEWHERE = ("learning_rate", "momentum", "nesterov", "centered", "weight_decay")


def _core(name: str, given: Mapping[str, Value]) -> list[str]:
    """The alias's own transformation; none for gradient descent."""
    if name not in CORES:
        return []
    said = {key: value for key, value in _said(name, given).items() if key not in _ELSEWHERE}
    return [_part("scale_by_stddev" if given.get("centered") else CORES[name], said)]


_BARE = ("learning_rate", "weight_decay", "max_norm", "max_delta")


def _part(name: str, arguments: Mapping[str, object]) -> str:
    """A transformation as people write it: what it is all about stands first, without its name."""
    first = next(iter(arguments), "")
    bare = first in _BARE or (name, first) == ("trace", "decay")
    named = {key: Code(_written(value)) for key, value in arguments.items() if not (bare and key == first)}
    home = "optax.contrib" if name.startswith("schedule_free") else "optax"
    made = f"{home}.{name}"
    if any(isinstance(value, NativeCall) for key, value in arguments.items() if key != "learning_rate"):
        made = f"optax.inject_hyperparams({made})"  # which asks a schedule at every update
    return format_call(made, [_written(arguments[first])] if bare else [], named)


def _written(value: object) -> str:
    match value:
        case NativeCall(name=name, arguments={"text": Code(text)}) if name == FORMULA:
            return text
        case NativeCall(name=name, arguments=arguments):
            return format_call(f"optax.{name}", [], {key: Code(_written(one)) for key, one in arguments.items()})
        case tuple():
            return _listed([_written(one) for one in value])
        case _:
            return written(value)


def _listed(parts: Sequence[str]) -> str:
    """A list in one line, or, where that is long, with a line for each part."""
    line = f"[{', '.join(parts)}]"
    if len(line) <= WIDTH:
        return line
    return "\n".join(["[", *(f"    {part},".replace("\n", "\n    ") for part in parts), "]"])


def schedule(rate: Schedule) -> str:
    """A schedule by itself."""
    return _written(schedule_of(rate))


def clip(limit: Clip) -> str:
    """A clip by itself: what optax has no function for, a few words make."""
    most = written(limit.limit)
    match limit:
        case ClipGlobalNorm(formula="padded"):
            scale = f"jnp.minimum(1.0, {most} / (optax.tree.norm(g) + 1e-6))"
            return f"optax.stateless(lambda g, _: jax.tree.map(lambda t: t * {scale}, g))"
        case ClipNorm(formula="padded"):
            scale = f"jnp.minimum(1.0, {most} / (jnp.linalg.norm(g) + 1e-6))"
            return f"optax.stateless_with_tree_map(lambda g, _: g * {scale})"
        case ClipNorm():
            return f"optax.stateless_with_tree_map(lambda g, _: g * ({most} / jnp.maximum(jnp.linalg.norm(g), {most})))"
        case ClipGlobalNorm():
            return _part("clip_by_global_norm", {"max_norm": limit.limit})
        case ClipValue():
            return _part("clip", {"max_delta": limit.limit})
