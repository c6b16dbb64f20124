"""Keras's map from variables to optimizers: groups, whose keys are looked for as Keras looks for them."""

import re

import keras
import pytest

from comparisons.names import BadInput
from comparisons.porting.files.maps import patterns_of
from comparisons.porting.reading.pasted import read_source, read_sources
from comparisons.rules.training import Selector

PATHS = ["encoder/kernel", "encoder/bias", "decoder/kernel", "decoder/bias", "norm/gamma", "head", "head/kernel_1"]
KEYS = [
    "encoder/.*",
    ".*bias",
    ".*(bias|gamma)",
    "(?:en|de)coder/kernel",
    "head",
    "head.+",
    "norm/gamm.",
    r"norm\/gamma",
]
NO_PATTERN = ["[ed]ncoder/.*", ".*kernel_?1", "(a|b)(c|d)", r"\w+/bias", "x{2}", "x*"]


@pytest.mark.parametrize("key", KEYS)
def test_patterns_fit_what_the_key_fits(key):
    patterns = patterns_of(key)
    assert patterns is not None
    selector = Selector(names=patterns)
    for path in PATHS:
        assert selector.selects(path, 2) == bool(re.fullmatch(key, path)), path


@pytest.mark.parametrize("key", NO_PATTERN)
def test_what_no_pattern_says_is_none(key):
    assert patterns_of(key) is None


MAP = """
chosen = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.5))
chosen["encoder/.*"] = keras.optimizers.Adam(0.25, clipnorm=1.0)
chosen["encoder/kernel"] = keras.optimizers.RMSprop(0.125)
optimizer = keras.optimizers.MultiOptimizer(chosen)
"""


def test_each_variable_has_the_optimizer_that_keras_gives_it():
    source = read_source(MAP)
    names = {"keras": keras}
    exec(MAP, names)  # lines of ours
    for path in PATHS:
        ours = source.training.group_of(path, 2)
        theirs = names["chosen"][path]
        assert ours is not None
        call = source.training.groups[ours].optimizer
        assert call.name == type(theirs).__name__
        assert call.arguments["learning_rate"] == float(theirs.learning_rate)
    assert source.gaps == ()


def test_the_keys_of_a_list_are_its_variables():
    text = """
hidden = [v for v in model.trainable_variables if len(v.shape) >= 2 and "embedding" not in v.path]
muon, adam = keras.optimizers.Muon(0.02), keras.optimizers.Adam()
"""
    comprehension = "{v.path: muon for v in hidden}"
    for table in (comprehension, f"{{**{comprehension}}}"):
        source = read_source(f"{text}keras.optimizers.OptimizerMap(adam, {table})")
        [muon, adam] = source.training.groups
        assert (muon.tensors.least_axes, muon.tensors.without) == (2, ("*embedding*",))
        assert adam.tensors == Selector()
        assert source.gaps == ()


def test_a_key_that_no_pattern_is_has_its_line():
    [gap] = read_source(MAP.replace("encoder/.*", "[a-e]n.*")).gaps
    assert gap.line == 2


def test_an_optimizer_that_is_not_seen_costs_the_map():
    with pytest.raises(BadInput, match="one of its optimizers is not seen"):
        read_source("keras.optimizers.OptimizerMap(made(), {'a': keras.optimizers.Adam()})")


def test_a_map_is_one_of_several():
    found = read_sources(f"{MAP}\nother = keras.optimizers.Adam()")
    assert [line for line, _ in found] == [1, 6]
