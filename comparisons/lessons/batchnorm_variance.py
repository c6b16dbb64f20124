"""BatchNorm's running variance is the unbiased one in torch, the biased one in Keras."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, below, largest_gap, near

TORCH = """
import torch

variances, outputs = [], []
for n in [2, 4, 8, 16, 32]:
    batch = torch.arange(n, dtype=torch.float32).reshape(n, 1)
    layer = torch.nn.BatchNorm1d(1, eps=1e-3, momentum=1.0)  # keeps the last batch's
    outputs.append(layer(batch).max().item())
    variance = layer.running_var.item()
    variances.append(variance)
print(variances)
"""
KERAS = """
import keras

sizes, variances, outputs = [2, 4, 8, 16, 32], [], []
for n in sizes:
    batch = keras.ops.reshape(keras.ops.arange(n, dtype="float32"), (n, 1))
    layer = keras.layers.BatchNormalization(epsilon=1e-3, momentum=0.0)
    outputs.append(float(keras.ops.max(layer(batch, training=True))))
    variances.append(float(layer.moving_variance.numpy()[0]))
print(variances)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """What is kept of the variance of one batch, and what is done with it at once."""
    ratios = [a / b for a, b in zip(torch.variances, tf.variances, strict=True)]
    return Measured(
        numbers={
            "small": tf.sizes[1],
            "small_ratio": ratios[1],
            "large": tf.sizes[-1],
            "large_ratio": ratios[-1],
            "training": largest_gap(torch.outputs, tf.outputs),
        },
        picture=Curves(
            title="The smaller the batch, the larger torch's running variance beside Keras's",
            x="samples in a batch",
            y="torch's / Keras's",
            lines=(Line("running variance", ratios, x=tf.sizes),),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=70,
    title="BatchNorm: the variance, biased or not",
    question="Training agrees to the last digit: why do evaluations differ with small batches?",
    claims=(
        Claim(
            says="Of {small} samples torch keeps {small_ratio:.2f} times Keras's variance: it divides by `n - 1`,"
            " Keras by `n`.",
            number="small_ratio",
            between=near(4 / 3, relative=1e-6),
            because="by hand n / (n - 1); float32",
        ),
        Claim(
            says="Of {large} samples it is {large_ratio:.3f} times.",
            number="large_ratio",
            between=near(32 / 31, relative=1e-6),
            because="by hand n / (n - 1); float32",
        ),
        Claim(
            says="In training both divide by the biased one: the outputs are {training:.0e} apart.",
            number="training",
            between=below(1e-6),
            because="a few roundings of numbers near 1 in float32",
            equal=(("eps=1e-3", "eps=1e-2"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("layer.running_var.item()", "layer.running_var.item() * (n - 1) / n"),),
    porting=(
        "Moving trained weights to Keras, multiply the variance by `(n - 1) / n`, n being the samples of a batch.",
        "With images n counts all their pixels, and the difference is lost in noise.",
    ),
    command="triptych lesson batchnorm-momentum",
)
