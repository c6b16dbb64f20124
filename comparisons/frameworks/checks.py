"""What is wrong with a call, said in the words of its framework."""

from collections.abc import Mapping

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.framework import ClipArguments, ClipCalls, Framework
from comparisons.frameworks.signature import OFF, Argument, Arguments, NativeClass
from comparisons.names import BadInput, unknown
from comparisons.rules.ranges import RANGES, check_number

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


def check(framework: Framework, call: NativeCall) -> None:
    """Raise BadInput unless the class exists, has the arguments, and takes their values."""
    classes = framework.classes_in(call.module)
    if call.name not in classes:
        raise BadInput(f"{call.module}: " + unknown("optimizer", call.name, classes))
    native = classes[call.name]
    _check_arguments(framework, call, native.arguments)
    _check_together(framework, call, native)
    _check_parts(framework, call)


def _check_together(framework: Framework, call: NativeCall, native: NativeClass) -> None:
    """What each argument may be only with the others."""
    given, place = {**native.signature, **call.arguments}, _place(call)
    match framework.clips:
        case ClipArguments(names=names) if sum(given.get(name) is not None for name in names) > 1:
            raise BadInput(f"{place}: only one of {', '.join(names[:-1])} and {names[-1]} can be set")
    if native.nesterov_needs_velocity and given["nesterov"] and (not given["momentum"] or given["dampening"]):
        ours = f"momentum is {given['momentum']} and dampening is {given['dampening']}"
        raise BadInput(f"{place}: {ours}; with nesterov they must be above 0 and 0")
    match given.get("step_sizes"):
        case (float() | int() as smallest, float() | int() as largest) if smallest > largest:
            raise BadInput(f"{place}: step_sizes[0] is {smallest}; it must be at most step_sizes[1], {largest}")


def _check_parts(framework: Framework, call: NativeCall) -> None:
    """The calls that go with the call, and the one in it."""
    rates = [value for value in call.arguments.values() if isinstance(value, NativeCall)]
    schedules, clips = framework.schedules, framework.clips
    apart = schedules is not None and schedules.place == "separate"
    if (call.clipping and not isinstance(clips, ClipCalls)) or (call.schedule and not apart):
        raise BadInput(f"{_place(call)}: torch's clipping and schedulers do not go with it")
    if schedules is not None:
        for schedule in filter(None, (*rates, call.schedule)):
            check_schedule(framework, schedule)
    if isinstance(clips, ClipCalls) and call.clipping is not None:
        _check_part(framework, call.clipping, "clipping", clips.module, clips.calls)
    if call.schedule is not None and call.arguments.get("lr_decay"):
        raise BadInput(f"{_place(call)}: lr_decay is {call.arguments['lr_decay']}; with a scheduler it must be 0")


def check_schedule(framework: Framework, call: NativeCall) -> None:
    """Raise BadInput unless the schedule exists, and those in it, have the arguments, and take their values."""
    if (schedules := framework.schedules) is not None:
        known = {schedules.module: schedules.calls, **schedules.others}
        module = call.module if call.module in known else schedules.module
        _check_part(framework, call, "schedule", module, known[module])
        for value in call.arguments.values():
            for part in value if isinstance(value, tuple) else ():
                if isinstance(part, NativeCall):
                    check_schedule(framework, part)


def _check_part(framework: Framework, part: NativeCall, kind: str, module: str, known: Mapping[str, Arguments]) -> None:
    if part.name not in known:
        raise BadInput(f"{module}: " + unknown(kind, part.name, known))
    _check_arguments(framework, part, known[part.name])


def _place(call: NativeCall) -> str:
    return f"{call.module}.{call.name}"


def _check_arguments(framework: Framework, call: NativeCall, known: Arguments) -> None:
    place = _place(call)
    for name, value in call.arguments.items():
        if name not in known:
            raise BadInput(f"{place}: {_no_such(framework, known, name)}")
        _check_value(framework, call, name, value, known[name])
    for name, argument in known.items():
        if argument.required and name not in call.arguments:
            raise BadInput(f"{place}: {name} is missing; it must be given")


def _no_such(framework: Framework, known: Arguments, name: str) -> str:
    """Which argument was meant: those that set the same fields, else the one with the nearest name."""
    if name in framework.instead:
        return f"no argument '{name}'; {framework.instead[name]}"
    meant = set(SPELLINGS.get(name, (name,)))
    match [(ours, argument) for ours, argument in known.items() if meant & set(argument.fields)]:
        case []:
            return unknown("argument", name, known)
        case [(ours, Argument(field=tuple()))] if len(meant) == 1:
            return f"no argument '{name}'; it is in '{ours}' here"
        case [(ours, _)]:
            return f"no argument '{name}'; it is called '{ours}' here"
        case [*several]:
            words = " and ".join(f"'{ours}'" for ours, _ in several)
            return f"no argument '{name}'; they are called {words} here"


def check_unsupported(place: str, name: str, value: object, argument: Argument) -> None:
    """Raise BadInput unless the framework takes the value of an argument that no rule has a field for."""
    if argument.allowed is not None:
        check_number(place, name, value, argument.allowed)
    elif not isinstance(value, bool):
        if argument.default is None:
            _check_default(place, name, value, argument)
        raise BadInput(f"{place}: {name} is {value!r}; it must be True or False")


def _check_default(place: str, name: str, value: object, argument: Argument) -> None:
    if argument.must_keep_default and value != argument.default:
        raise BadInput(f"{place}: {name} is {value!r}; no rule has a word for it, leave it {argument.default!r}")


def _check_value(framework: Framework, call: NativeCall, name: str, value: object, argument: Argument) -> None:
    place, schedules = _place(call), framework.schedules
    _check_default(place, name, value, argument)
    if value is None and argument.default is None and not argument.required:
        return
    if argument.words is not None and value not in argument.words:
        if set(argument.words) == {True, False}:
            raise BadInput(f"{place}: {name} is {value!r}; it must be True or False")
        words = [str(word) for word in argument.words if word is not None]
        raise BadInput(f"{place}: " + unknown(name, value, words))
    match argument.field:
        case _ if argument.words is not None:
            pass
        case tuple(parts):
            if not isinstance(value, tuple | list) or len(value) != len(parts):
                kind = "a pair of" if len(parts) == 2 else f"{len(parts)}"
                raise BadInput(f"{place}: {name} is {value!r}; it must be {kind} numbers")
            for i, (part, number) in enumerate(zip(parts, value, strict=True)):
                check_number(place, f"{name}[{i}]", number, part)
        case str(field) if (
            isinstance(value, NativeCall)
            and schedules is not None
            and schedules.place == "argument"
            and field in ("learning_rate", *schedules.beside)
        ):
            pass
        case str(field) if argument.allowed or field in RANGES:
            check_number(place, name, value, argument.allowed or field)
        case str(field) if field != OFF and not isinstance(value, bool):
            raise BadInput(f"{place}: {name} is {value!r}; it must be True or False")
