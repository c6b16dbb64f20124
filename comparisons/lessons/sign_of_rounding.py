"""Lion and Rprop take the sign of the gradient: that of a rounding error, too."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

NUMPY = """
import numpy as np

parts = np.array([0.1, 0.2, -0.4, 0.1], dtype=np.float32)  # of four samples; their sum should be 0
turned = parts[::-1]
noise = float(sum(parts))
descent = abs(float(sum(parts)) - float(sum(turned)))  # where plain descent ends, apart
print(noise, float(sum(turned)))
"""
TORCH = """
import torch

parts = torch.tensor([0.1, 0.2, -0.4, 0.1])
ends = []
for order in [parts, parts.flip(0)]:
    x = torch.zeros(1)
    optimizer = torch.optim.Rprop([x], lr=1.0)
    x.grad = sum(order).reshape(1)
    optimizer.step()
    ends.append(x.item())
rprop = abs(ends[0] - ends[1])
print(ends)
"""
KERAS = """
import keras

parts = keras.ops.array([0.1, 0.2, -0.4, 0.1])
ends = []
for order in [parts, keras.ops.flip(parts)]:
    x = keras.Variable([0.0])
    optimizer = keras.optimizers.Lion(learning_rate=1.0)
    optimizer.apply([keras.ops.reshape(sum(order), (1,))], [x])
    ends.append(float(x.numpy()[0]))
lion = abs(ends[0] - ends[1])
print(ends)
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """How far apart one step ends, for the two orders of one sum."""
    return Measured(
        numbers={"noise": numpy.noise, "descent": numpy.descent, "rprop": torch.rprop, "lion": tf.lion},
        picture=Bars(
            title="Where only the sign counts, rounding becomes two whole steps",
            x="apart after one step / learning rate",
            log=True,
            bars=(
                Bar("plain descent", numpy.descent, "numpy"),
                Bar("Rprop (torch)", torch.rprop, "torch"),
                Bar("Lion (Keras)", tf.lion, "tf"),
            ),
            form=".2g",
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=140,
    title="Lion, Rprop and the sign of a rounding",
    question="SGD agrees to the last digit: why does Lion leave at the first step?",
    claims=(
        Claim(
            says="Four numbers that cancel leave {noise:.1e}; added the other way round, the sign turns:"
            " descent ends {descent:.1e} learning rates apart.",
            number="descent",
            between=near(2**-26, relative=1e-9),
            because="two roundings of 2^-27 of opposite sign; IEEE float32 says which",
            equal=(("turned = parts[::-1]", "turned = parts"),),
        ),
        Claim(
            says="Rprop in torch steps by the sign, and ends {rprop:.0f} rates apart.",
            number="rprop",
            between=near(2.0),
            because="a whole step to either side",
            equal=(("parts.flip(0)", "parts"),),
        ),
        Claim(
            says="So does Lion in Keras: {lion:.0f} rates.",
            number="lion",
            between=near(2.0),
            because="a whole step to either side",
            equal=(("keras.ops.flip(parts)", "parts"),),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Where a gradient is zero but for rounding, do not hold two trainings with Lion or Rprop to each other.",
        "Adam's first step is of this kind, too, unless its epsilon is far above the rounding.",
    ),
    command='triptych port "keras.optimizers.Lion(1e-4)" --to torch',
)
