"""Averages of the weights that a file keeps: torch's AveragedModel, with what it is updated by and when."""

import ast
from collections.abc import Iterator, Sequence
from typing import cast

from comparisons.porting.files.constants import constant
from comparisons.porting.files.gaps import gap_at, text_of
from comparisons.porting.files.loops import Loops
from comparisons.porting.files.resolver import Key, Resolver
from comparisons.porting.reading.calls import dotted
from comparisons.porting.reading.source import Gap
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Average

AVERAGED = "torch.optim.swa_utils.AveragedModel"
DECAY = 0.999  # of get_ema_multi_avg_fn and get_ema_avg_fn; torch/optim/swa_utils.py
MEANS = ("get_swa_multi_avg_fn", "get_swa_avg_fn")
EXPONENTIAL = ("get_ema_multi_avg_fn", "get_ema_avg_fn")
# Classes of others that keep an average; how each warms up and starts is its own.
OTHERS = ("ExponentialMovingAverage", "ModelEma", "ModelEmaV2", "ModelEmaV3", "ModelEMA", "EMAModel", "EMA")


def averaging(resolver: Resolver) -> list[tuple[ast.Call, list[str]]]:
    """The calls of a file that make an average, with what they may be called."""
    calls = ((node, _names(node, resolver)) for node in resolver.scopes.nodes if isinstance(node, ast.Call))
    return [
        (node, names)
        for node, names in calls
        if AVERAGED in names or any(name.rpartition(".")[2] in OTHERS for name in names)
    ]


def average_of(
    made: Sequence[tuple[ast.Call, list[str]]], loops: Loops, steps: Sequence[ast.Call]
) -> tuple[Average | None, list[Gap]]:
    """The average that a file keeps of the weights that the steps change, and what cannot be known of it."""
    resolver, gaps, found = loops.resolver, list[Gap](), list[tuple[ast.Call, Average]]()
    for node, names in made:
        if AVERAGED in names:
            decay = _decay(node, resolver)
            if decay == "unknown":
                gaps.append(gap_at(node, "how it averages cannot be read; write get_ema_multi_avg_fn with its decay"))
            else:
                average, more = _stepped(node, decay, loops, steps)
                gaps += more
                found += [(node, average)] if average is not None else []
        elif kept := [last for name in names if (last := name.rpartition(".")[2]) in OTHERS]:
            words = f"{kept[0]} keeps an average of the weights, which is not in the translation; add it there"
            gaps.append(gap_at(node, words))
    for node, decay in by_hand(resolver):
        if decay is None:
            gaps.append(gap_at(node, "it keeps an average of the weights by hand, whose decay cannot be read; add it"))
        else:
            by_batch = loops.clock([_around(node, resolver)], steps) == "batch"
            found.append((node, Average(decay=decay, start="initial", clock="batch" if by_batch else "update")))
    if len(found) > 1:
        gaps += [gap_at(node, "there is more than one average; none is in the translation") for node, _ in found]
        return None, gaps
    return (found[0][1] if found else None), gaps


def _names(node: ast.Call, resolver: Resolver) -> list[str]:
    names = resolver.full_names(node.func)
    if not names and (written := dotted(node.func)):  # nothing binds it: a pasted line
        names = [AVERAGED if written == "AveragedModel" else written]
    return ["torch.optim." + name if name.startswith("swa_utils.") else name for name in names]


def _decay(node: ast.Call, resolver: Resolver) -> float | str | None:
    """The decay; None for the mean of all, "unknown" if it cannot be read."""
    named = {one.arg: one.value for one in node.keywords if one.arg}
    places = dict(zip(("model", "device", "avg_fn", "multi_avg_fn"), node.args, strict=False))
    given = {**places, **named}
    for name in ("multi_avg_fn", "avg_fn"):
        match resolver.meaning(given[name]) if name in given else None:
            case None | ast.Constant(value=None):
                pass
            case ast.Call(func=function, args=args, keywords=keywords):
                last = _last(function)
                if last in MEANS:
                    return None
                if last not in EXPONENTIAL:
                    return "unknown"
                values = [*args, *(one.value for one in keywords if one.arg == "decay")]
                return _number(values[0], resolver) if values else DECAY
            case ast.Lambda(args=ast.arguments(args=[average, new, *_]), body=body):
                return _of_lambda(body, average.arg, new.arg, resolver)
            case _:
                return "unknown"
    return None


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _number(node: ast.expr, resolver: Resolver) -> float:
    found = constant(node, resolver)
    return Symbol(text_of(node)) if found is None else float(found)


