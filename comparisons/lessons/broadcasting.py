"""(n, 1) minus (n,) is (n, n): every prediction is compared with every target."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

NUMPY = """
import numpy as np

y = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
predicted = y.reshape(-1, 1)  # perfect, but a column, as a layer gives it
loss = np.mean((predicted - y) ** 2)
print(loss)
"""
TORCH = """
import torch

y = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
predicted = y.reshape(-1, 1)
loss = torch.nn.MSELoss()(predicted, y).item()  # warns, and goes on
print(loss)
"""
KERAS = """
import keras
import tensorflow as tf

y = tf.constant([1.0, 2.0, 3.0, 4.0, 5.0])
predicted = tf.reshape(y, (-1, 1))
loss = float(keras.losses.MeanSquaredError()(y, predicted))
by_hand = float(tf.reduce_mean((predicted - y) ** 2))
print(loss, by_hand)
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The losses of perfect predictions."""
    return Measured(
        numbers={
            "numpy_loss": float(numpy.loss),
            "torch_loss": torch.loss,
            "keras_loss": tf.loss,
            "keras_by_hand": tf.by_hand,
        },
        picture=Bars(
            title="Perfect predictions, and a loss all the same",
            x="mean squared error of predictions that equal their targets",
            bars=(
                Bar("NumPy, by hand", float(numpy.loss), "numpy"),
                Bar("torch, MSELoss", torch.loss, "torch"),
                Bar("Keras, by hand", tf.by_hand, "tf"),
                Bar("Keras, MeanSquaredError", tf.loss, "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=110,
    title="A column minus a row",
    question="The same regression is far worse in torch than in Keras: is it the optimizer?",
    claims=(
        Claim(
            says="In NumPy, perfect predictions in a column lose {numpy_loss:.0f}: twice the targets' variance.",
            number="numpy_loss",
            between=near(4, relative=1e-12),
            because="by hand the mean of (y_i - y_j)^2 is 2 var(y), whole numbers here",
        ),
        Claim(
            says="torch's MSELoss computes the same, {torch_loss:.0f}, with a warning that is easily missed.",
            number="torch_loss",
            between=near(4, relative=1e-6),
            because="as above, in float32",
        ),
        Claim(
            says="Keras's loss takes the extra axis away first, and is {keras_loss:.0f}; written by hand it is not.",
            number="keras_loss",
            between=near(0),
            because="equal numbers subtracted",
            equal=(
                ("float(keras.losses.MeanSquaredError()(y, predicted))", "float(tf.reduce_mean((predicted - y) ** 2))"),
            ),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("y.reshape(-1, 1)", "y"),),
    porting=(
        "Before the optimizer is suspected, look at the shapes: those of predictions and targets must be equal.",
        "Give torch's targets the axis, too: `y.unsqueeze(1)`.",
    ),
    command="triptych diff torch-trace keras-trace",
)
