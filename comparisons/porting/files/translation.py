"""A call of a file in the other framework: an optimizer with what goes with it, or a schedule or clipping alone."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.code import noted, written
from comparisons.names import BadInput
from comparisons.porting.answer import Answer, answer, as_data, gaps_as_data
from comparisons.porting.files.callbacks import STEPS_PER_EPOCH
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import gap_at
from comparisons.porting.files.links import Links
from comparisons.porting.files.scheduling import read_part
from comparisons.porting.files.trainings import TrainingSite, training_at
from comparisons.porting.plateaus import in_framework
from comparisons.porting.reading.calls import with_part
from comparisons.porting.reading.names import kind_of
from comparisons.porting.reading.source import Source, plain
from comparisons.porting.translate import answered
from comparisons.porting.wholes.answer import Whole
from comparisons.porting.wholes.written import as_data as whole_as_data
from comparisons.porting.writing.native import clip_code, schedule_code
from comparisons.rules import Schedule, base_rate
from comparisons.rules.symbols import Refused, Symbol, is_share, symbols_in


def translated(one: TrainingSite, to: str) -> dict[str, Any]:
    """A training in the other framework, as data.

    Raises:
        BadInput: a number in it depends on one that is not in the file.
    """
    source, parts = one.source, one.parts
    try:
        data = translated_source(source, to, several=bool(parts))
    except Refused as error:
        if all(group.optimizer.schedule is None for group in source.training.groups):
            raise
        bare = [replace(group, optimizer=replace(group.optimizer, schedule=None)) for group in source.training.groups]
        words = f"the translation is without this schedule: {error}"
        gaps = [gap_at(part.node, words) for part in parts if part.kind == "schedule"][:1]
        source = replace(source, training=replace(source.training, groups=tuple(bare)), gaps=(*source.gaps, *gaps))
        others = [part for part in parts if part.kind != "schedule"]
        data = translated_source(source, to, several=bool(others))  # raises, if the optimizer is at fault
    return {**data, "gaps": gaps_as_data(in_framework(source.gaps, to))}


def translated_source(source: Source, to: str, *, several: bool = False) -> dict[str, Any]:
    """What was read as a whole in the other framework, as data; of several statements with the steps of a training.

    Raises:
        BadInput: a number in it depends on one that is not in the file.
    """
    found = answered(source, to)
    if isinstance(found, Whole):
        _check_unchanged(source.training, found.native.training or found.exact, found)
        data = whole_as_data(found)
    else:
        _check_unchanged(source.training.groups[0], found.native.call or found.exact, found)
        data = as_data(replace(found, several=several))
    return {**data, "also": [words for words in data["also"] if not words.startswith("proof:")]}  # none is made


def translated_part(one: CallSite, links: Links, to: str) -> dict[str, Any]:
    """A schedule or a clipping alone in the other framework, as data; it is translated with an optimizer.

    Raises:
        BadInput: it cannot be read, or a number in it depends on one that is not in the file.
    """
    if not links.reaches_a_step(one):
        raise BadInput("what it clips is not seen to reach apply_gradients, so it is left as it is")
    call = read_part(one, links)
    arguments: dict[str, Value] = {}
    notes = list[str]()
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
        code = noted(code, f"the optimizer has lr={written(base_rate(rule.learning_rate))}")
    said = [sentence for sentence in data["also"] if sentence.startswith(f"{one.kind}:")]
    return {"native": {**data["native"], "code": code}, "also": [*notes, *said]}


def _check_unchanged(source: object, target: object, found: Answer | Whole) -> None:
    """Raise Refused if the target lacks a symbol of the source, or if anything in the answer is computed from one.

    In a schedule one may be a multiple of a symbol, or one more: 0.1 * args.lr after a milestone.
    """
    given = [symbol for symbol in symbols_in(source) if symbol != STEPS_PER_EPOCH]  # ours: whoever pastes it sets it
    there = [Symbol(text) for symbol in symbols_in(target) for text in symbol.origins or (symbol.text,)]
    shares = {symbol for symbol in given if any(is_share(symbol, other) for other in given)}
    lost = Counter(given) - Counter([*there, *shares])
    computed = {text for symbol in _not_plainly_computed(found) for text in symbol.origins}
    if refused := [symbol.text for symbol in given if symbol in lost or symbol.text in computed]:
        raise Refused(*refused)


def _not_plainly_computed(value: object, *, scheduled: bool = False) -> Iterator[Symbol]:
    """The symbols in a record, at any depth, but for the multiples and sums of one in its schedules."""
    match value:
        case Symbol(origins=(origin,)) if scheduled and _PLAINLY.fullmatch(
            value.text.replace(str(Symbol(origin)), "x")
        ):
            pass
        case Symbol():
            yield value
        case tuple():
            for part in value:
                yield from _not_plainly_computed(part, scheduled=scheduled)
        case Mapping():
            yield from _not_plainly_computed(tuple(value.values()), scheduled=scheduled)
        case _ if is_dataclass(value):
            called = isinstance(value, NativeCall) and kind_of(value.module, value.name)[0] == "schedule"
            inner = scheduled or called or isinstance(value, Schedule)
            parts = tuple(getattr(value, field.name) for field in fields(value))
            yield from _not_plainly_computed(parts, scheduled=inner)
        case _:
            pass


_PLAINLY = re.compile(r"[\d.e-]+ [*+] x|x [*+-] [\d.e-]+")


def _rate_of(optimizers: list[CallSite], links: Links) -> Value:
    """The learning rate of the optimizers that a scheduler of torch may be given; None if that is not one rate."""
    sources = [training_at(optimizer, links).source for optimizer in optimizers]
    calls = [group.optimizer for source in sources for group in source.training.groups]
    rates = {frameworks.complete(call).arguments["lr"] for call in calls}
    return rates.pop() if len(rates) == 1 else None
