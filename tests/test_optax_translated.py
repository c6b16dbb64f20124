"""Scripts with optax, as people write them, in torch and Keras: worked out by hand from the sources of all three."""

import ast
from dataclasses import dataclass

import pytest
from test_port_golden import Sorted

from comparisons.porting.answer import Answer, closest_code
from comparisons.porting.translate import port
from comparisons.porting.wholes.written import closest_block


@dataclass(frozen=True, kw_only=True)
class Script:
    """A script, and of each framework the fidelity and the calls without what they are made over; () for no class."""

    text: str
    torch: tuple[str, ...]
    keras: tuple[str, ...]


SCRIPTS = {
    "flax mnist": Script(
        text="""
import optax
tx = optax.sgd(0.1, 0.9)
state = train_state.TrainState.create(apply_fn=cnn.apply, params=params, tx=tx)
""",
        torch=(
            "exact",
            "torch.optim.SGD(lr=0.1, momentum=0.9)",
        ),
        keras=(
            "exact-at-constant-learning-rate",
            "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)",
        ),
    ),
    # the decay is optax's, a hundredth of torch's
    "flax nnx mnist": Script(
        text="""
optimizer = nnx.Optimizer(model, optax.adamw(0.005, 0.9), wrt=nnx.Param)
""",
        torch=(
            "exact",
            "torch.optim.AdamW(lr=0.005, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-4)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.AdamW(learning_rate=0.005, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=1e-4)",
        ),
    ),
    "flax imagenet": Script(
        text="""
import optax
warmup_fn = optax.linear_schedule(init_value=0.0, end_value=0.4, transition_steps=500)
cosine_fn = optax.cosine_decay_schedule(init_value=0.4, decay_steps=9500)
schedule_fn = optax.join_schedules(schedules=[warmup_fn, cosine_fn], boundaries=[500])
tx = optax.sgd(learning_rate=schedule_fn, momentum=0.9, nesterov=True)
""",
        torch=(
            "exact",
            "torch.optim.SGD(lr=0.4, momentum=0.9, nesterov=True)",
            "torch.optim.lr_scheduler.SequentialLR(schedulers=[torch.optim.lr_scheduler.LambdaLR(optimizer, "
            "lr_lambda=lambda k: min(k, 500) / 500), torch.optim.lr_scheduler.LambdaLR(optimizer, "
            "lr_lambda=lambda k: (1 + math.cos(math.pi * (min(k, 9500) / 9500))) / 2)], "
            "milestones=[500])",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.0, "
            "decay_steps=9500, alpha=0.0, warmup_target=0.4, warmup_steps=500), momentum=0.9, "
            "nesterov=True)",
        ),
    ),
    # decay_steps of optax hold the warm-up; torch's clip adds 1e-6 to the norm, Keras's does not
    "nanoGPT in jax": Script(
        text="""
import optax
schedule = optax.warmup_cosine_decay_schedule(
    init_value=0.0, peak_value=6e-4, warmup_steps=2000, decay_steps=600000, end_value=6e-5)
def decay_mask(params):
    return jax.tree.map(lambda p: p.ndim >= 2, params)
optimizer = optax.chain(
    optax.clip_by_global_norm(1.0),
    optax.adamw(schedule, b1=0.9, b2=0.95, weight_decay=0.1, mask=decay_mask),
)
""",
        torch=(
            "exact-with-hook",
            "torch.optim.AdamW(lr=6e-4, betas=(0.9, 0.95), eps=1e-8)",
            "torch.optim.lr_scheduler.SequentialLR(schedulers=[torch.optim.lr_scheduler.LambdaLR(optimizer, "
            "lr_lambda=lambda k: min(k, 2000) / 2000), torch.optim.lr_scheduler.LambdaLR(optimizer, "
            "lr_lambda=lambda k: 0.1 + 0.9 * (1 + math.cos(math.pi * (min(k, 598000) / 598000))) / 2)], "
            "milestones=[2000])",
            "torch.nn.utils.clip_grad_norm_(max_norm=1.0)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.AdamW(learning_rate=keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.0, "
            "decay_steps=598000, alpha=0.1, warmup_target=6e-4, warmup_steps=2000), beta_1=0.9, "
            "beta_2=0.95, epsilon=1e-8, weight_decay=0.1, global_clipnorm=1.0)",
        ),
    ),
    # torch's cosine rises again
    "vit finetuning": Script(
        text="""
import optax
tx = optax.chain(
    optax.clip_by_global_norm(1.0), optax.sgd(learning_rate=optax.cosine_decay_schedule(0.03, 10000), momentum=0.9))
""",
        torch=(
            "exact-with-hook",
            "torch.optim.SGD(lr=0.03, momentum=0.9)",
            "torch.nn.utils.clip_grad_norm_(max_norm=1.0)",
            "torch.optim.lr_scheduler.CosineAnnealingLR(T_max=10000, eta_min=0.0)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.03, "
            "decay_steps=10000, alpha=0.0), momentum=0.9, global_clipnorm=1.0)",
        ),
    ),
    # both bound the rate by 1 / sqrt(t); torch's eps is a floor under the root
    "t5x adafactor": Script(
        text="""
import optax
optimizer = optax.adafactor(learning_rate=1e-3, min_dim_size_to_factor=1)
""",
        torch=(
            "drop-in-only",
            "torch.optim.Adafactor(lr=1e-3, beta2_decay=-0.8, eps=(1e-15, 1e-3), d=1.0)",
        ),
        keras=(
            "drop-in-only",
            "keras.optimizers.Adafactor(learning_rate=1e-3, beta_2_decay=-0.8, epsilon_1=1e-30, "
            "epsilon_2=1e-3, clip_threshold=1.0)",
        ),
    ),
    "ppo of cleanrl": Script(
        text="""
import optax
tx = optax.chain(
    optax.clip_by_global_norm(0.5),
    optax.inject_hyperparams(optax.adam)(learning_rate=2.5e-4, eps=1e-5),
)
""",
        torch=(
            "exact-with-hook",
            "torch.optim.Adam(lr=2.5e-4, betas=(0.9, 0.999), eps=1e-5)",
            "torch.nn.utils.clip_grad_norm_(max_norm=0.5)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.Adam(learning_rate=2.5e-4, beta_1=0.9, beta_2=0.999, epsilon=1e-5, global_clipnorm=0.5)",
        ),
    ),
    "ppo of purejaxrl": Script(
        text="""
import optax
tx = optax.chain(optax.clip_by_global_norm(0.5), optax.adam(optax.linear_schedule(2.5e-4, 0.0, 10000), eps=1e-5))
""",
        torch=(
            "exact-with-hook",
            "torch.optim.Adam(lr=2.5e-4, betas=(0.9, 0.999), eps=1e-5)",
            "torch.nn.utils.clip_grad_norm_(max_norm=0.5)",
            "torch.optim.lr_scheduler.LinearLR(start_factor=1.0, end_factor=0.0, total_iters=10000)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.Adam("
            "learning_rate=keras.optimizers.schedules.PolynomialDecay(initial_learning_rate=2.5e-4, "
            "decay_steps=10000, end_learning_rate=0.0, power=1.0), beta_1=0.9, beta_2=0.999, "
            "epsilon=1e-5, global_clipnorm=0.5)",
        ),
    ),
    # eps is under the root: torch's is its root, 0.1 / 32
    "dqn of the atari papers": Script(
        text="""
import optax
optimizer = optax.rmsprop(learning_rate=2.5e-4, decay=0.95, eps=0.01 / 32**2, centered=True)
""",
        torch=(
            "approximate",
            "torch.optim.RMSprop(lr=2.5e-4, alpha=0.95, eps=0.003125, centered=True)",
        ),
        keras=(
            "exact",
            "keras.optimizers.RMSprop(learning_rate=2.5e-4, rho=0.95, epsilon=9.765625e-6, centered=True)",
        ),
    ),
    "dopamine": Script(
        text="""
import optax
optimizer = optax.adam(learning_rate=6.25e-5, b1=0.9, b2=0.999, eps=1.5e-4)
""",
        torch=(
            "exact",
            "torch.optim.Adam(lr=6.25e-5, betas=(0.9, 0.999), eps=1.5e-4)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.Adam(learning_rate=6.25e-5, beta_1=0.9, beta_2=0.999, epsilon=1.5e-4)",
        ),
    ),
    "gan": Script(
        text="""
import optax
optimizer_g = optax.adam(learning_rate=2e-4, b1=0.5, b2=0.999)
""",
        torch=(
            "exact",
            "torch.optim.Adam(lr=2e-4, betas=(0.5, 0.999), eps=1e-8)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.Adam(learning_rate=2e-4, beta_1=0.5, beta_2=0.999, epsilon=1e-8)",
        ),
    ),
    # torch has none
    "lion": Script(
        text="""
import optax
optimizer = optax.lion(1e-4, b1=0.95, b2=0.98, weight_decay=0.1)
""",
        torch=("drop-in-only",),
        keras=(
            "exact",
            "keras.optimizers.Lion(learning_rate=1e-4, beta_1=0.95, beta_2=0.98, weight_decay=0.1)",
        ),
    ),
    # Keras decays beside the step, not in it
    "bert: lamb": Script(
        text="""
import optax
optimizer = optax.lamb(1e-3, b1=0.9, b2=0.999, eps=1e-6, weight_decay=0.01)
""",
        torch=("drop-in-only",),
        keras=(
            "drop-in-only",
            "keras.optimizers.Lamb(learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-6, weight_decay=0.01)",
        ),
    ),
    # 0.5 ** 0.001
    "t5 rsqrt by hand": Script(
        text="""
import optax
optimizer = optax.chain(
    optax.scale_by_adam(b1=0.9, b2=0.98, eps=1e-9),
    optax.scale_by_schedule(optax.exponential_decay(1e-3, 1000, 0.5)),
    optax.scale(-1.0),
)
""",
        torch=(
            "exact",
            "torch.optim.Adam(lr=1e-3, betas=(0.9, 0.98), eps=1e-9)",
            "torch.optim.lr_scheduler.ExponentialLR(gamma=0.9993070929904525)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.Adam("
            "learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=1e-3, "
            "decay_steps=1000, decay_rate=0.5), beta_1=0.9, beta_2=0.98, epsilon=1e-9)",
        ),
    ),
    "micro-batches": Script(
        text="""
import optax
optimizer = optax.MultiSteps(optax.adamw(3e-4, weight_decay=0.01), every_k_schedule=4)
""",
        torch=(
            "exact",
            "torch.optim.AdamW(lr=3e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.AdamW(learning_rate=3e-4, beta_1=0.9, beta_2=0.999, epsilon=1e-8, "
            "weight_decay=0.01, gradient_accumulation_steps=4)",
        ),
    ),
    # torch's rates stand in the groups
    "two learning rates": Script(
        text="""
import optax
optimizer = optax.multi_transform({"backbone": optax.adam(1e-5), "head": optax.adam(1e-3)}, labels)
""",
        torch=(
            "exact",
            "torch.optim.Adam(betas=(0.9, 0.999), eps=1e-8)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.Adam(learning_rate=1e-5, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
            "keras.optimizers.Adam(learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
            "keras.optimizers.MultiOptimizer()",
        ),
    ),
    # Keras has no coupled decay
    "coupled decay": Script(
        text="""
import optax
optimizer = optax.chain(optax.add_decayed_weights(5e-4), optax.sgd(0.1, momentum=0.9, nesterov=True))
""",
        torch=(
            "exact",
            "torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)",
        ),
        keras=(
            "drop-in-only",
            "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)",
        ),
    ),
    # a boundary of optax is the first step of the new rate, of Keras the last of the old
    "step decay": Script(
        text="""
import optax
schedule = optax.piecewise_constant_schedule(0.1, {30000: 0.1, 60000: 0.1})
optimizer = optax.sgd(schedule, momentum=0.9)
""",
        torch=(
            "exact",
            "torch.optim.SGD(lr=0.1, momentum=0.9)",
            "torch.optim.lr_scheduler.MultiStepLR(milestones=[30000, 60000], gamma=0.1)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.PiecewiseConstantDecay(boundaries=(29999, "
            "59999), values=(0.1, 0.01, 0.001)), momentum=0.9)",
        ),
    ),
    "wgan": Script(
        text="""
import optax
optimizer = optax.rmsprop(5e-5)
""",
        torch=(
            "approximate",
            "torch.optim.RMSprop(lr=5e-5, alpha=0.9, eps=1e-4)",
        ),
        keras=(
            "exact",
            "keras.optimizers.RMSprop(learning_rate=5e-5, rho=0.9, epsilon=1e-8)",
        ),
    ),
    "ema": Script(
        text="""
import optax
optimizer = optax.adam(2e-4)
opt_state = optimizer.init(params)
for batch in batches:
    grads = jax.grad(loss_fn)(params, batch)
    updates, opt_state = optimizer.update(grads, opt_state)
    params = optax.apply_updates(params, updates)
    ema_params = optax.incremental_update(params, ema_params, step_size=0.001)
""",
        torch=(
            "exact",
            "torch.optim.Adam(lr=2e-4, betas=(0.9, 0.999), eps=1e-8)",
        ),
        keras=(
            "exact-with-hook",
            "keras.optimizers.Adam(learning_rate=2e-4, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
        ),
    ),
    # eps is under the root, as is what the sum starts at
    "adagrad": Script(
        text="""
import optax
optimizer = optax.adagrad(0.05)
""",
        torch=(
            "exact",
            "torch.optim.Adagrad(lr=0.05, initial_accumulator_value=0.1000001, eps=0.0)",
        ),
        keras=(
            "exact",
            "keras.optimizers.Adagrad(learning_rate=0.05, initial_accumulator_value=0.1, epsilon=1e-7)",
        ),
    ),
    # optax's momentum does not grow; torch's 0.96 ** (1000 t) is nothing beside 1
    "nadamw": Script(
        text="""
import optax
optimizer = optax.nadamw(1e-3, weight_decay=0.01)
""",
        torch=(
            "exact",
            "torch.optim.NAdam(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, "
            "momentum_decay=1000.0, decoupled_weight_decay=True)",
        ),
        keras=(
            "drop-in-only",
            "keras.optimizers.Nadam(learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.01)",
        ),
    ),
    "clip by value": Script(
        text="""
import optax
optimizer = optax.chain(optax.clip(1.0), optax.adamax(2e-3))
""",
        torch=(
            "exact",
            "torch.optim.Adamax(lr=2e-3, betas=(0.9, 0.999), eps=1e-8)",
            "torch.nn.utils.clip_grad_value_(clip_value=1.0)",
        ),
        keras=(
            "approximate",
            "keras.optimizers.Adamax(learning_rate=2e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8, clipvalue=1.0)",
        ),
    ),
}


def calls(code):
    """The outermost calls of optimizers, schedulers and clippings, without what they are made over."""
    found = []

    def walk(node):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name.startswith(("torch.optim.", "torch.nn.utils.", "keras.optimizers.")):
            found.append(ast.unparse(ast.Call(func=node.func, args=[], keywords=node.keywords)))
            return
        for child in ast.iter_child_nodes(node):
            walk(child)

    walk(Sorted().visit(ast.parse(code or "")))
    return sorted(found)


def checked(found, wanted):
    fidelity, *texts = wanted
    code = closest_code(found) if isinstance(found, Answer) else closest_block(found)
    assert not found.gaps
    assert (found.native.fidelity, calls(code)) == (fidelity, sorted(one for text in texts for one in calls(text)))


@pytest.mark.parametrize("name", SCRIPTS)
def test_in_torch(name):
    checked(port(SCRIPTS[name].text, "torch"), SCRIPTS[name].torch)


@pytest.mark.parametrize("name", SCRIPTS)
def test_in_keras(name):
    checked(port(SCRIPTS[name].text, "tf"), SCRIPTS[name].keras)
