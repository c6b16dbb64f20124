"""The loops that an optimizer steps in: how many micro-batches make an update, and what a scheduler counts."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

from comparisons.porting.files.constants import constant
from comparisons.porting.files.gaps import text_of
from comparisons.porting.files.resolver import Key, Resolver
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Accumulation

DEEPEST, MOST = 4, 50  # calls of calls that are followed, and ways to come to a line
Clock = Literal["update", "batch", "epoch", "unknown"]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Loops:
    """The loops of a file."""

    resolver: Resolver

    def contexts(self, node: ast.AST, deepest: int = DEEPEST) -> list[tuple[int, ...]]:
        """The loops around a node, outermost first, those around the calls of its function included: each way."""
        site = self.resolver.scopes.sites.get(id(node))
        own = tuple(loop for loop in site.loops if loop in self._statements) if site else ()
        made = self.function_of(node)
        callers = self._callers.get(id(made), []) if made is not None and deepest else []
        ways = [(*way, *own) for caller in callers for way in self.contexts(caller, deepest - 1)]
        return list(dict.fromkeys(ways))[:MOST] or [own]

    def function_of(self, node: ast.AST) -> Function | None:
        """The function that a node is in."""
        above = self.resolver.parents.get(id(node))
        while above is not None and not isinstance(above, Function):
            above = self.resolver.parents.get(id(above))
        return above

    def tests_of(self, node: ast.AST) -> list[ast.If]:
        """The `if`s around a node in the body of the innermost loop, or of the function, innermost first."""
        found = []
        above = self.resolver.parents.get(id(node))
        while above is not None and not isinstance(above, Function | ast.For | ast.While | ast.AsyncFor):
            if isinstance(above, ast.If):
                found.append(above)
            above = self.resolver.parents.get(id(above))
        return found

    def names_of(self, keys: Sequence[Key]) -> set[Key]:
        """The variables that hold what these hold, by the arguments of the functions that it is given to."""
        found, waiting = set(keys), [*keys]
        while waiting:
            key = waiting.pop()
            new = [other for other in self._handed.get(key, []) if other not in found]
            found.update(new)
            waiting += new
        return found

    def clock(self, stepped: Sequence[ast.AST], optimizer_steps: Sequence[ast.Call]) -> Clock:
        """What is counted by something that is called at these places: updates, micro-batches, epochs."""
        ours = [way for node in stepped for way in self.contexts(node)]
        theirs = [way for step in optimizer_steps for way in self.contexts(step)]
        if ours and not theirs and any(self._counts_epochs(way) for way in ours):
            return "epoch"
        if not ours or not theirs:
            return "unknown"
        if any(len(one) < len(other) and other[: len(one)] == one and one for one in ours for other in theirs):
            return "epoch"
        if any(one == other for one in ours for other in theirs):
            gated = any(_every(test.test) for step in optimizer_steps for test in self.tests_of(step))
            own = any(_every(test.test) for node in stepped for test in self.tests_of(node))
            return "batch" if gated and not own else "update"
        if any(len(one) > len(other) and one[: len(other)] == other for one in ours for other in theirs):
            return "batch"
        return "unknown"

    def is_before(self, node: ast.AST, others: Sequence[ast.AST]) -> bool:
        """Whether a node stands above all others, or above the calls of their functions, in the same function."""
        made = self.function_of(node)
        ways = [way for other in others for way in self._in_function(other, made, DEEPEST)]
        order = self.resolver.scopes.sites[id(node)].order
        return bool(ways) and all(order < self.resolver.scopes.sites[id(way)].order for way in ways)

    def _in_function(self, node: ast.AST, made: Function | None, deepest: int) -> Iterator[ast.AST]:
        """The node, if it is in a function, or the calls there by which it is come to."""
        own = self.function_of(node)
        if own is made:
            yield node
        elif own is not None and deepest:
            for caller in self._callers.get(id(own), []):
                yield from self._in_function(caller, made, deepest - 1)

    def callers_of(self, made: ast.AST) -> list[ast.Call]:
        """The calls of a function of the file."""
        return self._callers.get(id(made), [])

    def only_loop(self, node: ast.AST) -> ast.AST | None:
        """The loop that a node is in, where there is no other around it, nor around the calls of its function."""
        ways = self.contexts(node)
        return self._statements[ways[0][0]] if len(ways) == 1 and len(ways[0]) == 1 else None

    def counts(self, value: ast.expr, node: ast.AST) -> bool:
        """Whether a value is what the innermost loop around a node counts: `for epoch in range(90)`."""
        around = self._own_loops(node)
        match self._statements[around[-1]] if around else None:
            case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"))):
                return isinstance(value, ast.Name) and value.id == name
            case _:
                return False

    def _counts_epochs(self, way: tuple[int, ...]) -> bool:
        """Whether the innermost loop is said to be of epochs, where no update is seen: `for epoch in range(90)`."""
        match self._statements[way[-1]] if way else None:
            case ast.For(target=ast.Name(id=name)):
                return "epoch" in name.lower()
            case _:
                return False

    def accumulation(self, steps: Sequence[ast.Call]) -> tuple[Accumulation | None, str]:
        """How many micro-batches make an update at these steps; or why that is not known."""
        for step in steps:
            count = next((n for test in self.tests_of(step) if (n := _every(test.test)) is not None), None)
            inner = None if count is not None else self._inner_range(step)
            size = count if count is not None else inner
            if size is None:
                continue
            number = self.number(size)
            if number is None:
                return None, f"gradients of {text_of(size)} micro-batches are accumulated; write how many"
            if number == 1:
                return None, ""
            if self._cleared_each_time(step, gated=count is not None):
                return None, "the gradients are set to 0 before every micro-batch, so those of the others are lost"
            divided = self._is_divided(step, size)
            return Accumulation(batches=cast(int, number), combine="mean" if divided else "sum"), ""
        return None, ""

    def number(self, node: ast.expr) -> float | None:
        """The whole number that an expression is, or a symbol for it."""
        found = constant(node, self.resolver)
        if found is None:
            return Symbol(text_of(node))
        return found if float(found).is_integer() and found >= 1 else None

    def is_gated(self, node: ast.AST) -> bool:
        """Whether it is done at every so many micro-batches only."""
        return any(_every(test.test) is not None for test in self.tests_of(node))

    def _inner_range(self, step: ast.Call) -> ast.expr | None:
        """How often a loop within the step's goes round, if backward() is in it: `for i in range(n): ...`."""
        around = self._own_loops(step)
        made = self.function_of(step)
        for call in self._backwards:
            within = self._own_loops(call)
            if self.function_of(call) is made and len(within) == len(around) + 1 and within[: len(around)] == around:
                match self._statements[within[-1]]:
                    case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=[count])) if around:
                        return count
                    case _:
                        pass
        return None

    def _own_loops(self, node: ast.AST) -> tuple[int, ...]:
        return tuple(loop for loop in self.resolver.scopes.sites[id(node)].loops if loop in self._statements)

    def _is_divided(self, step: ast.Call, count: ast.expr) -> bool:
        """Whether the loss is divided by the number of micro-batches, in the function of the step or in all."""
        made: ast.AST = self.function_of(step) or self.resolver.tree
        size = self.number(count)
        for node in ast.walk(made):
            match node:
                case ast.BinOp(op=ast.Div(), right=right) | ast.AugAssign(op=ast.Div(), value=right):
                    if text_of(right) == text_of(count) or self.number(right) == size:
                        return True
                case ast.BinOp(op=ast.Mult(), right=ast.BinOp(op=ast.Div(), left=ast.Constant(value=1), right=right)):
                    if text_of(right) == text_of(count):
                        return True
                case _:
                    pass
        return False

    def _cleared_each_time(self, step: ast.Call, *, gated: bool) -> bool:
        """Whether zero_grad() is called in the loop over micro-batches, and not only where an update is made."""
        made, around = self.function_of(step), self._own_loops(step)
        for call in self._zeros:
            if self.function_of(call) is not made:
                continue
            loops = self._own_loops(call)
            if gated and loops == around and not self.is_gated(call):
                return True
            if not gated and len(loops) > len(around) and loops[: len(around)] == around:
                return True
        return False

    def _called(self, method: str) -> list[ast.Call]:
        calls = (node for node in self.resolver.scopes.nodes if isinstance(node, ast.Call))
        return [one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr == method]

    @cached_property
    def _backwards(self) -> list[ast.Call]:
        return self._called("backward")

    @cached_property
    def _zeros(self) -> list[ast.Call]:
        return self._called("zero_grad")

    @cached_property
    def _statements(self) -> dict[int, ast.AST]:
        loops = (ast.For, ast.AsyncFor, ast.While)
        return {id(node): node for node in ast.walk(self.resolver.tree) if isinstance(node, loops)}

    @cached_property
    def _callers(self) -> dict[int, list[ast.Call]]:
        """The calls of each function of the file, by its id."""
        found: dict[int, list[ast.Call]] = {}
        for node in self.resolver.scopes.nodes:
            if isinstance(node, ast.Call) and (made := self.resolver.function(node.func)) is not None:
                found.setdefault(id(made), []).append(node)
        return found

    @cached_property
    def _handed(self) -> dict[Key, list[Key]]:
        """From a variable to the arguments of functions that it is given for."""
        found: dict[Key, list[Key]] = {}
        for calls in self._callers.values():
            for call in calls:
                made = self.resolver.function(call.func)
                given = self.resolver.arguments_given(made, call) if made else {}
                for name, value in given.items():
                    held = self.resolver.key(value) if isinstance(value, ast.Name | ast.Attribute) else None
                    inner = self._argument_keys.get((id(made), name))
                    if held is not None and inner is not None:
                        found.setdefault(held, []).append(inner)
        return found

    @cached_property
    def _argument_keys(self) -> dict[tuple[int, str], Key]:
        """The variables that the arguments of functions are, where they are used."""
        found: dict[tuple[int, str], Key] = {}
        for name in self.resolver.scopes.names:
            made = self.function_of(name)
            key = self.resolver.key(name)
            if made is not None and key is not None:
                found.setdefault((id(made), name.id), key)
        return found


def _every(test: ast.expr) -> ast.expr | None:
    """The n of a test that every n-th number passes: `(i + 1) % n == 0`."""
    match test:
        case ast.BoolOp(values=values):
            return next((n for value in values if (n := _every(value)) is not None), None)
        case ast.Compare(left=ast.BinOp(op=ast.Mod(), right=n), ops=[ast.Eq()]):
            return n
        case ast.UnaryOp(op=ast.Not(), operand=ast.BinOp(op=ast.Mod(), right=n)):
            return n
        case _:
            return None


def steps_in(resolver: Resolver) -> Iterator[tuple[Key, ast.Call]]:
    """The calls of step, each with the variables that are stepped: optimizer.step(), and scaler.step(optimizer)."""
    for node in resolver.scopes.nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=stepped, attr="step"), args=args):
                for key in filter(None, [resolver.key(one) for one in (stepped, *args[:1])]):
                    yield key, node
            case _:
                pass
