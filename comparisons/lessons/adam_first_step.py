"""Adam's first step is the sign of the gradient times the rate, whatever the gradient's size."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
import numpy as np

sizes = np.logspace(-3, 3, 25)
steps = sizes  # plain descent: the step is as large as the gradient
print(steps.max() / steps.min())
"""
TORCH = """
import torch

sizes = torch.logspace(-3, 3, 25, dtype=torch.float64)
x = torch.zeros(25, dtype=torch.float64)
optimizer = torch.optim.Adam([x], lr=1.0)
x.grad = sizes.clone()
optimizer.step()
steps = -x
print(steps.max() / steps.min())
"""
KERAS = """
import keras

sizes = keras.ops.logspace(-3, 3, 25)
x = keras.Variable(keras.ops.zeros(25))
optimizer = keras.optimizers.Adam(learning_rate=1.0)
optimizer.apply([sizes], [x])
steps = -x.numpy()
print(steps.max() / steps.min())
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The first step for gradients of many sizes."""
    return Measured(
        numbers={
            "sizes": float(numpy.sizes[-1] / numpy.sizes[0]),
            "in_torch": float(torch.steps[-1] / torch.steps[0]),
            "in_keras": float(tf.steps[-1] / tf.steps[0]),
        },
        picture=Curves(
            title="Adam's first step does not ask how large the gradient is",
            x="size of the gradient",
            y="first step / learning rate",
            log_x=True,
            log_y=True,
            lines=(
                Line("plain descent", numpy.steps, x=numpy.sizes, framework="numpy"),
                Line("Adam in torch", torch.steps, x=torch.sizes, framework="torch"),
                Line("Adam in Keras", tf.steps, x=tf.sizes, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=130,
    title="Adam's first step is the sign",
    question="My loss is a thousand times larger now: why does Adam's first step not change?",
    claims=(
        Claim(
            says="The gradient grows {sizes:.0e} times, and torch's first step {in_torch:.5f} times: it is the sign.",
            number="in_torch",
            between=near(1 + 1e-8 / 1e-3, relative=1e-7),
            because="by hand 1 + epsilon / g for the smallest gradient; float64",
            equal=(("torch.optim.Adam([x], lr=1.0)", "torch.optim.SGD([x], lr=1.0)"),),
        ),
        Claim(
            says="Keras's grows {in_keras:.4f} times: its epsilon is larger, and weighs more at the first step.",
            number="in_keras",
            between=near(1 + 1e-7 * 0.001**-0.5 / 1e-3, relative=1e-6),
            because="by hand 1 + epsilon / (g sqrt(1 - beta2)) for the smallest gradient; float32 rounds 6e-8",
            equal=(("keras.optimizers.Adam(learning_rate=1.0)", "keras.optimizers.SGD(learning_rate=1.0)"),),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Adam forgives a loss that is summed here and averaged there; epsilon, clipping and coupled decay do not.",
        "A gradient that should be zero and is not makes a whole first step.",
    ),
    command='triptych port "torch.optim.Adam(p, lr=1e-3)" --to keras',
)
