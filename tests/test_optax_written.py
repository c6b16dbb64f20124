"""Optimizers of torch, Keras and NumPy's textbooks in optax: the code and its fidelity, worked out by hand."""

import pytest

from comparisons.porting.answer import closest_code
from comparisons.porting.translate import port

EXACT = {
    "torch.optim.SGD(p, lr=0.1)": "optax.sgd(0.1)",
    "torch.optim.SGD(p, lr=0.1, momentum=0.9)": "optax.sgd(0.1, momentum=0.9)",
    "torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)": "optax.sgd(0.1, momentum=0.9, nesterov=True)",
    "torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=1e-4)": (
        "optax.chain(optax.add_decayed_weights(0.0001), optax.sgd(0.1, momentum=0.9))"
    ),
    "torch.optim.Adam(p)": "optax.adam(0.001)",
    "torch.optim.Adam(p, lr=3e-4, betas=(0.5, 0.999))": "optax.adam(0.0003, b1=0.5)",
    "torch.optim.Adam(p, weight_decay=1e-5)": "optax.chain(optax.add_decayed_weights(1e-05), optax.adam(0.001))",
    "torch.optim.AdamW(p)": "optax.adamw(0.001, weight_decay=0.01)",
    "torch.optim.AdamW(p, lr=6e-4, betas=(0.9, 0.95), weight_decay=0.1)": (
        "optax.adamw(0.0006, b2=0.95, weight_decay=0.1)"
    ),
    "torch.optim.Adamax(p)": "optax.adamax(0.002)",
    "torch.optim.Adadelta(p, weight_decay=0.1)": "optax.adadelta(1.0, weight_decay=0.1)",
    "torch.optim.RMSprop(p, lr=1e-2)": "optax.rmsprop(0.01, decay=0.99, eps_in_sqrt=False)",
    "torch.optim.RMSprop(p, lr=1e-2, centered=True)": (
        "optax.rmsprop(0.01, decay=0.99, eps_in_sqrt=False, centered=True)"
    ),
    "keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.1)": (
        "optax.chain(\n    optax.scale_by_learning_rate(0.1),\n    optax.trace(0.9),\n"
        "    optax.add_decayed_weights(-0.1 * 0.1),\n)"
    ),
    "keras.optimizers.SGD(0.1, weight_decay=0.1)": "optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.1))",
    "keras.optimizers.SGD(0.1, clipvalue=0.5)": "optax.chain(optax.clip(0.5), optax.sgd(0.1))",
    "keras.optimizers.SGD(0.1, global_clipnorm=1.0)": "optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.1))",
    "keras.optimizers.RMSprop(1e-3)": "optax.rmsprop(0.001, eps=1e-07)",
    "keras.optimizers.RMSprop(1e-3, rho=0.99, momentum=0.9)": (
        "optax.rmsprop(0.001, decay=0.99, eps=1e-07, momentum=0.9)"
    ),
    "keras.optimizers.Adagrad(0.1)": "optax.adagrad(0.1)",
    "keras.optimizers.Adadelta(1.0)": "optax.adadelta(1.0, rho=0.95, eps=1e-07)",
    "keras.optimizers.Lion(1e-4, weight_decay=0.1)": "optax.lion(0.0001, weight_decay=0.1)",
    "keras.optimizers.Lion(1e-4)": "optax.lion(0.0001, weight_decay=0.0)",
    "keras.optimizers.Lamb(1e-3)": "optax.lamb(0.001, eps=1e-07)",
    "numpy_impl.optimizers.AdaBelief(tensors, 0.001)": "optax.adabelief(0.001)",
    "optax.nadam(1e-3)": "optax.nadam(0.001)",
}


@pytest.mark.parametrize("text", EXACT)
def test_it_is_exact_in_optax(text):
    found = port(text, "optax")
    assert (closest_code(found), found.native.fidelity.startswith("exact"), found.exact is not None) == (
        EXACT[text],
        True,
        True,
    )


# What optax cannot do: the fields in which the closest call differs.
CLOSE = {
    "keras.optimizers.Adam(1e-3)": ("optax.adam(0.001, eps=1e-07)", ["epsilon_position"]),
    "keras.optimizers.AdamW(1e-3)": ("optax.adamw(0.001, eps=1e-07, weight_decay=0.004)", ["epsilon_position"]),
    "torch.optim.Adam(p, amsgrad=True)": ("optax.adam(0.001)", ["amsgrad"]),
    "torch.optim.NAdam(p)": ("optax.nadam(0.002)", ["momentum_decay"]),
    "torch.optim.RAdam(p)": ("optax.radam(0.001)", ["epsilon_position"]),
    "keras.optimizers.Ftrl(1e-3)": (None, ["class"]),
    "torch.optim.Rprop(p)": (None, ["class"]),
    "torch.optim.ASGD(p)": (None, ["class"]),
}


@pytest.mark.parametrize("text", CLOSE)
def test_what_is_not_is_said(text):
    found = port(text, "optax")
    code, different = CLOSE[text]
    assert (closest_code(found), [one.field for one in found.native.mismatches]) == (code, different)
    assert (found.exact, found.native.fidelity.startswith("exact-with")) == (None, False)
