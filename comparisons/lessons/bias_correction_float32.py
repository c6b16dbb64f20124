"""Keras forms 1 - beta2^t in float32, torch in float64: the rate is off by some millionths for a thousand steps."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

TORCH = """
import torch

x = torch.zeros(1)
optimizer = torch.optim.Adam([x], lr=1.0, betas=(0.9, 0.999), eps=0.0)
errors = []
for _ in range(100):
    x.zero_()
    x.grad = torch.ones(1)
    optimizer.step()  # by exactly the rate, as the gradient is always the same
    errors.append(abs(-x.item() - 1))
first = errors[0]
print(first)
"""
KERAS = """
import keras

x = keras.Variable([0.0])
optimizer = keras.optimizers.Adam(learning_rate=1.0, beta_1=0.9, beta_2=0.999, epsilon=0.0)
errors = []
for _ in range(100):
    x.assign([0.0])
    optimizer.apply([keras.ops.ones(1)], [x])
    errors.append(abs(-float(x.numpy()[0]) - 1))
first = errors[0]
print(first)
"""
# What float32 makes of the two numbers.
BETA1, BETA2 = 0.8999999761581421, 0.9990000128746033


def measure(torch: Left, tf: Left) -> Measured:
    """The error of each step."""
    felt = [(step, one) for step, one in enumerate(torch.errors, 1) if one > 0]
    return Measured(
        numbers={
            "keras_first": tf.first,
            "times": tf.first / 2**-23,
            "keras_last": tf.errors[-1],
            "torch_most": max(torch.errors),
        },
        picture=Curves(
            title="Keras's steps are off by some millionths, torch's by rounding alone",
            x="step",
            y="relative error of the step",
            log_y=True,
            lines=(
                Line("torch", [one for _, one in felt], x=[step for step, _ in felt], framework="torch"),
                Line("Keras", tf.errors, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Arithmetic",
    place=10,
    title="Bias correction in float32",
    question="Adam agrees to five digits and no more, from the first step on: which formula differs?",
    claims=(
        Claim(
            says="Keras's first step is off by {keras_first:.1e} of itself, {times:.0f} ulps.",
            number="keras_first",
            between=near(abs(((1 - BETA2) / (1 - 0.999)) ** 0.5 * (1 - 0.9) / (1 - BETA1) - 1), absolute=3e-7),
            because="by hand, of 1 - float32(beta); five operations in float32, 6e-8 each",
        ),
        Claim(
            says="It does not fade soon: at the last step here it is {keras_last:.1e}.",
            number="keras_last",
            between=near(0.5 * 100 * 0.999**99 * (BETA2 - 0.999) / (1 - 0.999**100), absolute=6e-7),
            because="by hand, the first order of float32(beta2)^t; the power is rounded, too",
        ),
        Claim(
            says="torch corrects in float64 and rounds once: {torch_most:.0e} at most.",
            number="torch_most",
            between=(0.0, 1e-6),
            because="two averages, each rounded at every step by 6e-8",
            equal=(("lr=1.0", "lr=1.00001"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("beta_1=0.9, beta_2=0.999", "beta_1=0.5, beta_2=0.5"),),
    porting=(
        "No formula differs, and nothing is to be done: it is the arithmetic.",
        "In a float64 comparison, pass the betas as `np.float64`, and it is gone.",
    ),
    command='triptych port "torch.optim.Adam(p, lr=1e-3)" --to keras',
)
