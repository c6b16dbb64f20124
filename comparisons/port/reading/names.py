"""Which class, schedule or clipping a dotted name means, as people import and write it."""

from collections.abc import Iterable, Mapping
from typing import Literal

from comparisons import frameworks
from comparisons.frameworks.framework import Schedules
from comparisons.frameworks.signature import Arguments
from comparisons.names import BadInput, unknown

Kind = Literal["optimizer", "schedule", "clipping"]

_ALL = tuple(frameworks.DIALECTS.values())
# What people write before the last dot, to the module that it means.
ALIASES: Mapping[str, str] = {alias: module for one in _ALL for alias, module in one.names.modules.items()}
OPTIMIZERS: Mapping[str, str] = {one.module: one.id for one in _ALL}
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
    (one.module, name): reason for one in _ALL for name, reason in one.names.no_rule.items()
}
# Schedules of the frameworks that no rule describes.
OTHER_SCHEDULES: Mapping[str, tuple[str, ...]] = {
    one.schedules.module: one.schedules.no_rule for one in _ALL if one.schedules is not None
}
# Functions that are not given the optimizer first: it comes second, or not at all.
SECOND, WITHOUT = ("get_scheduler",), ("ChainedScheduler",)


class NoRule(BadInput):
    """A class of a framework that no rule describes, and why."""

    def __init__(self, module: str, name: str, reason: str) -> None:
        super().__init__(f"{module}.{name} has no rule, so nothing is equal to it elsewhere: {reason}")
        self.framework, self.name, self.reason = OPTIMIZERS[module], f"{module}.{name}", reason


def resolve(dotted: str, given: Iterable[str] = ()) -> tuple[str, str]:
    """(module, name) of what is called: ("torch.optim", "Adam") for "optim.Adam".

    Args:
        dotted: the name as written.
        given: the names of the arguments; they tell whose class a bare "Adam" is.

    Raises:
        BadInput: it is no optimizer, schedule or clipping. NoRule: no rule describes it.
    """
    prefix, _, name = dotted.rpartition(".")
    if ".legacy" in f".{prefix}":
        raise BadInput(f"{dotted}: Keras 3 has no legacy optimizers; write keras.optimizers.{name}")
    module = ALIASES.get(prefix) or _module_of_file(prefix) or ("" if prefix else _home(name, given))
    if not module or (_is_package(module) and name not in _known(module)):
        raise BadInput(f"{dotted}: no optimizer is known there; known are {', '.join(OPTIMIZERS)}")
    if (module, name) in OUTSIDE:
        raise NoRule(module, name, OUTSIDE[module, name])
    kind, known = kind_of(module)
    if name in OTHER_SCHEDULES.get(module, ()):
        raise BadInput(f"{module}.{name}: no rule has this schedule; known are {', '.join(known)}")
    if name not in known:
        raise BadInput(f"{module}: {unknown(kind, name, known)}")
    return module, name


def kind_of(module: str) -> tuple[Kind, Iterable[str]]:
    """What a module of ALIASES has, and the names that are known of it."""
    if module in OPTIMIZERS:
        return "optimizer", classes_of(module)
    return PARTS[module] if module else ("optimizer", ())


def classes_of(module: str) -> Iterable[str]:
    """The optimizers in a module of optimizers."""
    return frameworks.of(OPTIMIZERS[module]).classes


def positional(module: str, name: str) -> list[str]:
    """The arguments that may be given without their names, in their order; the parameters come before them."""
    return [key for key, argument in arguments_of(module, name).items() if not argument.keyword_only]


def arguments_of(module: str, name: str) -> Arguments:
    """The arguments of a class, a schedule or a clipping; none of a class that no rule describes."""
    if (module, name) in OUTSIDE:
        return {}
    return frameworks.of(OPTIMIZERS[module]).classes[name].arguments if module in OPTIMIZERS else PARTS[module][1][name]


def takes_parameters(module: str, name: str = "") -> bool:
    """Whether what is called has the parameters, or the optimizer, for its first argument."""
    framework = frameworks.of(OWNERS[module])
    match kind_of(module)[0], framework.schedules:
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
    known = frameworks.of(OPTIMIZERS[module]).classes if module in OPTIMIZERS else {}
    own = (name for name, native in known.items() if native.source.startswith(f"{module.replace('.', '/')}/"))
    return module if file.lstrip("_") in {name.lower() for name in own} else ""


def _home(name: str, given: Iterable[str]) -> str:
    """The module of a name without one: the only one that has it, or that has it with these arguments."""
    homes = [module for module in ALIASES.values() if name in _known(module)]
    homes = list(dict.fromkeys(home for home in homes if frameworks.of(OWNERS[home]).has_optimizers))
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
    known = classes_of(module) if module in OPTIMIZERS else PARTS[module][1]
    return [*outside, *OTHER_SCHEDULES.get(module, ()), *known]
