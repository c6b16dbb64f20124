"""A call of a file in the other framework: an optimizer with what goes with it, or a schedule or clipping alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.code import noted, written
from comparisons.names import BadInput
from comparisons.port.answer import Answer, answer, as_data
from comparisons.port.files.filling import filled
from comparisons.port.files.finds import CallSite
from comparisons.port.files.links import Links
from comparisons.port.reading.calls import parse_call, with_part
from comparisons.port.reading.source import Source, plain
from comparisons.port.writing.native import clip_code, schedule_code
from comparisons.rules import Schedule
from comparisons.rules.symbols import Refused, Symbol, symbols_in


def translated(one: CallSite, links: Links, to: str) -> dict[str, Any]:
    """The call in the other framework, as data.

    Raises:
        BadInput: it cannot be read, or a number in it depends on one that is not in the file.
    """
    if one.kind != "optimizer":
        return _part(one, links, to)
    parts = {"schedule": links.schedules_of(one), "clipping": links.clippings_of(one)}
    try:
        return _optimizer(one, parts, links, to)
    except BadInput as error:
        data = _optimizer(one, {}, links, to)  # raises, if the optimizer is at fault
        lines = ", ".join(str(part.node.lineno) for several in parts.values() for part in several)
        data["also"].insert(0, f"line {lines}: goes with it, and is not in the translation: {error}")
        return data


def _optimizer(one: CallSite, parts: Mapping[str, list[CallSite]], links: Links, to: str) -> dict[str, Any]:
    """An optimizer with the scheduler that steps it and its clipping, where there is one of each."""
    source = _read(one, links)
    call, notes = source.call, list[str]()
    if one.call is not one.node and one.call.func in one.node.args:
        notes.append("partial: what is given where it is called is not in the translation")
    for kind, several in parts.items():
        if len(several) > 1:
            lines = ", ".join(str(part.node.lineno) for part in several)
            notes.append(f"{kind}: lines {lines} may each go with it, and a rule has one; none is in the translation")
        elif several:
            call = _with(call, several[0], links)
        notes += [words for part in several for words in _by_epoch(part, links)]
    source = source.with_call(call)
    found = answer(source, to)
    _check_unchanged(source, found.native.call or found.exact, found)
    data = as_data(found)
    data["also"] = [*notes, *(words for words in data["also"] if not words.startswith("proof:"))]  # none is made
    return data


def _with(call: NativeCall, part: CallSite, links: Links) -> NativeCall:
    """The call with a schedule or a clipping; the call alone if that cannot be read, as the part's own line says."""
    try:
        together = with_part(call, _read(part, links).call)
        frameworks.rule_of(together)
    except BadInput:
        return call
    return together


def _part(one: CallSite, links: Links, to: str) -> dict[str, Any]:
    """A schedule or a clipping in the other framework, translated with an optimizer that carries it."""
    if not links.reaches_a_step(one):
        raise BadInput("what it clips is not seen to reach apply_gradients, so it is left as it is")
    call = _read(one, links).call
    arguments: dict[str, Value] = {}
    notes = _by_epoch(one, links)
    if one.kind == "schedule" and frameworks.of(call.framework).has_schedulers:
        rate = _rate_of(links.optimizers_of(one), links)
        notes += ["lr: it stands for the learning rate of the optimizer"] if rate is None else []
        arguments["lr"] = Symbol("lr") if rate is None else rate
    carrier = with_part(frameworks.of(call.framework).call("SGD", arguments), call)
    rule = frameworks.rule_of(carrier)
    found = answer(plain(carrier), to)
    _check_unchanged(carrier, rule, found)
    data = as_data(found)
    code = clip_code(to, rule.clip) if rule.clip is not None else schedule_code(to, rule.learning_rate)
    if frameworks.of(to).has_schedulers and isinstance(rule.learning_rate, Schedule):
        code = noted(code, f"the optimizer has lr={written(rule.learning_rate.initial)}")
    said = [sentence for sentence in data["also"] if sentence.startswith(f"{one.kind}:")]
    return {"native": {**data["native"], "code": code}, "also": [*notes, *said]}


def _read(one: CallSite, links: Links) -> Source:
    grouped = one.kind == "optimizer" and links.grouped(one)
    source = parse_call(filled(one.call, one.module, one.name, links.resolver, grouped=grouped))
    return source.with_call(replace(source.call, per_tensor=one.each)) if one.each else source


def _check_unchanged(source: object, target: object, found: Answer) -> None:
    """Raise Refused if the target lacks a symbol of the source, or if anything in the answer is computed from one."""
    given = [*symbols_in(source)]
    lost = Counter(given) - Counter(symbols_in(target))
    computed = {text for symbol in symbols_in(found) for text in symbol.origins}
    if refused := [symbol.text for symbol in given if symbol in lost or symbol.text in computed]:
        raise Refused(*refused)


def _by_epoch(schedule: CallSite, links: Links) -> list[str]:
    """A sentence, where scheduler.step() is seen to be outside the loop over batches."""
    lines = links.stepped_by_epoch(schedule)
    return [] if lines is None else [
        f"schedule: scheduler.step() in line {lines[0]} is outside the loop of optimizer.step() in line {lines[1]}, so "
        "it counts epochs there, and the translation counts batches: multiply its steps by the batches of an epoch"
    ]  # fmt: skip


def _rate_of(optimizers: list[CallSite], links: Links) -> Value:
    """The learning rate of the optimizers that a scheduler of torch may be given; None if that is not one rate."""
    rates = {frameworks.complete(_read(optimizer, links).call).arguments["lr"] for optimizer in optimizers}
    return rates.pop() if len(rates) == 1 else None
