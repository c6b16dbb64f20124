"""BatchNorm's momentum: what is new in torch, what is kept in Keras."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, below, largest_gap, near

TORCH = """
import torch

batch = torch.tensor([[0.0], [2.0]])  # its mean is 1, always
layer = torch.nn.BatchNorm1d(1, momentum=0.1)
means = []
for _ in range(50):
    layer(batch)
    means.append(layer.running_mean.item())
print(means[0], means[-1])
"""
KERAS = """
import keras

batch = keras.ops.array([[0.0], [2.0]])


def running_means(momentum):
    layer = keras.layers.BatchNormalization(momentum=momentum)
    means = []
    for _ in range(50):
        layer(batch, training=True)
        means.append(float(layer.moving_mean.numpy()[0]))
    return means


copied = running_means(momentum=0.1)
default = running_means(momentum=0.99)
translated = running_means(momentum=1 - 0.1)
print(copied[0], default[-1], translated[0])
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The running mean, which should come to 1."""
    return Measured(
        numbers={
            "torch_first": torch.means[0],
            "keras_first": tf.copied[0],
            "times": tf.copied[0] / torch.means[0],
            "batches": len(tf.default),
            "torch_last": torch.means[-1],
            "keras_last": tf.default[-1],
            "apart": largest_gap(tf.translated, torch.means),
        },
        picture=Curves(
            title="One number, two meanings: Keras's momentum is what is kept of the old mean",
            x="batch",
            y="running mean",
            lines=(
                Line("torch, 0.1 (its default)", torch.means, framework="torch"),
                Line("Keras, 0.1", tf.copied),
                Line("Keras, 0.99 (its default)", tf.default, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=60,
    title="BatchNorm: momentum is one minus the other's",
    question="I copied BatchNorm's momentum: why is the evaluation wild?",
    claims=(
        Claim(
            says="With one momentum, a batch gives {torch_first:.0%} of the running mean in torch, {keras_first:.0%}"
            " in Keras.",
            number="times",
            between=near(9.0, relative=1e-5),
            because="by hand (1 - momentum) / momentum; float32",
            equal=(("running_means(momentum=0.1)", "running_means(momentum=0.9)"),),
        ),
        Claim(
            says="Left to defaults, after {batches} batches torch has {torch_last:.0%} of the mean, Keras"
            " {keras_last:.0%}.",
            number="keras_last",
            between=near(1 - 0.99**50, relative=1e-5),
            because="by hand 1 - momentum^batches; fifty roundings in float32",
            equal=(("running_means(momentum=0.99)", "running_means(momentum=0.9)"),),
        ),
        Claim(
            says="With one minus torch's momentum, Keras's running means are {apart:.1g} from torch's.",
            number="apart",
            between=below(3e-6),
            because="fifty roundings of 6e-8 in float32",
            equal=(("momentum=1 - 0.1", "momentum=0.1"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Write one minus the momentum, either way: torch's default is Keras's `0.9`, Keras's is torch's `0.01`.",
        "It is felt in evaluation only: in training each batch is normalised by its own mean.",
    ),
    command="triptych lesson batchnorm-epsilon",
)
