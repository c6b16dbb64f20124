"""The drop-in of any rule."""

from comparisons.frameworks import drop_ins
from comparisons.rules import Rule, Schedule
from tf_impl.drop_ins import classes
from tf_impl.drop_ins.base import DropIn
from tf_impl.drop_ins.schedules import RuleSchedule


def from_rule(rule: Rule) -> DropIn:
    """The drop-in that follows the rule, its schedule and its clipping included, for variables of any dtype."""
    arguments = drop_ins.arguments_of("tf", rule)
    if isinstance(rule.learning_rate, Schedule):
        arguments["learning_rate"] = RuleSchedule(rule.learning_rate)
    drop_in: type[DropIn] = getattr(classes, type(rule).__name__)
    return drop_in(**arguments)
