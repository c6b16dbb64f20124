"""LearningRateScheduler, Keras's callback: a function of the epoch sets the rate when the epoch begins.

Source: keras/src/callbacks/learning_rate_scheduler.py.
"""

import ast

from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.torch.lambdas import Put, expression_of, schedule_of_function
from comparisons.names import BadInput
from comparisons.rules.schedules import Clock, ExponentialDecay, Schedule, Sequential, StepDecay

RATE = "lr"


def of_callback(call: NativeCall, initial: float, per: float) -> float | Schedule:
    """The rate under the callback, of an optimizer whose learning rate is `initial`, with `per` updates an epoch.

    Raises:
        BadInput: its function is no formula that a schedule is known for.
    """
    value = call.arguments.get("schedule")
    node = ast.parse(value.text, mode="eval").body if isinstance(value, Code) else None
    found = of_function(node, initial) if isinstance(node, ast.Lambda) else None
    if found is None:
        known = "lambda epoch: 0.1 * 0.95 ** epoch, lambda epoch, lr: lr if epoch < 10 else lr * 0.9"
        raise BadInput(f"{call.code()}: no rule has this schedule; known are such as {known}")
    return Clock(of=found, per=per) if isinstance(found, Schedule) else found  # type: ignore[arg-type]  # per may be a symbol


def of_function(node: ast.Lambda | ast.FunctionDef, initial: float) -> float | Schedule | None:
    """The rate by the epoch: of the epoch alone, or of the epoch and the rate before; None if it is not known."""
    names = [argument.arg for argument in node.args.args]
    if len(names) < 2:
        return schedule_of_function(node)
    body = node.body if isinstance(node, ast.Lambda) else expression_of(node.body)
    if not any(isinstance(one, ast.Name) and one.id == names[1] for one in ast.walk(body)):
        return schedule_of_function(lone(names[0], body))
    match Put(names[1], ast.Name(RATE)).visit(body):
        case ast.IfExp(test=test, body=ast.Name(id=before), orelse=after) if before == RATE:
            return _at_some(test, names[0], initial, _factor(after), holds=False)
        case ast.IfExp(test=test, body=after, orelse=ast.Name(id=before)) if before == RATE:
            return _at_some(test, names[0], initial, _factor(after), holds=True)
        case ast.expr() as whole if (each := _factor(whole)) is not None:
            return _multiplied(initial, each)
        case _:
            return None


def _at_some(test: ast.expr, epoch: str, initial: float, each: float | None, *, holds: bool) -> Schedule | None:
    """The rate is multiplied at the epochs for which the test comes out so, and stays at the others."""
    match test:
        case _ if each is None:
            return None
        case ast.Compare(left=ast.Name(id=name), ops=[sign], comparators=[ast.Constant(value=int() as n)]) if (
            name == epoch and n > 0 and isinstance(sign, _LATER if holds else _EARLIER)
        ):
            at = n + isinstance(sign, ast.Gt | ast.LtE)
            return Sequential(pieces=(initial, _multiplied(initial, each)), at=(at,))
        case _ if holds and (every := _every(test, epoch)) is not None:
            n, first = every
            return StepDecay(initial=initial * each if first else initial, every=n, factor=each)
        case _:
            return None


_LATER, _EARLIER = ast.Gt | ast.GtE, ast.Lt | ast.LtE


def lone(name: str, body: ast.expr) -> ast.Lambda:
    """A lambda of one argument."""
    return ast.Lambda(args=ast.arguments([], [ast.arg(name)], None, [], [], None, []), body=body)


def _every(test: ast.expr, epoch: str) -> tuple[int, bool] | None:
    """The n of `epoch % n == 0`, and whether it is true of epoch 0, too: not with `and epoch` beside it."""
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    found, others = list[int](), list[str]()
    for part in parts:
        match part:
            case ast.Compare(
                left=ast.BinOp(left=ast.Name(id=name), op=ast.Mod(), right=ast.Constant(value=int() as n)),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value=0)],
            ) if name == epoch and n > 0:
                found.append(n)
            case _:
                others.append(ast.unparse(part))
    if len(found) != 1 or not {*others} <= {epoch, f"{epoch} > 0", f"{epoch} != 0", f"{epoch} >= 1"}:
        return None
    return found[0], not others


def _multiplied(initial: float, each: float) -> Schedule:
    """Multiplied at the beginning of every epoch, the first one too."""
    return ExponentialDecay(initial=initial * each, rate=each)


def _factor(node: ast.expr) -> float | None:
    """What multiplies the rate: a number, or the exponential of one."""
    match node:
        case ast.BinOp(left=ast.Name(id=name), op=ast.Mult(), right=factor) if name == RATE:
            found = schedule_of_function(lone("k", factor))
            return found if isinstance(found, float) else None
        case _:
            return None
