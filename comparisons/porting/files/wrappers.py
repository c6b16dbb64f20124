"""What Lightning's Trainer and Accelerate's Accelerator do around an optimizer: they clip, and they accumulate."""

import ast
from collections.abc import Iterator

from comparisons.porting.files.gaps import gap_at
from comparisons.porting.files.loops import Loops
from comparisons.porting.files.resolver import Resolver
from comparisons.porting.reading.source import Gap
from comparisons.rules.training import Accumulation

# The argument that says how many micro-batches make an update; both divide the loss by it.
ACCUMULATING = {"Trainer": "accumulate_grad_batches", "Accelerator": "gradient_accumulation_steps"}
CLIPS = ("clip_grad_norm_", "clip_grad_value_")  # methods of an Accelerator, called as torch's functions are
LIMIT, HOW = "gradient_clip_val", "gradient_clip_algorithm"  # of a Trainer


def accumulation_of(loops: Loops) -> tuple[Accumulation | None, list[Gap]]:
    """The accumulation that a wrapper is told to do, and what is not known of it."""
    for node, name in _made(loops.resolver):
        for one in node.keywords:
            if one.arg == ACCUMULATING[name]:
                number = loops.number(one.value) if not isinstance(one.value, ast.Dict) else None
                if number is None:
                    return None, [gap_at(node, "it accumulates gradients, of a number of micro-batches that changes")]
                return (None if number == 1 else Accumulation(batches=number)), []  # type: ignore[arg-type]  # whole, or a symbol
    return None, []


def clippings_of(resolver: Resolver) -> list[tuple[ast.Call, str, ast.expr]]:
    """The clippings that wrappers do: where, torch's function that does so, and the limit."""
    found: list[tuple[ast.Call, str, ast.expr]] = []
    for made, _ in _made(resolver):
        words = {one.arg: one.value for one in made.keywords}
        limit, how = words.get(LIMIT, ast.Constant(value=None)), words.get(HOW)
        if not (isinstance(limit, ast.Constant) and limit.value in (None, 0)):
            by_value = isinstance(how, ast.Constant) and how.value == "value"
            found.append((made, CLIPS[by_value], limit))
    for node in resolver.scopes.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=[_, limit]) if name in CLIPS and _is_method(
                node, resolver
            ):
                found.append((node, name, limit))
            case _:
                pass
    return found


def _is_method(node: ast.Call, resolver: Resolver) -> bool:
    """Whether it is called of a variable, and not of torch's module."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    of_torch = any(full.startswith("torch") for full in resolver.full_names(node.func))
    return not of_torch and (isinstance(owner, ast.Attribute) or resolver.key(owner) is not None)


def _made(resolver: Resolver) -> Iterator[tuple[ast.Call, str]]:
    """The wrappers that are made, with what they are called."""
    for node in resolver.scopes.nodes:
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ACCUMULATING:
                yield node, name
