"""With a scaled loss, clip after the gradients are scaled back."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, below, near

TORCH = """
import torch

scale = 1024.0


def step(unscale):
    x = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=1.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=scale)
    loss = (0.5 * x).sum()  # its gradient is 0.5, below the bound
    scaler.scale(loss).backward()
    if unscale:
        scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_([x], 1.0)
    scaler.step(optimizer)
    return -x.item()


forgotten = step(unscale=False)
right = step(unscale=True)
print(forgotten, right)
"""
KERAS = """
import keras

scale = 1024.0
x = keras.Variable([0.0])
inner = keras.optimizers.SGD(learning_rate=1.0, clipnorm=1.0)
optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=scale)
optimizer.apply([keras.ops.array([0.5 * scale])], [x])  # the gradient of the scaled loss
step = -float(x.numpy()[0])
print(step)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The step of a gradient that needs no clipping."""
    return Measured(
        numbers={
            "scale": torch.scale,
            "right": torch.right,
            "forgotten": torch.forgotten,
            "shorter": torch.right / torch.forgotten,
            "apart": abs(tf.step - torch.right),
        },
        picture=Bars(
            title="Clipped while it is scaled, a gradient makes next to no step",
            x="step / learning rate",
            bars=(
                Bar("torch, unscale_ forgotten", torch.forgotten, "torch"),
                Bar("torch, unscale_ before", torch.right, "torch"),
                Bar("Keras", tf.step, "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=25,
    title="Clipping after unscaling",
    question="I switched to half precision with a scaled loss: why does nothing move now?",
    claims=(
        Claim(
            says="Clipped while scaled by {scale:.0f}, the step is {forgotten:.1e} learning rates, {shorter:.0f} times"
            " too short.",
            number="shorter",
            between=near(0.5 * 1024, relative=1e-5),
            because="by hand gradient * scale / bound; torch adds 1e-6 to the norm",
            equal=(("unscale=False", "unscale=True"),),
        ),
        Claim(
            says="In Keras unscaling comes first, then the clip: its step is {apart:.1g} rates from torch's right one.",
            number="apart",
            between=below(1e-6),
            because="powers of two: nothing is rounded",
            equal=(("unscale=True", "unscale=False"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "In torch, call `scaler.unscale_(optimizer)` before `clip_grad_norm_`.",
        "In Keras, give the clip to the inner optimizer, which comes after unscaling.",
    ),
    command='triptych port "keras.optimizers.SGD(0.1, global_clipnorm=1.0)" --to torch',
)
