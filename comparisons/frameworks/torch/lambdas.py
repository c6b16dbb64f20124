"""The functions that people give a LambdaLR: formulas of k, read as schedules. None is ever run."""

import ast
from collections.abc import Collection
from dataclasses import replace
from typing import cast

from comparisons.frameworks import forms
from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.forms import PI, Form, Line, NoForm, Power, Rate, Wave
from comparisons.frameworks.formula import samples, value_at
from comparisons.frameworks.torch.symbolic import agrees_somewhere
from comparisons.names import BadInput
from comparisons.rules.schedules import Schedule, Sequential, rate_at
from comparisons.rules.symbols import Symbol, symbols_in

LONGEST = 60  # characters of a number that is computed from symbols: of a longer one nobody knows what it is
ROUNDING = 1e-12  # of the largest value: two ways to write a formula differ by some roundings of it
MATHS = ("np", "numpy", "ops", "keras.ops", "tf", "tf.math", "tensorflow", "tensorflow.math", "torch")


def factor_of_lambda(call: NativeCall, until: float | None = None) -> Rate:
    """What the lambda of a LambdaLR multiplies the lr by, for all steps or as far as `until`.

    Raises:
        BadInput: it is no formula that a schedule is known for.
    """
    value = call.arguments["lr_lambda"]
    if isinstance(value, tuple) and len(value) == 1:
        [value] = value
    if isinstance(value, tuple):
        raise BadInput(f"{call.module}.{call.name}: lr_lambda is a list of {len(value)}; port each group by itself")
    if isinstance(value, Code) and value.schedule is not None:
        return value.schedule
    found = schedule_of_code(value, until) if isinstance(value, Code) else None
    if found is None:
        known = "lambda k: 0.95 ** k, lambda k: min(1, k / 100), lambda k: (1 + math.cos(math.pi * k / 900)) / 2"
        raise BadInput(f"{call.code()}: no rule has this schedule; known are such as {known}")
    return found


def schedule_of_code(code: Code, until: float | None = None) -> Rate | None:
    """The schedule of a lambda of one variable; None if none is known."""
    node = ast.parse(code.text, mode="eval").body
    return schedule_of_function(node, until, code.symbols) if isinstance(node, ast.Lambda) else None


def schedule_of_function(
    node: ast.Lambda | ast.FunctionDef, until: float | None = None, symbols: Collection[str] = ()
) -> Rate | None:
    """The schedule of a function of one number; None if none is known.

    What was found is compared with the function at many steps, where all its numbers are known.

    Args:
        until: for how many steps it is asked for, if not for all.
        symbols: the names and attributes in it that stand for a number each.
    """
    arguments = node.args
    if len(arguments.args) != 1 or arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
        return None
    name = arguments.args[0].arg
    try:
        body = node.body if isinstance(node, ast.Lambda) else expression_of(node.body)
        found = _rate(_marked(body, symbols), name, until)
        if isinstance(found, Symbol):  # it is of another name than its argument's
            return None
        if isinstance(found, Schedule) and not _holds(body, name, found, symbols):
            return None
    except (NoForm, BadInput, ArithmeticError, TypeError, AttributeError, ValueError):
        return None
    return found


def _holds(body: ast.expr, name: str, found: Schedule, symbols: Collection[str]) -> bool:
    """Whether the schedule is the expression, by its values: with numbers for its symbols where it has some."""
    if texts := [symbol.text for symbol in symbols_in(found)]:
        return max(map(len, texts)) <= LONGEST and agrees_somewhere(body, name, found, symbols)
    return agrees(body, name, found)


def _rate(body: ast.expr, k: str, until: float | None) -> Rate:
    """The schedule of an expression; of one with a bound that a line is met by, with two branches in its place."""
    try:
        return forms.rate_of(form_of(body, k, 0.0, until), until)
    except NoForm:
        if (branched := _branched(body)) is None:
            raise
        return forms.rate_of(form_of(branched, k, 0.0, until), until)


def _branched(body: ast.expr) -> ast.expr | None:
    """1 - max(0, k - 100) / 101 as 1 - 0 / 101 if k - 100 <= 0 else 1 - (k - 100) / 101; None if there is no bound."""
    for node in ast.walk(body):
        match node:
            case ast.Call(func=ast.Name(id="min" | "max" as which), args=[one, other], keywords=[]):
                line, bound = (other, one) if isinstance(one, ast.Constant) else (one, other)
                test = ast.Compare(left=line, ops=[ast.LtE()], comparators=[bound])
                first, then = (bound, line) if which == "max" else (line, bound)
                return ast.IfExp(test=test, body=_with(body, node, first), orelse=_with(body, node, then))
            case _:
                pass
    return None


def _with(body: ast.expr, node: ast.expr, value: ast.expr) -> ast.expr:
    """A copy of the expression with a value in the place of one of its nodes."""

    class Change(ast.NodeTransformer):
        def visit(self, one: ast.AST) -> ast.AST:
            return value if one is node else self._copied(one)

        def _copied(self, one: ast.AST) -> ast.AST:
            changed = {
                name: [self.visit(part) for part in part] if isinstance(part, list) else self.visit(part)
                for name, part in ast.iter_fields(one)
                if isinstance(part, ast.AST | list)
            }
            return type(one)(**{**dict(ast.iter_fields(one)), **changed})

    return cast(ast.expr, Change().visit(body))


