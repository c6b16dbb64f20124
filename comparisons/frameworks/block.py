"""What a whole training's code is made of, and the lines that frameworks have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.selecting import condition
from comparisons.rules import Rule
from comparisons.rules.training import ALL, Average, Selector, Training


@dataclass(frozen=True, kw_only=True)
class Made:
    """How an optimizer is made.

    Args:
        name: the class, as it is written after the imports.
        arguments: all of them. said: the names of those that must be written.
        imports: lines that bind what is written, `from` one module each.
    """

    name: str
    arguments: Mapping[str, object]
    said: frozenset[str]
    imports: tuple[str, ...] = ()


class Blocks(Protocol):
    """What a framework's module that writes whole trainings has."""

    def made(self, rule: Rule, arguments: Mapping[str, object]) -> Made:
        """How the drop-in of a rule is made, of its arguments without the clip."""

    def lines(self, block: "Block") -> list[str]:
        """A whole training as lines to paste."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A training to be written.

    Args:
        training: its groups' tensors in the names of the framework.
        made: the optimizer of each group.
        names: what each group's tensors are called in the code: identifiers, all different.
        hooks: the texts of the functions that make the hooks of the calls.
    """

    training: Training[NativeCall | Rule]
    made: tuple[Made, ...]
    names: tuple[str, ...]
    hooks: tuple[str, ...] = ()

    @property
    def selectors(self) -> list[Selector]:
        """The tensors of each group."""
        return [group.tensors for group in self.training.groups]

    @property
    def split(self) -> bool:
        """Whether the tensors are more than one list of all."""
        return self.selectors != [ALL]

    @property
    def whole(self) -> bool:
        """Whether every tensor is in a group."""
        return rest(self.selectors)

    def imports(self, more: Sequence[str] = ()) -> list[str]:
        """The lines by which the optimizers are bound, and more such lines, one for each module."""
        names: dict[str, set[str]] = {}
        for line in [*more, *(line for made in self.made for line in made.imports)]:
            module, _, words = line.removeprefix("from ").partition(" import ")
            names.setdefault(module, set()).update(words.split(", "))
        return [f"from {module} import {', '.join(sorted(words))}" for module, words in sorted(names.items())]


def rest(selectors: Sequence[Selector]) -> bool:
    """Whether the last of the selectors picks all that those before leave."""
    *before, last = selectors
    if not last.known:
        return False
    bare = not (last.names or last.without)
    least, most = last.least_axes, last.most_axes
    if bare and least is None and most is None:
        return True
    if least is None and most is None and any(_complement(one, last) for one in before):
        return True
    plain = [one for one in before if one.known and not (one.names or one.without)]
    below = any(one.least_axes is None and one.most_axes is not None and one.most_axes + 1 == least for one in plain)
    above = any(one.most_axes is None and one.least_axes is not None and one.least_axes - 1 == most for one in plain)
    return bare and ((below and most is None) or (above and least is None))


def _complement(one: Selector, last: Selector) -> bool:
    """Whether two selectors by name are of the same names, with and without."""
    if not one.known or one.least_axes is not None or one.most_axes is not None:
        return False
    return (one.names, one.without) in {(last.without, ()), ((), last.names)} and not (last.names and last.without)


def split_lines(block: Block, over: str, name: str, tensor: str, axes: str) -> list[str]:
    """The lines that put each tensor into the list of the first group that picks it.

    Args:
        block: at least one of its groups is known.
        over: the loop's head, `for name, p in model.named_parameters():`.
        name, tensor, axes: the code of a tensor's name, of the tensor, of its number of axes.
    """
    known = [(group, selector) for group, selector in zip(block.names, block.selectors, strict=True) if selector.known]
    unknown = [group for group, selector in zip(block.names, block.selectors, strict=True) if not selector.known]
    lines = [f"{', '.join(group for group, _ in known)} = {', '.join('[]' for _ in known)}"] if known else []
    lines += [over] if known else []
    word = "if"
    if unknown and known:
        lists = unknown[0] if len(unknown) == 1 else f"[{', '.join(f'*{group}' for group in unknown)}]"
        lines += [f"    if any({tensor} is other for other in {lists}):", "        continue"]
    for i, (group, selector) in enumerate(known):
        last = i == len(known) - 1 and block.whole
        if last and i == 0:
            lines.append(f"    {group}.append({tensor})")
        elif last:
            lines += ["    else:", f"        {group}.append({tensor})"]
        else:
            lines += [f"    {word} {condition(selector, name, axes)}:", f"        {group}.append({tensor})"]
        word = "elif"
    return lines


def decay_code(average: Average, n: str) -> str:
    """The decay of an average at its step n, in Python, which comes first from 0 where it starts with a copy."""
    if average.decay is None:
        known = n if average.start == "first" else f"({n} + 1)"
        return f"{known} / ({known} + 1)"
    code = f"{average.decay}"
    if average.warmup:
        start = f" + {average.warmup_from:g}" if average.warmup_from else ""
        power = f" ** -{average.warmup_power:g}" if average.warmup_power != 1 else ""
        shown = f"(1 + ({n}{start}) / {average.warmup:g})"
        code = f"min({average.decay}, 1 - {shown}{power})" if power else f"min({average.decay}, 1 - 1 / {shown})"
    return f"{code} if {n} else 0.0" if average.start == "first" else code


def due(average: Average, n: str) -> str:
    """The condition under which an average is stepped, once n updates (or micro-batches) are over; "" for always."""
    parts = [f"{n} > {average.after}"] if average.after else []
    parts += [f"{n} % {average.every} == 0"] if average.every != 1 else []
    return " and ".join(parts)


def overwritten(average: Average, n: str) -> str:
    """The condition under which the weights become the average, which has been stepped by then."""
    first = (average.after // average.every + 1) * average.every
    stepped = f"{n} >= {first} and " if average.overwrite < first else ""
    return f"{stepped}{n} % {average.overwrite} == 0"


def indented(lines: Sequence[str], by: int = 1) -> list[str]:
    """The lines, that many levels deeper."""
    pad = "    " * by
    return [(pad + line.replace("\n", "\n" + pad)) if line else line for line in lines]
