"""Whole scripts with optax, as people write them: what each trains, worked out by hand from optax's sources.

Each case: the script; the groups, each with its tensors and what its rule has; what surrounds them; rates at steps.
"""

from dataclasses import fields

import pytest

from comparisons import frameworks
from comparisons.names import BadInput
from comparisons.porting.reading.pasted import read_source
from comparisons.rules import ClipGlobalNorm, ClipValue, rate_at
from comparisons.rules.training import ALL, Accumulation, Average, Selector

CLIP1 = ClipGlobalNorm(limit=1.0, formula="exact")
BIAS = Selector(names=("bias", "*[./]bias"))

CASES = {
    "optax's own getting started": (
        """
        import optax
        optimizer = optax.adam(learning_rate=1e-2)
        opt_state = optimizer.init(params)
        for _ in range(1000):
            grads = jax.grad(compute_loss)(params, xs, ys)
            updates, opt_state = optimizer.update(grads, opt_state)
            params = optax.apply_updates(params, updates)
        """,
        [(ALL, {"type": "Adam", "learning_rate": 0.01, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0})],
        {},
        {},
    ),
    "flax mnist": (
        """
        def create_train_state(rng, config):
            cnn = CNN()
            params = cnn.init(rng, jnp.ones([1, 28, 28, 1]))['params']
            tx = optax.sgd(config.learning_rate, config.momentum)
            return train_state.TrainState.create(apply_fn=cnn.apply, params=params, tx=tx)
        import optax
        """,
        [(ALL, {"type": "SGD", "learning_rate": "config.learning_rate", "momentum": "config.momentum"})],
        {},
        {},
    ),
    "flax imagenet": (
        """
        import optax
        def create_learning_rate_fn(config, base_learning_rate, steps_per_epoch):
            warmup_fn = optax.linear_schedule(
                init_value=0.0, end_value=base_learning_rate, transition_steps=5 * steps_per_epoch)
            cosine_epochs = max(100 - 5, 1)
            cosine_fn = optax.cosine_decay_schedule(
                init_value=base_learning_rate, decay_steps=95 * steps_per_epoch)
            schedule_fn = optax.join_schedules(
                schedules=[warmup_fn, cosine_fn], boundaries=[5 * steps_per_epoch])
            return schedule_fn
        learning_rate_fn = create_learning_rate_fn(config, 0.1, 100)
        tx = optax.sgd(learning_rate=learning_rate_fn, momentum=0.9, nesterov=True)
        """,
        [(ALL, {"type": "SGD", "momentum": 0.9, "nesterov": True, "learning_rate_in_velocity": False})],
        {},
        {0: 0.0, 250: 0.05, 500: 0.1, 500 + 4750: 0.05, 10000: 0.0},
    ),
    "flax wmt": (
        """
        import optax
        def rsqrt_schedule(init_value, shift=0):
            def schedule(count):
                return init_value * (count + shift)**-.5 * shift**.5
            return schedule
        def create_learning_rate_schedule(learning_rate, warmup_steps):
            return optax.join_schedules([
                optax.linear_schedule(init_value=0, end_value=learning_rate, transition_steps=warmup_steps),
                rsqrt_schedule(init_value=learning_rate, shift=warmup_steps)], boundaries=[warmup_steps])
        tx = optax.adamw(create_learning_rate_schedule(0.0625, 1000), b1=0.9, b2=0.98, eps=1e-9, weight_decay=0.1)
        """,
        [(ALL, {"type": "Adam", "beta2": 0.98, "epsilon": 1e-9, "weight_decay": 0.1})],
        {"gaps": 1},
        {},
    ),
    "nanoGPT in jax": (
        """
        import optax, jax
        schedule = optax.warmup_cosine_decay_schedule(
            init_value=0.0, peak_value=6e-4, warmup_steps=2000, decay_steps=600000, end_value=6e-5)
        def mask(params):
            return jax.tree.map(lambda x: x.ndim >= 2, params)
        tx = optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.adamw(schedule, b1=0.9, b2=0.95, weight_decay=0.1, mask=mask),
        )
        tx = optax.MultiSteps(tx, every_k_schedule=40)
        """,
        [
            (Selector(least_axes=2), {"type": "Adam", "weight_decay": 0.1, "weight_decay_coupling": "decoupled"}),
            (ALL, {"type": "Adam", "weight_decay": 0.0, "beta2": 0.95}),
        ],
        {"clip": CLIP1, "accumulation": Accumulation(batches=40)},
        {0: 0.0, 1000: 3e-4, 2000: 6e-4, 301000: 3.3e-4, 600000: 6e-5, 700000: 6e-5},
    ),
    "transformers' flax examples": (
        """
        import optax
        from flax import traverse_util
        warmup_fn = optax.linear_schedule(init_value=0.0, end_value=5e-5, transition_steps=100)
        decay_fn = optax.linear_schedule(init_value=5e-5, end_value=0, transition_steps=900)
        linear_decay_lr_schedule_fn = optax.join_schedules(schedules=[warmup_fn, decay_fn], boundaries=[100])
        def decay_mask_fn(params):
            flat_params = traverse_util.flatten_dict(params)
            flat_mask = {path: (path[-1] != "bias" and path[-2:] != ("LayerNorm", "scale")) for path in flat_params}
            return traverse_util.unflatten_dict(flat_mask)
        adamw = optax.adamw(
            learning_rate=linear_decay_lr_schedule_fn, b1=0.9, b2=0.999, eps=1e-8, weight_decay=0.01,
            mask=decay_mask_fn)
        state = TrainState.create(apply_fn=model.__call__, params=model.params, tx=adamw)
        """,
        [
            (
                Selector(names=("bias", "*[./]bias", "LayerNorm[./]scale", "*[./]LayerNorm[./]scale")),
                {"type": "Adam", "weight_decay": 0.0},
            ),
            (ALL, {"type": "Adam", "weight_decay": 0.01, "epsilon": 1e-8}),
        ],
        {},
        {0: 0.0, 50: 2.5e-5, 100: 5e-5, 550: 2.5e-5, 1000: 0.0},
    ),
    "transformations in a chain": (
        """
        tx = optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.scale_by_adam(b1=0.9, b2=0.95),
            optax.add_decayed_weights(0.1),
            optax.scale_by_learning_rate(3e-4),
        )
        """,
        [(ALL, {"type": "Adam", "weight_decay": 0.1, "weight_decay_coupling": "decoupled", "learning_rate": 3e-4})],
        {"clip": CLIP1},
        {},
    ),
    "the decay before Adam is coupled": (
        "tx = optax.chain(optax.add_decayed_weights(1e-4), optax.scale_by_adam(), optax.scale(-1e-3))",
        [(ALL, {"type": "Adam", "weight_decay": 1e-4, "weight_decay_coupling": "coupled", "learning_rate": 1e-3})],
        {},
        {},
    ),
    "a schedule that is turned": (
        """
        import optax
        lr = optax.exponential_decay(1e-3, transition_steps=1000, decay_rate=0.5)
        opt = optax.chain(optax.scale_by_adam(eps=1e-4), optax.scale_by_schedule(lr), optax.scale(-1.0))
        """,
        [(ALL, {"type": "Adam", "epsilon": 1e-4})],
        {},
        {0: 1e-3, 1000: 5e-4, 2000: 2.5e-4},
    ),
    "a schedule that is turned in a lambda": (
        """
        import optax
        schedule = optax.piecewise_constant_schedule(0.1, {100: 0.1, 200: 0.1})
        opt = optax.chain(optax.trace(decay=0.9), optax.scale_by_schedule(lambda step: -schedule(step)))
        """,
        [(ALL, {"type": "SGD", "momentum": 0.9})],
        {},
        {99: 0.1, 100: 0.01, 200: 0.001},
    ),
    "big_vision's decay, independent of the rate": (
        """
        import optax
        sched = optax.warmup_cosine_decay_schedule(0.0, 1.0, 10, 100)
        tx = optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.scale_by_adam(b2=0.95),
            optax.scale(0.001),
            optax.add_decayed_weights(0.0001),
            optax.scale_by_schedule(sched),
            optax.scale(-1.0),
        )
        """,
        [(ALL, {"type": "Adam", "weight_decay": 0.1, "weight_decay_coupling": "decoupled", "beta2": 0.95})],
        {"clip": CLIP1},
        {0: 0.0, 5: 0.0005, 10: 0.001, 55: 0.0005},
    ),
    "haiku mnist": (
        """
        import optax
        opt = optax.adam(1e-3)
        def update(state, batch):
            grads = jax.grad(loss)(state.params, batch)
            updates, opt_state = opt.update(grads, state.opt_state)
            params = optax.apply_updates(state.params, updates)
            avg_params = optax.incremental_update(params, state.avg_params, step_size=0.001)
            return TrainingState(params, avg_params, opt_state)
        """,
        [(ALL, {"type": "Adam", "learning_rate": 1e-3})],
        {"average": Average(decay=0.999, start="initial")},
        {},
    ),
    "an average by optax.ema": (
        """
        import optax
        tx = optax.adam(1e-4)
        ema = optax.ema(0.9999)
        ema_state = ema.init(params)
        averaged, ema_state = ema.update(params, ema_state)
        """,
        [(ALL, {"type": "Adam", "learning_rate": 1e-4})],
        {"average": Average(decay=0.9999, start="debiased")},
        {},
    ),
    "frozen backbone": (
        """
        import optax
        from flax import traverse_util
        partition_optimizers = {'trainable': optax.adam(5e-3), 'frozen': optax.set_to_zero()}
        def labels(params):
            return traverse_util.path_aware_map(
                lambda path, v: 'frozen' if 'backbone' in path else 'trainable', params)
        tx = optax.multi_transform(partition_optimizers, labels)
        """,
        [(Selector(without=("*backbone*",)), {"type": "Adam", "learning_rate": 5e-3})],
        {},
        {},
    ),
    "two rates": (
        """
        import optax
        tx = optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.multi_transform(
                {"encoder": optax.adamw(1e-5, weight_decay=0.01), "head": optax.sgd(1e-3)},
                {"encoder": "encoder", "head": "head"}),
        )
        """,
        [
            (Selector(names=("encoder", "encoder[./]*")), {"type": "Adam", "learning_rate": 1e-5}),
            (Selector(names=("head", "head[./]*")), {"type": "SGD", "learning_rate": 1e-3}),
        ],
        {"clip": CLIP1},
        {},
    ),
    "labels that are not in the text": (
        """
        import optax
        tx = optax.multi_transform({"a": optax.adam(1e-3), "b": optax.sgd(0.1)}, make_labels(params))
        """,
        [
            (Selector(label="a", known=False), {"type": "Adam", "learning_rate": 1e-3}),
            (Selector(label="b", known=False), {"type": "SGD", "learning_rate": 0.1}),
        ],
        {},
        {},
    ),
    "PPO of purejaxrl": (
        """
        import optax
        NUM_UPDATES = 100
        MINIBATCHES = 4
        EPOCHS = 4
        def linear_schedule(count):
            frac = 1.0 - (count // (MINIBATCHES * EPOCHS)) / NUM_UPDATES
            return 2.5e-4 * frac
        tx = optax.chain(optax.clip_by_global_norm(0.5), optax.adam(learning_rate=linear_schedule, eps=1e-5))
        """,
        [(ALL, {"type": "Adam", "epsilon": 1e-5, "learning_rate": "(linear_schedule)(count)"})],
        {"clip": ClipGlobalNorm(limit=0.5, formula="exact"), "gaps": 1},
        {},
    ),
    "RMSprop of the Atari papers": (
        "optimizer = optax.rmsprop(2.5e-4, decay=0.95, eps=0.01 / 32**2, centered=True)",
        [
            (
                ALL,
                {
                    "type": "RMSprop",
                    "rho": 0.95,
                    "epsilon": 0.01 / 1024,
                    "epsilon_position": "inside-root",
                    "centered": True,
                },
            )
        ],
        {},
        {},
    ),
    "IMPALA's RMSprop": (
        """
        import optax
        opt = optax.chain(
            optax.clip_by_global_norm(40.0),
            optax.rmsprop(learning_rate=optax.linear_schedule(6e-4, 0.0, 1000), decay=0.99, eps=1e-5, momentum=0.0))
        """,
        [(ALL, {"type": "RMSprop", "rho": 0.99, "epsilon": 1e-5, "momentum": 0.0})],
        {"clip": ClipGlobalNorm(limit=40.0, formula="exact")},
        {0: 6e-4, 500: 3e-4, 1000: 0.0},
    ),
    "T5's Adafactor": (
        "tx = optax.adafactor(learning_rate=1e-3, min_dim_size_to_factor=1)",
        [(ALL, {"type": "Adafactor", "relative_step": False, "beta2_decay": -0.8, "epsilon1": 1e-30})],
        {},
        {},
    ),
    "Adafactor as by default": (
        "tx = optax.adafactor(learning_rate=1e-3)",
        [(ALL, {"type": "Adafactor", "relative_step": False, "scale_parameter": True})],
        {"gaps": 1},
        {},
    ),
    "Lion of big_vision": (
        """
        import optax
        tx = optax.chain(optax.clip(1.0), optax.lion(1e-4, b1=0.9, b2=0.99, weight_decay=1.0))
        """,
        [(ALL, {"type": "Lion", "weight_decay": 1.0, "weight_decay_coupling": "decoupled"})],
        {"clip": ClipValue(limit=1.0)},
        {},
    ),
    "hyperparameters that are injected": (
        """
        import optax
        opt = optax.inject_hyperparams(optax.adamw)(learning_rate=1e-3, weight_decay=0.05)
        opt = optax.apply_if_finite(opt, max_consecutive_errors=5)
        """,
        [(ALL, {"type": "Adam", "learning_rate": 1e-3, "weight_decay": 0.05})],
        {"gaps": 1},
        {},
    ),
    "names known only where it runs": (
        """
        import optax
        WARMUP = 500
        schedule = optax.warmup_cosine_decay_schedule(0.0, args.lr, WARMUP, args.steps, 0.1 * args.lr)
        tx = optax.adamw(schedule, weight_decay=args.wd)
        """,
        [(ALL, {"type": "Adam", "weight_decay": "args.wd"})],
        {},
        {},
    ),
    "one cycle": (
        "tx = optax.adam(optax.cosine_onecycle_schedule(1000, 0.1))",
        [(ALL, {"type": "Adam"})],
        {},
        {0: 0.004, 300: 0.1, 1000: 0.004 / 1e4},
    ),
    "warm-up, then as it is, then down": (
        """
        import optax
        wsd = optax.join_schedules(
            [optax.linear_schedule(0, 1e-3, 100), optax.constant_schedule(1e-3), optax.linear_schedule(1e-3, 0, 200)],
            boundaries=[100, 800])
        tx = optax.adamw(wsd, b2=0.95)
        """,
        [(ALL, {"type": "Adam", "beta2": 0.95, "weight_decay": 1e-4})],
        {},
        {50: 5e-4, 100: 1e-3, 799: 1e-3, 900: 5e-4, 1000: 0.0},
    ),
}


