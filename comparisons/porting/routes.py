"""The exact route: the native call where it is exact, else hooks on it, else a drop-in."""

from dataclasses import dataclass
from typing import Literal

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express import Expression
from comparisons.frameworks.framework import Hooks
from comparisons.rules import SGD, RMSprop, Rule

Route = Literal["native", "hook", "drop-in"]


@dataclass(frozen=True, kw_only=True)
class Exact:
    """An optimizer that follows the rule to the letter: a native call, with hooks or without, or the rule itself.

    Args:
        holds: whether it gives the source's numbers; False if arithmetic or the proof is against it, None before that.
    """

    route: Route
    optimizer: NativeCall | Rule
    holds: bool | None = None


def exact_route(framework: str, rule: Rule, found: Expression) -> Exact | None:
    """The shortest route to the rule in the framework, from the closest native call that was found; None for none.

    Keras has no hooks: what an attribute is set to before a step, a tf.function does not see. There a rule without a
    native call is a drop-in's, and in NumPy it is that of the Optimizer that takes every rule. A framework that
    triptych does not train with has no drop-ins.
    """
    if found.call is not None and found.fidelity == "exact":
        return Exact(route="native", optimizer=found.call)
    hooks = frameworks.of(framework).hooks
    if hooks is not None and (hooked := _hooked(hooks, rule, found)) is not None:
        return Exact(route="hook", optimizer=hooked)
    return Exact(route="drop-in", optimizer=rule) if frameworks.of(framework).trains else None


def _hooked(hooks: Hooks, rule: Rule, found: Expression) -> NativeCall | None:
    """The native call with a hook, or another schedule, for each mismatch; None if there is a mismatch without one."""
    call = found.call
    fields = [mismatch.field for mismatch in found.mismatches]
    held = isinstance(rule, SGD | RMSprop) and rule.momentum and rule.learning_rate_in_velocity
    if held and "learning_rate_in_velocity" not in fields:  # no mismatch, until somebody sets another rate
        fields.append("learning_rate_in_velocity")
    for field in fields:
        call = None if call is None else hooks.mend(call, rule, field)
    return call
