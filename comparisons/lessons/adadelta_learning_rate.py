"""Adadelta's paper has no learning rate: 1 is it in torch, 0.001 in Keras."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, below, largest_gap, near

NUMPY = """
import numpy as np

rho, epsilon, gradient = 0.95, 1e-6, 1.0
x = squares = moves = 0.0
path = []
for _ in range(200):  # Zeiler, Algorithm 1: no learning rate
    squares = rho * squares + (1 - rho) * gradient**2
    move = np.sqrt(moves + epsilon) / np.sqrt(squares + epsilon) * gradient
    moves = rho * moves + (1 - rho) * move**2
    x += move
    path.append(x)
print(path[-1])
"""
TORCH = """
import torch

x = torch.zeros(1, dtype=torch.float64)
optimizer = torch.optim.Adadelta([x], rho=0.95, eps=1e-6)
path = []
for _ in range(200):
    x.grad = torch.ones_like(x)
    optimizer.step()
    path.append(-x.item())
print(path[-1])
"""
KERAS = """
import keras

x = keras.Variable([0.0])
optimizer = keras.optimizers.Adadelta(rho=0.95, epsilon=1e-6)
path = []
for _ in range(200):
    optimizer.apply([keras.ops.ones(1)], [x])
    path.append(-float(x.numpy()[0]))
print(path[-1])
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """How far each has gone, with all but the learning rate given."""
    return Measured(
        numbers={
            "steps": len(torch.path),
            "torch_way": torch.path[-1],
            "keras_way": tf.path[-1],
            "further": torch.path[-1] / tf.path[-1],
            "paper": largest_gap(numpy.path, torch.path) / numpy.path[-1],
        },
        picture=Curves(
            title="Left to its default rate, Keras's Adadelta hardly moves",
            x="step",
            y="way gone",
            log_y=True,
            lines=(
                Line("the paper", numpy.path, framework="numpy"),
                Line("torch", torch.path, framework="torch"),
                Line("Keras", tf.path, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=50,
    title="Adadelta's learning rate",
    question="Adadelta needs no learning rate, says the paper: why does Keras's not learn?",
    claims=(
        Claim(
            says="In {steps} steps torch has gone {torch_way:.2f}, Keras {keras_way:.1e}:"
            " its default rate is {further:.0f} times smaller.",
            number="further",
            between=near(1000, relative=1e-4),
            because="1.0 / 0.001; two hundred steps in float32, each rounded by 6e-8",
            equal=(("Adadelta(rho", "Adadelta(learning_rate=1.0, rho"),),
        ),
        Claim(
            says="torch's rate of one is the paper's algorithm: the two are {paper:.0e} apart.",
            number="paper",
            between=below(1e-12),
            because="two hundred steps in float64, each rounded by 1e-16",
            equal=(("Adadelta([x], rho", "Adadelta([x], lr=0.001, rho"),),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Give Keras `learning_rate=1.0`, and the same `rho` and epsilon: their defaults differ, too.",
        "With all three given the two are the same rule, epsilon's place included.",
    ),
    command='triptych port "torch.optim.Adadelta(p)" --to keras',
)
