"""An optimizer left to its defaults is another optimizer in the other framework."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

TORCH = """
import torch

names = ["SGD", "Adam", "AdamW", "Adamax", "NAdam", "Adagrad", "Adadelta", "RMSprop"]
defaults = {name: getattr(torch.optim, name)([torch.zeros(1)]).defaults for name in names}
print(defaults["Adam"])
"""
KERAS = """
import keras

names = ["SGD", "Adam", "AdamW", "Adamax", "Nadam", "Adagrad", "Adadelta", "RMSprop"]
given = {}  # what you write yourself; the rest is what the release fills in
defaults = {name: getattr(keras.optimizers, name)(**given.get(name, {})).get_config() for name in names}
print(defaults["Adam"])
"""
# What both have, as torch and as Keras spell it.
SETTINGS = {
    "lr": "learning_rate",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "eps": "epsilon",
    "alpha": "rho",
    "rho": "rho",
    "weight_decay": "weight_decay",
    "initial_accumulator_value": "initial_accumulator_value",
    "momentum": "momentum",
    "nesterov": "nesterov",
    "amsgrad": "amsgrad",
    "centered": "centered",
}
LIKE_TORCH = (
    '{"SGD": {"learning_rate": 1e-3}, "Adam": {"epsilon": 1e-8}, "AdamW": {"weight_decay": 1e-2, "epsilon": 1e-8},'
    ' "Adamax": {"learning_rate": 2e-3, "epsilon": 1e-8}, "Nadam": {"learning_rate": 2e-3, "epsilon": 1e-8},'
    ' "Adagrad": {"learning_rate": 1e-2, "initial_accumulator_value": 0.0, "epsilon": 1e-10},'
    ' "Adadelta": {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-6},'
    ' "RMSprop": {"learning_rate": 1e-2, "rho": 0.99, "epsilon": 1e-8}}'
)


def measure(torch: Left, tf: Left) -> Measured:
    """Every setting that both have, side by side."""
    rows = [row for pair in zip(torch.names, tf.names, strict=True) for row in _settings(torch, tf, *pair)]
    differ = [row for row in rows if row[2] != row[3]]
    rates = [row for row in differ if row[1] == "lr"]
    shown = (("optimizer", "setting (torch's name)", "torch", "Keras", "the same"),)
    return Measured(
        numbers={
            "settings": len(rows),
            "differ": len(differ),
            "optimizers": len(torch.names),
            "rates": len(rates),
            "epsilons": sum(row[1] == "eps" for row in differ),
            "with_epsilon": sum(row[1] == "eps" for row in rows),
        },
        picture=Bars(
            title="The default learning rates that are not the same",
            x="default learning rate",
            log=True,
            bars=tuple(
                Bar(f"{name}, {label}", rate, framework)
                for name, _, *both in rates
                for label, rate, framework in zip(("torch", "Keras"), both, ("torch", "tf"), strict=True)
            ),
        ),
        table=shown + tuple((a, b, f"{c:g}", f"{d:g}", "yes" if c == d else "no") for a, b, c, d in rows),
    )


def _settings(torch: Left, tf: Left, name: str, keras_name: str) -> list[tuple[str, str, float, float]]:
    """Those of one optimizer. Keras's rate comes back from float32, and its decay of none is none of torch's 0."""
    own, other = dict(torch.defaults[name]), tf.defaults[keras_name]
    own |= dict(zip(("beta1", "beta2"), own.get("betas", ()), strict=False))
    return [
        (name, ours, own[ours], float(f"{float(other[theirs] or 0.0):.6g}"))
        for ours, theirs in SETTINGS.items()
        if ours in own and theirs in other
    ]


LESSON = Lesson(
    chapter="Optimizers",
    place=10,
    title="Defaults differ",
    question="I wrote the same optimizer and gave no numbers: what did each framework fill in?",
    claims=(
        Claim(
            says="Of {settings} settings that {optimizers} optimizers share, {differ} have another default.",
            number="differ",
            between=near(17),
            because="read from the installed releases; a default that is changed changes this count",
        ),
        Claim(
            says="{rates} of the {optimizers} take another learning rate, so the first step is another one.",
            number="rates",
            between=near(6),
            because="as above: all but Adam and AdamW",
        ),
        Claim(
            says="Not one epsilon is the same: {epsilons} of {with_epsilon} differ.",
            number="epsilons",
            between=near(7),
            because="as above: SGD alone has none",
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("given = {}", f"given = {LIKE_TORCH}"),),
    porting=(
        "Write every number down when you port: what you leave out is filled in by the other framework.",
        "`triptych port` writes them all down, those too that you did not give.",
    ),
    command='triptych port "torch.optim.Adadelta(p)" --to keras',
)
