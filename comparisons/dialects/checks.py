"""What is wrong with a call, said in the words of its framework."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from comparisons.calls import MODULES, NativeCall
from comparisons.dialects.grammar import OFF, Argument, NativeClass
from comparisons.names import BadInput, unknown
from comparisons.ranges import RANGES, check_number

if TYPE_CHECKING:
    from comparisons.dialects.dialect import Dialect

# What an argument is called in one dialect or another, to the rule's field: to tell how this one spells it.
SPELLINGS: Mapping[str, str] = {
    "lr": "learning_rate",
    "eps": "epsilon",
    "betas": "beta1",
    "beta_1": "beta1",
    "beta_2": "beta2",
    "alpha": "rho",
    "decay_rate": "rho",
    "decay": "weight_decay",
    "wd": "weight_decay",
    "initial_accumulator_value": "initial_accumulator",
    "clipnorm": "clip_norm",
    "clipvalue": "clip_value",
    "global_clipnorm": "clip_global_norm",
    "lr_decay": "learning_rate_decay",
    "d": "clip_threshold",
    "epsilon_1": "epsilon1",
    "epsilon_2": "epsilon2",
    "beta_2_decay": "beta2_decay",
}


def check(dialect: "Dialect", call: NativeCall) -> None:
    """Raise BadInput unless the class exists, has the arguments, and takes their values."""
    if call.name not in dialect.classes:
        raise BadInput(f"{MODULES[call.framework]}: " + unknown("optimizer", call.name, dialect.classes))
    native, place = dialect.classes[call.name], f"{call.module or MODULES[call.framework]}.{call.name}"
    for name, value in call.arguments.items():
        if name not in native.arguments:
            raise BadInput(f"{place}: {_no_such(native, name)}")
        _check_value(place, name, value, native.arguments[name])
    if sum(call.arguments.get(name) is not None for name in ("clipnorm", "clipvalue", "global_clipnorm")) > 1:
        raise BadInput(f"{place}: only one of clipnorm, clipvalue and global_clipnorm can be set")


def _no_such(native: NativeClass, name: str) -> str:
    """Which argument was meant: the one that sets the same field, else the one with the nearest name."""
    field = SPELLINGS.get(name, name)
    for ours, argument in native.arguments.items():
        if field != OFF and field in (argument.field, *argument.field):
            return f"no argument '{name}'; it is called '{ours}' here"
    return unknown("argument", name, native.arguments)


def _check_value(place: str, name: str, value: object, argument: Argument) -> None:
    if argument.only and value != argument.default:
        raise BadInput(f"{place}: {name} is {value!r}; no rule has a word for it, leave it {argument.default!r}")
    if value is None and argument.default is None:
        return
    match argument.field:
        case (first, second):
            if not isinstance(value, tuple | list) or len(value) != 2:
                raise BadInput(f"{place}: {name} is {value!r}; it must be a pair of numbers")
            check_number(place, f"{name}[0]", value[0], first)
            check_number(place, f"{name}[1]", value[1], second)
        case "learning_rate" if isinstance(value, NativeCall):
            pass
        case str(field) if field.startswith("clip_") and field not in RANGES:
            check_number(place, name, value, "limit")
        case str(field) if field in RANGES:
            check_number(place, name, value, field)
        case str(field) if field != OFF and not isinstance(value, bool):
            raise BadInput(f"{place}: {name} is {value!r}; it must be True or False")
