"""A seed names a sequence of one generator, and each framework has its own."""

from itertools import pairwise

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

NUMPY = """
import numpy as np

drawn = np.random.default_rng(0).standard_normal(3)
again = np.random.default_rng(0).standard_normal(3)
old = np.random.RandomState(0).standard_normal(3)  # what np.random.seed(0) led to
print(drawn, old)
"""
TORCH = """
import torch

torch.manual_seed(0)
drawn = torch.randn(3)
torch.manual_seed(0)
again = torch.randn(3)
print(drawn)
"""
KERAS = """
import keras

keras.utils.set_random_seed(0)
drawn = keras.random.normal((3,))
keras.utils.set_random_seed(0)
again = keras.random.normal((3,))
print(drawn)
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """How near the nearest two of the first numbers are, and whether a seed repeats within its framework."""
    first = sorted(float(one[0]) for one in (numpy.drawn, numpy.old, torch.drawn, tf.drawn))
    repeats = sum(bool((one.drawn == one.again).all()) for one in (numpy, torch, tf))
    return Measured(
        numbers={
            "nearest": min(b - a for a, b in pairwise(first)),
            "repeats": repeats,
        },
        picture=Bars(
            title="The seed is the same, the first random number is another one each time",
            x="first normal number after one and the same seed",
            bars=(
                Bar("numpy.random.default_rng", float(numpy.drawn[0]), "numpy"),
                Bar("numpy.random.seed", float(numpy.old[0]), "numpy"),
                Bar("torch.manual_seed", float(torch.drawn[0]), "torch"),
                Bar("keras.utils.set_random_seed", float(tf.drawn[0]), "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=90,
    title="The same seed is not the same numbers",
    question="I set the same seed on both sides: why are the first weights different?",
    claims=(
        Claim(
            says="After one seed, the first numbers of four generators are {nearest:.2f} apart at least.",
            number="nearest",
            between=(1e-3, 10.0),
            because="equal generators would give equal numbers; four drawn at random are seldom that near",
            equal=(("np.random.RandomState(0)", "np.random.default_rng(0)"),),
        ),
        Claim(
            says="Within a framework a seed does repeat: in {repeats} of three, to the bit.",
            number="repeats",
            between=near(3),
            because="the purpose of a seed",
            equal=(("torch.manual_seed(0)\nagain", "torch.manual_seed(1)\nagain"),),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Draw once, in NumPy, and hand the same arrays to both: weights, order of samples, dropout masks.",
        "Or save the weights of the one, and load them in the other; transpose them where it is needed.",
    ),
    command="triptych run regression-20 --level same-rule",
)
