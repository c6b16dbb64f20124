"""BatchNorm's epsilon: 1e-5 in torch, 1e-3 in Keras."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

TORCH = """
import torch

spreads = torch.logspace(-4, 0, 41)  # the standard deviation of each of 41 inputs
layer = torch.nn.BatchNorm1d(41)
normal = layer(torch.stack([-spreads, spreads]))[1]
print(normal)
"""
KERAS = """
import keras

spreads = keras.ops.logspace(-4, 0, 41)
layer = keras.layers.BatchNormalization()
normal = layer(keras.ops.stack([-spreads, spreads]), training=True)[1]
print(normal)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The standard deviation that comes out, which should be 1."""
    at = 20
    return Measured(
        numbers={
            "spread": float(torch.spreads[at]),
            "in_torch": float(torch.normal[at]),
            "in_keras": float(tf.normal[at]),
            "times": float(torch.normal[at] / tf.normal[at]),
        },
        picture=Curves(
            title="Keras's BatchNorm leaves small inputs small",
            x="standard deviation of the input",
            y="standard deviation of the output",
            log_x=True,
            lines=(
                Line("torch", torch.normal, x=torch.spreads, framework="torch"),
                Line("Keras", tf.normal, x=tf.spreads, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=65,
    title="BatchNorm: epsilon",
    question="BatchNorm should make every input of size one: why does Keras's not?",
    claims=(
        Claim(
            says="Of an input with a spread of {spread:.2f}, torch makes {in_torch:.2f} and Keras {in_keras:.2f}.",
            number="in_keras",
            between=near(0.01 / (1e-4 + 1e-3) ** 0.5, relative=1e-5),
            because="by hand s / sqrt(s^2 + epsilon), with Keras's default of 1e-3; float32",
        ),
        Claim(
            says="That is {times:.1f} times as much in torch, from defaults alone.",
            number="times",
            between=near((11 / 1.1) ** 0.5, relative=1e-5),
            because="by hand the root of (s^2 + 1e-3) / (s^2 + 1e-5); float32",
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("BatchNormalization()", "BatchNormalization(epsilon=1e-5)"),),
    porting=(
        "Give epsilon on both sides; weights that were trained with one epsilon need it when they are moved.",
        "LayerNorm's defaults differ in the same way: `1e-5` in torch, `1e-3` in Keras.",
    ),
    command="triptych lesson batchnorm-variance",
)
