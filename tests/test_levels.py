"""From recipes to calls: the 20-step regression loop's, line by line, and what holds of all."""

import pytest

from comparisons.levels import call_for
from comparisons.names import FRAMEWORKS
from comparisons.tasks import TASKS, regression_20

AS_WRITTEN = """
numpy_impl.optimizers.SGD(learning_rate=0.1)
torch.optim.SGD(lr=0.1, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False)
keras.optimizers.SGD(learning_rate=0.1, momentum=0.0, nesterov=False)

numpy_impl.optimizers.Momentum(learning_rate=0.1, momentum=0.9)
torch.optim.SGD(lr=0.1, momentum=0.9, dampening=0.0, weight_decay=0.0, nesterov=False)
keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=False)

numpy_impl.optimizers.Nesterov(learning_rate=0.1, momentum=0.9)
torch.optim.SGD(lr=0.1, momentum=0.9, dampening=0.0, weight_decay=0.0, nesterov=True)
keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)

numpy_impl.optimizers.AdaDelta(learning_rate=1.0, rho=0.95, epsilon=0.0001)
torch.optim.Adadelta(lr=1.0, rho=0.95, eps=0.0001, weight_decay=0.0)
keras.optimizers.Adadelta(learning_rate=0.001, rho=0.95, epsilon=0.0001)

numpy_impl.optimizers.AdaGrad(learning_rate=0.01, initial_accumulator=0.0, epsilon=1e-07)
torch.optim.Adagrad(lr=0.01, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10)
keras.optimizers.Adagrad(learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-07)

numpy_impl.optimizers.Adam(learning_rate=0.1, beta1=0.9, beta2=0.99, epsilon=1e-09)
torch.optim.Adam(lr=0.1, betas=(0.9, 0.99), eps=1e-09, weight_decay=0.0, amsgrad=False)
keras.optimizers.Adam(learning_rate=0.1, beta_1=0.9, beta_2=0.99, epsilon=1e-09, amsgrad=False)

numpy_impl.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-07)
torch.optim.RMSprop(lr=0.01, alpha=0.99, eps=1e-08, weight_decay=0.0, momentum=0.0, centered=False)
keras.optimizers.RMSprop(learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-07, centered=False)
"""
# The lines that torch's numbers change.
SAME_NUMBERS = {
    "keras.optimizers.Adadelta(learning_rate=0.001, rho=0.95, epsilon=0.0001)": (
        "keras.optimizers.Adadelta(learning_rate=1.0, rho=0.95, epsilon=0.0001)"
    ),
    "numpy_impl.optimizers.AdaGrad(learning_rate=0.01, initial_accumulator=0.0, epsilon=1e-07)": (
        "numpy_impl.optimizers.AdaGrad(learning_rate=0.01, initial_accumulator=0.0, epsilon=1e-10)"
    ),
    "keras.optimizers.Adagrad(learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-07)": (
        "keras.optimizers.Adagrad(learning_rate=0.01, initial_accumulator_value=0.0, epsilon=1e-10)"
    ),
    "numpy_impl.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-07)": (
        "numpy_impl.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-08)"
    ),
    "keras.optimizers.RMSprop(learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-07, centered=False)": (
        "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, momentum=0.0, epsilon=1e-08, centered=False)"
    ),
}
LINES = AS_WRITTEN.strip().split("\n\n")


LABELS = [recipe.label for recipe in regression_20.recipes]


@pytest.mark.parametrize(("recipe", "lines"), list(zip(regression_20.recipes, LINES, strict=True)), ids=LABELS)
def test_calls_of_the_regression_loop(recipe, lines):
    as_written = lines.split("\n")
    same_numbers = [SAME_NUMBERS.get(line, line) for line in as_written]
    assert [call_for(framework, recipe, "as-written", "torch").code() for framework in FRAMEWORKS] == as_written
    assert [call_for(framework, recipe, "same-numbers", "torch").code() for framework in FRAMEWORKS] == same_numbers


RECIPES = [recipe for task in TASKS.values() for recipe in task.recipes]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_as_written_knows_no_source(framework):
    calls = [[call_for(framework, recipe, "as-written", source) for recipe in RECIPES] for source in FRAMEWORKS]
    assert calls == calls[:1] * len(FRAMEWORKS)


@pytest.mark.parametrize("source", FRAMEWORKS)
def test_the_source_runs_what_was_written(source):
    for recipe in RECIPES:
        assert call_for(source, recipe, "same-numbers", source) == call_for(source, recipe, "as-written", source)
