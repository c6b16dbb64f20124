"""Clip each micro-batch, or clip their mean: two trainings."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, below, near

TORCH = """
import torch

gradients = [4.0, 0.5, 0.5, 0.5]  # of four micro-batches


def step(clip_each):
    x = torch.zeros(1)
    mean = torch.zeros(1)
    for gradient in gradients:
        x.grad = torch.tensor([gradient])
        if clip_each:
            torch.nn.utils.clip_grad_norm_([x], 1.0)
        mean += x.grad / len(gradients)
    x.grad = mean
    torch.nn.utils.clip_grad_norm_([x], 1.0)
    torch.optim.SGD([x], lr=1.0).step()
    return -x.item()


each = step(clip_each=True)
at_the_end = step(clip_each=False)
print(each, at_the_end)
"""
KERAS = """
import keras

gradients = [4.0, 0.5, 0.5, 0.5]
x = keras.Variable([0.0])
optimizer = keras.optimizers.SGD(learning_rate=1.0, clipnorm=1.0, gradient_accumulation_steps=4)
for gradient in gradients:
    optimizer.apply([keras.ops.array([gradient])], [x])
step = -float(x.numpy()[0])
print(step)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The step that four micro-batches make."""
    return Measured(
        numbers={"each": torch.each, "at_the_end": torch.at_the_end, "apart": abs(tf.step - torch.at_the_end)},
        picture=Bars(
            title="Clipped before they are added, the micro-batches make a shorter step",
            x="step / learning rate",
            bars=(
                Bar("torch, each clipped", torch.each, "torch"),
                Bar("torch, the mean clipped", torch.at_the_end, "torch"),
                Bar("Keras", tf.step, "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=20,
    title="Clipping before or after accumulation",
    question="I clip and I accumulate: which comes first?",
    claims=(
        Claim(
            says="Clipped one by one, four micro-batches step {each:.3f} learning rates; clipped once at the end,"
            " {at_the_end:.0f}.",
            number="each",
            between=near((1 + 3 * 0.5) / 4, relative=2e-6),
            because="by hand (1 + 0.5 + 0.5 + 0.5) / 4; torch adds 1e-6 to the norm",
            equal=(("clip_each=True", "clip_each=False"),),
        ),
        Claim(
            says="Keras clips their mean, once: it is {apart:.0e} rates from clipping at the end.",
            number="apart",
            between=below(2e-6),
            because="torch adds 1e-6 to the norm, Keras does not",
            equal=(("clip_each=False", "clip_each=True"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "In a loop of your own, clip right before the step, when all micro-batches are in.",
        "Keras's decay, too, is applied once, to the mean's step.",
    ),
    command='triptych port "keras.optimizers.SGD(0.1, clipnorm=1.0, gradient_accumulation_steps=4)" --to torch',
)
