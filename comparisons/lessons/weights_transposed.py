"""nn.Linear keeps its weight as (out, in), Dense as (in, out), and a square one fits either way."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured

WEIGHT = "[[1.0, 2.0], [3.0, 4.0]]"
TORCH = f"""
import torch

layer = torch.nn.Linear(2, 2, bias=False)
layer.weight.data = torch.tensor({WEIGHT})
output = layer(torch.tensor([[1.0, 10.0]])).detach()
print(output)
"""
KERAS = f"""
import keras
import numpy as np

from_torch = np.array({WEIGHT}, "float32")
outputs = {{}}
for name, kernel in {{"copied": from_torch, "transposed": from_torch.T}}.items():
    layer = keras.layers.Dense(2, use_bias=False)
    layer.build((None, 2))
    layer.set_weights([kernel])
    outputs[name] = layer(np.array([[1.0, 10.0]], "float32"))
print(outputs)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """How far Keras's output is from torch's, with the weight copied and with it transposed."""
    copied, transposed = (float(abs(tf.outputs[name] - torch.output).max()) for name in ("copied", "transposed"))
    return Measured(
        numbers={"copied": copied, "transposed": transposed},
        picture=Bars(
            title="Copied as it is, a square weight fits, and the output is wrong",
            x="largest difference from torch's output",
            bars=(Bar("copied", copied, "tf"), Bar("copied and transposed", transposed, "tf")),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=105,
    title="Weights are stored the other way round",
    question="I copied the weights and every shape fits: why is the output different?",
    claims=(
        Claim(
            says="Copied as they are, torch's weights give outputs that are off by {copied:.0f} in Keras.",
            number="copied",
            between=(9.999, 10.001),
            because="by hand (21, 43) and (31, 42): whole numbers",
            equal=(('"copied": from_torch', '"copied": from_torch.T'),),
        ),
        Claim(
            says="Transposed, they give the same: {transposed:.0f} apart.",
            number="transposed",
            between=(0.0, 1e-5),
            because="sums of two products of whole numbers: exact, and a digit for other orders",
            equal=(("from_torch.T}", "from_torch}"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Transpose the weight of every `Linear`; of a convolution, move the axes: (out, in, h, w) to (h, w, in, out).",
        "Try it on layers whose sizes all differ: there a forgotten transposition cannot fit.",
    ),
    command="triptych diff torch-trace keras-trace",
)
