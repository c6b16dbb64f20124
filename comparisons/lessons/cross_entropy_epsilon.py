"""A floor under the probability keeps the logarithm finite, and hides the worst mistakes."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
import numpy as np

sure = np.arange(0, 41, 2.0)  # of the wrong class: its logit; the right one's is 0
right_class = 1 / (1 + np.exp(sure))
losses = -np.log(right_class + 1e-7)  # as a book writes it
most = losses[-1]
print(most)
"""
TORCH = """
import torch

losses, gradients = [], []
for sure in range(0, 41, 2):
    logits = torch.tensor([[0.0, float(sure)]], requires_grad=True)
    loss = torch.nn.CrossEntropyLoss()(logits, torch.tensor([0]))
    loss.backward()
    losses.append(loss.item())
    gradients.append(logits.grad[0, 1].item())
most, gradient = losses[-1], gradients[-1]
print(most, gradient)
"""
KERAS = """
import keras
import tensorflow as tf

label, losses = tf.constant([[1.0, 0.0]]), []
for sure in range(0, 41, 2):
    logits = tf.Variable([[0.0, float(sure)]])
    with tf.GradientTape() as tape:
        probabilities = tf.exp(logits) / tf.reduce_sum(tf.exp(logits))  # by hand: Keras sees no softmax
        loss = keras.losses.CategoricalCrossentropy()(label, probabilities)
    losses.append(float(loss))
most, gradient = losses[-1], float(tape.gradient(loss, logits)[0, 1])
print(most, gradient)
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The loss of the worst mistake, and what is learned of it."""
    return Measured(
        numbers={
            "sure": float(numpy.sure[-1]),
            "book": float(numpy.most),
            "torch_loss": torch.most,
            "keras_loss": tf.most,
            "torch_gradient": torch.gradient,
            "keras_gradient": tf.gradient,
        },
        picture=Curves(
            title="With a floor under the probability, no mistake costs more than the floor says",
            x="how sure of the wrong class (its logit)",
            y="loss",
            lines=(
                Line("the book: log(p + floor)", numpy.losses, x=numpy.sure, framework="numpy"),
                Line("torch, from logits", torch.losses, x=numpy.sure, framework="torch"),
                Line("Keras, from probabilities", tf.losses, x=numpy.sure, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=80,
    title="Cross-entropy with and without a floor",
    question="Two losses agree on most samples: why do they part on the worst ones?",
    claims=(
        Claim(
            says="From logits, an answer that is wrong by {sure:.0f} costs {torch_loss:.0f} in torch.",
            number="torch_loss",
            between=near(40, relative=1e-6),
            because="by hand log(1 + e^40), in float32",
            equal=(
                (
                    "torch.nn.CrossEntropyLoss()(logits, torch.tensor([0]))",
                    "-torch.log(torch.softmax(logits, 1)[0, 0] + 1e-7)",
                ),
            ),
        ),
        Claim(
            says="With the book's floor it costs {book:.1f}, and no mistake can cost more.",
            number="book",
            between=near(16.11809565095832, relative=1e-6),  # 7 log(10)
            because="by hand -log(1e-7)",
        ),
        Claim(
            says="Keras clips probabilities there, too: the gradient is {keras_gradient:.0f}, and nothing is learned.",
            number="keras_gradient",
            between=near(0),
            because="beyond the clip the loss is constant: exactly 0",
            equal=(
                (
                    "keras.losses.CategoricalCrossentropy()(label, probabilities)",
                    "keras.losses.CategoricalCrossentropy(from_logits=True)(label, logits)",
                ),
            ),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("right_class + 1e-7", "right_class"),),
    porting=(
        "Give losses their logits, everywhere: it is the exact one, and it is what torch does.",
        "Keras does so by itself after its own softmax layer, whose logits it remembers.",
    ),
    command="triptych gradcheck two-layer-net",
)
