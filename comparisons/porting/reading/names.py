"""Which class, schedule or clipping a dotted name means, as people import and write it."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from comparisons import frameworks
from comparisons.frameworks.framework import Schedules
from comparisons.frameworks.keras.foreign import older
from comparisons.frameworks.signature import Arguments
from comparisons.names import BadInput, unknown

Kind = Literal["optimizer", "schedule", "clipping"]

_ALL = tuple(frameworks.DIALECTS.values())
_PACKAGES = tuple(package for one in _ALL for package in one.foreign.values())
# What people write before the last dot, to the module that it means.
ALIASES: Mapping[str, str] = {
    **{
        alias: package.module
        for one in _ALL
        for package in one.foreign.values()
        for written in (*package.aliases, package.module)
        for alias in (written, f"{one.packages[0]}.{written.removeprefix(f'{one.id}.')}")
    },
    **{alias: module for one in _ALL for alias, module in one.names.modules.items()},
}
# The modules of optimizers, to whose they are.
OPTIMIZERS: Mapping[str, str] = {
    **{module: one.id for one in _ALL for module in one.foreign},
    **{one.module: one.id for one in _ALL},
}
# The modules of schedules and clippings: what each has, and whose it is.
PARTS: Mapping[str, tuple[Kind, Mapping[str, Arguments]]] = {
    **{one.schedules.module: ("schedule", one.schedules.calls) for one in _ALL if one.schedules is not None},
    **{
        module: ("schedule", calls)
        for one in _ALL
        if one.schedules is not None
        for module, calls in one.schedules.others.items()
    },
    **{one.clips.module: ("clipping", one.clips.calls) for one in _ALL if one.clips is not None},
}
OWNERS: Mapping[str, str] = {
    **OPTIMIZERS,
    **{part.module: one.id for one in _ALL for part in (one.schedules, one.clips) if part is not None},
    **{module: one.id for one in _ALL if one.schedules is not None for module in one.schedules.others},
}
# Classes of the frameworks that no rule describes, each with the reason.
OUTSIDE: Mapping[tuple[str, str], str] = {
    **{(one.module, name): reason for one in _ALL for name, reason in one.names.no_rule.items()},
    **{(package.module, name): reason for package in _PACKAGES for name, reason in package.no_rule.items()},
}
# Schedules of the frameworks that no rule describes.
OTHER_SCHEDULES: Mapping[str, tuple[str, ...]] = {
    one.schedules.module: one.schedules.no_rule for one in _ALL if one.schedules is not None
}
# The module of today of the framework that has older makes, whose classes people also called in small letters.
TODAY = next(one.module for one in _ALL if one.names.data == "config")
# Functions that are not given the optimizer first: it comes second, or not at all.
SECOND, WITHOUT = ("get_scheduler",), ("ChainedScheduler",)


class NoRule(BadInput):
    """A class of a framework that no rule describes, and why."""

    def __init__(self, module: str, name: str, reason: str) -> None:
        super().__init__(f"{module}.{name} has no rule, so nothing is equal to it elsewhere: {reason}")
        self.framework, self.name, self.reason = OPTIMIZERS[module], f"{module}.{name}", reason


TRAINED = (
    "the Trainer makes the optimizer of these, the groups, the schedule and the clipping; port those lines: "
    "torch.optim.AdamW over two groups, transformers.get_scheduler(...), clip_grad_norm_(...)"
)


def resolve(dotted: str, given: Mapping[str, object] = MappingProxyType({})) -> tuple[str, str]:
    """(module, name) of what is called: ("torch.optim", "Adam") for "optim.Adam".

    Args:
        dotted: the name as written.
        given: the arguments by their names; they tell whose class a bare "Adam" is, and of which make.

    Raises:
        BadInput: it is no optimizer, schedule or clipping. NoRule: no rule describes it.
    """
    prefix, _, name = dotted.rpartition(".")
    module = ALIASES.get(prefix) or _module_of_file(prefix) or ("" if prefix else _home(name, given))
    if not module or (_is_package(module) and name not in _known(module)):
        raise BadInput(f"{dotted}: {_no_optimizer(dotted)}")
    module, name = of_make(prefix, module, name, given)
    if (module, name) in OUTSIDE:
        raise NoRule(module, name, OUTSIDE[module, name])
    kind, known = kind_of(module, name)
    if name in OTHER_SCHEDULES.get(module, ()):
        raise BadInput(f"{module}.{name}: no rule has this schedule; known are {', '.join(known)}")
    if name not in known:
        raise BadInput(f"{module}: {unknown(kind, name, known)}")
    return module, name


def _no_optimizer(dotted: str) -> str:
    """What is wrong with a name that means nothing."""
    name = dotted.rpartition(".")[2]
    if name.endswith("TrainingArguments"):
        return TRAINED
    words = [module for module in OPTIMIZERS if name.lower() in {one.lower() for one in classes_of(module)}]
    if words:
        return (
            f"which optimizer is meant is not known; write the call of a class: {words[0]}.{_class(words[0], name)}()"
        )
    return f"no optimizer is known there; known are {', '.join(one.module for one in _ALL)}"


def of_make(prefix: str, module: str, name: str, given: Mapping[str, object]) -> tuple[str, str]:
    """The module and the class that a call of today's module is for, by its arguments: an older make has others."""
    if module == TODAY:
        module = older(prefix, given) or module
    return module, _class(module, name)