def _of_lambda(body: ast.expr, average: str, new: str, resolver: Resolver) -> float | str:
    """d of `d * average + (1 - d) * new`, where both numbers are written."""
    shares: dict[str, float] = {}
    for part in [body.left, body.right] if isinstance(body, ast.BinOp) and isinstance(body.op, ast.Add) else []:
        match part:
            case (
                ast.BinOp(left=one, op=ast.Mult(), right=ast.Name(id=name))
                | ast.BinOp(left=ast.Name(id=name), op=ast.Mult(), right=one)
            ):
                share = constant(one, resolver)
                if share is not None:
                    shares[name] = share
            case _:
                pass
    if shares.keys() != {average, new} or abs(sum(shares.values()) - 1) > 1e-12:
        return "unknown"
    return float(shares[average])


def _stepped(
    node: ast.Call, decay: float | str | None, loops: Loops, steps: Sequence[ast.Call]
) -> tuple[Average | None, list[Gap]]:
    """The average with what it counts: that of its update_parameters()."""
    resolver = loops.resolver
    targets = [resolver.key(target) for target in resolver.scopes.assigned.get(id(node), [])]
    keys: set[Key] = loops.names_of([key for key in targets if key is not None])
    updates = [
        one
        for one in resolver.scopes.nodes
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr == "update_parameters"
        and resolver.key(one.func.value) in keys
    ]
    number = decay if isinstance(decay, float) else None
    gaps = []
    for update in updates:
        for test in loops.tests_of(update):
            if not loops.is_gated(update):
                words = "the average is only updated where this holds; do so there too"
                gaps.append(gap_at(test.test, words))
    match loops.clock(updates, steps):
        case "epoch":
            return Average(decay=number, every=cast(int, Symbol("steps_per_epoch"))), gaps
        case "batch":
            return Average(decay=number, clock="batch"), gaps
        case _:
            return Average(decay=number), gaps


# --- by hand

WORDS = ("ema", "averag", "avg", "shadow")  # of which one is in the name of what an average is kept in


def by_hand(resolver: Resolver) -> Iterator[tuple[ast.Call, float | None]]:
    """The lines that move an average of the weights, each with its decay, None where that cannot be read."""
    for node in resolver.scopes.nodes:
        shares = _shares(node)
        if shares is None or not isinstance(node, ast.Call):
            continue
        words = f"{text_of(node)} {text_of(_around(node, resolver))}".lower()
        named = _function_of(node, resolver).lower()
        if any(word in named for word in WORDS) or (any(word in words for word in WORDS) and "target" not in words):
            one, other = (constant(share, resolver) for share in shares)
            adds = one is not None and other is not None and abs(one + other - 1) < 1e-12
            yield node, float(one) if adds and one is not None else None


def _function_of(node: ast.AST, resolver: Resolver) -> str:
    """What the function is called that a node is in."""
    above = resolver.parents.get(id(node))
    while above is not None and not isinstance(above, ast.FunctionDef):
        above = resolver.parents.get(id(above))
    return above.name if isinstance(above, ast.FunctionDef) else ""


def _shares(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """d and 1 - d of `a.mul_(d).add_(x, alpha=1 - d)`, `a.lerp_(x, 1 - d)`, `a.assign(d * a + (1 - d) * x)`."""
    match node:
        case ast.Call(
            func=ast.Attribute(
                value=ast.Call(func=ast.Attribute(attr="mul_"), args=[decay]),
                attr="add_",
            ),
            args=args,
            keywords=keywords,
        ):
            match args, keywords:
                case [_], [ast.keyword(arg="alpha", value=other)]:
                    return decay, other
                case [ast.BinOp(left=left, op=ast.Mult(), right=right)], []:
                    return decay, right if isinstance(left, ast.Attribute) else left
                case [other, _], []:
                    return decay, other
                case _:
                    return None
        case ast.Call(func=ast.Attribute(attr="lerp_"), args=[_, other]):
            return ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=other), other
        case ast.Call(func=ast.Attribute(value=held, attr="assign" | "copy_"), args=[ast.BinOp(op=ast.Add()) as mean]):
            for part in (mean.left, mean.right):
                if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
                    for one, share in ((part.left, part.right), (part.right, part.left)):
                        if text_of(one).removesuffix(".data") == text_of(held).removesuffix(".data"):
                            return share, _other(mean, share)
            return None
        case _:
            return None


def _other(mean: ast.BinOp, share: ast.expr) -> ast.expr:
    """The share of what the average takes in."""
    for part in (mean.left, mean.right):
        if isinstance(part, ast.BinOp) and share not in (part.left, part.right):
            return part.left if isinstance(part.right, ast.Name | ast.Attribute) else part.right
    return share


def _around(node: ast.AST, resolver: Resolver) -> ast.AST:
    """What the loop over the weights goes over, if the node is in one."""
    above = resolver.parents.get(id(node))
    while above is not None and not isinstance(above, ast.For | ast.FunctionDef):
        above = resolver.parents.get(id(above))
    return above.iter if isinstance(above, ast.For) and isinstance(above.iter, ast.Call) else node
