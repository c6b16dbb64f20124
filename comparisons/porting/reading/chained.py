"""Text that makes an optimizer of transformations, as optax has them, read without being run."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.optax import schedules
from comparisons.frameworks.optax.chains import CLIP, Mask, Negated
from comparisons.frameworks.optax.cores import Unread
from comparisons.frameworks.optax.expressions import clip
from comparisons.frameworks.optax.names import MODULES, NO_RULE
from comparisons.frameworks.optax.transforms import MODULE, NAMES, Signature
from comparisons.frameworks.optax.wholes import Labels
from comparisons.names import BadInput
from comparisons.porting.reading.calls import dotted
from comparisons.porting.reading.masks import labels_of, labels_of_tree, mask_of
from comparisons.porting.reading.source import Gap
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Selector

SCHEDULES: Mapping[str, Signature] = {
    name: {key: ... if one.required else one.default for key, one in arguments.items()}
    for name, arguments in schedules.CALLS.items()
}
SIGNATURES: Mapping[str, Signature] = {**NAMES, **SCHEDULES}
OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%"}


@dataclass
class Scope:
    """What names mean where an expression stands: values that were read, functions, imports."""

    values: dict[str, Any] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)  # of all scopes of a text
    followed: set[str] = field(default_factory=set)  # functions by what they return, of all scopes of a text
    calls: dict[int, Any] = field(default_factory=dict)  # what was read of a call, so that it is one and the same

    def name_of(self, node: ast.expr) -> str:
        """The name in optax of what is called; "" for what is not optax's."""
        first, *rest = dotted(node).split(".")
        whole = ".".join([self.imports.get(first, first), *rest])
        prefix, _, name = whole.rpartition(".")
        return name if prefix in MODULES else ""

    def inside(self, values: Mapping[str, Any]) -> "Scope":
        """The scope of a function's body, whose parameters have these values."""
        return Scope({**self.values, **values}, dict(self.functions), dict(self.imports), self.gaps, self.followed)


def value(node: ast.expr, scope: Scope) -> Any:
    """A number, a word, a tuple of values, a dict of them, a call of optax; of what is not known the text."""
    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Name(id=name):
            return scope.values[name] if name in scope.values else _unknown(node, scope)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return tuple(value(part, scope) for part in parts)
        case ast.Dict(keys=keys, values=values) if all(key is not None for key in keys):
            return {value(key, scope): value(one, scope) for key, one in zip(keys, values, strict=True) if key}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = value(operand, scope)
            return -number if isinstance(number, int | float) else _unknown(node, scope)
        case ast.BinOp():
            return _computed(node, scope)
        case ast.Call():
            if id(node) not in scope.calls:
                scope.calls[id(node)] = _called(node, scope)
            return scope.calls[id(node)]
        case ast.Lambda():
            return _function(node, scope)
        case _:
            return _unknown(node, scope)


def _unknown(node: ast.expr, scope: Scope) -> Any:
    """What is only known as text: a number, if it is one."""
    if isinstance(node, ast.Name) and node.id in scope.functions:
        return scope.functions[node.id]
    try:
        return Symbol(ast.unparse(node))
    except (ValueError, SyntaxError):
        return Code(ast.unparse(node))


def _computed(node: ast.BinOp, scope: Scope) -> Any:
    """The number that an operation on numbers makes; its text, where one of them is not known."""
    left, right = value(node.left, scope), value(node.right, scope)
    both = isinstance(left, int | float) and isinstance(right, int | float)
    if both and type(node.op) in OPERATIONS:
        if isinstance(left, Symbol) or isinstance(right, Symbol):
            return Symbol(f"{_text(left)} {SIGNS[type(node.op)]} {_text(right)}")
        if right or not isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
            return OPERATIONS[type(node.op)](left, right)
    if both and isinstance(node.op, ast.Pow) and abs(right) < 64:
        return left**right
    return _unknown(node, scope)


def _text(number: object) -> str:
    return str(number) if isinstance(number, Symbol) else repr(number)