def _class(module: str, name: str) -> str:
    """The class, which may be written in small letters: keras.optimizers.rmsprop."""
    small = [one for one in _known(module) if one.lower() == name] if module in OPTIMIZERS else []
    return small[0] if len(small) == 1 and name not in _known(module) else name


def kind_of(module: str, name: str = "") -> tuple[Kind, Iterable[str]]:
    """What a name in a module of ALIASES is, and the names that are known with it."""
    if module in PARTS and (module not in OPTIMIZERS or name in PARTS[module][1]):
        return PARTS[module]
    return "optimizer", classes_of(module) if module in OPTIMIZERS else ()


def classes_of(module: str) -> Iterable[str]:
    """The optimizers in a module of optimizers."""
    return frameworks.of(OPTIMIZERS[module]).classes_in(module)


def positional(module: str, name: str) -> list[str]:
    """The arguments that may be given without their names, in their order; the parameters come before them."""
    return [key for key, argument in arguments_of(module, name).items() if not argument.keyword_only]


def arguments_of(module: str, name: str) -> Arguments:
    """The arguments of a class, a schedule or a clipping; none of a class that no rule describes."""
    if (module, name) in OUTSIDE:
        return {}
    if kind_of(module, name)[0] != "optimizer":
        return PARTS[module][1][name]
    return frameworks.of(OPTIMIZERS[module]).classes_in(module)[name].arguments


def takes_parameters(module: str, name: str = "") -> bool:
    """Whether what is called has the parameters, or the optimizer, for its first argument, or its second."""
    framework = frameworks.of(OWNERS[module])
    match kind_of(module, name)[0], framework.schedules:
        case "optimizer", _:
            return bool(framework.first_argument)
        case "schedule", Schedules(place=place):
            return place == "separate" and name not in WITHOUT
        case _:
            return True


def _is_package(module: str) -> bool:
    """Whether it is a whole package, which has more than clippings: tensorflow."""
    return module in frameworks.of(OWNERS[module]).packages


def _module_of_file(prefix: str) -> str:
    """torch.optim for "torch.optim.adam", where the class is defined."""
    above, _, file = prefix.rpartition(".")
    module = ALIASES.get(above, "")
    known = frameworks.of(OPTIMIZERS[module]).classes_in(module) if module in OPTIMIZERS else {}
    own = (name for name, native in known.items() if native.source.startswith(f"{module.replace('.', '/')}/"))
    return module if file.lstrip("_") in {name.lower() for name in own} else ""


def _home(name: str, given: Iterable[str]) -> str:
    """The module of a name without one: the only one that has it, or that has it with these arguments.

    Those of other packages and of older makes are only meant where nobody else has the name.
    """
    everybody = [module for module in dict.fromkeys(ALIASES.values()) if name in _known(module)]
    own = [home for home in everybody if not _is_foreign(home, name) and frameworks.of(OWNERS[home]).has_optimizers]
    homes = own or [home for home in everybody if _is_foreign(home, name)]
    if len(homes) > 1:
        homes = [home for home in homes if set(given) - {"params"} <= set(arguments_of(home, name))]
    match homes:
        case [home]:
            return home
        case []:
            return ""
        case _:
            ways = " or ".join(f"{home}.{name}" for home in homes)
            raise BadInput(f"{name}: it is in more than one framework; write {ways}")


def _known(module: str) -> Iterable[str]:
    outside = [name for home, name in OUTSIDE if home == module]
    known = classes_of(module) if module in OPTIMIZERS else ()
    parts = PARTS[module][1] if module in PARTS else ()
    return [*outside, *OTHER_SCHEDULES.get(module, ()), *known, *parts]


def _is_foreign(module: str, name: str) -> bool:
    return module in frameworks.of(OWNERS[module]).foreign and kind_of(module, name)[0] == "optimizer"
