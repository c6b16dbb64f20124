"""A Python float on its way to float64 goes through float32 in TensorFlow."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, below, near

TORCH = """
import torch

x = torch.zeros(1, dtype=torch.float64)
optimizer = torch.optim.SGD([x], lr=0.5, momentum=0.9)
for _ in range(2):
    x.grad = torch.ones(1, dtype=torch.float64)
    optimizer.step()
error = abs(x.item() - (-0.5 - 0.5 * 1.9))
print(error)
"""
KERAS = """
import keras
import numpy as np

keras.config.set_floatx("float64")
momentum = 0.9
errors = {}
for name, momentum in {"float": momentum, "np_float64": np.float64(momentum)}.items():
    x = keras.Variable([0.0], dtype="float64")
    optimizer = keras.optimizers.SGD(learning_rate=0.5, momentum=momentum)
    for _ in range(2):
        optimizer.apply([keras.ops.ones(1, dtype="float64")], [x])
    errors[name] = abs(float(x.numpy()[0]) - (-0.5 - 0.5 * 1.9))
keras.config.set_floatx("float32")
print(errors)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """How far two steps of momentum end from where they should."""
    return Measured(
        numbers={
            "torch_error": torch.error,
            "float": tf.errors["float"],
            "np_float64": tf.errors["np_float64"],
            "gain": tf.errors["float"] / 1.1920929e-07,
        },
        picture=Bars(
            title="Keras's float64 has the error of float32, until hyperparameters are np.float64",
            x="error after two steps in float64",
            log=True,
            bars=(
                Bar("torch", torch.error, "torch"),
                Bar("Keras, momentum=0.9", tf.errors["float"], "tf"),
                Bar("Keras, momentum=np.float64(0.9)", tf.errors["np_float64"], "tf"),
            ),
            form=".1e",
        ),
    )


LESSON = Lesson(
    chapter="Arithmetic",
    place=20,
    title="Keras's float64 that is not",
    question="Everything is float64: why do torch and Keras agree to eight digits only?",
    claims=(
        Claim(
            says="In float64, Keras's momentum is off by {float:.1e} after two steps: it went through float32.",
            number="float",
            between=near(0.5 * (0.9 - 0.8999999761581421), relative=1e-6),
            because="by hand lr (0.9 - float32(0.9)); float64 rounds 1e-16 of it",
        ),
        Claim(
            says="Given as np.float64, the same number keeps its digits, and the error is {np_float64:.1g}.",
            number="np_float64",
            between=below(1e-15),
            because="four operations near 1, half of 2.2e-16 each",
            equal=(("np.float64(momentum)", "momentum"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(('"float": momentum', '"float": np.float64(momentum)'),),
    porting=(
        "To compare in float64, set `floatx` to float64 and pass every hyperparameter as `np.float64`.",
        "In a float32 training nothing is lost by it, and nothing is to be done.",
    ),
    command='triptych port "torch.optim.SGD(p, lr=0.5, momentum=0.9)" --to keras --dtype float64',
)
