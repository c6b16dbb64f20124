"""tf.function rewrites the operations that it records, so a graph rounds otherwise than eager code."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

KERAS = """
import keras
import numpy as np
import tensorflow as tf

steps = 20


def train(traced):
    x = tf.Variable(tf.linspace(-1.0, 1.0, 1000))
    optimizer = keras.optimizers.RMSprop(0.01)
    optimizer.build([x])

    def step():
        optimizer.apply([x * x - 0.3], [x])

    if traced:
        step = tf.function(step)
    for _ in range(steps):
        step()
    return x.numpy()


eager, graph = train(traced=False), train(traced=True)
options = {"arithmetic_optimization": False, "constant_folding": False}
tf.config.optimizer.set_experimental_options(options)
kept = train(traced=True)
tf.config.optimizer.set_experimental_options(dict.fromkeys(options, True))
print(np.mean(eager != graph), np.mean(eager != kept))
"""


def measure(tf: Left) -> Measured:
    """How many of the elements differ from eager, and by how much."""
    share, kept = float((tf.eager != tf.graph).mean()), float((tf.eager != tf.kept).mean())
    return Measured(
        numbers={"steps": tf.steps, "share": share, "largest": float(abs(tf.eager - tf.graph).max()), "kept": kept},
        picture=Bars(
            title="In a graph, many elements have other last digits, unless rewriting is off",
            x="share of elements that differ from eager",
            bars=(Bar("tf.function", share, "tf"), Bar("tf.function, rewriting off", kept, "tf")),
            form=".0%",
        ),
    )


LESSON = Lesson(
    chapter="Arithmetic",
    place=30,
    title="A graph is not eager",
    question="I put `tf.function` around the step: why are the last digits others?",
    claims=(
        Claim(
            says="After {steps} steps of RMSprop, {share:.0%} of the elements differ between a graph and eager code.",
            number="share",
            between=(0.05, 1.0),
            because="x / sqrt(y) becomes x rsqrt(y), whose two roundings differ from the other's about as often as not",
        ),
        Claim(
            says="It is rounding: {largest:.0e} at most, with elements near one.",
            number="largest",
            between=(1e-8, 1e-5),
            because="an ulp or two of a step a time, 1e-7 of elements near one",
        ),
        Claim(
            says="With arithmetic rewriting and constant folding off, {kept:.0%} differ: the bits are eager's.",
            number="kept",
            between=near(0),
            because="the same operations in the same order",
            equal=(
                ('{"arithmetic_optimization": False, "constant_folding": False}', '{"arithmetic_optimization": True}'),
            ),
        ),
    ),
    code=Code(tf=KERAS),
    measure=measure,
    equal=(("step = tf.function(step)", "pass"),),
    porting=(
        "Compare eager with torch while you look for a cause; a graph brings roundings of its own.",
        "Numbers that a graph reads once, such as `optimizer.beta_1`, stay as they were when it was traced.",
    ),
    command="triptych run regression-20 --optimizer rmsprop",
)