def text_of(case: str) -> str:
    lines = CASES[case][0].strip("\n").splitlines()
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] for line in lines)


@pytest.mark.parametrize("case", CASES)
def test_a_script_is_read_as_the_training_that_it_makes(case):
    _, expected, around, rates = CASES[case]
    source = read_source(text_of(case))
    training = frameworks.rule_of(source.training)
    clip = training.clip
    if len(training.groups) == 1:
        clip = training.groups[0].optimizer.clip
    assert [group.tensors for group in training.groups] == [tensors for tensors, _ in expected]
    for group, (_, wanted) in zip(training.groups, expected, strict=True):
        rule = group.optimizer
        found = {field.name: getattr(rule, field.name) for field in fields(rule)} | {"type": type(rule).__name__}
        assert {
            name: str(found[name]) if isinstance(value, str) else found[name] for name, value in wanted.items()
        } == (wanted)
        for k, rate in rates.items():
            assert rate_at(rule.learning_rate, k) == pytest.approx(rate, rel=1e-12, abs=1e-20)
    assert clip == around.get("clip")
    assert training.accumulation == around.get("accumulation")
    assert training.average == around.get("average")
    assert len(source.gaps) == around.get("gaps", 0)


REFUSED = {
    "optax.chain(optax.adam(1e-3), optax.clip(1.0))": "what is clipped there is the update",
    "optax.chain(optax.scale_by_adam(), optax.scale(1e-3))": "nothing in it turns the sign, so that it climbs",
    "optax.adadelta()": "nothing in it turns the sign, so that it climbs",
    "optax.rprop(0.1)": "makes at each step the move of the step before",
    "optax.amsgrad(1e-3)": "largest corrected second moment",
    "optax.contrib.muon(0.02)": "corrected for its start",
    "optax.contrib.schedule_free_adamw(0.01, warmup_steps=100)": "from 1",
    "optax.contrib.schedule_free_sgd(optax.linear_schedule(0.0, 0.1, 9))": "from 1",
    "optax.contrib.prodigy(1.0)": "finds its learning rate itself",
    "optax.yogi(1e-3)": "moves by the sign of its error",
    "optax.novograd(1e-3)": "norm",
    "optax.lars(0.1)": "trust ratio",
    "optax.chain(optax.adaptive_grad_clip(0.01), optax.adam(1e-3))": "clips each unit",
    "optax.chain(optax.clip_by_block_rms(1.0), optax.adam(1e-3))": "root mean square",
    "optax.lookahead(optax.sgd(0.1), 5, 0.5)": "slow weights",
    "optax.chain(optax.adam(1e-3), optax.apply_every(4))": "adds up the updates",
    "optax.chain(optax.ema(0.9, debias=False), optax.scale(-0.1))": "write trace",
    "optax.MultiSteps(optax.adam(1e-3), lambda step: 4)": "every_k_schedule is a function",
    "optax.chain(optax.clip(1.0), optax.clip_by_global_norm(1.0), optax.sgd(0.1))": "once",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_no_rule_does_is_refused_with_its_reason(text):
    with pytest.raises(ValueError, match=REFUSED[text]):
        read_source(text)


# What optax itself takes until it is used, or not at all: told apart from a mistake of ours.
NOTHING = (
    "optax.multi_transform([1], f)",
    'optax.multi_transform({"a": 3}, {"a": "a"})',
    "optax.MultiSteps(1, 2)",
    "optax.MultiSteps(optax.adam(1e-3), 0)",
    "optax.named_chain(optax.clip(1.0))",
    "optax.chain(*parts)",
    "optax.adam(-1e-3)",
    "optax.adam(1e-3, eps=1e-8, **more)",
    "optax.adam()",
    'optax.adam("x")',
)


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_optimizer_is_told_so(text):
    with pytest.raises(BadInput):
        read_source(text)


# The rate cannot be known, and the rest is: a gap, and the rate as it stands in the text.
UNKNOWN_RATES = (
    "optax.piecewise_constant_schedule(0.1, 5)",
    "optax.sgdr_schedule([5])",
    "optax.join_schedules(1, 2)",
    "optax.linear_onecycle_schedule(1000, 0.1, a)",
    "optax.cosine_decay_schedule(0.1, 0)",
    "optax.exponential_decay(0.1, 1000000000, 0.999999, end_value=1e-30)",
    "lambda count: 0.1",
)


@pytest.mark.parametrize("rate", UNKNOWN_RATES)
def test_an_optimizer_is_read_though_its_rate_is_not(rate):
    source = read_source(f"optax.adamw({rate}, weight_decay=0.1)")
    assert len(source.gaps) == 1
    assert (source.call.name, source.call.arguments["weight_decay"]) == ("adamw", 0.1)
    assert "count" in str(source.call.arguments["learning_rate"])
