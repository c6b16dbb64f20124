"""Rules as frameworks write them, and what stands in their signatures."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from comparisons.frameworks import FRAMEWORKS, of
from comparisons.frameworks.call import WRITTEN, NativeCall
from comparisons.frameworks.code import written
from comparisons.frameworks.dialect import complete, rule_of
from comparisons.frameworks.express import Expression, express
from comparisons.frameworks.framework import Framework
from comparisons.identify.curves import rising
from comparisons.identify.settling import Usual
from comparisons.names import BadInput
from comparisons.rules import Rule

NO_CALL = 99  # digits more: a rule that a framework has is likelier than one that none has
EXACT = ("exact", "exact-at-constant-learning-rate")


def calls_of(rule: Rule) -> dict[str, str | None]:
    """By framework: its own call that is the rule; None if it has none, of NumPy the rule itself.

    One whose schedule is a class of its own to be written, as `triptych port` does, is none.
    """
    found = {id_: native(rule, id_) for id_ in FRAMEWORKS}
    code = {id_: None if call is None or _to_be_written(call) else short(call) for id_, call in found.items()}
    return {id_: some or (None if of(id_).has_optimizers else code_of(rule)) for id_, some in code.items()}


def _to_be_written(call: NativeCall) -> bool:
    return any(isinstance(value, NativeCall) and value.module == WRITTEN for value in call.arguments.values())


def calls_over(rule: Rule, steps: int) -> dict[str, str | None]:
    """The same over so many steps, with the cosine that a framework has: one that rises again later is as good."""
    calls, rate = calls_of(rule), rule.learning_rate
    again = None if isinstance(rate, float) else rising(rate, steps)
    others = {} if again is None else calls_of(replace(rule, learning_rate=again))
    there = {id_: call for id_, call in others.items() if call and FRAMEWORKS[id_].has_optimizers}
    return calls | {id_: min(filter(None, (calls[id_], call)), key=len) for id_, call in there.items()}


def code_of(rule: Rule) -> str:
    """The rule as code, without what says nothing."""
    given = {name: value for name, value in vars(rule).items() if said(name, value)}
    if not rule.weight_decay:
        del given["weight_decay_coupling"]
    return f"{type(rule).__name__}({', '.join(f'{name}={written(value)}' for name, value in given.items())})"


def said(name: str, value: object) -> bool:
    """Whether a field says something."""
    return value is not None and value is not False and (value != 0 or name == "learning_rate")


def native(rule: Rule, framework: str) -> NativeCall | None:
    """The framework's call that is the rule, if it has one."""
    found = expressed(rule, framework)
    return found.call if found is not None and found.fidelity in EXACT else None


def expressed(rule: Rule, framework: str) -> Expression | None:
    """The framework's call that comes closest; None if a number of it is refused."""
    try:
        return express(of(framework), rule)
    except BadInput:
        return None


def short(call: NativeCall) -> str:
    """The call without what it has by default."""
    defaults = of(call.framework).signatures[call.name]
    given = {name: value for name, value in call.arguments.items() if value != defaults.get(name)}
    return replace(call, arguments=given).code()


def unusual(rule: Rule, framework: str) -> int:
    """How many digits a call has that are not there by default; many if the rule is no call of the framework."""
    call = native(rule, framework)
    return NO_CALL + _count(code_of(rule)) if call is None else _count(short(call))


def _count(code: str) -> int:
    return sum(len(_digits(number)) + 1 for number in re.findall(r"=|[\d.e+-]+", code))


def digits(rule: Rule) -> int:
    """The same where it is the fewest: of the framework whose call says most by default."""
    return min(unusual(rule, id_) for id_ in FRAMEWORKS)


def _digits(number: str) -> str:
    """Those that say something: of 0.003 and of 3e-3 the 3."""
    return re.sub(r"e.*", "", number).replace(".", "").strip("0=+-")


def usual(family: type[Rule]) -> Usual:
    """What stands in the signatures of the classes of a family, by field."""
    return _usual(family.__name__)


@cache
def _usual(family: str) -> Usual:
    found: dict[str, list[float]] = {}
    for framework in FRAMEWORKS.values():
        for name, native_ in framework.classes.items():
            if native_.rule.__name__ == family:
                rule = rule_of(framework, complete(framework, framework.call(name, {})))
                for field, value in vars(rule).items():
                    if isinstance(value, float) and field not in ("learning_rate", "weight_decay"):
                        found.setdefault(field, []).append(value)
    return {field: tuple(dict.fromkeys(value for value in some if value)) for field, some in found.items()}


def written_rule(about: Mapping[str, object]) -> tuple[Rule, str] | None:
    """The rule that a trace says its script has, and the call; None if it says none that is known."""
    optimizer, named = about.get("optimizer"), _named(about)
    if named is None or not isinstance(optimizer, Mapping):
        return None
    here, module, name = named
    given = optimizer.get("arguments")
    if module != here.module or name not in here.classes or not isinstance(given, Mapping):
        return None
    known = here.classes[name].arguments
    plain = {
        key: tuple(value) if isinstance(value, list) else as_typed(value)
        for key, value in given.items()
        if key in known and known[key].field
    }
    try:
        call = complete(here, here.call(name, {key: value for key, value in plain.items() if not _odd(value)}))
        return rule_of(here, call), short(call)
    except BadInput:
        return None


def without_rule(about: Mapping[str, object]) -> tuple[str, str] | None:
    """The class that a trace says its script has, where no rule is known of it, and why if that is; else None."""
    named = _named(about)
    if named is None:
        return None
    here, module, name = named
    ours = here.implementation and module.startswith(here.implementation)  # drop-ins, each of which has a rule
    if ours or name in here.classes_in(module):
        return None
    return f"{module}.{name}", here.names.no_rule.get(name, "") if module == here.module else ""


def steps_as_one(about: Mapping[str, object]) -> bool:
    """Whether a trace says that its script has a class of the framework's own that takes no groups, and has no rule.

    What is derived from such a class has another module, or another name.
    """
    named = _named(about)
    return named is not None and named[1] == named[0].module and named[2] in named[0].names.as_one


def _named(about: Mapping[str, object]) -> tuple[Framework, str, str] | None:
    """The framework of a trace, and the module and the name of the optimizer's class; None if it does not say."""
    optimizer, framework = about.get("optimizer"), about.get("framework")
    if not isinstance(optimizer, Mapping) or framework not in FRAMEWORKS:
        return None
    module, _, name = str(optimizer.get("class", "")).rpartition(".")
    return (of(str(framework)), module, name) if module else None


def as_typed(value: object) -> object:
    """A number that went through float32, as Keras's rates do, as it was typed: 0.001 for 0.0010000000474974513."""
    if not isinstance(value, float) or value != np.float32(value):
        return value
    return float(str(np.float32(value)))


def _odd(value: object) -> bool:
    return not isinstance(value, bool | int | float | str | tuple | None)
