"""torch adds gradients up until it is told not to; a tape makes new ones each time."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

TORCH = """
import torch


def descend(forget):
    x, path = torch.tensor(0.0, requires_grad=True), []
    optimizer = torch.optim.SGD([x], lr=0.1)
    for _ in range(20):
        if not forget:
            optimizer.zero_grad()
        (-x).backward()  # a slope: the gradient is always -1
        optimizer.step()
        path.append(x.item())
    return path


right, wrong = descend(forget=False), descend(forget=True)
print(right[-1], wrong[-1])
"""
KERAS = """
import keras
import tensorflow as tf

x, path = tf.Variable(0.0), []
optimizer = keras.optimizers.SGD(learning_rate=0.1)
for _ in range(20):
    with tf.GradientTape() as tape:  # a new tape, new gradients
        loss = -x
    optimizer.apply([tape.gradient(loss, x)], [x])
    path.append(float(x))
print(path[-1])
"""


def measure(torch: Left, tf: Left) -> Measured:
    """How much farther the descent goes that forgets."""
    return Measured(
        numbers={
            "steps": len(tf.path),
            "ratio": torch.wrong[-1] / torch.right[-1],
            "keras_ratio": tf.path[-1] / torch.right[-1],
        },
        picture=Curves(
            title="Without zero_grad, each step is longer than the one before",
            x="step",
            y="way down a slope",
            lines=(
                Line("torch, with zero_grad", torch.right),
                Line("torch, without", torch.wrong),
                Line("Keras", tf.path),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=120,
    title="Gradients that add up",
    question="I moved a Keras loop to torch line by line: why does it explode?",
    claims=(
        Claim(
            says="On a slope, {steps} steps without `zero_grad` go {ratio:.1f} times as far as with it.",
            number="ratio",
            between=near(10.5, relative=1e-5),
            because="by hand (1 + 2 + ... + 20) / 20; float32",
        ),
        Claim(
            says="Keras has nothing to forget: its way is {keras_ratio:.3f} times torch's with `zero_grad`.",
            number="keras_ratio",
            between=near(1, relative=1e-5),
            because="the same steps in float32",
            equal=(("lr=0.1", "lr=0.2"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("forget=True", "forget=False"),),
    porting=(
        "In torch, `optimizer.zero_grad()` belongs before every `backward`, except where you accumulate on purpose.",
        "What adds up in torch by itself is `gradient_accumulation_steps` in Keras, which takes the mean.",
    ),
    command='triptych port "keras.optimizers.SGD(0.1, gradient_accumulation_steps=4)" --to torch',
)
