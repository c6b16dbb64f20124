"""Cross-entropy wants logits in torch and probabilities in Keras, and neither complains of the other."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

TORCH = """
import torch

classes = 10
logits = torch.tensor([[30.0] + [0.0] * (classes - 1)])  # sure, and right
label = torch.tensor([0])
loss = torch.nn.CrossEntropyLoss()
right = loss(logits, label).item()
wrong = loss(torch.softmax(logits, 1), label).item()  # softmax, and softmax again
print(right, wrong)
"""
KERAS = """
import keras
import numpy as np

logits = np.array([[3.0, 1.0, -1.0]], "float32")  # fairly sure, and right
label = np.array([[1.0, 0.0, 0.0]], "float32")
right = float(keras.losses.CategoricalCrossentropy(from_logits=True)(label, logits))
wrong = float(keras.losses.CategoricalCrossentropy()(label, logits))  # takes them for probabilities
print(right, wrong)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The losses of right answers, given as the loss wants them and not."""
    return Measured(
        numbers={
            "classes": torch.classes,
            "torch_right": torch.right,
            "torch_wrong": torch.wrong,
            "keras_right": tf.right,
            "keras_wrong": tf.wrong,
        },
        picture=Bars(
            title="A right answer, handed over in the wrong form: torch cannot reach 0, Keras says 0 too soon",
            x="loss",
            bars=(
                Bar("torch, given logits", torch.right, "torch"),
                Bar("torch, given probabilities", torch.wrong, "torch"),
                Bar("Keras, told that they are logits", tf.right, "tf"),
                Bar("Keras, not told", tf.wrong, "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=70,
    title="Cross-entropy from probabilities or from logits",
    question="The accuracy is perfect, but the loss stays far above zero: what is wrong?",
    claims=(
        Claim(
            says="Given probabilities, torch's loss of a sure, right answer is {torch_wrong:.2f} ({classes} classes).",
            number="torch_wrong",
            between=near(1.4611501717344482, relative=1e-6),  # log(1 + 9 / e)
            because="by hand log(1 + 9 / e): softmax of 1 and nine 0; float32",
            equal=(("loss(torch.softmax(logits, 1), label)", "loss(logits, label)"),),
        ),
        Claim(
            says="Not told of logits, Keras divides by their sum: {keras_wrong:.0e} instead of {keras_right:.2f}.",
            number="keras_wrong",
            between=(0.0, 1e-6),
            because="3 / (3 + 1 - 1) is 1, which is clipped to 1 - 1e-7",
            equal=(("CategoricalCrossentropy()(", "CategoricalCrossentropy(from_logits=True)("),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "From torch to Keras: no softmax at the end, and `from_logits=True` in the loss.",
        "From Keras to torch: take the softmax out of the last layer; `CrossEntropyLoss` has it.",
    ),
    command="triptych gradcheck two-layer-net",
)
