"""What goes wrong around a translation that is exact, trained for real: late gradients, groups, averages.

Where the answer keeps silent, nothing is lost; and who does what it says gets the source's numbers.
"""

import ast
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

from comparisons.porting.answer import as_data
from comparisons.porting.translate import port

SHAPES, STEPS, LATE = ((4, 3), (3,)), 60, 20
# Float64, 60 steps of some ten roundings each: 2e-15 were measured at most. Keras's Nadam has 0.96 in float32.
SAME, LOOSER = 1e-13, {"keras.optimizers.Nadam()": 1e-7}


@pytest.fixture(autouse=True)
def in_float64():
    """Both frameworks in float64, down to the scalars that they keep."""
    before = torch.get_default_dtype(), keras.config.floatx()
    torch.set_default_dtype(torch.float64)
    keras.config.set_floatx("float64")
    yield
    torch.set_default_dtype(before[0])
    keras.config.set_floatx(before[1])


def drawn(steps=STEPS):
    """Starts, and for each step the gradients."""
    rng = np.random.default_rng(0)
    starts = [rng.normal(size=shape) for shape in SHAPES]
    return starts, [[rng.normal(size=shape) for shape in SHAPES] for _ in range(steps)]


class Precise(ast.NodeTransformer):
    """Python floats as np.float64, which Keras takes at their full precision; but for Adadelta's rho, never cast."""

    def visit_Constant(self, node):
        return ast.parse(f"np.float64({node.value!r})", mode="eval").body if isinstance(node.value, float) else node

    def visit_keyword(self, node):
        return node if node.arg == "rho" else self.generic_visit(node)


def made(code, **names):
    """The optimizer that code makes, its scheduler or None, and the lines that clip before each step."""
    space, every = {"np": np, "torch": torch, "keras": keras, **names}, ast.Module([], [])
    body = ast.parse(code).body
    if len(body) == 1 and isinstance(body[0], ast.Expr):
        return eval(code, space), None, lambda: None
    every.body = [line for line in body if isinstance(line, ast.For) or "clip_(" in ast.unparse(line)]
    exec(compile(ast.Module([line for line in body if line not in every.body], []), "made", "exec"), space)
    return space["optimizer"], space.get("scheduler"), lambda: exec(compile(every, "each", "exec"), space)


def in_torch(code, late=0):
    """The parameters at the end; the second gets its first gradient at step `late`."""
    starts, gradients = drawn()
    model = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(start)) for start in starts])
    optimizer, scheduler, clip = made(code, model=model)
    for step, given in enumerate(gradients):
        for theta, gradient in zip(model, given, strict=True):
            theta.grad = torch.tensor(gradient)
        if step < late:
            model[1].grad = None
        clip()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
    return [theta.detach().numpy() for theta in model]


def in_keras(code, late=0):
    starts, gradients = drawn()
    variables = [keras.Variable(start, dtype="float64") for start in starts]
    body = ast.parse(code).body
    if len(body) > 1:  # the steps are made here
        is_import = ast.Import | ast.ImportFrom
        body = [one for one in body if isinstance(one, is_import) or ast.unparse(one).startswith("optimizer = ")]
    optimizer, _, _ = made(ast.unparse(Precise().visit(ast.Module(body, []))))
    optimizer.build(variables)
    for step, given in enumerate(gradients):
        known = 1 if step < late else 2
        optimizer.apply([tf.constant(gradient) for gradient in given[:known]], variables[:known])
    return [variable.numpy() for variable in variables]


RUN = {"torch": in_torch, "tf": in_keras}


def apart(ends, others):
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(ends, others, strict=True))


# --- late gradients

INVERSE = "keras.optimizers.schedules.InverseTimeDecay(0.1, 10, 1.0)"
FALLING = "keras.optimizers.schedules.ExponentialDecay(0.1, 7, 0.3)"
TO_KERAS = [
    "torch.optim.SGD(p, 0.1, 0.9, 0.5, 0.1)",
    "torch.optim.Adagrad(p, 0.1, eps=0.0, initial_accumulator_value=0.1)",
    "torch.optim.Adagrad(p, 0.1, 0.1, eps=0.0, initial_accumulator_value=0.1)",
    "torch.optim.Adadelta(p)",
    "torch.optim.RMSprop(p, momentum=0.9, centered=True)",
    "torch.optim.Adam(p, 0.1)",
    "torch.optim.AdamW(p, 0.1, eps=0.0)",
    "torch.optim.Adamax(p, 0.1)",
    "torch.optim.NAdam(p, 0.1)",
    "torch.optim.RAdam(p, 0.1)",
    "torch.optim.ASGD(p, 0.1, 0.1, t0=10)",
    "torch.optim.Rprop(p, 0.1)",
    "torch.optim.Adafactor(p, 0.1)",
    "torch.optim.SGD(p, 0.1, 0.9)\nStepLR(o, 7, 0.3)",
    "torch.optim.RMSprop(p, 0.1, momentum=0.9)\nStepLR(o, 7, 0.3)",
    "torch.optim.Adagrad(p, 0.1)\nLambdaLR(o, lambda k: 1 / (1 + 0.1 * k))",
]
TO_TORCH = [
    f"keras.optimizers.SGD({FALLING}, 0.9, weight_decay=0.1)",
    "keras.optimizers.Adagrad(0.1)",
    f"keras.optimizers.Adagrad({INVERSE})",
    "keras.optimizers.Adadelta(0.1)",
    "keras.optimizers.RMSprop(0.1, momentum=0.9)",
    "keras.optimizers.Adam(0.1)",
    "keras.optimizers.Adam(0.1, weight_decay=0.1, clipnorm=1.0)",
    "keras.optimizers.AdamW(0.1, epsilon=0.0)",
    "keras.optimizers.Adamax(0.1)",
    "keras.optimizers.Nadam()",
    "keras.optimizers.Ftrl(0.1)",
    "keras.optimizers.Lion(0.1)",
    "keras.optimizers.Lamb(0.1)",
    "keras.optimizers.Adafactor(0.1)",
    f"keras.optimizers.RMSprop({FALLING}, momentum=0.9)",
    f"keras.optimizers.Lion({FALLING})",
    f"keras.optimizers.Adagrad({INVERSE}, weight_decay=0.1)",
]


