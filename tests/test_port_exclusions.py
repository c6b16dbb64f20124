"""Variables that an optimizer of Keras is told to leave out of weight decay: a group, or a gap with the line."""

import pytest

from comparisons.porting.reading.pasted import read_source
from comparisons.rules import ClipGlobalNorm

ADAMW = "optimizer = keras.optimizers.AdamW(1e-3, weight_decay=0.1, global_clipnorm=1.0)\n"


def test_words_in_names_are_a_group_and_the_clip_is_over_both():
    training = read_source(ADAMW + 'optimizer.exclude_from_weight_decay(var_names=["bias"])').training
    [first, rest] = training.groups
    assert (first.tensors.names, first.optimizer.arguments["weight_decay"]) == (("*bias*",), 0.0)
    assert (rest.tensors.names, rest.optimizer.arguments["weight_decay"]) == ((), 0.1)
    assert training.clip == ClipGlobalNorm(limit=1.0, formula="exact")
    assert "global_clipnorm" not in first.optimizer.arguments | rest.optimizer.arguments


@pytest.mark.parametrize("given", ["var_list=biases", 'var_names=["bias$"]', "var_names=names"])
def test_what_cannot_be_read_is_named(given):
    source = read_source(ADAMW + f"optimizer.exclude_from_weight_decay({given})")
    assert len(source.training.groups) == 1
    assert [(gap.line, "no weight decay" in gap.message) for gap in source.gaps] == [(2, True)]
