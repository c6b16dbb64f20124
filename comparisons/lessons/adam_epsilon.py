"""Adam's epsilon stands outside the corrected root in torch, outside the uncorrected one in Keras."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
import numpy as np

rate, epsilon, gradient = 0.1, 1e-3, 1e-3
m = v = 0.0
steps = []
for t in range(1, 201):  # Kingma and Ba, Algorithm 1
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient**2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    steps.append(m_hat / (np.sqrt(v_hat) + epsilon))
print(steps[0])
"""
TORCH = """
import torch

rate, epsilon, gradient = 0.1, 1e-3, 1e-3
x = torch.zeros(1)
optimizer = torch.optim.Adam([x], lr=rate, eps=epsilon)
steps = []
for _ in range(200):
    before = x.item()
    x.grad = torch.tensor([gradient])
    optimizer.step()
    steps.append((before - x.item()) / rate)
print(steps[0])
"""
KERAS = """
import keras

rate, epsilon, gradient = 0.1, 1e-3, 1e-3
x = keras.Variable([0.0])
optimizer = keras.optimizers.Adam(learning_rate=rate, epsilon=epsilon)
steps = []
for _ in range(200):
    before = float(x.numpy()[0])
    optimizer.apply([keras.ops.array([gradient])], [x])
    steps.append((before - float(x.numpy()[0])) / rate)
print(steps[0])
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The size of each step in units of the learning rate, and what epsilon is worth in Keras's first."""
    first = tf.steps[0]
    return Measured(
        numbers={
            "epsilon": tf.epsilon,
            "torch_first": torch.steps[0],
            "keras_first": first,
            "worth": (1 / first - 1) * tf.gradient / tf.epsilon,
            "paper": torch.steps[0] - numpy.steps[0],
        },
        picture=Curves(
            title="The same epsilon makes Keras's first steps far smaller",
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
    place=20,
    title="Adam's epsilon",
    question="Same Adam, same epsilon: why does Keras start more slowly?",
    claims=(
        Claim(
            says="With a gradient as small as epsilon, torch's first step is {torch_first:.2f} of the learning rate.",
            number="torch_first",
            between=near(1 / (1 + 1), relative=1e-5),  # g / (g + epsilon)
            because="by hand g / (g + epsilon); x is float32, whose rounding is 1e-7",
        ),
        Claim(
            says="Keras adds epsilon before the bias correction: its first step is {keras_first:.3f} of the rate.",
            number="keras_first",
            between=near(1 / (1 + 0.001**-0.5), relative=1e-4),
            because="by hand g / (g + epsilon / sqrt(1 - beta2)); Keras rounds 1 - beta2 to float32, 7e-6 of it",
        ),
        Claim(
            says="At the first step, one epsilon in Keras is worth {worth:.1f} of them in torch; later, fewer.",
            number="worth",
            between=near(0.001**-0.5, relative=1e-4),
            because="1 / sqrt(1 - beta2), with the same rounding",
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("0.1, 1e-3, 1e-3", "0.1, 1e-12, 1e-3"),),
    porting=(
        "No constant epsilon is right for every step: divide it by `sqrt(1 - beta2**t)`, or take a drop-in.",
        "Where all gradients are far larger than epsilon, leave it: nothing is felt.",
    ),
    command='triptych port "keras.optimizers.Adam(1e-3, epsilon=1e-3)" --to torch',
)
