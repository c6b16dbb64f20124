"""Grids: what people type, and the recipe at each point."""

import pytest

from comparisons.names import BadInput
from comparisons.rules.loop import Loop, Tensors
from comparisons.rules.recipe import Recipe
from comparisons.sweeps.grids import Grid, at, points_of, read_grid

ADAM = Recipe(optimizer="adam", learning_rate=0.1)


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("learning_rate=1e-4:1e0:log:5", "learning_rate", (1e-4, 1e-3, 1e-2, 1e-1, 1.0)),
        ("beta2=0.9,0.99,0.999", "beta2", (0.9, 0.99, 0.999)),
        ("beta1=0.5:0.9:linear:3", "beta1", (0.5, 0.7, 0.9)),
        ("bias*.weight_decay=0.1,0", "bias*.weight_decay", (0.0, 0.1)),  # in order
    ],
)
def test_what_people_type(text, field, values):
    assert read_grid(text) == Grid(field=field, values=values)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("learning_rate", "has no field"),
        ("=1", "has no field"),
        ("learning_rate=", "'' is no number"),
        ("learning_rate=1:2", "write LOW:HIGH:log:COUNT"),
        ("learning_rate=1:2:cubic:3", "write LOW:HIGH:log:COUNT"),
        ("learning_rate=0:1:log:3", "above 0"),
        ("learning_rate=2:1:linear:3", "below the second"),
        ("learning_rate=1e-4:1:log:1e9", "a whole number from 1 to 10,000"),
        ("learning_rate=1e-4:1:log:100000000000", "a whole number from 1 to 10,000"),
        ("learning_rate=nan", "no finite number"),
        ("learning_rate=1,1", "given twice"),
        ("learning_rate=__import__('os')", "is no number"),
    ],
)
def test_what_is_refused(text, said):
    with pytest.raises(BadInput, match=said.replace("*", r"\*")) as caught:
        read_grid(text)
    assert "\n" not in str(caught.value)


def test_points_are_all_pairs_and_no_more_than_can_be_trained():
    rates, betas = Grid(field="learning_rate", values=(0.1, 0.2)), Grid(field="beta2", values=(0.9, 0.99))
    assert points_of([]) == [{}]
    assert points_of([rates, betas])[1] == {"learning_rate": 0.1, "beta2": 0.99}
    many = [Grid(field=field, values=tuple(range(1000))) for field in ("a", "b")]
    with pytest.raises(BadInput, match="1,000,000 points"):
        points_of(many)
    with pytest.raises(BadInput, match="given twice"):
        points_of([rates, rates])


@pytest.mark.parametrize(
    ("point", "recipe"),
    [
        ({}, ADAM),
        ({"learning_rate": 0.5}, Recipe(optimizer="adam", learning_rate=0.5)),
        ({"warmup": 3}, Recipe(optimizer="adam", learning_rate=0.1, loop=Loop(warmup=3))),
        (
            {"clip_norm": 2, "bias*.weight_decay": 0.5},
            Recipe(
                optimizer="adamw",
                learning_rate=0.1,
                loop=Loop(clip_norm=2, tensors=(Tensors(names="bias*", weight_decay=0.5),)),
            ),
        ),
    ],
)
def test_the_recipe_at_a_point(point, recipe):
    start = Recipe(optimizer=recipe.optimizer, learning_rate=0.1)
    assert at(start, point) == recipe


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({"beta2": 1.0}, "beta2 is 1.0; it must be"),
        ({"beta3": 0.5}, "did you mean 'beta1'|did you mean 'beta2'"),
        ({"momentum": 0.5}, "unknown field 'momentum'"),
        ({"warmup": 0.5}, "warmup is 0.5; it must be"),
        ({"updates": 5}, "fall is None and updates is 5"),
        ({"bias*.epsilon": 0.5}, "unknown field 'epsilon'"),
    ],
)
def test_a_point_that_does_not_fit(point, said):
    with pytest.raises(BadInput, match=said):
        at(ADAM, point)
