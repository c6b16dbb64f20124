"""Whole recipes as public scripts write them, and what they are: by hand, from the sources of the frameworks."""

from tests.recipes import (
    keras_old,
    keras_others,
    keras_tutorials,
    keras_vision,
    torch_generative,
    torch_language,
    torch_reinforcement,
    torch_tutorials,
    torch_vision,
)

TORCH = (
    *torch_vision.VISION,
    *torch_language.LANGUAGE,
    *torch_reinforcement.REINFORCEMENT,
    *torch_generative.GENERATIVE,
    *torch_tutorials.TUTORIALS,
)
KERAS = (*keras_tutorials.TUTORIALS, *keras_vision.VISION, *keras_others.OTHERS, *keras_old.OLD)
