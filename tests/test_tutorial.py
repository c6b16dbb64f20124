"""docs/tutorial.md says what its commands print."""

import re

import pytest
from tutorial import PAGE, made


@pytest.mark.full  # it starts both frameworks several times
def test_every_command_prints_what_the_page_says():
    page = PAGE.read_text(encoding="utf-8")
    assert made(page) == page, "run `python -m tests.tutorial`"


def test_the_tutorial_tells_the_story_in_its_numbers():
    page = PAGE.read_text(encoding="utf-8")
    [torch, keras, carried] = [float(gap) for gap in re.findall(r"^\w+: from .* gap (\S+)$", page, re.MULTILINE)]
    assert torch > 0.01  # epsilon is not small against the gradient
    assert keras < 1e-4  # Keras's learning rate and betas go through float32
    assert carried < 1e-12  # float64