def _called(node: ast.Call, scope: Scope) -> Any:
    """A call: one of optax with all its arguments, a function of the text by what it returns."""
    match node.func:
        case ast.Call(func=maker, args=[factory, *_]) if scope.name_of(maker) == "inject_hyperparams":
            return _bound(scope.name_of(factory), node, scope)
        case ast.Attribute(value=inner, attr="gradient_transformation"):
            return value(inner, scope)
        case ast.Name(id=("float" | "int") as kind) if len(node.args) == 1:
            number = value(node.args[0], scope)
            return int(number) if kind == "int" and type(number) in (int, float) else number
        case ast.Name(id="dict") if not node.args:
            return {word.arg: value(word.value, scope) for word in node.keywords if word.arg}
        case ast.Name(id=name) if name in scope.functions:
            return _returned(scope.functions[name], node, scope)
    if name := scope.name_of(node.func):
        return _bound(name, node, scope)
    return _unknown(node, scope)


def _bound(name: str, node: ast.Call, scope: Scope) -> Any:
    """A call of optax, its arguments by their names, defaults with them."""
    place = f"{MODULE}.{name}"
    if name in ("chain", "named_chain"):
        parts = tuple(value(part, scope) for part in node.args)
        if name == "named_chain":
            parts = tuple(part[1] if isinstance(part, tuple) and len(part) == 2 else part for part in parts)
        made: dict[str, Any] = {"args": _made(parts)}
        return NativeCall(framework="optax", name="chain", module=MODULE, arguments=made)
    if name.startswith("stateless") and (found := _clip_in_words(node)) is not None:
        words: dict[str, Any] = {"clip": found}
        return NativeCall(framework="optax", name=CLIP, module=MODULE, arguments=words)
    if name not in SIGNATURES:
        reason = NO_RULE.get(name, "no rule describes it")
        return NativeCall(framework="optax", name=name, module=MODULE, arguments={"reason": reason})
    known = SIGNATURES[name]
    if len(node.args) > len(known):
        raise BadInput(f"{place}: {len(node.args)} arguments, and it takes {len(known)}")
    given = dict(zip(known, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg not in known:
            raise BadInput(f"{place}: no argument '{keyword.arg or '**'}'")
        if keyword.arg in given:
            raise BadInput(f"{place}: {keyword.arg} is given twice")
        given[keyword.arg] = keyword.value
    if missing := [key for key, default in known.items() if default is ... and key not in given]:
        raise BadInput(f"{place}: {missing[0]} is missing; it must be given")
    arguments = {**known, **{key: _argument(key, one, scope) for key, one in given.items()}}
    return NativeCall(framework="optax", name=name, module=MODULE, arguments=arguments)


def _clip_in_words(node: ast.Call) -> Clip | None:
    """The clip that a transformation of a line is, as we write it."""
    kinds: list[Callable[[float], Clip]] = [
        lambda limit: ClipGlobalNorm(limit=limit, formula="padded"),
        lambda limit: ClipNorm(limit=limit, formula="padded"),
        lambda limit: ClipNorm(limit=limit, formula="exact"),
    ]
    numbers = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, float)]
    clips = [kind(limit) for kind in kinds for limit in dict.fromkeys(numbers) if limit > 0]
    same = (one for one in clips if ast.dump(ast.parse(clip(one), mode="eval").body) == ast.dump(node))
    return next(same, None)


def _made(parts: Sequence[Any]) -> tuple[NativeCall, ...]:
    for part in parts:
        if not isinstance(part, NativeCall):
            raise Unread("chain", f"{part!r} stands in it, and what it does is not known")
    return tuple(parts)


def _argument(name: str, node: ast.expr, scope: Scope) -> Any:
    """An argument: a mask and labels are functions, or trees."""
    match name:
        case "mask" | "weight_decay_mask" | "param_labels":
            function = _function_named(node, scope)
            if function is not None and name == "param_labels":
                return labels_of(function)
            if function is not None:
                return mask_of(function, ast.unparse(node))
            if isinstance(node, ast.Dict) and name == "param_labels":
                return labels_of_tree(node)
            found = value(node, scope)
            if found in (None, True, False):
                return found
            return Labels() if name == "param_labels" else Mask(Selector(label=ast.unparse(node), known=False))
        case "learning_rate" | "step_size_fn" | "step_size" | "adam_learning_rate":
            return _rate(node, scope)
        case _:
            return value(node, scope)


