"""What people write before the last dot of a name of optax, and the transformations without a rule."""

from collections.abc import Mapping

from comparisons.frameworks.framework import Names, Tensor

MODULES: Mapping[str, str] = {
    "optax": "optax",
    "optax.contrib": "optax",
    "optax.schedules": "optax.schedules",
    "optax.transforms": "optax.transforms",
}
_MUON = "its velocity is corrected for its start, and its scale is of columns over rows; no rule has both"
_OWN_RATE = "it finds its learning rate itself; no rule does"
_FREE = "only schedule_free_sgd and schedule_free_adamw, without warmup_steps, are rules"
NO_RULE: Mapping[str, str] = {
    "scale_by_factored_rms": "by itself it is no rule; adafactor is one",
    "scale_by_param_block_rms": "by itself it is no rule; adafactor is one",
    **dict.fromkeys(
        ("amsgrad", "scale_by_amsgrad"), "it keeps the largest corrected second moment, others the uncorrected"
    ),
    **dict.fromkeys(("rprop", "scale_by_rprop"), "optax 0.2.8 makes at each step the move of the step before"),
    **dict.fromkeys(("yogi", "scale_by_yogi"), "no rule has a second moment that moves by the sign of its error"),
    **dict.fromkeys(("novograd", "scale_by_novograd"), "no rule has a second moment of each layer's norm"),
    **dict.fromkeys(("adan", "scale_by_adan"), "no rule has a moment of differences of gradients"),
    **dict.fromkeys(("muon", "scale_by_muon"), _MUON),
    "schedule_free": _FREE,
    "reduce_on_plateau": "it is given the loss, which no rule is",
    **dict.fromkeys(("prodigy", "dadapt_adamw", "mechanize", "dog", "dowg", "cocob", "momo", "momo_adam"), _OWN_RATE),
    **dict.fromkeys(("adopt", "ademamix", "madgrad", "acprop", "sophia", "galore", "sam"), "no rule has it"),
    "sm3": "no rule has it",
    "lars": "its trust ratio is of the bare gradient; no rule has that",
    "fromage": "no rule has it",
    "noisy_sgd": "it adds noise, which no rule has",
    "add_noise": "it adds noise, which no rule has",
    "dpsgd": "it adds noise, which no rule has",
    "polyak_sgd": "it is given the loss, where an optimizer of the other frameworks is given gradients",
    "lbfgs": "it is given the loss and its function, for a line search",
    "optimistic_gradient_descent": "no rule has it",
    "optimistic_adam": "no rule has it",
    "optimistic_adam_v2": "no rule has it",
    "adaptive_grad_clip": "it clips each unit by the norm of its weights; no rule has that",
    "clip_by_block_rms": "it clips each tensor by its root mean square; no rule has that",
    "centralize": "it takes the mean out of gradients; no rule has that",
    "normalize_by_update_norm": "no rule has it",
    "apply_every": "it adds up the updates and not the gradients; write MultiSteps",
    "ema": "in a chain it averages what comes through it, with 1 - decay on the new; write trace, and the rate for it",
    "lookahead": "it keeps slow weights beside the fast; no rule has that",
    "zero_nans": "it puts 0 where gradients are no numbers; no rule has that",
}

INSTEAD: Mapping[str, str] = {
    "LBFGS": "instead: optax.lbfgs(memory_size=...), which has another line search, and so other numbers",
}

# As flax names them.
TENSORS: Mapping[Tensor, tuple[str, ...]] = {
    "weight": ("*kernel",),
    "embedding": ("*embedding",),
    "bias": ("*bias",),
    "scale": ("*scale",),
    "shift": ("*norm*bias",),
}
MEANT: Mapping[str, tuple[Tensor, ...]] = {
    r"norm.*bias": ("shift",),
    r"scale": ("scale",),
    r"norm": ("scale", "shift"),
    r"bias": ("bias", "shift"),
    r"emb": ("embedding",),
    r"kernel": ("weight",),
}

NAMES = Names(modules=MODULES, no_rule=NO_RULE, as_one=(), instead=INSTEAD, data="", tensors=TENSORS, meant=MEANT)
