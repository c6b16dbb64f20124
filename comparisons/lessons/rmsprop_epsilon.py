"""RMSprop's epsilon is added to the root in torch, and under the root in Keras."""

import numpy as np

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

TORCH = """
import torch

epsilon = 1e-7
sizes = torch.logspace(-10, 0, 101)
x = torch.zeros(101)
optimizer = torch.optim.RMSprop([x], lr=1.0, alpha=0.9, eps=epsilon)
for _ in range(150):
    before = x.clone()
    x.grad = sizes.clone()
    optimizer.step()
steps = before - x
print(steps)
"""
KERAS = """
import keras

epsilon = 1e-7
sizes = keras.ops.logspace(-10, 0, 101)


def last_steps(epsilon):
    x = keras.Variable(keras.ops.zeros(101))
    optimizer = keras.optimizers.RMSprop(learning_rate=1.0, rho=0.9, epsilon=epsilon)
    for _ in range(150):
        before = x.numpy()
        optimizer.apply([sizes], [x])
    return before - x.numpy()


steps = last_steps(epsilon)
squared = last_steps(epsilon**2)
print(steps, squared)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The step for each size of gradient, once the average of squares has settled."""
    torch_half, keras_half = (_half(left.sizes, left.steps) for left in (torch, tf))
    squared_half = _half(tf.sizes, tf.squared)
    return Measured(
        numbers={
            "epsilon": tf.epsilon,
            "torch_half": torch_half,
            "keras_half": keras_half,
            "apart": keras_half / torch_half,
            "squared_half": squared_half,
        },
        picture=Curves(
            title="One epsilon: in Keras it slows down gradients that torch steps on in full",
            x="size of the gradient",
            y="step / learning rate",
            log_x=True,
            lines=tuple(
                Line(label, left.steps, x=left.sizes, framework=name)
                for label, left, name in (("torch", torch, "torch"), ("Keras", tf, "tf"))
            ),
        ),
    )


def _half(sizes: np.ndarray, steps: np.ndarray) -> float:
    """The gradient whose step is half the learning rate; the smallest one if none is so small."""
    return float(10 ** np.interp(0.5, steps, np.log10(sizes)))


LESSON = Lesson(
    chapter="Optimizers",
    place=30,
    title="RMSprop's epsilon in the root",
    question="Same RMSprop, same epsilon: why is Keras so slow near the minimum?",
    claims=(
        Claim(
            says="torch adds epsilon {epsilon:.0e} to the root: it halves the step of a gradient of {torch_half:.1e}.",
            number="torch_half",
            between=near(1e-7, relative=1e-2),
            because="by hand g = epsilon; read between two of ten points to a decade, which is off by less than 1 %",
            equal=(("epsilon = 1e-7", "epsilon = 1e-20"),),
        ),
        Claim(
            says="Keras adds it under the root: it halves the step of a gradient of {keras_half:.1e} already.",
            number="keras_half",
            between=near((1e-7 / 3) ** 0.5, relative=1e-2),
            because="by hand g = sqrt(epsilon / 3), read in the same way",
            equal=(("epsilon = 1e-7", "epsilon = 1e-20"),),
        ),
        Claim(
            says="The same number reaches {apart:.0f} times further in Keras.",
            number="apart",
            between=near((1e-7 / 3) ** 0.5 / 1e-7, relative=2e-2),
            because="by hand sqrt(epsilon / 3) / epsilon, and both read to 1 %",
            equal=(("epsilon = 1e-7", "epsilon = 1e-20"),),
        ),
        Claim(
            says="Given epsilon squared, Keras halves that of {squared_half:.1e}: near torch's, and not the same.",
            number="squared_half",
            between=near(1e-7 / 3**0.5, relative=1e-2),
            because="by hand g = sqrt(epsilon^2 / 3), read in the same way",
            equal=(("epsilon**2", "epsilon"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "No epsilon in the root does for every gradient what one outside does: take a drop-in to be exact.",
        "The best single number is torch's epsilon squared. It is close, and not the same.",
    ),
    command='triptych port "torch.optim.RMSprop(p, lr=1e-3)" --to keras',
)