def _rate(node: ast.expr, scope: Scope) -> Any:
    """A rate: a number, a schedule, or the call of a function that is not known, which is a gap."""
    found, reason = value(node, scope), "it is no schedule of optax"
    try:
        if isinstance(found, NativeCall) and found.name in SCHEDULES:
            schedules.read(found)
        if not isinstance(found, ast.Lambda | ast.FunctionDef):
            return found
    except BadInput as error:
        reason = str(error)
    words = f"the rate is not known: {reason}; write it on the other side, by updates from 0"
    gap = Gap(line=node.lineno, text=ast.unparse(node), message=words)
    if gap not in scope.gaps:
        scope.gaps.append(gap)
    return Symbol(f"({ast.unparse(node)})(count)")


def _function_named(node: ast.expr, scope: Scope) -> ast.Lambda | ast.FunctionDef | None:
    match node:
        case ast.Lambda():
            return node
        case ast.Name(id=name) if name in scope.functions:
            return scope.functions[name]
        case ast.Name(id=name) if isinstance(scope.values.get(name), ast.Lambda):
            return scope.values[name]
        case _:
            return None


def _function(node: ast.Lambda, scope: Scope) -> Any:
    """A lambda: `lambda count: -schedule(count)` is the schedule with a sign, and what is not known stays as it is."""
    match node.body:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Call(func=called, args=[ast.Name()])):
            inner = value(called, scope)
            if isinstance(inner, NativeCall):
                return Negated(inner)
        case ast.Call(func=called, args=[ast.Name()]):
            inner = value(called, scope)
            if isinstance(inner, NativeCall):
                return inner
    return node


def inside(function: ast.FunctionDef, node: ast.Call, scope: Scope) -> Scope:
    """The scope of a function's body where it is called so."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    late = names[len(names) - len(function.args.kwonlyargs) - len(function.args.defaults) :]
    values = {name: value(one, scope) for name, one in zip(late, function.args.defaults, strict=False)}
    values |= {name: value(one, scope) for name, one in zip(names, node.args, strict=False)}
    values |= {keyword.arg: value(keyword.value, scope) for keyword in node.keywords if keyword.arg}
    inner = scope.inside(values)
    inner.functions.pop(function.name, None)  # what calls itself is not followed
    return inner


def _returned(function: ast.FunctionDef, node: ast.Call, scope: Scope) -> Any:
    """What a function of the text returns that only binds names and returns."""
    inner = inside(function, node, scope)
    for line in function.body:
        match line:
            case ast.Return(value=ast.expr() as returned):
                found = value(returned, inner)
                scope.followed |= {function.name} if is_transformation(found) else set()
                return found
            case _:
                learn(line, inner)
    return _unknown(node, scope)


def learn(line: ast.stmt, scope: Scope) -> None:
    """What a statement binds; a name that a branch or a loop may bind otherwise is not known any more."""
    match line:
        case ast.Import(names=names):
            scope.imports |= {alias.asname: alias.name for alias in names if alias.asname}
        case ast.ImportFrom(module=str(module), names=names, level=0):
            scope.imports |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in names}
        case ast.FunctionDef(name=name):
            scope.functions[name] = line
            scope.values.pop(name, None)
        case ast.Assign(targets=[ast.Name(id=name)], value=expression):
            scope.values[name] = value(expression, scope)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as expression):
            scope.values[name] = value(expression, scope)
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=expressions)) if len(targets) == len(
            expressions
        ):
            made = [value(expression, scope) for expression in expressions]
            scope.values |= {one.id: each for one, each in zip(targets, made, strict=True) if isinstance(one, ast.Name)}
        case _:
            for one in ast.walk(line):
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                    scope.values.pop(one.id, None)


def is_transformation(found: object) -> bool:
    """Whether it is an optimizer of optax, or a part of one."""
    return isinstance(found, NativeCall) and (
        found.name in (CLIP, *NAMES) or found.name == "chain" or found.name in NO_RULE
    )
