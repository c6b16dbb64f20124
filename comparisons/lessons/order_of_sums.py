"""A sum of many numbers depends on their order, and each library has its own."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured

NUMPY = """
import numpy as np

x = np.full(1_000_000, 0.1, np.float32)
exact = len(x) * float(x[0])
one_by_one = abs(float(np.cumsum(x)[-1]) / exact - 1)
pairwise = abs(float(np.sum(x)) / exact - 1)
print(one_by_one, pairwise)
"""
TORCH = """
import torch

x = torch.full((1_000_000,), 0.1)
error = abs(x.sum().item() / (len(x) * x[0].item()) - 1)
print(error)
"""
KERAS = """
import tensorflow as tf

x = tf.fill((1_000_000,), 0.1)
error = abs(float(tf.reduce_sum(x)) / (len(x) * float(x[0])) - 1)
print(error)
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The relative error of each sum."""
    return Measured(
        numbers={
            "count": len(numpy.x),
            "one_by_one": numpy.one_by_one,
            "worst": max(numpy.pairwise, torch.error, tf.error),
        },
        picture=Bars(
            title="One sum in four orders: added one by one, float32 loses most",
            x="relative error of the sum",
            log=True,
            bars=(
                Bar("one by one", numpy.one_by_one),
                Bar("NumPy, sum", numpy.pairwise, "numpy"),
                Bar("torch, sum", torch.error, "torch"),
                Bar("TensorFlow, reduce_sum", tf.error, "tf"),
            ),
            form=".1e",
        ),
    )


LESSON = Lesson(
    chapter="Arithmetic",
    place=50,
    title="Sums in another order",
    question="The loss is a mean of the same numbers: why does it differ in the seventh digit?",
    claims=(
        Claim(
            says="Added one by one, {count:,} equal numbers are {one_by_one:.1%} off in float32.",
            number="one_by_one",
            between=(1e-3, 0.1),
            because="each addition to a sum of 65,536 and more is rounded by up to 4 % of what is added",
            equal=(("np.cumsum(x)[-1]", "np.sum(x)"),),
        ),
        Claim(
            says="NumPy, torch and TensorFlow add in blocks, each in its own: {worst:.0e} at most.",
            number="worst",
            between=(0.0, 1e-5),
            because="the error grows with the depth of the tree or the length of a block, some 20 to 100 roundings",
            equal=(("float(np.sum(x))", "float(np.cumsum(x)[-1])"),),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Expect the last digits of a loss to differ: they do from thread count to thread count of one framework.",
        "Sum what you log in float64: a running loss in float32 is a sum one by one.",
    ),
    command="triptych run regression-20 --level same-rule",
)
