"""Adagrad's sum of squares starts at 0 in torch, at 0.1 in Keras."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
import numpy as np

rate, gradient, total = 0.01, 0.1, 0.0
steps = []
for _ in range(30):  # Duchi, Hazan and Singer: the sum starts at 0
    total += gradient**2
    steps.append(gradient / np.sqrt(total))
print(steps[0])
"""
TORCH = """
import torch

rate, gradient = 0.01, 0.1
x = torch.zeros(1, dtype=torch.float64)
optimizer = torch.optim.Adagrad([x], lr=rate, eps=1e-10)
steps = []
for _ in range(30):
    before = x.item()
    x.grad = torch.full_like(x, gradient)
    optimizer.step()
    steps.append((before - x.item()) / rate)
print(steps[0])
"""
KERAS = """
import keras

rate, gradient = 0.01, 0.1
x = keras.Variable([0.0])
optimizer = keras.optimizers.Adagrad(learning_rate=rate, epsilon=1e-10)
steps = []
for _ in range(30):
    before = float(x.numpy()[0])
    optimizer.apply([keras.ops.array([gradient])], [x])
    steps.append((before - float(x.numpy()[0])) / rate)
print(steps[0])
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The steps with a gradient that stays the same."""
    first, other = torch.steps[0], tf.steps[0]
    return Measured(
        numbers={
            "gradient": tf.gradient,
            "torch_first": first,
            "keras_first": other,
            "slower": first / other,
            "ahead": (first / other) ** 2 - 1,
        },
        picture=Curves(
            title="Keras's Adagrad starts as if it had seen gradients already",
            x="step",
            y="step / learning rate",
            lines=(
                Line("the paper", numpy.steps, framework="numpy"),
                Line("torch", torch.steps, framework="torch"),
                Line("Keras", tf.steps, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=40,
    title="Adagrad's accumulator",
    question="Same Adagrad, same learning rate: why are Keras's first steps small?",
    claims=(
        Claim(
            says="With a gradient of {gradient}, torch's first step is {torch_first:.0f} learning rate,"
            " Keras's {keras_first:.2f}: {slower:.1f} times less.",
            number="slower",
            between=near(11**0.5, relative=1e-5),
            because="by hand sqrt((0.1 + g^2) / g^2); Keras computes in float32, which rounds 6e-8",
        ),
        Claim(
            says="Keras starts its sum of squares as if {ahead:.0f} such gradients had come before.",
            number="ahead",
            between=near(10, relative=1e-5),
            because="by hand 0.1 / g^2, with the same rounding",
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("learning_rate=rate, epsilon", "learning_rate=rate, initial_accumulator_value=0.0, epsilon"),),
    porting=(
        "Give `initial_accumulator_value` on both sides; the smaller the gradients, the longer it is felt.",
        "From Keras to torch, add epsilon to it and set torch's `eps` to `0`: then the two are exact.",
    ),
    command='triptych port "keras.optimizers.Adagrad(0.01)" --to torch',
)
