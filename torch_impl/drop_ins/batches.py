"""Parameters that take the same step, together."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import repeat
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from comparisons.rules import Rule
from torch_impl.rules import State
from torch_impl.rules.weight_decay import coupled, decouple
from torch_impl.tensors import Scalar, Tensors

CACHED = 2**16  # elements that are stepped together on the CPU: what they read and write is to stay in its cache
Entries = dict[str, Any]  # the entries of a parameter in an optimizer's state, by torch's names


@dataclass(frozen=True)
class Batch:
    """Parameters that take the same step.

    Args:
        family: the file of the rule.
        rule: what they follow.
        maximize: whether they go up.
        t, rate: the step, from 1, and its learning rate.
        theta, g: the parameters and their gradients.
        state: by symbols.
        scalars: of the state, what is a number for each parameter: the tensors that hold it.
        entries: of each parameter, its entries in the optimizer's state.
    """

    family: ModuleType
    rule: Rule
    maximize: bool
    t: Scalar
    rate: Scalar
    theta: Tensors
    g: Tensors
    state: State
    scalars: dict[str, list[Tensor]]
    entries: list[Entries]

    def step(self) -> State:
        """Move the parameters, and bring their state up to date; what the state has that it had not, by symbols."""
        rule, t, rate, theta = self.rule, self.t, self.rate, self.theta
        g = coupled(rule, theta, -self.g if self.maximize else self.g)
        if rule.decay_place == "before":
            decouple(rule, rate, theta)
        state = dict(self.state)
        self.family.update(rule, t, rate, theta, g, state)
        if rule.decay_place == "after":
            decouple(rule, rate, theta)
        if self.scalars:
            self._advance(state)
        return {symbol: tensors for symbol, tensors in state.items() if symbol not in self.state}

    def _advance(self, state: State) -> None:
        """Write the numbers over that outlive the step."""
        for symbol, value in self.family.advance(self.rule, self.t, self.rate, state).items():
            for i, own in enumerate(self.scalars[symbol]):
                if isinstance(value, Tensors):
                    own.copy_(value.each[i % len(value.each)])
                else:
                    own.fill_(value)


def alike(thetas: list[Tensor], entries: list[Entries], known: list[str]) -> list[list[int]]:
    """Which of the parameters can step as one: of a device, a dtype and a state, with the same numbers in it."""
    found: dict[Hashable, list[int]] = defaultdict(list)
    numbers = zip(*(torch.stack([own[name] for own in entries]).tolist() for name in known), strict=True)
    for i, (theta, own, key) in enumerate(zip(thetas, entries, numbers if known else repeat(()), strict=False)):
        found[theta.device, theta.dtype, tuple(own), key].append(i)
    return list(found.values())


def chunks(members: list[int], thetas: list[Tensor], most: int) -> Iterator[list[int]]:
    """The members, so many at a time that they have `most` elements; one has any number."""
    chunk: list[int] = []
    size = 0
    for i in members:
        if chunk and size + thetas[i].numel() > most:
            yield chunk
            chunk, size = [], 0
        chunk.append(i)
        size += thetas[i].numel()
    yield chunk
