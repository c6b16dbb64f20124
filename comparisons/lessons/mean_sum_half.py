"""Half the sum of squares, or their mean: another gradient, and so another learning rate."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

NUMPY = """
import numpy as np

x, y, w = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), 0.0, 1.0
error = w * x - y
loss = 0.5 * np.sum(error**2)  # as a book writes it
gradient = np.sum(error * x)
count = len(x)
print(gradient)
"""
TORCH = """
import torch

x, w = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), torch.tensor(1.0, requires_grad=True)
loss = torch.nn.MSELoss(reduction="mean")(w * x, torch.zeros(6))
loss.backward()
gradient = w.grad.item()
print(gradient)
"""
KERAS = """
import keras
import tensorflow as tf

x, w = tf.constant([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), tf.Variable(1.0)
with tf.GradientTape() as tape:
    loss = 1.0 * keras.losses.MeanSquaredError()(tf.zeros(6), w * x)
gradient = float(tape.gradient(loss, w))
print(gradient)
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The three gradients, and by how much they differ."""
    return Measured(
        numbers={
            "count": numpy.count,
            "torch_ratio": numpy.gradient / torch.gradient,
            "keras_ratio": numpy.gradient / tf.gradient,
            "half_of_count": numpy.count / 2,
        },
        picture=Bars(
            title="One loss by name, but half the sum has a larger gradient than the mean",
            x="gradient at the same weight",
            bars=(
                Bar("half the sum (a book)", numpy.gradient, "numpy"),
                Bar("MSELoss (torch)", torch.gradient, "torch"),
                Bar("MeanSquaredError (Keras)", tf.gradient, "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=60,
    title="Mean, sum and half squares",
    question="The loss is squared error everywhere: why does my learning rate explode?",
    claims=(
        Claim(
            says="Half the sum of {count} squares has {torch_ratio:.0f} times the gradient of torch's mean.",
            number="torch_ratio",
            between=near(6 / 2, relative=1e-6),
            because="by hand n / 2; the sums are whole numbers, and only the division is rounded, in float32",
        ),
        Claim(
            says="Keras takes the mean, too: against it the factor is the same {keras_ratio:.0f}.",
            number="keras_ratio",
            between=near(6 / 2, relative=1e-6),
            because="by hand n / 2, as above",
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(
        ("0.5 * np.sum(error**2)", "np.mean(error**2)"),
        ("np.sum(error * x)", "2 * np.mean(error * x)"),
    ),
    porting=(
        "From half the sum to the mean, multiply the learning rate by half the number of samples of a batch.",
        "With Adam the factor cancels, but for epsilon; weight decay and clipping feel it in full.",
        "With the sum, the last short batch makes a smaller step; with the mean, it does not.",
    ),
    command="triptych gradcheck regression-20",
)
