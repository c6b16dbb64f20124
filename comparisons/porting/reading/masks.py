"""Which tensors a function picks, read from its text: the masks and labels of optax."""

import ast
from collections.abc import Iterator
from dataclasses import replace

from comparisons.frameworks.optax.chains import Mask
from comparisons.frameworks.optax.wholes import Labels
from comparisons.rules.training import ALL, Selector

Function = ast.Lambda | ast.FunctionDef
FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}  # fmt: skip


def mask_of(function: Function, label: str) -> Mask:
    """The mask that a function of the parameters makes; where its text is not understood only its label is known."""
    found = next((mask for leaf in _leaves(function) if (mask := condition(leaf)) is not None), None)
    return found or Mask(Selector(label=label, known=False))


def labels_of(function: Function) -> Labels:
    """The labels that a function of the parameters gives; none where its text is not understood."""
    for leaf in _leaves(function):
        if (picked := _labels(leaf)) is not None:
            return Labels(picked)
    return Labels()


def labels_of_tree(tree: ast.Dict) -> Labels:
    """The labels of a tree of labels: those of its first level, by name."""
    picked: list[tuple[Selector, object]] = []
    for key, value in zip(tree.keys, tree.values, strict=True):
        match key, value:
            case ast.Constant(value=str(name)), ast.Constant(value=label):
                picked.append((Selector(names=(name, f"{name}[./]*")), label))
            case _:
                return Labels()
    return Labels(tuple(picked))


def _leaves(function: Function) -> Iterator[ast.expr]:
    """What a function of the parameters says of each tensor: the innermost lambdas, the values of comprehensions."""
    for node in ast.walk(function):
        match node:
            case ast.Lambda(body=body) if not any(
                isinstance(below, ast.Lambda | ast.DictComp) for below in ast.walk(body)
            ):
                yield body
            case ast.DictComp(value=value) if not any(isinstance(below, ast.DictComp) for below in ast.walk(value)):
                yield value
            case ast.FunctionDef(body=[*_, ast.Return(value=ast.expr() as value)]) if node is not function:
                yield value


def _labels(node: ast.expr) -> tuple[tuple[Selector, object], ...] | None:
    match node:
        case ast.Constant(value=label):
            return ((ALL, label),)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            mask, first, second = condition(test), _labels(body), _labels(orelse)
            if mask is None or first is None or second is None:
                return None
            inside, outside = (first, second) if mask.inside else (second, first)
            if len(inside) != 1 or inside[0][0] != ALL:
                return None
            return ((mask.tensors, inside[0][1]), *outside)
        case _:
            return None


def condition(node: ast.expr) -> Mask | None:
    """The tensors for which the condition holds; None where it is not understood."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found = condition(operand)
            return None if found is None else replace(found, inside=not found.inside)
        case ast.BoolOp(op=op, values=values):
            return _joined([condition(value) for value in values], isinstance(op, ast.And))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(left, op, right)
        case ast.Call(func=ast.Attribute(value=_, attr="endswith"), args=[ast.Constant(value=str(end))]):
            return Mask(Selector(names=(f"*{end}",)))
        case ast.Call(func=ast.Name(id="any"), args=[ast.GeneratorExp(elt=elt, generators=[one])]):
            return _any(elt, one)
        case _:
            return None


def _any(elt: ast.expr, one: ast.comprehension) -> Mask | None:
    """any(word in name for word in ("bias", "scale"))"""
    match elt, one.iter:
        case ast.Compare(ops=[ast.In()], left=ast.Name(id=word)), ast.Tuple(elts=words) | ast.List(elts=words):
            if isinstance(one.target, ast.Name) and one.target.id == word and (names := _words(words)):
                return Mask(Selector(names=tuple(f"*{name}*" for name in names)))
    return None


def _joined(parts: list[Mask | None], both: bool) -> Mask | None:
    """Conditions that all hold, or of which one does: names side by side, as `not a and not b` is `not (a or b)`."""
    masks = [part for part in parts if part is not None]
    named = all(part.tensors.names and part.tensors == Selector(names=part.tensors.names) for part in masks)
    if len(masks) < len(parts) or not named or any(part.inside == both for part in masks):
        return None
    return Mask(Selector(names=tuple(name for part in masks for name in part.tensors.names)), inside=not both)


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Mask | None:
    match left, right:
        case ast.Constant(value=int()), _ if type(op) in FLIPPED:
            return _compared(right, FLIPPED[type(op)](), left)
        case _, ast.Constant(value=int(number)) if _is_axes(left):
            return _of_axes(op, number)
        case ast.Constant(value=str(word)), ast.Name() if isinstance(op, ast.In | ast.NotIn):
            return Mask(Selector(names=(f"*{word}*",)), inside=isinstance(op, ast.In))
        case _, _ if isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
            names = _names(left, op, right)
            return Mask(Selector(names=names), inside=isinstance(op, ast.Eq | ast.In)) if names else None
        case _:
            return None


def _names(left: ast.expr, op: ast.cmpop, right: ast.expr) -> tuple[str, ...]:
    """The names that end as is said: path[-1] == "bias", path[-1] in ("bias", "scale"), path[-2:] == (a, b)."""
    match left, right:
        case ast.Attribute(value=inner, attr="key" | "name"), _:
            return _names(inner, op, right)
        case ast.Subscript(slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))), ast.Constant(
            value=str(name)
        ):
            return _ends(name)
        case (
            ast.Subscript(slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))),
            ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts),
        ) if isinstance(op, ast.In | ast.NotIn):
            return tuple(end for name in _words(parts) for end in _ends(name))
        case ast.Subscript(slice=ast.Slice()), ast.Tuple(elts=parts) if isinstance(op, ast.Eq | ast.NotEq):
            words = _words(parts)
            return _ends("[./]".join(words)) if len(words) == len(parts) else ()
        case _:
            return ()


def _words(parts: list[ast.expr]) -> list[str]:
    words = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return words if len(words) == len(parts) else []


def _ends(name: str) -> tuple[str, ...]:
    return name, f"*[./]{name}"


def _is_axes(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(attr="ndim"):
            return True
        case ast.Call(func=ast.Name(id="len"), args=[ast.Attribute(attr="shape")]):
            return True
        case ast.Call(func=ast.Attribute(attr="ndim"), args=[_]):
            return True
        case _:
            return False


def _of_axes(op: ast.cmpop, number: int) -> Mask | None:
    match op:
        case ast.Gt():
            return Mask(Selector(least_axes=number + 1))
        case ast.GtE():
            return Mask(Selector(least_axes=number))
        case ast.Lt():
            return Mask(Selector(least_axes=number), inside=False)
        case ast.LtE():
            return Mask(Selector(least_axes=number + 1), inside=False)
        case ast.Eq() | ast.NotEq():
            return Mask(Selector(least_axes=number, most_axes=number), inside=isinstance(op, ast.Eq))
        case _:
            return None
