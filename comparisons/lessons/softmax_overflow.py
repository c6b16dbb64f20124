"""Softmax as the formula says overflows; the frameworks subtract the largest logit first."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
import numpy as np

np.seterr(over="ignore", invalid="ignore")


def softmax(logits):
    powers = np.exp(logits)
    return powers / powers.sum()


largest = np.arange(80, 101)
found = [softmax(np.array([one, one - 1], np.float32))[0] for one in largest]
breaks_at = next((int(one) for one, value in zip(largest, found) if not np.isfinite(value)), 0)
print(breaks_at)
"""
TORCH = """
import torch

found = [torch.softmax(torch.tensor([float(one), one - 1.0]), 0)[0].item() for one in range(80, 101)]
last = found[-1]
print(last)
"""
KERAS = """
import keras

found = [float(keras.ops.softmax(keras.ops.array([float(one), one - 1.0]))[0]) for one in range(80, 101)]
last = found[-1]
print(last)
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The logit at which the formula breaks, and what the frameworks still say."""
    x = [float(one) for one in numpy.largest]
    return Measured(
        numbers={"breaks_at": numpy.breaks_at, "torch_last": torch.last, "keras_last": tf.last},
        picture=Curves(
            title="The formula's softmax ends where exp overflows; torch's goes on",
            x="the larger of two logits, one apart",
            y="its probability (float32)",
            y_range=(0.0, 1.0),
            lines=(
                Line("NumPy, as the formula says", [float(one) for one in numpy.found], x=x, framework="numpy"),
                Line("torch", torch.found, x=x, framework="torch"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=65,
    title="Softmax that overflows",
    question="My loss is suddenly nan, and the same network in torch goes on: why?",
    claims=(
        Claim(
            says="In float32 the formula breaks at a logit of {breaks_at}: no number is as large as its exponential.",
            number="breaks_at",
            between=near(89),
            because="log(3.4e38) is 88.7",
        ),
        Claim(
            says="torch and Keras subtract the largest logit first, and answer {torch_last:.3f} at any size.",
            number="torch_last",
            between=near(0.7310585786300049, relative=1e-6),
            because="by hand 1 / (1 + 1/e), in float32",
            equal=(
                (
                    "torch.softmax(torch.tensor([float(one), one - 1.0]), 0)[0]",
                    "torch.exp(torch.tensor([float(one), one - 1.0]))[0]",
                ),
            ),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("np.exp(logits)", "np.exp(logits - logits.max())"),),
    porting=("Write `np.exp(logits - logits.max())`, or leave softmax out and take the loss that wants logits.",),
    command="triptych gradcheck two-layer-net",
)
