"""Text whose optimizer is composed of transformations: the one that it makes, and what surrounds it."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express import express
from comparisons.frameworks.optax import OPTAX
from comparisons.frameworks.optax.cores import Unread
from comparisons.frameworks.optax.transforms import ALIASES
from comparisons.frameworks.optax.wholes import whole
from comparisons.frameworks.tidy import tidy
from comparisons.names import BadInput, unknown
from comparisons.porting.reading.chained import Scope, inside, is_transformation, learn, value
from comparisons.porting.reading.names import NoRule
from comparisons.porting.reading.source import Gap, Source
from comparisons.porting.reading.text import speaks_of
from comparisons.rules import Rule
from comparisons.rules.training import Average, Group, Training


@dataclass(frozen=True, kw_only=True)
class Composition:
    """An optimizer that a text makes.

    Args:
        line: where. text: what stands there.
        source: what it says; None where no rule does what it does, and `problem` says why.
    """

    line: int
    text: str
    source: Source | None
    problem: Unread | BadInput | None = None


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A transformation that a statement makes, in a function of that name, or why it cannot be read."""

    node: ast.Call
    function: str
    found: NativeCall | None
    problem: BadInput | None = None


def read_composed(body: Sequence[ast.stmt]) -> Source:
    """The optimizer that the text makes.

    Raises:
        BadInput: there is none or more than one. NoRule: no rule does what it does.
    """
    found = compositions(body)
    if not found and (strange := _strange(body)):
        raise BadInput(f"{OPTAX.module}: {unknown('optimizer', strange, ALIASES)}")
    if len(found) != 1:
        raise BadInput(f"there must be one optimizer of {OPTAX.module}, and there are {len(found)}")
    [one] = found
    if one.source is not None:
        return one.source
    if isinstance(one.problem, Unread):
        raise NoRule(OPTAX.module, one.problem.name, one.problem.reason) from None
    raise one.problem or BadInput(one.text)


def _strange(body: Sequence[ast.stmt]) -> str:
    """The first name that is called of optax; "" for none."""
    scope = Scope()
    for line in body:
        learn(line, scope)
    calls = (node for line in body for node in ast.walk(line) if isinstance(node, ast.Call))
    return next((name for call in calls if (name := scope.name_of(call.func))), "")


def compositions(body: Sequence[ast.stmt]) -> list[Composition]:
    """Each optimizer that the text makes, with the average of the parameters that it keeps."""
    scope = Scope()
    everything = list(_made(body, scope, ""))
    made = [one for one in everything if one.function not in scope.followed]  # once where it is called, with its values
    optimizers = [one for one in made if (one.found is None or one.found.name != "ema") and not _held(one, made)]
    average, gaps = _average(body, made, scope)
    return [_composition(one, average, (*gaps, *scope.gaps)) for one in optimizers]


def _composition(one: _Made, average: Average | None, gaps: Sequence[Gap]) -> Composition:
    line, text = one.node.lineno, " ".join(ast.unparse(one.node).split())
    if one.found is None:
        return Composition(line=line, text=text, source=None, problem=one.problem)
    try:
        return Composition(line=line, text=text, source=_source(line, one.found, average, gaps))
    except BadInput as error:
        return Composition(line=line, text=text, source=None, problem=error)


def _source(line: int, made: NativeCall, average: Average | None, gaps: Sequence[Gap]) -> Source:
    """What was made, its groups as calls of optax."""
    found = whole(made)
    training = found.training
    groups = tuple(Group(tensors=group.tensors, optimizer=_call(group.optimizer)) for group in training.groups)
    clip = training.clip
    if len(groups) == 1 and clip is not None:
        groups = (replace(groups[0], optimizer=_clipped(groups[0].optimizer, training)),)
        clip = None
    besides = [Gap(line=line, text=f"{OPTAX.module}.{made.name}", message=message) for message in found.besides]
    return Source(
        training=Training(groups=groups, clip=clip, accumulation=training.accumulation, average=average),
        gaps=(*gaps, *besides),
    )


