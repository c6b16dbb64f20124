"""A learning rate just right, too small and too large, on a parabola."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, largest_gap, near

NUMPY = """
small, right, large = 0.1, 0.5, 2.1


def descend(rate):
    x, losses = 1.0, []
    for _ in range(21):
        losses.append(x**2 / 2)
        x -= rate * x  # the gradient of x^2 / 2
    return losses


losses = {rate: descend(value) for rate, value in {"small": small, "right": right, "large": large}.items()}
print(losses["large"][-1])
"""
TORCH = """
import torch


def descend(rate):
    x, losses = torch.tensor(1.0, dtype=torch.float64, requires_grad=True), []
    optimizer = torch.optim.SGD([x], lr=rate)
    for _ in range(21):
        loss = x**2 / 2
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


torch_small = 0.1
losses = descend(torch_small)
print(losses[-1])
"""
KERAS = """
import keras
import numpy as np
import tensorflow as tf

keras_small = 0.1
x, losses = tf.Variable(1.0), []
optimizer = keras.optimizers.SGD(learning_rate=keras_small)
for _ in range(21):
    with tf.GradientTape() as tape:
        loss = x**2 / 2
    losses.append(float(loss))
    optimizer.apply([tape.gradient(loss, x)], [x])
print(losses[-1])
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """How the last loss stands to the first, for each rate, and whether the frameworks agree."""
    small, right, large = (numpy.losses[name] for name in ("small", "right", "large"))
    return Measured(
        numbers={
            "small_rate": numpy.small,
            "right_rate": numpy.right,
            "large_rate": numpy.large,
            "small": small[-1] / small[0],
            "right": right[-1] / right[0],
            "large": large[-1] / large[0],
            "apart": max(largest_gap(small, torch.losses), largest_gap(small, tf.losses)) / small[0],
        },
        picture=Curves(
            title="The same descent: slow, good, and away from the minimum",
            x="step",
            y="loss",
            log_y=True,
            lines=(
                Line(f"too small: {numpy.small}", small, x=list(range(21))),
                Line(f"good: {numpy.right}", right, x=list(range(21))),
                Line(f"too large: {numpy.large}", large, x=list(range(21))),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=30,
    title="A learning rate just right, too small, too large",
    question="How do I see that my learning rate is wrong?",
    claims=(
        Claim(
            says="Too small, {small_rate}, and {small:.1%} of the loss is still there at the end.",
            number="small",
            between=near(0.9**40, relative=1e-9),
            because="by hand (1 - rate)^(2 steps), in float64",
            equal=(("small, right, large = 0.1", "small, right, large = 0.9"),),
        ),
        Claim(
            says="Too large, {large_rate}, and the loss is {large:.0f} times the first: each step overshoots by more.",
            number="large",
            between=near(1.1**40, relative=1e-9),
            because="by hand (rate - 1)^(2 steps), in float64",
            equal=(("0.5, 2.1", "0.5, 0.5"),),
        ),
        Claim(
            says="Plain descent is the same in all three: their losses are {apart:.0e} of the first apart at most.",
            number="apart",
            between=(0.0, 2e-6),
            because="twenty steps in float32 in Keras, each rounded by 6e-8",
            equal=(("torch_small = 0.1", "torch_small = 0.11"),),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    porting=("Plain SGD needs nothing but its rate; `SGD()` alone has other ones: look at the defaults first.",),
    command='triptych port "torch.optim.SGD(p, lr=0.1)" --to keras',
)
