"""What is wrong with a call, said in the words of its framework."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from comparisons.frameworks.call import MODULES, NativeCall
from comparisons.frameworks.clipping import TORCH_CLIPS, TORCH_MODULE
from comparisons.frameworks.schedules import KERAS_MODULE, KERAS_SCHEDULES, TORCH_SCHEDULERS
from comparisons.frameworks.schedules import TORCH_MODULE as TORCH_SCHEDULER_MODULE
from comparisons.frameworks.signature import OFF, Argument, Arguments, NativeClass
from comparisons.names import BadInput, Framework, unknown
from comparisons.rules.ranges import RANGES, check_number

if TYPE_CHECKING:
    from comparisons.frameworks.dialect import Dialect

# What an argument is called in one dialect or another, to the rules' fields: to tell how this one spells it.
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "lr": ("learning_rate",),
    "eps": ("epsilon", "epsilon1", "epsilon2"),
    "epsilon": ("epsilon", "epsilon1", "epsilon2"),
    "betas": ("beta1", "beta2"),
    "beta_1": ("beta1",),
    "beta_2": ("beta2",),
    "alpha": ("rho",),
    "wd": ("weight_decay",),
    "initial_accumulator_value": ("initial_accumulator",),
    "clipnorm": ("clip_norm",),
    "clipvalue": ("clip_value",),
    "global_clipnorm": ("clip_global_norm",),
    "max_norm": ("clip_global_norm", "limit"),
    "lr_decay": ("learning_rate_decay",),
    "d": ("clip_threshold",),
    "epsilon_1": ("epsilon1",),
    "epsilon_2": ("epsilon2",),
    "beta_2_decay": ("beta2_decay",),
    "initial_learning_rate": ("initial",),
    "decay_steps": ("every", "over"),
    "step_size": ("every", "over"),
    "T_max": ("over",),
    "decay_rate": ("rho", "rate", "factor"),
    "gamma": ("rate", "factor"),
}
# What a framework does otherwise than by an argument.
OTHERWISE: Mapping[tuple[Framework, str], str] = {
    ("torch", "clipnorm"): "clip with torch.nn.utils.clip_grad_norm_",
    ("torch", "global_clipnorm"): "clip with torch.nn.utils.clip_grad_norm_",
    ("torch", "clipvalue"): "clip with torch.nn.utils.clip_grad_value_",
    ("tf", "decay"): "Keras 3 ignores it; for a falling rate give learning_rate an InverseTimeDecay",
    ("tf", "lr_decay"): "for a falling rate give learning_rate an InverseTimeDecay",
    ("tf", "maximize"): "negate the loss",
}
CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


def check(dialect: "Dialect", call: NativeCall) -> None:
    """Raise BadInput unless the class exists, has the arguments, and takes their values."""
    if call.name not in dialect.classes:
        raise BadInput(f"{MODULES[call.framework]}: " + unknown("optimizer", call.name, dialect.classes))
    native = dialect.classes[call.name]
    _check_arguments(call, native.arguments)
    _check_together(call, native)
    _check_parts(call)


def _check_together(call: NativeCall, native: NativeClass) -> None:
    """What each argument may be only beside the others."""
    given, place = {**native.signature, **call.arguments}, _place(call)
    if sum(given.get(name) is not None for name in CLIPS) > 1:
        raise BadInput(f"{place}: only one of {', '.join(CLIPS[:-1])} and {CLIPS[-1]} can be set")
    if native.nesterov_needs_velocity and given["nesterov"] and (not given["momentum"] or given["dampening"]):
        ours = f"momentum is {given['momentum']} and dampening is {given['dampening']}"
        raise BadInput(f"{place}: {ours}; with nesterov they must be above 0 and 0")
    match given.get("step_sizes"):
        case (float() | int() as smallest, largest) if smallest > largest:
            raise BadInput(f"{place}: step_sizes[0] is {smallest}; it must be at most step_sizes[1], {largest}")


def _check_parts(call: NativeCall) -> None:
    """The calls that go with a call of torch, and the one in a call of Keras."""
    rate = call.arguments.get("learning_rate")
    parts = [
        (rate if isinstance(rate, NativeCall) else None, "schedule", KERAS_MODULE, KERAS_SCHEDULES),
        (call.clipping, "clipping", TORCH_MODULE, TORCH_CLIPS),
        (call.schedule, "schedule", TORCH_SCHEDULER_MODULE, TORCH_SCHEDULERS),
    ]
    for part, kind, module, known in parts:
        if part is not None and part.name not in known:
            raise BadInput(f"{module}: " + unknown(kind, part.name, known))
        if part is not None:
            _check_arguments(part, known[part.name])
    if call.framework != "torch" and (call.clipping or call.schedule):
        raise BadInput(f"{_place(call)}: torch's clipping and schedulers do not go with it")
    if call.schedule is not None and call.arguments.get("lr_decay"):
        raise BadInput(f"{_place(call)}: lr_decay is {call.arguments['lr_decay']}; with a scheduler it must be 0")


def _place(call: NativeCall) -> str:
    return f"{call.module or MODULES[call.framework]}.{call.name}"


def _check_arguments(call: NativeCall, known: Arguments) -> None:
    place = _place(call)
    for name, value in call.arguments.items():
        if name not in known:
            raise BadInput(f"{place}: {_no_such(call.framework, known, name)}")
        _check_value(call, name, value, known[name])
    for name, argument in known.items():
        if argument.required and name not in call.arguments:
            raise BadInput(f"{place}: {name} is missing; it must be given")


def _no_such(framework: Framework, known: Arguments, name: str) -> str:
    """Which argument was meant: those that set the same fields, else the one with the nearest name."""
    if (framework, name) in OTHERWISE:
        return f"no argument '{name}'; {OTHERWISE[framework, name]}"
    meant = set(SPELLINGS.get(name, (name,)))
    match [(ours, argument) for ours, argument in known.items() if meant & set(argument.fields)]:
        case []:
            return unknown("argument", name, known)
        case [(ours, Argument(field=(_, _)))] if len(meant) == 1:
            return f"no argument '{name}'; it is in '{ours}' here"
        case [(ours, _)]:
            return f"no argument '{name}'; it is called '{ours}' here"
        case [*several]:
            words = " and ".join(f"'{ours}'" for ours, _ in several)
            return f"no argument '{name}'; they are called {words} here"


def check_aside(place: str, name: str, value: object, argument: Argument) -> None:
    """Raise BadInput unless the framework takes the value of an argument that no rule has a word for."""
    if argument.allowed is not None:
        check_number(place, name, value, argument.allowed)
    elif not isinstance(value, bool):
        raise BadInput(f"{place}: {name} is {value!r}; it must be True or False")


def _check_value(call: NativeCall, name: str, value: object, argument: Argument) -> None:
    place = _place(call)
    if argument.only and value != argument.default:
        raise BadInput(f"{place}: {name} is {value!r}; no rule has a word for it, leave it {argument.default!r}")
    if value is None and argument.default is None and not argument.required:
        return
    match argument.field:
        case (first, second):
            if not isinstance(value, tuple | list) or len(value) != 2:
                raise BadInput(f"{place}: {name} is {value!r}; it must be a pair of numbers")
            check_number(place, f"{name}[0]", value[0], first)
            check_number(place, f"{name}[1]", value[1], second)
        case "learning_rate" if isinstance(value, NativeCall) and call.framework == "tf":
            pass
        case str(field) if argument.allowed or field in RANGES:
            check_number(place, name, value, argument.allowed or field)
        case str(field) if field != OFF and not isinstance(value, bool):
            raise BadInput(f"{place}: {name} is {value!r}; it must be True or False")
