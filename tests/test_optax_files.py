"""Files with optax: each optimizer once, where it is made, with what is known of it there."""

import pytest

from comparisons.porting.files import calls_in

FLAX = """
import jax
import optax
from flax.training import train_state

def create_learning_rate_fn(config, base_lr, steps):
    warmup = optax.linear_schedule(0.0, base_lr, 5 * steps)
    cosine = optax.cosine_decay_schedule(base_lr, 90 * steps)
    return optax.join_schedules([warmup, cosine], [5 * steps])

def create_train_state(rng, config, lr_fn):
    params = model.init(rng)
    tx = optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(learning_rate=lr_fn, momentum=0.9, nesterov=True))
    return train_state.TrainState.create(apply_fn=model.apply, params=params, tx=tx)

def train_and_evaluate(config):
    lr_fn = create_learning_rate_fn(config, 0.1, 100)
    state = create_train_state(rng, config, lr_fn)
    return state
"""
GAN = """
import optax
class Trainer:
    def __init__(self, config):
        self.generator = optax.adam(config.lr, b1=0.5)
        self.critic = optax.adam(4e-4, b1=0.5)
"""
NANO = """
import jax, optax
schedule = optax.warmup_cosine_decay_schedule(0.0, config.lr, 100, 1000)
tx = optax.chain(
    optax.clip_by_global_norm(1.0),
    optax.adamw(3e-4, b2=0.95, weight_decay=config.wd, mask=lambda p: jax.tree.map(lambda x: x.ndim >= 2, p)),
)
tx = optax.MultiSteps(tx, every_k_schedule=8)
"""
MIXED = """
import optax
import torch
a = torch.optim.Adam(net.parameters(), lr=1e-3)
b = optax.yogi(1e-3)
c = optax.lion(1e-4)
loss = optax.softmax_cross_entropy(logits, labels).mean()
"""


def found(tmp_path, text: str, to: str):
    file = tmp_path / "train.py"
    file.write_text(text)
    return calls_in(file, to)


def test_an_optimizer_is_read_where_it_is_called_with_the_schedule_that_it_is_given(tmp_path):
    [one] = found(tmp_path, FLAX, "tf")
    assert (one.line, one.kind, one.problem) == (13, "optimizer", "")
    code = one.translation["native"]["code"]
    assert all(words in code for words in ("momentum=0.9", "nesterov=True", "global_clipnorm=1.0"))
    assert "lr_fn" not in code


def test_a_whole_training_is_one_block(tmp_path):
    [one] = found(tmp_path, NANO, "torch")
    code = one.translation["native"]["code"]
    assert one.line == 8
    for words in (
        "if p.ndim >= 2:",
        '"weight_decay": config.wd',
        '"weight_decay": 0.0',
        "lr=0.0003",
        "% 8 == 0",
        "/ 8",
    ):
        assert words in code


def test_each_optimizer_of_a_class_is_its_own(tmp_path):
    first, second = found(tmp_path, GAN, "torch")
    assert "lr=config.lr, betas=(0.5, 0.999)" in first.translation["native"]["code"]
    assert "lr=0.0004, betas=(0.5, 0.999)" in second.translation["native"]["code"]


@pytest.mark.parametrize(("to", "lines"), [("tf", [4, 5, 6]), ("torch", [5, 6]), ("optax", [4])])
def test_what_has_no_rule_has_its_reason_and_losses_are_no_optimizers(tmp_path, to, lines):
    calls = found(tmp_path, MIXED, to)
    assert [one.line for one in calls] == lines
    assert {one.line: one.problem for one in calls if one.problem} == (
        {} if to == "optax" else {5: "optax.yogi: no rule has a second moment that moves by the sign of its error"}
    )
