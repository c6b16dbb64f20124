"""LearningRateScheduler, Keras's callback: a function of the epoch sets the rate when the epoch begins.

Source: keras/src/callbacks/learning_rate_scheduler.py.
"""

import ast

from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.torch.lambdas import Put, expression_of, schedule_of_function
from comparisons.names import BadInput
from comparisons.rules.schedules import Clock, ExponentialDecay, Schedule, Sequential

RATE = "lr"


def of_callback(call: NativeCall, initial: float, per: int) -> float | Schedule:
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
    return Clock(of=found, per=per) if isinstance(found, Schedule) else found


def of_function(node: ast.Lambda | ast.FunctionDef, initial: float) -> float | Schedule | None:
    """The rate by the epoch: of the epoch alone, or of the epoch and the rate before; None if it is not known."""
    names = [argument.arg for argument in node.args.args]
    if len(names) < 2:
        return schedule_of_function(node)
    body = node.body if isinstance(node, ast.Lambda) else expression_of(node.body)
    match Put(names[1], ast.Name(RATE)).visit(body):
        case ast.IfExp(
            test=ast.Compare(
                left=ast.Name(id=left), ops=[ast.Lt()], comparators=[ast.Constant(value=int() | float() as at)]
            ),
            body=ast.Name(id=before),
            orelse=after,
        ) if (left, before) == (names[0], RATE) and (each := _factor(after)) is not None and at > 0:
            return Sequential(pieces=(initial, _multiplied(initial, each)), at=(at,))
        case ast.expr() as whole if (each := _factor(whole)) is not None:
            return _multiplied(initial, each)
        case _:
            return None


def _multiplied(initial: float, each: float) -> Schedule:
    """Multiplied at the beginning of every epoch, the first one too."""
    return ExponentialDecay(initial=initial * each, rate=each)


def _factor(node: ast.expr) -> float | None:
    """What multiplies the rate: a number, or the exponential of one."""
    match node:
        case ast.BinOp(left=ast.Name(id=name), op=ast.Mult(), right=factor) if name == RATE:
            lone = ast.Lambda(args=ast.arguments([], [ast.arg("k")], None, [], [], None, []), body=factor)
            found = schedule_of_function(lone)
            return found if isinstance(found, float) else None
        case _:
            return None
