"""A call of a file in the other framework: an optimizer with what goes with it, or a schedule or clipping alone."""

from collections import Counter
from dataclasses import replace
from typing import Any

from comparisons import frameworks
from comparisons.frameworks.call import Value
from comparisons.frameworks.code import noted, written
from comparisons.names import BadInput
from comparisons.port.answer import Answer, answer, as_data, gaps_as_data
from comparisons.port.files.callbacks import STEPS_PER_EPOCH
from comparisons.port.files.finds import CallSite
from comparisons.port.files.gaps import gap_at
from comparisons.port.files.links import Links
from comparisons.port.files.trainings import TrainingSite, read_part, training_at
from comparisons.port.plateaus import in_framework
from comparisons.port.reading.calls import with_part
from comparisons.port.reading.source import Gap, Source, plain
from comparisons.port.translate import answered
from comparisons.port.wholes.answer import Whole
from comparisons.port.wholes.answer import as_data as whole_as_data
from comparisons.port.writing.native import clip_code, schedule_code
from comparisons.rules import Schedule, base_rate
from comparisons.rules.symbols import Refused, Symbol, symbols_in


def translated(one: TrainingSite, to: str) -> dict[str, Any]:
    """A training in the other framework, as data.

    Raises:
        BadInput: a number in it depends on one that is not in the file.
    """
    source, gaps = one.source, list[Gap]()
    try:
        data = translated_source(source, to, several=bool(one.parts))
    except Refused as error:
        if all(group.optimizer.schedule is None for group in source.training.groups):
            raise
        bare = [replace(group, optimizer=replace(group.optimizer, schedule=None)) for group in source.training.groups]
        source = replace(source, training=replace(source.training, groups=tuple(bare)))
        others = [part for part in one.parts if part.kind != "schedule"]
        data = translated_source(source, to, several=bool(others))  # raises, if the optimizer is at fault
        schedules = [part for part in one.parts if part.kind == "schedule"]
        gaps += [gap_at(part.node, f"the translation is without this schedule: {error}") for part in schedules[:1]]
    return {**data, "gaps": gaps_as_data((*in_framework(source.gaps, to), *gaps))}


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
    """Raise Refused if the target lacks a symbol of the source, or if anything in the answer is computed from one."""
    given = [symbol for symbol in symbols_in(source) if symbol != STEPS_PER_EPOCH]  # ours: whoever pastes it sets it
    lost = Counter(given) - Counter(symbols_in(target))
    computed = {text for symbol in symbols_in(found) for text in symbol.origins}
    if refused := [symbol.text for symbol in given if symbol in lost or symbol.text in computed]:
        raise Refused(*refused)


def _rate_of(optimizers: list[CallSite], links: Links) -> Value:
    """The learning rate of the optimizers that a scheduler of torch may be given; None if that is not one rate."""
    sources = [training_at(optimizer, links).source for optimizer in optimizers]
    calls = [group.optimizer for source in sources for group in source.training.groups]
    rates = {frameworks.complete(call).arguments["lr"] for call in calls}
    return rates.pop() if len(rates) == 1 else None
