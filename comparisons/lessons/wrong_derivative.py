"""Two functions of one name: the later one is called, and ReLU goes backward by sigmoid's derivative."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
import numpy as np


def relu(x):
    return np.maximum(x, 0)


def derivative(x):
    return (x > 0).astype(float)


relu_derivative = derivative


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def derivative(x):  # the same name: the one above is gone
    return sigmoid(x) * (1 - sigmoid(x))


x = np.linspace(-4, 4, 81)
used, right = derivative(x), relu_derivative(x)
at_one, largest = derivative(np.array(1.0)), used.max()
print(at_one, largest)
"""
TORCH = """
import torch

x = torch.tensor(1.0, requires_grad=True)
torch.relu(x).backward()
at_one = x.grad.item()
print(at_one)
"""
KERAS = """
import keras
import tensorflow as tf

x = tf.Variable(1.0)
with tf.GradientTape() as tape:
    y = keras.activations.relu(x)
at_one = float(tape.gradient(y, x))
print(at_one)
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """The derivative used at 1, its largest value, and the frameworks' own."""
    return Measured(
        numbers={
            "used": float(numpy.at_one),
            "largest": numpy.largest,
            "autograd": torch.at_one,
            "tape": tf.at_one,
        },
        picture=Curves(
            title="The backward pass multiplies by the low curve, and ReLU needs the step",
            x="x",
            y="derivative",
            lines=(Line("ReLU's", numpy.right, x=numpy.x), Line("the one in use: sigmoid's", numpy.used, x=numpy.x)),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=50,
    title="ReLU's derivative overwritten by sigmoid's",
    question="My own network learns, but far more slowly than the same one in torch: what is wrong?",
    claims=(
        Claim(
            says="Where torch and Keras have {autograd:.0f}, this backward pass multiplies by {used:.3f}.",
            number="used",
            between=near(0.19661193324148185, relative=1e-12),
            because="by hand sigmoid(1) (1 - sigmoid(1)), in float64",
        ),
        Claim(
            says="It is {largest:.2f} at most, so every such layer passes a quarter of the gradient on, or less.",
            number="largest",
            between=near(0.25, relative=1e-12),
            because="by hand sigmoid(0) = 1/2",
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("def derivative(x):  # the same name", "def other_derivative(x):  # the same name"),),
    porting=(
        "Give each derivative the name of its function, or put both into a class.",
        "Nothing is heard of this mistake: compare the gradients themselves, at the start, layer by layer.",
    ),
    command="triptych gradcheck two-layer-net",
)
