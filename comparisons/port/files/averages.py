"""Averages of the weights that a file keeps: torch's AveragedModel, with what it is updated by and when."""

import ast
from collections.abc import Sequence

from comparisons.port.files.constants import constant
from comparisons.port.files.gaps import gap_at, text_of
from comparisons.port.files.loops import Loops
from comparisons.port.files.resolver import Key, Resolver
from comparisons.port.reading.source import Gap
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
        else:
            gaps.append(
                gap_at(node, "it keeps an average of the weights, which is not in the translation; add it there")
            )
    if len(found) > 1:
        gaps += [gap_at(node, "there is more than one average; none is in the translation") for node, _ in found]
        return None, gaps
    return (found[0][1] if found else None), gaps


def _names(node: ast.Call, resolver: Resolver) -> list[str]:
    names = resolver.full_names(node.func)
    if not names and isinstance(node.func, ast.Name):
        names = [AVERAGED if node.func.id == "AveragedModel" else node.func.id]
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
            return Average(decay=number, every=Symbol("steps_per_epoch")), gaps  # type: ignore[arg-type]
        case "batch":
            return Average(decay=number, clock="batch"), gaps
        case _:
            return Average(decay=number), gaps
