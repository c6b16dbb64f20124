"""Keras's OptimizerMap: an optimizer for the variables whose paths a key fits, and one for the rest."""

import ast
import re
from collections.abc import Iterator
from glob import escape

from comparisons.names import BadInput
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import gap_at
from comparisons.porting.files.groups import tensors_of
from comparisons.porting.files.links import Links
from comparisons.porting.files.trainings import TrainingSite, training_at
from comparisons.porting.reading.source import Gap, Source
from comparisons.rules.training import Group, Selector, Training

Mapped = tuple[CallSite, Selector, Gap | None]
MAP, OVER_MAP = "OptimizerMap", "MultiOptimizer"
DEFAULT, TABLE = "default_optimizer", "optimizer_map"
# What a regular expression is made of that a pattern of a shell can say, too: longest first.
PARTS = re.compile(r"(?P<any>\.\*)|(?P<some>\.\+)|(?P<one>\.)|\\(?P<escaped>[^\w\s])|(?P<plain>[\w/ \-]+)")


def trainings_of(links: Links) -> list[CallSite]:
    """The optimizers that are trainings, from top to bottom: not those in a map, nor what holds a map."""
    sites = [one for one in links.call_sites if one.kind == "optimizer"]
    maps = [one for one in sites if one.name == MAP]
    inner = {part for one in maps for _, part in entries_of(one, links) if part is not None}
    outer = {one for one in sites if one.name == OVER_MAP and any(_holds(one, each, links) for each in maps)}
    return [one for one in sites if one not in inner and one not in outer]


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
            tensors, _ = tensors_of(key, links.resolver)
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
    """The training of an optimizer that is called in a file, or of a map of them.

    Raises:
        BadInput: an optimizer cannot be read.
    """
    if one.name != MAP:
        return training_at(one, links)
    found = [(training_at(part, links), tensors, gap) for part, tensors, gap in selectors_of(one, links)]
    sources = [training.source for training, _, _ in found]
    if any(len(source.training.groups) > 1 or source.training.clip is not None for source in sources):
        raise BadInput(f"{one.module}.{one.name}: one of its optimizers has groups of its own; port each by itself")
    groups = tuple(
        Group(tensors=tensors, optimizer=training.source.training.groups[0].optimizer) for training, tensors, _ in found
    )
    own = [(source.training.accumulation, source.training.average) for source in sources]
    gaps = [*(gap for _, _, gap in found if gap is not None), *(gap for source in sources for gap in source.gaps)]
    accumulation, average = own[0]
    if any(each != own[0] for each in own):
        accumulation = average = None
        gaps.append(gap_at(one.node, "its optimizers accumulate, or average, differently; none of that is carried"))
    unsupported = {name: value for source in sources for name, value in source.unsupported_arguments.items()}
    training = Training(groups=groups, accumulation=accumulation, average=average)
    source = Source(training=training, unsupported_arguments=unsupported, gaps=tuple(dict.fromkeys(gaps)))
    parts = tuple(part for each, _, _ in found for part in each.parts)
    inner = tuple(part for each, _, _ in found for part in each.inner)
    return TrainingSite(optimizer=one, source=source, parts=parts, inner=inner)