def _call(rule: Rule) -> NativeCall:
    """The rule as a call: what was read from optax can be written in it."""
    found = express(OPTAX, rule)
    if found.call is None or found.fidelity != "exact":
        words = "; ".join(mismatch.message for mismatch in found.mismatches)
        raise BadInput(f"{OPTAX.module}: {words}")
    return found.call


def _clipped(call: NativeCall, training: Training[Rule]) -> NativeCall:
    rule = replace(training.groups[0].optimizer, clip=training.clip)
    return replace(call, clipping=_call(rule).clipping)


def _made(body: Sequence[ast.stmt], scope: Scope, function: str) -> Iterator[_Made]:
    """The transformations that statements make, in their order; in functions too, whose parameters are not known."""
    for line in body:
        match line:
            case ast.FunctionDef(name=name, body=inner):
                learn(line, scope)
                yield from _made(inner, scope.inside({}), name)
            case ast.ClassDef(body=inner) | ast.With(body=inner) | ast.For(body=inner) | ast.While(body=inner):
                yield from _made(inner, scope.inside({}), function)
                learn(line, scope)
            case ast.If(body=inner, orelse=other):
                yield from _made(inner, scope.inside({}), function)
                yield from _made(other, scope.inside({}), function)
                learn(line, scope)
            case _:
                yield from _in_line(line, scope, function)


def _in_line(line: ast.stmt, scope: Scope, function: str) -> Iterator[_Made]:
    """The transformations that a plain statement makes; then what it binds is known."""
    try:
        for call in _outermost(line):
            if is_transformation(found := value(call, scope)):
                yield _Made(node=call, function=function, found=found)
            elif isinstance(call.func, ast.Name) and call.func.id in {*scope.functions} - scope.followed:
                made = scope.functions[call.func.id]
                scope.followed.add(made.name)
                yield from _made(made.body, inside(made, call, scope), function)
        learn(line, scope)
    except BadInput as error:
        yield _Made(node=call, function=function, found=None, problem=error)


def _outermost(node: ast.AST) -> Iterator[ast.Call]:
    """The calls in a statement, the outer ones first; those of a call that is one of optax are its own."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child
            if not speaks_of([ast.Expr(child.func)], OPTAX.module):
                yield from _outermost(child)
        elif not isinstance(child, ast.Lambda):
            yield from _outermost(child)


def _held(one: _Made, made: Sequence[_Made]) -> bool:
    """Whether it is a part of another one that is made."""
    others = [other.found for other in made if other.found is not None and other.found is not one.found]
    return one.found is not None and any(part is one.found for other in others for part in _parts(other))


def _parts(found: Any) -> Iterator[NativeCall]:
    match found:
        case NativeCall(arguments=arguments):
            yield found
            yield from (part for each in arguments.values() for part in _parts(each))
        case tuple():
            yield from (part for each in found for part in _parts(each))
        case Mapping():
            yield from (part for each in found.values() for part in _parts(each))
        case _:
            pass


def _average(body: Sequence[ast.stmt], made: Sequence[_Made], scope: Scope) -> tuple[Average | None, tuple[Gap, ...]]:
    """The average of the parameters that the text keeps; what of it is not known as gaps."""
    for each in made:
        if (one := each.found) is not None and one.name == "ema" and not _held(each, made):
            arguments: Mapping[str, Any] = one.arguments
            if not arguments["debias"]:
                says = "the average starts at 0 and is not corrected for it; no record has that"
                return None, (Gap(line=each.node.lineno, text="optax.ema", message=says),)
            return Average(decay=arguments["decay"], start="debiased"), ()
    for node in (node for line in body for node in ast.walk(line)):
        if isinstance(node, ast.Call) and scope.name_of(node.func) == "incremental_update":
            step = [*node.args[2:], *(word.value for word in node.keywords if word.arg == "step_size")]
            number = value(step[0], scope) if step else None
            if isinstance(number, int | float):
                return Average(decay=tidy(1 - number), start="initial"), ()
    return None, ()