def _marked(body: ast.expr, symbols: Collection[str]) -> ast.expr:
    """The expression with its symbols as constants."""

    class Mark(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and ast.unparse(node) in symbols:
                return ast.Constant(Symbol(ast.unparse(node)))
            return self.generic_visit(node)

    return cast(ast.expr, Mark().visit(body))


def agrees(body: ast.expr, name: str, found: Schedule) -> bool:
    """Whether the schedule and the expression have the same values."""
    pairs = [(value_at(body, {name: float(k)}), rate_at(found, k)) for k in samples(found)]
    largest = max(abs(ours) for _, ours in pairs)
    return all(abs(theirs - ours) <= ROUNDING * largest for theirs, ours in pairs)


def expression_of(body: list[ast.stmt]) -> ast.expr:
    """What a function returns as one expression: names are put in, and branches are conditions.

    Raises:
        NoForm: it does something else.
    """
    match body:
        case [ast.Return(value=ast.expr() as value), *_]:
            return value
        case [ast.Assign(targets=[ast.Name(id=name)], value=value), *rest]:
            return Put(name, value).visit(expression_of(rest))
        case [ast.If(test=test, body=then, orelse=other), *rest]:
            return ast.IfExp(test=test, body=expression_of([*then, *rest]), orelse=expression_of([*other, *rest]))
        case [ast.Expr(value=ast.Constant()) | ast.Assert(), *rest]:
            return expression_of(rest)
        case _:
            raise NoForm


class Put(ast.NodeTransformer):
    """An expression in the place of a name."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The expression, where it is the name."""
        return self.value if node.id == self.name else node


def form_of(node: ast.expr, k: str, start: float, until: float | None = None) -> Form:
    """The form of an expression in k, counted from `start`; `until` is how many steps it is asked for."""

    def of(part: ast.expr) -> Form:
        return form_of(part, k, start, until)

    match node:
        case ast.Constant(value=Symbol() as symbol):
            return symbol
        case ast.Constant(value=bool() | int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name == k:
            return Line(1.0, start)
        case ast.Attribute(attr="pi", value=ast.Name(id="math" | "np" | "numpy" | "torch")):
            return PI
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return forms.multiplied(of(operand), -1.0)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return forms.added(of(left), of(right))
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return forms.added(of(left), of(right), -1.0)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return forms.multiplied(of(left), of(right))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return forms.divided(of(left), of(right))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return forms.raised(of(left), of(right))
        case ast.BinOp(left=left, op=ast.FloorDiv(), right=right):
            return _floored(forms.divided(of(left), of(right)))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _branches(test, body, orelse, k, start, until)
        case ast.Call(func=func, args=arguments, keywords=[]):
            return _called(ast.unparse(func), [of(argument) for argument in arguments])
        case _:
            raise NoForm


def _floored(form: Form) -> Form:
    """A whole number of spans of k, no matter what is left."""
    match form:
        case Line(a=1, b=shift, d=per, pi=False, per=1, stop=None) if isinstance(shift, Symbol) or shift >= 0:
            return Line(1.0, 0.0, per=per, shift=shift)
        case float():
            return float(form // 1) if not isinstance(form, Symbol) else form
        case _:
            raise NoForm


def _called(name: str, given: list[Form]) -> Form:
    match _in_math(name), given:
        case "float", [only]:
            return only
        case (("int" | "math.floor"), [only]):
            return _floored(only)
        case "min", [one, other]:
            return forms.least(one, other)
        case "max", [one, other]:
            return forms.largest(one, other)
        case "math.cos", [Line(pi=True) as line]:
            return Wave(-1.0, 1.0, replace(line, pi=False))
        case "math.exp", [Line() as line]:
            return forms.exponential(forms.EULER, line)
        case "math.sqrt", [Line() as line]:
            return Power(line, 0.5)
        case "math.exp", [float() as number]:
            return forms.EULER**number
        case "math.sqrt", [float() as number]:
            return number**0.5
        case (("math.pow" | "pow"), [one, other]):
            return forms.raised(one, other)
        case _:
            raise NoForm


def _in_math(name: str) -> str:
    """The name in Python's math of what other modules have, too: math.exp for ops.exp."""
    prefix, _, last = name.rpartition(".")
    if not prefix or prefix not in MATHS:
        return name
    return {"minimum": "min", "maximum": "max"}.get(last, f"math.{last}")


def _branches(test: ast.expr, body: ast.expr, orelse: ast.expr, k: str, start: float, until: float | None) -> Rate:
    """One formula up to a step, and another from there on."""
    match test:
        case ast.Compare(left=left, ops=[ast.Lt() | ast.LtE() as sign], comparators=[right]):
            first, then = body, orelse
        case ast.Compare(left=ast.Name() as left, ops=[ast.Eq()], comparators=[ast.Constant(value=0) as right]):
            sign, first, then = ast.LtE(), body, orelse
        case ast.Compare(left=left, ops=[ast.Gt() | ast.GtE() as sign], comparators=[right]):
            first, then = orelse, body
        case _:
            raise NoForm
    line, bound = form_of(left, k, start), form_of(right, k, start)
    if not isinstance(line, Line) or not isinstance(bound, float) or line.pi or line.per != 1 or line.stop is not None:
        raise NoForm
    at = (bound * line.d - line.b) / line.a
    if isinstance(sign, ast.LtE | ast.Gt):  # the bound itself is in the first branch
        at = at + 1 if isinstance(at, Symbol) or at.is_integer() else at
    if at <= 0:
        return forms.rate_of(form_of(then, k, start, until), until)
    if until is not None and at >= until:
        return forms.rate_of(form_of(first, k, start, until), until)
    early = forms.rate_of(form_of(first, k, start, at), at)
    rest = None if until is None else until - at
    late = forms.rate_of(form_of(then, k, start + at, rest), rest)
    return Sequential(pieces=(early, late), at=(at,))
