"""A token that comes twice in a batch: Keras squares the parts of its gradient before it adds them."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, below, near

TORCH = """
import torch

tokens = [1, 1]  # one token, twice in the batch
layer = torch.nn.Embedding(3, 1)
before = layer.weight[1].item()
optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
layer(torch.tensor(tokens)).sum().backward()
optimizer.step()
step = (before - layer.weight[1].item()) / 0.1
print(step)
"""
KERAS = """
import keras
import tensorflow as tf

tokens = [1, 1]


def step(as_one):
    layer = keras.layers.Embedding(3, 1)
    layer.build()
    with tf.GradientTape() as tape:
        loss = keras.ops.sum(layer(tf.constant(tokens)))
    gradient = tape.gradient(loss, layer.trainable_variables[0].value)
    if as_one:
        gradient = tf.convert_to_tensor(gradient)  # adds what belongs to one token
    before = float(layer.embeddings[1, 0])
    optimizer = keras.optimizers.Adam(learning_rate=0.1, epsilon=1e-8)
    optimizer.apply([gradient], layer.trainable_variables)
    return (before - float(layer.embeddings[1, 0])) / 0.1


in_parts = step(as_one=False)
added = step(as_one=True)
print(in_parts, added)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """Adam's first step of the token's vector."""
    return Measured(
        numbers={"in_torch": torch.step, "in_keras": tf.in_parts, "apart": abs(tf.added - torch.step)},
        picture=Bars(
            title="A token that comes twice makes a longer step in Keras",
            x="first step / learning rate",
            bars=(
                Bar("torch", torch.step, "torch"),
                Bar("Keras", tf.in_parts, "tf"),
                Bar("Keras, gradient added first", tf.added, "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=50,
    title="Embeddings whose token comes twice",
    question="Dense layers agree: why do the embeddings of frequent words not?",
    claims=(
        Claim(
            says="Adam's first step is {in_torch:.0f} learning rate in torch; in Keras, for a token that comes twice,"
            " {in_keras:.3f}.",
            number="in_keras",
            between=near(2**0.5, relative=1e-5),
            because="by hand (1 + 1) / sqrt(1^2 + 1^2) for (1 + 1) / sqrt((1 + 1)^2); float32, and a step of 0.1",
            equal=(("tokens = [1, 1]", "tokens = [1, 2]"),),
        ),
        Claim(
            says="Added up before the step, the gradient makes torch's step: {apart:.0e} apart.",
            number="apart",
            between=below(1e-5),
            because="float32 rounds the vector by 6e-8, of a step of 0.1, and beta2 by 7e-6",
            equal=(("as_one=True", "as_one=False"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "In a loop of your own, pass an embedding's gradient through `tf.convert_to_tensor` before `apply`.",
        "SGD and Lion square nothing and agree; every other optimizer of Keras has this.",
    ),
    command='triptych port "torch.optim.Adam(p, lr=1e-3)" --to keras',
)
