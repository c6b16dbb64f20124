"""Nesterov's method with momentum 0: torch refuses it, Keras takes it for plain descent."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

TORCH = """
import torch

momentum, look_ahead = 0.0, True
refused = ""
try:
    torch.optim.SGD([torch.zeros(1)], lr=1.0, momentum=momentum, nesterov=look_ahead)
except ValueError as error:
    refused = str(error)
x = torch.zeros(1)
optimizer = torch.optim.SGD([x], lr=1.0, momentum=0.9, nesterov=look_ahead)
x.grad = torch.ones(1)
optimizer.step()
first = -x.item()
print(refused, first)
"""
KERAS = """
import keras

momentum, look_ahead = 0.0, True
x = keras.Variable([0.0])
optimizer = keras.optimizers.SGD(learning_rate=1.0, momentum=momentum, nesterov=look_ahead)
optimizer.apply([keras.ops.ones(1)], [x])
without = -float(x.numpy()[0])
x = keras.Variable([0.0])
optimizer = keras.optimizers.SGD(learning_rate=1.0, momentum=0.9, nesterov=look_ahead)
optimizer.apply([keras.ops.ones(1)], [x])
first = -float(x.numpy()[0])
print(without, first)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """Whether torch refuses, and the first steps."""
    return Measured(
        numbers={
            "refused": len(torch.refused),
            "says": torch.refused,
            "without": tf.without,
            "torch_first": torch.first,
            "keras_first": tf.first,
        },
        picture=Bars(
            title="Without a momentum, Nesterov's look ahead does nothing",
            x="first step / learning rate",
            bars=(
                Bar("Keras, momentum 0", tf.without, "tf"),
                Bar("Keras, momentum 0.9", tf.first, "tf"),
                Bar("torch, momentum 0.9", torch.first, "torch"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=70,
    title="Nesterov without momentum",
    question="`nesterov=True` in both: why does torch refuse what Keras takes?",
    claims=(
        Claim(
            says='torch refuses it: "{says}".',
            number="refused",
            between=(1, 1000),
            because="the message has some letters; without one it was not refused",
            equal=(("momentum, look_ahead = 0.0, True", "momentum, look_ahead = 0.9, True"),),
        ),
        Claim(
            says="Keras takes it, and its first step is {without:.1f} learning rate: plain descent, without a word.",
            number="without",
            between=near(1.0, relative=1e-6),
            because="by hand lr g; one rounding in float32",
            equal=(("momentum, look_ahead = 0.0, True", "momentum, look_ahead = 0.9, True"),),
        ),
        Claim(
            says="With a momentum, looking ahead makes the first step {torch_first:.1f} learning rates in torch.",
            number="torch_first",
            between=near(1.9, relative=1e-6),
            because="by hand 1 + momentum, with the same rounding",
            equal=(("momentum, look_ahead = 0.0, True", "momentum, look_ahead = 0.0, False"),),
        ),
        Claim(
            says="It makes it {keras_first:.1f} in Keras, too: there the two agree.",
            number="keras_first",
            between=near(1.9, relative=1e-6),
            because="by hand 1 + momentum, with the same rounding",
            equal=(("momentum, look_ahead = 0.0, True", "momentum, look_ahead = 0.0, False"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "To torch, drop `nesterov=True` where Keras's momentum is `0`: it did nothing.",
        "A test of Nesterov's method that leaves momentum at its default tests nothing, so give one.",
    ),
    command='triptych port "keras.optimizers.SGD(0.1, momentum=0.0, nesterov=True)" --to torch',
)
