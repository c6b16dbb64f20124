"""The same seed draws other dropout masks in each framework."""

import numpy as np

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

NUMPY = """
import numpy as np

generator = np.random.default_rng(0)
drawn = generator.random(10_000) > 0.5
print(drawn[:5])
"""
TORCH = """
import numpy as np
import torch

torch.manual_seed(0)
drawn = torch.nn.functional.dropout(torch.ones(10_000), p=0.5) > 0
given = torch.from_numpy(np.random.default_rng(0).random(10_000) > 0.5)
print(drawn[:5])
"""
KERAS = """
import keras
import numpy as np

keras.utils.set_random_seed(0)
drawn = keras.layers.Dropout(0.5)(keras.ops.ones(10_000), training=True) > 0
given = keras.ops.array(np.random.default_rng(0).random(10_000) > 0.5)
print(drawn[:5])
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """In what share of places two masks are the same."""
    pairs = {
        "torch_keras": _same(torch.drawn, tf.drawn),
        "numpy_torch": _same(numpy.drawn, torch.drawn),
        "given": min(_same(torch.given, tf.given), _same(numpy.drawn, torch.given)),
    }
    return Measured(
        numbers=pairs,
        picture=Bars(
            title="Seeded alike, two masks agree no better than two coins",
            x="share of places where both keep or both drop",
            bars=(
                Bar("torch and Keras", pairs["torch_keras"]),
                Bar("NumPy and torch", pairs["numpy_torch"]),
                Bar("a mask of NumPy's, given to both", pairs["given"]),
            ),
        ),
    )


def _same(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.mean(one == other))


COINS = near(0.5, absolute=0.025)
BECAUSE = "two fair coins; of 10,000 throws the share is off by 0.005, and this is five times that"
GIVEN = "np.random.default_rng(0).random(10_000) > 0.5"

LESSON = Lesson(
    chapter="Around the step",
    place=80,
    title="Dropout's generators",
    question="I set the same seed: why does dropout part the two at once?",
    claims=(
        Claim(
            says="With one seed, torch and Keras drop the same unit in {torch_keras:.0%} of places: by chance.",
            number="torch_keras",
            between=COINS,
            because=BECAUSE,
            equal=(
                ("torch.nn.functional.dropout(torch.ones(10_000), p=0.5) > 0", GIVEN),
                ("keras.layers.Dropout(0.5)(keras.ops.ones(10_000), training=True) > 0", GIVEN),
            ),
        ),
        Claim(
            says="NumPy and torch: {numpy_torch:.0%}.",
            number="numpy_torch",
            between=COINS,
            because=BECAUSE,
            equal=(("torch.nn.functional.dropout(torch.ones(10_000), p=0.5) > 0", GIVEN),),
        ),
        Claim(
            says="Given one mask, drawn by NumPy, all three agree in {given:.0%} of places.",
            number="given",
            between=near(1.0),
            because="the same numbers",
            equal=((f"torch.from_numpy({GIVEN})", "drawn"),),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "To compare, draw the masks once and multiply by them, scaled by `1 / (1 - p)`; or leave dropout out.",
        "To train, leave it: only the averages over seeds can agree.",
    ),
    command="triptych lesson same-seed",
)
