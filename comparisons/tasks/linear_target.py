"""y = 3 x0 + 2 x1, learned one sample at a time by a net 2 to 10 to 1."""

from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import Activation, LinearTarget, Network, Normal, TaskSpec


def linear_target(*, activation: Activation = "relu", low: float = 0.0, high: float = 1.0) -> TaskSpec:
    """The task with inputs uniform in [low, high)^2; `activation` "sigmoid" is the usual variation, so is [-5, 5)."""
    return TaskSpec(
        name="linear-target",
        title=f"y = 3 x0 + 2 x1 on [{low:g}, {high:g})², net 2 → 10 → 1 with {activation}, one sample a step",
        data=LinearTarget(coefficients=(3.0, 2.0), low=low, high=high, samples=100_000),
        model=Network(hidden=(10,), activation=activation, weights=Normal(scale=1.0), biases="as-weights"),
        loss="half-squared-error",
        steps=1000,
        batch=1,
        recipes=(
            Recipe(optimizer="sgd", learning_rate=0.07),
            Recipe(optimizer="momentum", learning_rate=0.007, momentum=0.9),
            Recipe(optimizer="nesterov", learning_rate=0.007, momentum=0.9),
            Recipe(optimizer="adadelta", learning_rate=1.0),
            Recipe(optimizer="adagrad", learning_rate=0.1),
            Recipe(optimizer="adam", learning_rate=0.01),
            Recipe(optimizer="rmsprop", learning_rate=0.01),
            Recipe(optimizer="ftrl", learning_rate=0.3),
            Recipe(optimizer="asgd", learning_rate=0.07),
        ),
    )
