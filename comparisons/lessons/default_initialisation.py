"""nn.Linear draws from plus or minus 1 / sqrt(in), Dense from Glorot's interval, and only one draws biases."""

import numpy as np

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

TORCH = """
import torch

torch.manual_seed(0)
layer = torch.nn.Linear(300, 100)
weights, bias = layer.weight.detach().numpy().ravel(), layer.bias.detach().numpy()
spread, bias_spread = weights.std(), bias.std()
print(spread, bias_spread)
"""
KERAS = """
import keras

keras.utils.set_random_seed(0)
initial = "glorot_uniform"
layer = keras.layers.Dense(100, kernel_initializer=initial, bias_initializer="zeros")  # the defaults
layer.build((None, 300))
weights, bias = layer.kernel.numpy().ravel(), layer.bias.numpy()
spread, bias_spread = weights.std(), bias.std()
print(spread, bias_spread)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The spreads of weights and biases, and the histogram of the weights."""
    edges = np.linspace(-0.16, 0.16, 41)
    middles = (edges[1:] + edges[:-1]) / 2
    return Measured(
        numbers={
            "torch_spread": float(torch.spread),
            "keras_spread": float(tf.spread),
            "ratio": float(tf.spread / torch.spread),
            "torch_bias": float(torch.bias_spread),
            "keras_bias": float(tf.bias_spread),
        },
        picture=Curves(
            title="A layer of the same shape starts with larger weights in Keras",
            x="weight",
            y="density",
            lines=(
                Line("torch.nn.Linear", _density(torch.weights, edges), x=list(middles), framework="torch"),
                Line("keras.layers.Dense", _density(tf.weights, edges), x=list(middles), framework="tf"),
            ),
        ),
    )


def _density(weights: np.ndarray, edges: np.ndarray) -> list[float]:
    return [float(one) for one in np.histogram(weights, edges, density=True)[0]]


LESSON = Lesson(
    chapter="First steps",
    place=100,
    title="Default initialisation",
    question="Same layers, same optimizer: why does the first loss already differ?",
    claims=(
        Claim(
            says="torch's `Linear` looks at its inputs alone: its weights have a spread of {torch_spread:.4f}.",
            number="torch_spread",
            between=near(1 / (3 * 300) ** 0.5, relative=0.02),
            because="uniform: 1 / sqrt(3 in); the spread of 30,000 draws is off by 0.3 % one time in three",
            equal=(("torch.nn.Linear(300, 100)", "torch.nn.Linear(100, 300)"),),
        ),
        Claim(
            says="Keras's `Dense` looks at inputs and outputs, and its weights are {ratio:.2f} times as large.",
            number="ratio",
            between=near((6 * 300 / (300 + 100)) ** 0.5, relative=0.02),
            because="Glorot: sqrt(2 / (in + out)); both spreads as above",
        ),
        Claim(
            says="torch draws biases, too, with a spread of {torch_bias:.4f}; Keras starts them at zero.",
            number="torch_bias",
            between=near(1 / (3 * 300) ** 0.5, relative=0.2),
            because="as the weights, but the spread of 100 draws is off by 5 % one time in three",
            equal=(("layer.bias.detach()", "torch.zeros(100)"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(('"glorot_uniform"', 'keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")'),),
    porting=(
        'torch\'s interval in Keras is `VarianceScaling(1 / 3, "fan_in", "uniform")`, for weights and for biases.',
        "Keras's in torch is `torch.nn.init.xavier_uniform_`, and `zeros_` for the bias.",
    ),
    command="triptych run two-layer-net --optimizer adam",
)
