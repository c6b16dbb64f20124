"""Variables that a script tells an optimizer of Keras to leave out of its weight decay, as a group of their own."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.framework import ClipArguments
from comparisons.frameworks.trainings import bare
from comparisons.porting.files.resolver import Resolver
from comparisons.rules.training import Group, Selector, Training

METHOD = "exclude_from_weight_decay"


def excluded_names(node: ast.AST, resolver: Resolver) -> tuple[str, ...]:
    """The words in the names of the variables that a call of METHOD leaves out; () where they cannot be read.

    Keras takes them for regular expressions: what is more than a word is not read.
    """
    match node:
        case ast.Call(func=ast.Attribute(attr="exclude_from_weight_decay"), args=[], keywords=[ast.keyword() as given]):
            pass
        case _:
            return ()
    value = resolver.meaning(given.value)
    words = [one.value for one in getattr(value, "elts", []) if isinstance(one, ast.Constant)]
    plain = [word for word in words if isinstance(word, str) and re.fullmatch(r"\w+", word)]
    whole = isinstance(value, ast.List | ast.Tuple) and len(plain) == len(value.elts)
    return tuple(plain) if whole and given.arg == "var_names" else ()


def apart(training: Training[NativeCall], names: tuple[str, ...]) -> Training[NativeCall]:
    """The training of one group as two, of which the first has the variables with such names and no weight decay.

    The optimizer is one all the same: what it clips by the norm of all is clipped over both.
    """
    [group] = training.groups
    call = group.optimizer
    rule = frameworks.rule_of(bare(call))
    if not rule.weight_decay:
        return training
    clips = frameworks.of(call.framework).clips
    limits = clips.names if isinstance(clips, ClipArguments) else ()
    rest = replace(call, arguments={name: value for name, value in call.arguments.items() if name not in limits})
    without = replace(rest, arguments={**rest.arguments, "weight_decay": 0.0})
    patterns = tuple(f"*{name}*" for name in names)
    groups = (Group(tensors=Selector(names=patterns), optimizer=without), Group(optimizer=rest))
    return replace(training, groups=groups, clip=rule.clip)


def calls_of(resolver: Resolver) -> Iterator[ast.Call]:
    """The calls of METHOD in a file."""
    for node in resolver.scopes.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == METHOD:
            yield node
