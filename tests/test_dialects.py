"""Dialects: signatures held against the installed frameworks, and calls that say what the recipe says."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_cases import BOOKS

from comparisons import frameworks
from comparisons.check.surface import surface_changes, surfaces
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.dialect import to_call, with_defaults
from comparisons.rules.recipe import HYPERPARAMETERS, OPTIMIZERS, Recipe

# --- signatures

SIGNATURES = {framework: frameworks.of(framework).signatures for framework in FRAMEWORKS}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_tables_are_those_of_the_installed_framework(framework):
    assert list(surface_changes(framework, surfaces(framework))) == []


NUMPY = frameworks.of("numpy")


def test_scratch_optimizers_have_the_textbooks_defaults_and_rules():
    bare = [frameworks.of("numpy").call(name, {}) for name in SIGNATURES["numpy"]]
    assert {frameworks.complete(call).code(): frameworks.rule_of(call) for call in bare} == BOOKS


# --- recipes and calls


NOT_NEGATIVE = ("epsilon", "initial_accumulator", "weight_decay", "l1", "l2")
NUMBERS = {
    "learning_rate": st.floats(0, exclude_min=True, allow_infinity=False),
    **dict.fromkeys(("momentum", "rho", "beta2"), st.floats(0, 1, exclude_max=True)),
    "beta1": st.floats(0, 1, exclude_min=True, exclude_max=True),
    **dict.fromkeys(NOT_NEGATIVE, st.floats(0, allow_infinity=False) | st.integers(0, 9)),
    "clip_threshold": st.floats(1, allow_infinity=False),
}


@st.composite
def recipes(draw, *names):
    """Any recipe that these frameworks can write: some hyperparameters given, in their ranges, the others left out."""
    can = [name for name in OPTIMIZERS if all(frameworks.of(framework).has(name) for framework in names)]
    optimizer = draw(st.sampled_from(can))
    given = [name for name in HYPERPARAMETERS[optimizer] if name == "momentum" or draw(st.booleans())]
    return Recipe(optimizer=optimizer, label="a label", **{name: draw(NUMBERS[name]) for name in given})


@pytest.mark.parametrize("framework", FRAMEWORKS)
@given(data=st.data())
def test_filling_in_the_numbers_changes_no_call(framework, data):
    dialect, recipe = frameworks.of(framework), data.draw(recipes(framework))
    numbers = with_defaults(dialect, recipe)
    call = frameworks.complete(to_call(dialect, recipe))
    assert frameworks.complete(to_call(dialect, numbers)) == call
    assert frameworks.complete(call) == call
    assert with_defaults(dialect, numbers) == numbers
    assert (numbers.optimizer, numbers.label) == (recipe.optimizer, recipe.label)
    assert recipe.given().items() <= numbers.given().items()


@pytest.mark.parametrize("source", FRAMEWORKS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
@given(data=st.data())
def test_numbers_survive_the_way_through_another_framework(framework, source, data):
    recipe = data.draw(recipes(framework, source))
    numbers = with_defaults(frameworks.of(source), recipe)
    assert numbers.given().keys() == set(HYPERPARAMETERS[recipe.optimizer])
    assert with_defaults(frameworks.of(framework), numbers) == numbers


@pytest.mark.parametrize("framework", FRAMEWORKS)
@given(data=st.data())
def test_code_is_python_that_says_the_call(framework, data):
    dialect, recipe = frameworks.of(framework), data.draw(recipes(framework))
    for call in (to_call(dialect, recipe), frameworks.complete(to_call(dialect, recipe))):
        written = ast.parse(call.code(), mode="eval").body
        assert ast.unparse(written.func).endswith(f".{call.name}")
        assert {keyword.arg: ast.literal_eval(keyword.value) for keyword in written.keywords} == call.arguments
        # in the order of the signature, and written out in full where it is complete
        assert list(call.arguments) == [name for name in SIGNATURES[framework][call.name] if name in call.arguments]


@given(recipe=recipes("tf"))
def test_numbers_are_written_as_floats(recipe):
    # Keras refuses an int for its momentum, and 0 and 0.0 are one call
    call = to_call(frameworks.of("tf"), recipe)
    assert all(isinstance(value, float | bool) for value in call.arguments.values())
