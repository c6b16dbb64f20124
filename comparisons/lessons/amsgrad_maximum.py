"""AMSGrad's maximum is taken before the bias correction in torch and Keras, after it elsewhere."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, below, largest_gap, near

NUMPY = """
import numpy as np

gradients = [1.0] + 99 * [0.01]  # one large gradient, then small ones
m = v = largest = largest_corrected = 0.0
before, after = [], []
for t, gradient in enumerate(gradients, start=1):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient**2
    corrected = v / (1 - 0.999**t)
    largest, largest_corrected = max(largest, v), max(largest_corrected, corrected)
    before.append(m / (1 - 0.9**t) / np.sqrt(largest / (1 - 0.999**t)))
    after.append(m / (1 - 0.9**t) / np.sqrt(largest_corrected))
print(before[-1], after[-1])
"""
TORCH = """
import torch

gradients = [1.0] + 99 * [0.01]
x = torch.zeros(1, dtype=torch.float64)
optimizer = torch.optim.Adam([x], lr=1.0, eps=1e-12, amsgrad=True)
steps = []
for gradient in gradients:
    start = x.item()
    x.grad = torch.full_like(x, gradient)
    optimizer.step()
    steps.append(start - x.item())
print(steps[-1])
"""
KERAS = """
import keras

gradients = [1.0] + 99 * [0.01]
x = keras.Variable([0.0])
optimizer = keras.optimizers.Adam(learning_rate=1.0, epsilon=1e-12, amsgrad=True)
steps = []
for gradient in gradients:
    start = float(x.numpy()[0])
    optimizer.apply([keras.ops.array([gradient])], [x])
    steps.append(start - float(x.numpy()[0]))
print(steps[-1])
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The steps after one large gradient, with the maximum in either place."""
    return Measured(
        numbers={
            "steps": len(numpy.gradients) - 1,
            "times": numpy.before[-1] / numpy.after[-1],
            "torch_before": largest_gap(torch.steps, numpy.before),
            "keras_before": largest_gap(tf.steps, numpy.before),
        },
        picture=Curves(
            title="After the correction, the maximum remembers the first gradient for good",
            x="step",
            y="step / learning rate",
            log_y=True,
            lines=(
                Line("maximum before the correction (torch, Keras)", numpy.before),
                Line("maximum after it (optax)", numpy.after),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=90,
    title="AMSGrad's maximum before or after the correction",
    question="`amsgrad=True` in both: why does another library take shorter steps?",
    claims=(
        Claim(
            says="AMSGrad keeps the largest average of squares. {steps} steps after a large gradient, that before the"
            " bias correction steps {times:.1f} times as far.",
            number="times",
            between=near(((1 - 0.999**100) / 0.001) ** 0.5, relative=1e-9),
            because="by hand sqrt((1 - beta2^t) / (1 - beta2)), in float64",
        ),
        Claim(
            says="torch takes the maximum before: it is {torch_before:.0e} of a learning rate away from that formula.",
            number="torch_before",
            between=below(1e-10),
            because="its epsilon of 1e-12 against a root of 0.03 at least",
        ),
        Claim(
            says="Keras takes it there, too: it is {keras_before:.0e} of a rate away.",
            number="keras_before",
            between=below(4e-5),
            because="it rounds beta2 to float32, 7e-6 of a step near 1, and x near 3 by 1e-7",
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("np.sqrt(largest / (1 - 0.999**t))", "np.sqrt(largest_corrected)"),),
    porting=(
        "Between torch and Keras, only epsilon's place is left to care for.",
        "Code for JAX may keep the corrected maximum: no class of torch or Keras does, and `triptych port` says so.",
    ),
    command='triptych port "torch.optim.Adam(p, amsgrad=True)" --to keras',
)
