"""Clipping: all gradients together, each variable by its norm, or each number."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, below, largest_gap, near

TORCH = """
import torch

gradients = [[3.0, 4.0], [0.3, 0.4]]  # of two parameters; their norms are 5 and 0.5
parameters = [torch.zeros(2, requires_grad=True) for _ in gradients]
for parameter, gradient in zip(parameters, gradients):
    parameter.grad = torch.tensor(gradient)
torch.nn.utils.clip_grad_norm_(parameters, 1.0)
norms = [parameter.grad.norm().item() for parameter in parameters]
print(norms)
"""
KERAS = """
import keras
import numpy as np

gradients = [[3.0, 4.0], [0.3, 0.4]]
norms = {}
for name, argument in {"each": "clipnorm", "all": "global_clipnorm", "value": "clipvalue"}.items():
    variables = [keras.Variable([0.0, 0.0]) for _ in gradients]
    optimizer = keras.optimizers.SGD(learning_rate=1.0, **{argument: 1.0})
    optimizer.apply([keras.ops.array(gradient) for gradient in gradients], variables)
    norms[name] = [float(np.linalg.norm(variable.numpy())) for variable in variables]
print(norms)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """How the two gradients stand to each other once clipped."""
    ratios = {name: a / b for name, (a, b) in tf.norms.items()}
    torch_ratio = torch.norms[0] / torch.norms[1]
    return Measured(
        numbers={"torch_all": torch_ratio, **ratios, "apart": largest_gap(torch.norms, tf.norms["all"])},
        picture=Bars(
            title="Clipped each by itself, gradients lose their proportion",
            x="norm of the larger gradient / norm of the smaller, once clipped",
            bars=(
                Bar("torch, clip_grad_norm_", torch_ratio, "torch"),
                Bar("Keras, global_clipnorm", ratios["all"], "tf"),
                Bar("Keras, clipnorm", ratios["each"], "tf"),
                Bar("Keras, clipvalue", ratios["value"], "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=10,
    title="Clipping by norm: by variable or all",
    question="Both clip to the same norm: why does Keras go another way?",
    claims=(
        Claim(
            says="torch clips all gradients together: the larger stays {torch_all:.0f} times the smaller.",
            number="torch_all",
            between=near(10, relative=1e-6),
            because="both are multiplied by one number; float32 rounds each by 6e-8",
            equal=(("clip_grad_norm_(parameters, 1.0)", "clip_grad_norm_(parameters[:1], 1.0)"),),
        ),
        Claim(
            says="Keras's `clipnorm` clips each variable by itself: {each:.0f} times are left.",
            number="each",
            between=near(2, relative=1e-6),
            because="by hand 1 / 0.5, with the same rounding",
            equal=(('"each": "clipnorm"', '"each": "global_clipnorm"'),),
        ),
        Claim(
            says="`clipvalue` cuts every number at the bound and so turns the gradient: {value:.2f} times.",
            number="value",
            between=near(2**0.5 / 0.5, relative=1e-6),
            because="by hand sqrt(1 + 1) / 0.5, with the same rounding",
            equal=(('"value": "clipvalue"', '"value": "global_clipnorm"'),),
        ),
        Claim(
            says="`global_clipnorm` is what torch does: their norms are {apart:.0e} apart.",
            number="apart",
            between=below(1e-6),
            because="torch adds 1e-6 to a norm of 5, and both round in float32",
            equal=(('"all": "global_clipnorm"', '"all": "clipnorm"'),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "`clip_grad_norm_` becomes `global_clipnorm`, and `clipnorm` a `clip_grad_norm_` for each parameter.",
        "A bound of zero clips all in torch and nothing in Keras.",
    ),
    command='triptych port "keras.optimizers.SGD(0.1, clipnorm=1.0)" --to torch',
)
