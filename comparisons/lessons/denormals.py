"""Numbers below the smallest with all its digits are 0 in TensorFlow, and kept by torch and NumPy."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
import numpy as np

gradients = [10.0**-k for k in range(14, 23)]
squares = [float(np.float32(one) ** 2) for one in gradients]
gradient = 1e-20
square = float(np.float32(gradient) ** 2)
print(square)
"""
TORCH = """
import torch

squares = [(torch.tensor(10.0**-k) ** 2).item() for k in range(14, 23)]
gradient = 1e-20
square = (torch.tensor(gradient) ** 2).item()
print(square)
"""
KERAS = """
import tensorflow as tf

squares = [float(tf.square(tf.constant(10.0**-k))) for k in range(14, 23)]
gradient = 1e-20
square = float(tf.square(tf.constant(gradient)))
print(square)
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The square of a small gradient, as Adam and RMSprop average it."""
    kept = [(x, y) for x, y in zip(numpy.gradients, tf.squares, strict=True) if y > 0]
    alive = [(x, y) for x, y in zip(numpy.gradients, torch.squares, strict=True) if y > 0]
    return Measured(
        numbers={"gradient": tf.gradient, "torch_square": torch.square, "keras_square": tf.square},
        picture=Curves(
            title="Keras's squares of small gradients are 0 long before torch's",
            x="gradient",
            y="its square, where that is not 0",
            log_x=True,
            log_y=True,
            lines=(
                Line("torch", [y for _, y in alive], x=[x for x, _ in alive], framework="torch"),
                Line("Keras", [y for _, y in kept], x=[x for x, _ in kept], framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Arithmetic",
    place=40,
    title="Denormals are flushed",
    question="Tiny gradients: why does Keras divide by zero where torch does not?",
    claims=(
        Claim(
            says="torch squares a gradient of {gradient:.0e} to {torch_square:.0e}: a denormal, of few digits.",
            number="torch_square",
            between=near(1e-40, relative=1e-4),
            because="denormals are multiples of 1.4e-45, 1e-5 of it",
        ),
        Claim(
            says="TensorFlow makes {keras_square:.0f} of it: only epsilon saves what is divided by its root.",
            number="keras_square",
            between=near(0),
            because="flushed to 0, exactly",
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("gradient = 1e-20", "gradient = 1e-10"),),
    porting=(
        "Never train with an epsilon of zero in Keras.",
        "Where gradients are that small, scale the loss up, as mixed precision does.",
        "In torch, `torch.set_flush_denormal(True)` does the same as TensorFlow.",
    ),
    command='triptych port "keras.optimizers.RMSprop(1e-3)" --to torch',
)
