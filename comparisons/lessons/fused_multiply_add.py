"""torch's kernels multiply and add with one rounding, NumPy's and eager TensorFlow's with two."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

NUMPY = """
import numpy as np

x, g = np.random.default_rng(0).standard_normal((2, 100_000)).astype(np.float32)
rate = np.float32(0.1)
stepped = x - rate * g  # rounded twice
once = (x.astype(float) - float(rate) * g.astype(float)).astype(np.float32)  # exact, then rounded once
print(np.mean(stepped != once))
"""
TORCH = """
import numpy as np
import torch

x, g = torch.tensor(np.random.default_rng(0).standard_normal((2, 100_000)).astype(np.float32))
optimizer = torch.optim.SGD([x], lr=0.1)
x.grad = g
optimizer.step()
stepped = x
print(stepped[0])
"""
KERAS = """
import keras
import numpy as np

x, g = np.random.default_rng(0).standard_normal((2, 100_000)).astype(np.float32)
variable = keras.Variable(x)
keras.optimizers.SGD(0.1).apply([keras.ops.array(g)], [variable])
stepped = variable.numpy()
print(stepped[0])
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The share of elements whose step differs from NumPy's."""
    torch_share = float((torch.stepped != numpy.stepped).mean())
    keras_share = float((tf.stepped != numpy.stepped).mean())
    return Measured(
        numbers={
            "torch_share": torch_share,
            "keras_share": keras_share,
            "once": float((torch.stepped != numpy.once).mean()),
        },
        picture=Bars(
            title="One step of plain SGD: in torch some last digits are others",
            x="share of elements that differ from NumPy's",
            bars=(Bar("torch", torch_share, "torch"), Bar("Keras, eager", keras_share, "tf")),
            form=".1%",
        ),
    )


LESSON = Lesson(
    chapter="Arithmetic",
    place=80,
    title="Multiply and add in one",
    question="Plain SGD, the same gradient: why are not even these bits the same?",
    claims=(
        Claim(
            says="After one step, {torch_share:.1%} of torch's elements differ from NumPy's in the last digit.",
            number="torch_share",
            between=(0.005, 0.5),
            because="the product's own rounding, a tenth of an ulp of the sum, tips it in some of a hundred cases",
            equal=(("optimizer.step()\nstepped = x", "stepped = x - 0.1 * g"),),
        ),
        Claim(
            says="torch rounds once: computed exactly and then rounded, {once:.2%} differ.",
            number="once",
            between=(0.0, 1e-4),
            because="float64 holds the product, but rounds the sum: twice in one case of 2^29",
            equal=(("optimizer.step()\nstepped = x", "stepped = x - 0.1 * g"),),
        ),
        Claim(
            says="Eager Keras multiplies, rounds, and subtracts, as NumPy does: {keras_share:.0%} differ.",
            number="keras_share",
            between=near(0),
            because="the same two operations, each rounded correctly",
            equal=(
                (
                    "keras.optimizers.SGD(0.1).apply([keras.ops.array(g)], [variable])",
                    "variable.assign(x.astype(float) - 0.1 * g.astype(float))",
                ),
            ),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    porting=("Equal bits between frameworks are not to be had by any setting: compare in units of rounding.",),
    command="triptych run regression-20 --optimizer sgd --level same-rule",
)
