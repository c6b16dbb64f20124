"""A whole training as one block to paste."""

import keyword
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import cast

from comparisons import frameworks
from comparisons.frameworks.block import Block, Blocks, Made
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.framework import Framework
from comparisons.frameworks.trainings import Optimizer
from comparisons.porting.reading.source import Gap, with_arguments
from comparisons.porting.writing.drop_ins import spelled
from comparisons.porting.writing.gaps import lacking
from comparisons.porting.writing.native import hook_text, said
from comparisons.rules import Rule
from comparisons.rules.training import Selector, Training


def block_code(
    framework: str,
    training: Training[Optimizer],
    gaps: Sequence[Gap] = (),
    more: Mapping[str, Value] = MappingProxyType({}),
) -> str:
    """The training as lines to paste, whose tensors are already in the framework's names; above them what it lacks.

    Args:
        framework: whose.
        training: its calls or rules.
        gaps: what it lacks.
        more: arguments of its calls that no rule has a field for.
    """
    to = frameworks.of(framework)
    optimizers = [group.optimizer for group in training.groups]
    names = group_names(training, frameworks.rule_of(training))
    block = Block(
        training=training,
        made=tuple(_made(to, optimizer, more) for optimizer in optimizers),
        names=tuple(names),
        hooks=tuple(dict.fromkeys(hook_text(hook) for one in optimizers for hook in _hooks(one))),
    )
    unknown = [
        _gap(name, group.tensors) for name, group in zip(names, training.groups, strict=True) if not group.tensors.known
    ]
    return "\n".join([*lacking(gaps), *unknown, *_blocks(to).lines(block)])


def _blocks(framework: Framework) -> Blocks:
    return cast(Blocks, import_module(framework.writing.blocks))


def _gap(name: str, tensors: Selector) -> str:
    return (
        f"# {name}: which tensors `{tensors.label or 'this group'}` holds is not in the source; make the list of them"
    )


def _hooks(optimizer: Optimizer) -> Sequence[NativeCall]:
    return optimizer.hooks if isinstance(optimizer, NativeCall) else ()


def _made(to: Framework, optimizer: Optimizer, more: Mapping[str, Value]) -> Made:
    """How one optimizer is made: the framework's own class, or the drop-in of a rule, without its clip."""
    if isinstance(optimizer, NativeCall):
        optimizer = with_arguments(optimizer, more)
        name = f"{optimizer.module}.{optimizer.name}"
        return Made(name=name, arguments=optimizer.arguments, said=frozenset(said(optimizer)))
    return _blocks(to).made(optimizer, spelled(to.id, optimizer))


def group_names(training: Training[Optimizer], rules: Training[Rule]) -> list[str]:
    """What the tensors of each group are called: as in the source where that is a word, else by their decay."""
    decays = [group.optimizer.weight_decay for group in rules.groups]
    several = len({bool(decay) for decay in decays}) == 2 and len(decays) == 2
    names: list[str] = []
    for i, (group, decay) in enumerate(zip(training.groups, decays, strict=True), start=1):
        label = identifier(group.tensors.label)
        name = label or (("decay" if decay else "no_decay") if several else f"group_{i}")
        names.append(name if name not in names else f"{name}_{i}")
    return names


def identifier(label: str) -> str:
    """A word of Python made from what tensors are called: `model.head.parameters()` is model_head; "" for none."""
    bare = re.sub(r"\.(parameters|named_parameters|trainable_variables|trainable_weights)\b(\(\))?", "", label)
    word = re.sub(r"\W+", "_", bare).strip("_")
    return word if word.isidentifier() and not keyword.iskeyword(word) else ""
