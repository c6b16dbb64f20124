"""Rules as frameworks write them, and what stands in their signatures."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from comparisons.frameworks import FRAMEWORKS, of
from comparisons.frameworks.call import WRITTEN, NativeCall
from comparisons.frameworks.code import said as not_default
from comparisons.frameworks.code import written
from comparisons.frameworks.dialect import complete, rule_of
from comparisons.frameworks.express import Expression, express
from comparisons.identify.curves import rising
from comparisons.identify.settling import Usual
from comparisons.names import BadInput
from comparisons.rules import Rule

NO_CALL = 99  # digits more: a rule that a framework has is likelier than one that none has
DECAYING = "AdamW"  # of Keras's two classes that are this rule, the one that people look for
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


def written_calls(rule: Rule, calls: Mapping[str, str | None]) -> dict[str, str]:
    """Those of frameworks, without the rule as it is recorded here."""
    return {id_: code for id_, code in calls.items() if code and code != code_of(rule)}


def in_brief(value: object) -> str:
    """A schedule in one line: without what it has by default, its numbers to six digits."""
    match value:
        case bool() | int() | str():
            return repr(value)
        case float():
            return f"{value:.6g}"
        case tuple():
            return f"({', '.join(map(in_brief, value))}{',' * (len(value) == 1)})"
        case _:
            fields = ", ".join(f"{name}={in_brief(part)}" for name, part in not_default(value).items())
            return f"{type(value).__name__}({fields})"


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
    """The framework's call that is the rule, if it has one; of a cosine that stays low with a scheduler that does."""
    found, hooks = expressed(rule, framework), of(framework).hooks
    if found is None or found.call is None:
        return None
    if {one.field for one in found.mismatches} == {"learning_rate"} and hooks is not None:
        return hooks.mend(found.call, rule, "learning_rate")
    return found.call if found.fidelity in EXACT else None


def expressed(rule: Rule, framework: str) -> Expression | None:
    """The framework's call that comes closest; None if a number of it is refused. Adam that decays is called AdamW."""
    prefer = DECAYING if rule.weight_decay and rule.weight_decay_coupling == "decoupled" else ""
    try:
        return express(of(framework), rule, prefer)
    except BadInput:
        return None


def short(call: NativeCall) -> str:
    """The call without what it has by default."""
    known = of(call.framework).classes[call.name].arguments
    given = {name: value for name, value in call.arguments.items() if name not in known or value != known[name].default}
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