@pytest.mark.every(5)
@pytest.mark.parametrize(("text", "to"), [*((one, "tf") for one in TO_KERAS), *((one, "torch") for one in TO_TORCH)])
def test_what_late_gradients_change_is_said(text, to):
    data = as_data(port(text, to))
    source, exact, here = data["source"]["code"], data["exact"]["code"], data["source"]["framework"]
    assert apart(RUN[to](exact), RUN[here](source)) <= LOOSER.get(text, SAME)
    gap = apart(RUN[to](exact, late=LATE), RUN[here](source, late=LATE))
    noted = any(sentence.startswith("late gradients:") for sentence in data["also"])
    assert (gap > 1e-9) == noted, gap  # rounding is below; the least of the others, Lamb's, was measured at 6e-7


# --- parameters left out of weight decay

DECAYED = [
    "keras.optimizers.SGD(0.1, 0.9, weight_decay=0.1)",  # a hook
    "keras.optimizers.SGD(0.1, weight_decay=0.1)",  # torch's own
    "keras.optimizers.Adam(0.1, epsilon=0.0, weight_decay=0.1)",  # torch's own, decoupled
    "keras.optimizers.RMSprop(0.1, momentum=0.9, weight_decay=0.1)",  # a drop-in
]


@pytest.mark.parametrize("text", DECAYED)
def test_a_group_with_the_key_that_is_named_is_left_out_of_weight_decay(text):
    data = as_data(port(text, "torch"))
    [sentence] = [one for one in data["also"] if one.startswith("weight decay:")]
    [key] = re.findall(r"a group with (\w+)=0", sentence)
    groups = f"[{{'params': [model[0]]}}, {{'params': [model[1]], '{key}': 0}}]"
    ours = in_torch(data["exact"]["code"].replace("model.parameters()", groups))

    starts, gradients = drawn()
    variables = [keras.Variable(start, name=name) for start, name in zip(starts, ("kernel", "bias"), strict=True)]
    optimizer, _, _ = made(ast.unparse(Precise().visit(ast.parse(data["source"]["code"]))))
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.build(variables)
    for given in gradients:
        optimizer.apply([tf.constant(gradient) for gradient in given], variables)
    theirs = [variable.numpy() for variable in variables]
    assert apart(ours, theirs) <= SAME
    assert apart(in_torch(data["exact"]["code"]), theirs) > 1e-3


# --- averages of the parameters


def test_an_average_that_is_not_kept_is_not_written_over():
    data = as_data(port("keras.optimizers.SGD(0.1, ema_overwrite_frequency=7)", "torch"))
    assert (data["native"]["fidelity"], data["native"]["mismatches"]) == ("exact", [])


# --- rows that come twice

EMBEDDED = [
    *(f"keras.optimizers.{name}(0.1)" for name in ("SGD", "Adam", "AdamW", "Adamax", "Nadam", "Adagrad", "Adadelta")),
    *(f"keras.optimizers.{name}(0.1)" for name in ("RMSprop", "Ftrl", "Lion", "Lamb", "Adafactor")),
    "keras.optimizers.SGD(0.1, 0.9)",
    "keras.optimizers.SGD(0.1, clipvalue=1.0)",
    "keras.optimizers.SGD(0.1, clipnorm=1.0)",
    "keras.optimizers.SGD(0.1, global_clipnorm=1.0)",
]


@pytest.mark.parametrize("text", EMBEDDED)
def test_what_rows_that_come_twice_change_is_said(text):
    slices = [tf.constant([[1, 2], [-3, 0.5], [0.2, 0.1]], tf.float64) * (step + 1) for step in range(4)]
    rows = [tf.IndexedSlices(one, tf.constant([0, 0, 1]), tf.constant([3, 2])) for one in slices]
    ends = []
    for gradients in (rows, [tf.convert_to_tensor(one) for one in rows]):
        table, (optimizer, _, _) = tf.Variable(tf.ones((3, 2), tf.float64)), made(text)
        for gradient in gradients:
            optimizer.apply([gradient], [table])
        ends.append(table.numpy())
    said = as_data(port(text, "torch"))["also"]
    assert (np.abs(ends[0] - ends[1]).max() > 1e-4) == any(words.startswith("embeddings:") for words in said)
