"""Several optimizers of one net: Keras's OptimizerMap, by paths of variables; in torch, Muon and one for the rest."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from glob import escape

from comparisons.frameworks.call import NativeCall
from comparisons.names import BadInput
from comparisons.porting.files.filling import given_arguments
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import gap_at
from comparisons.porting.files.groups import tensors_between
from comparisons.porting.files.links import Links
from comparisons.porting.files.picking import tensors_of
from comparisons.porting.files.trainings import TrainingSite, training_at
from comparisons.porting.reading.source import Gap, Source
from comparisons.rules import Clip
from comparisons.rules.training import ALL, Group, Selector, Training

Mapped = tuple[CallSite, Selector, Gap | None]
MAP, OVER_MAP = "OptimizerMap", "MultiOptimizer"
DEFAULT, TABLE = "default_optimizer", "optimizer_map"
# What a regular expression is made of that a pattern of a shell can say, too: longest first.
PARTS = re.compile(r"(?P<any>\.\*)|(?P<some>\.\+)|(?P<one>\.)|\\(?P<escaped>[^\w\s])|(?P<plain>[\w/ \-]+)")


def trainings_of(links: Links) -> list[CallSite]:
    """The optimizers that are trainings, from top to bottom: not those in a map, nor what holds a map.

    Of two that train one net it is the first.
    """
    sites = [one for one in links.call_sites if one.kind == "optimizer"]
    maps = [one for one in sites if one.name == MAP]
    inner = {part for one in maps for _, part in entries_of(one, links) if part is not None}
    outer = {one for one in sites if one.name == OVER_MAP and any(_holds(one, each, links) for each in maps)}
    first = [one for one in sites if links.training_of(one)[0] is one]
    return [one for one in first if one not in inner and one not in outer]


def entries_of(one: CallSite, links: Links) -> Iterator[tuple[ast.expr | None, CallSite | None]]:
    """The keys of a map with their optimizers, None for what is not one of the file; last that of the rest, without."""
    named = {word.arg: word.value for word in one.call.keywords}
    places: dict[str | None, ast.expr] = dict(zip((DEFAULT, TABLE), one.call.args, strict=False))
    given = {**places, **named}
    table = links.resolver.meaning(given[TABLE]) if TABLE in given else None
    match table:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield from [(key, _site(value, links))] if key is not None else _each(value, links)
        case ast.DictComp():
            yield from _each(table, links)
        case None | ast.Constant(value=None):
            pass
        case _:
            yield table, None
    for node in links.resolver.scopes.nodes:
        match node:
            case ast.Assign(targets=[ast.Subscript(value=held, slice=key)], value=value) if (
                links.resolver.key(held) in one.targets
            ):
                yield key, _site(value, links)
            case _:
                pass
    yield None, _site(given[DEFAULT], links) if DEFAULT in given else None


def _each(table: ast.expr, links: Links) -> Iterator[tuple[ast.expr | None, CallSite | None]]:
    """The variables of a list with their optimizer: {v.path: adam for v in hidden}."""
    match links.resolver.meaning(table):
        case ast.DictComp(
            key=ast.Attribute(value=ast.Name(id=variable), attr="path"),
            value=value,
            generators=[ast.comprehension(target=ast.Name(id=name), iter=over, ifs=[])],
        ) if variable == name:
            yield over, _site(value, links)
        case _:
            yield table, None


def _site(node: ast.expr, links: Links) -> CallSite | None:
    """The optimizer that a node makes, or that the variable holds."""
    meant = links.resolver.meaning(node)
    return next((one for one in links.call_sites if one.node is meant and one.kind == "optimizer"), None)


def _holds(one: CallSite, inner: CallSite, links: Links) -> bool:
    given = [*one.call.args[:1], *(word.value for word in one.call.keywords if word.arg == TABLE)]
    return any(links.resolver.meaning(value) is inner.node for value in given)


def selectors_of(one: CallSite, links: Links) -> list[Mapped]:
    """The optimizers of a map, each with its variables: a path that is a key goes before the keys that it fits.

    Raises:
        BadInput: one of its optimizers is not in the file.
    """
    exact, fitted, rest = list[Mapped](), list[Mapped](), list[Mapped]()
    for key, part in entries_of(one, links):
        if part is None:
            raise BadInput(f"{one.module}.{one.name}: one of its optimizers is not seen; write its call in the map")
        if key is None:
            rest.append((part, Selector(), None))
            continue
        word = links.resolver.meaning(key)
        if not isinstance(word, ast.Constant) or not isinstance(word.value, str):
            tensors = tensors_of(key, links.resolver).tensors
            gap = gap_at(key, "which variables it fits is not in the file; write the key as a text")
            exact.append((part, tensors, None if tensors.known else gap))
        elif re.fullmatch(r"[\w/ -]*", word.value):
            exact.append((part, Selector(names=(escape(word.value),)), None))
        elif (patterns := patterns_of(word.value)) is not None:
            fitted.append((part, Selector(names=patterns), None))
        else:
            words = "no pattern of a shell fits what this regular expression does; write such a one"
            fitted.append((part, Selector(label=word.value, known=False), gap_at(key, words)))
    return [*exact, *fitted, *rest]


def patterns_of(regular: str) -> tuple[str, ...] | None:
    """The patterns of a shell, one of which fits what the regular expression fits as a whole; None if there is none."""
    found = re.fullmatch(r"(?P<before>[^()|]*)\((?:\?:)?(?P<ways>[^()]*)\)(?P<after>[^()|]*)", regular)
    ways = regular.split("|")
    if found:
        ways = [f"{found['before']}{way}{found['after']}" for way in found["ways"].split("|")]
    patterns = [_pattern(way) for way in ways]
    return None if None in patterns else tuple(pattern for pattern in patterns if pattern is not None)


def _pattern(regular: str) -> str | None:
    parts, at = list[str](), 0
    while at < len(regular):
        found = PARTS.match(regular, at)
        if found is None or regular[found.end() : found.end() + 1] in ("*", "+", "?", "{"):
            return None
        at = found.end()
        match found.lastgroup:
            case "any":
                parts.append("*")
            case "some":
                parts.append("?*")
            case "one":
                parts.append("?")
            case _:
                parts.append(escape(found[found.lastgroup or 0]))
    return "".join(parts)


def any_training_at(one: CallSite, links: Links) -> TrainingSite:
    """The training of an optimizer that is called in a file, of one with another, or of a map of them.

    Raises:
        BadInput: an optimizer cannot be read.
    """
    if one.name == MAP:
        return _of_map(one, links)
    together = links.training_of(one)
    return training_at(one, links) if len(together) == 1 else _of_pair(together, links)


def _of_map(one: CallSite, links: Links) -> TrainingSite:
    mapped = selectors_of(one, links)
    found = [training_at(part, links) for part, _, _ in mapped]
    sources = [training.source for training in found]
    if any(len(source.training.groups) > 1 or source.training.clip is not None for source in sources):
        raise BadInput(f"{one.module}.{one.name}: one of its optimizers has groups of its own; port each by itself")
    groups = [
        Group(tensors=tensors, optimizer=source.training.groups[0].optimizer)
        for (_, tensors, _), source in zip(mapped, sources, strict=True)
    ]
    return _joined(one, found, groups, [gap for _, _, gap in mapped if gap is not None])


def _of_pair(together: Sequence[CallSite], links: Links) -> TrainingSite:
    found = [training_at(each, links) for each in together]
    over = [given_arguments(each.call, each.module, each.name, links.resolver)[0] for each in together]
    given = [ast.Constant(value=None) if node is None else node for node in over]
    groups = [
        replace(group, tensors=tensors) if group.tensors == ALL else group
        for tensors, each in zip(tensors_between(given, links.resolver), found, strict=True)
        for group in each.source.training.groups
    ]
    # A tensor belongs to the first group that selects it: what is all the rest comes last.
    groups.sort(key=lambda group: replace(group.tensors, label="") == ALL)
    clips = dict.fromkeys(each.source.training.clip for each in found)
    gaps = []
    if len(clips) > 1:
        gaps.append(gap_at(together[0].node, "its optimizers are clipped differently; none of that is carried"))
    return _joined(together[0], found, groups, gaps, next(iter(clips)) if len(clips) == 1 else None)


def _joined(
    one: CallSite,
    found: Sequence[TrainingSite],
    groups: Sequence[Group[NativeCall]],
    gaps: Sequence[Gap],
    clip: Clip | None = None,
) -> TrainingSite:
    """The trainings of several optimizers as one, of these groups."""
    sources = [training.source for training in found]
    own = [(source.training.accumulation, source.training.average) for source in sources]
    all_gaps = [*gaps, *(gap for source in sources for gap in source.gaps)]
    accumulation, average = own[0]
    if any(each != own[0] for each in own):
        accumulation = average = None
        all_gaps.append(gap_at(one.node, "its optimizers accumulate, or average, differently; none of that is carried"))
    unsupported = {name: value for source in sources for name, value in source.unsupported_arguments.items()}
    training = Training(groups=tuple(groups), clip=clip, accumulation=accumulation, average=average)
    source = Source(training=training, unsupported_arguments=unsupported, gaps=tuple(dict.fromkeys(all_gaps)))
    parts = tuple(dict.fromkeys(part for each in found for part in each.parts))
    inner = tuple(part for each in found for part in each.inner)
    return TrainingSite(optimizer=one, source=source, parts=parts, inner=inner)
