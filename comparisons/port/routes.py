"""The exact route: the native call where it is exact, else hooks on it, else a drop-in."""

from dataclasses import dataclass, replace
from typing import Literal

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express import Expression
from comparisons.frameworks.fidelity import reaches_zero
from comparisons.frameworks.torch.schedules import low_cosine as torch_cosine
from comparisons.frameworks.torch.schedules import write as torch_scheduler
from comparisons.names import Framework
from comparisons.rules import SGD, Adam, ClipNorm, CosineDecay, RMSprop, Rule, Schedule

Route = Literal["native", "hook", "drop-in"]

HOOKS = "torch_impl.hooks"


@dataclass(frozen=True, kw_only=True)
class Exact:
    """An optimizer that follows the rule to the letter: a native call, with hooks or without, or the rule itself."""

    route: Route
    optimizer: NativeCall | Rule


def exact_route(framework: Framework, rule: Rule, found: Expression) -> Exact:
    """The shortest way to the rule in the framework, from the closest native call that was found.

    Keras has no hooks: what an attribute is set to before a step, a tf.function does not see. There a rule without a
    native call is a drop-in's, and in NumPy it is that of the Optimizer that takes every rule.
    """
    if found.call is not None and found.fidelity == "exact":
        return Exact(route="native", optimizer=found.call)
    if found.call is not None and framework == "torch" and (hooked := _hooked(rule, found)) is not None:
        return Exact(route="hook", optimizer=hooked)
    return Exact(route="drop-in", optimizer=rule)


def _hooked(rule: Rule, found: Expression) -> NativeCall | None:
    """The native call with a hook, or another schedule, for each mismatch; None if there is a mismatch without one."""
    call = found.call
    fields = [mismatch.field for mismatch in found.mismatches]
    held = isinstance(rule, SGD | RMSprop) and rule.momentum and rule.learning_rate_in_velocity
    if held and "learning_rate_in_velocity" not in fields:  # no mismatch, until somebody sets another rate
        fields.append("learning_rate_in_velocity")
    for field in fields:
        call = None if call is None else _mended(call, rule, field)
    return call


def _mended(call: NativeCall, rule: Rule, field: str) -> NativeCall | None:
    """The call with what it takes for this field to be the rule's; None if no hook does it."""
    match field:
        case "epsilon_position" if isinstance(rule, Adam):
            return _with_hook(call, "uncorrected_epsilon", epsilon=rule.epsilon)
        case "learning_rate_in_velocity" if isinstance(rule, SGD | RMSprop) and not reaches_zero(rule):
            return _with_hook(call, "rate_in_velocity")
        case "weight_decay_coupling" if rule.weight_decay_coupling == "decoupled":
            kept = {name: value for name, value in call.arguments.items() if name not in ("weight_decay", "lr_decay")}
            call = replace(call, arguments=kept)
            if isinstance(rule.learning_rate, Schedule) and call.schedule is None:
                # the hook takes the rate from the group, where Adagrad's lr_decay does not show
                call = replace(call, schedule=torch_scheduler(rule.learning_rate))
            return _with_hook(call, "decoupled_decay", weight_decay=rule.weight_decay)
        case "clip" if rule.clip is not None:
            name = "clip_each" if isinstance(rule.clip, ClipNorm) else "clip_all"
            return _with_hook(replace(call, clipping=None), name, norm=rule.clip.limit)
        case "learning_rate" if isinstance(rule.learning_rate, CosineDecay):
            return replace(call, schedule=torch_cosine(rule.learning_rate))
        case _:
            return None


def _with_hook(call: NativeCall, name: str, **arguments: float) -> NativeCall:
    hook = NativeCall(framework="torch", name=name, module=HOOKS, arguments=dict(arguments))
    return replace(call, hooks=(*call.hooks, hook))
