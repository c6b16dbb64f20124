"""From one framework's call to another's: the golden table.

It says what the optimizers' sources say (torch/optim/*.py, keras/src/optimizers/*.py), put down by hand. Under each
call are the closest calls of the other frameworks, how close each is, and the fields in which it differs. Arguments
left out are the defaults; a torch call goes on after ";" with what is called before and after its step.
"""

from pathlib import Path

import keras
import pytest
import torch
from spoken import built, built_in_torch, clip_in_torch, framework_of, spoken

import numpy_impl
from comparisons import frameworks
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express import Mismatch, express
from comparisons.names import BadInput
from comparisons.rules import SGD, Adafactor, ClipGlobalNorm, CosineDecay, Lion, RMSprop, StepDecay

GOLDEN = {
    # plain descent: one recursion, whatever the coupling of weight decay
    "torch.optim.SGD(lr=0.1)": [
        ("numpy_impl.optimizers.SGD(learning_rate=0.1)", "exact"),
        ("keras.optimizers.SGD(learning_rate=0.1)", "exact"),
    ],
    "keras.optimizers.SGD()": [
        ("numpy_impl.optimizers.SGD(learning_rate=0.01)", "exact"),
        ("torch.optim.SGD(lr=0.01)", "exact"),
    ],
    "numpy_impl.optimizers.SGD(learning_rate=0.5)": [
        ("torch.optim.SGD(lr=0.5)", "exact"),
        ("keras.optimizers.SGD(learning_rate=0.5)", "exact"),
    ],
    "torch.optim.SGD(lr=0.1, weight_decay=0.01)": [
        ("numpy_impl.optimizers.SGD(learning_rate=0.1)", "drop-in-only", "weight_decay"),
        ("keras.optimizers.SGD(learning_rate=0.1, weight_decay=0.01)", "exact"),
    ],
    "keras.optimizers.SGD(learning_rate=0.1, weight_decay=0.01)": [
        ("torch.optim.SGD(lr=0.1, weight_decay=0.01)", "exact"),
    ],
    "torch.optim.SGD(lr=0.1, dampening=0.5)": [("keras.optimizers.SGD(learning_rate=0.1)", "exact")],
    "keras.optimizers.SGD(learning_rate=0.1, nesterov=True)": [
        ("numpy_impl.optimizers.SGD(learning_rate=0.1)", "exact"),
        ("torch.optim.SGD(lr=0.1)", "exact"),
    ],
    "numpy_impl.optimizers.Nesterov(learning_rate=0.1, momentum=0.0)": [("torch.optim.SGD(lr=0.1)", "exact")],
    "numpy_impl.optimizers.Momentum(learning_rate=0.1, momentum=0.0)": [("torch.optim.SGD(lr=0.1)", "exact")],

    # a velocity: Keras and the scratch optimizers keep the learning rate in it, torch does not
    "torch.optim.SGD(lr=0.1, momentum=0.9)": [
        ("numpy_impl.optimizers.Momentum(learning_rate=0.1, momentum=0.9)", "exact-at-constant-learning-rate",
         "learning_rate_in_velocity"),
        ("keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)", "exact-at-constant-learning-rate",
         "learning_rate_in_velocity"),
    ],
    "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)": [
        ("numpy_impl.optimizers.Momentum(learning_rate=0.1, momentum=0.9)", "exact"),
        ("torch.optim.SGD(lr=0.1, momentum=0.9)", "exact-at-constant-learning-rate", "learning_rate_in_velocity"),
    ],
    "numpy_impl.optimizers.Momentum()": [
        ("torch.optim.SGD(lr=0.01, momentum=0.9)", "exact-at-constant-learning-rate", "learning_rate_in_velocity"),
        ("keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)", "exact"),
    ],
    "torch.optim.SGD(lr=0.1, momentum=0.9, nesterov=True)": [
        ("numpy_impl.optimizers.Nesterov(learning_rate=0.1, momentum=0.9)", "exact-at-constant-learning-rate",
         "learning_rate_in_velocity"),
        ("keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)", "exact-at-constant-learning-rate",
         "learning_rate_in_velocity"),
    ],
    "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)": [
        ("numpy_impl.optimizers.Nesterov(learning_rate=0.1, momentum=0.9)", "exact"),
        ("torch.optim.SGD(lr=0.1, momentum=0.9, nesterov=True)", "exact-at-constant-learning-rate",
         "learning_rate_in_velocity"),
    ],
    "numpy_impl.optimizers.Nesterov()": [
        ("torch.optim.SGD(lr=0.01, momentum=0.9, nesterov=True)", "exact-at-constant-learning-rate",
         "learning_rate_in_velocity"),
        ("keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)", "exact"),
    ],
    "torch.optim.SGD(lr=0.1, momentum=0.9, dampening=0.5)": [
        ("numpy_impl.optimizers.Momentum(learning_rate=0.1, momentum=0.9)", "drop-in-only", "dampening",
         "learning_rate_in_velocity"),
        ("keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)", "drop-in-only", "dampening",
         "learning_rate_in_velocity"),
    ],
    "torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=0.01)": [
        ("keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, weight_decay=0.01)", "drop-in-only",
         "weight_decay_coupling", "learning_rate_in_velocity"),
    ],
    "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, weight_decay=0.01)": [
        ("numpy_impl.optimizers.Momentum(learning_rate=0.1, momentum=0.9)", "drop-in-only", "weight_decay"),
        ("torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=0.01)", "exact-with-hook", "weight_decay_coupling",
         "learning_rate_in_velocity"),
    ],

    # Adagrad: inside Keras's root, epsilon is a part of the initial accumulator; torch's outside is not
    "keras.optimizers.Adagrad()": [
        ("numpy_impl.optimizers.AdaGrad(learning_rate=0.001, initial_accumulator=0.1000001, epsilon=0.0)", "exact"),
        ("torch.optim.Adagrad(lr=0.001, initial_accumulator_value=0.1000001, eps=0.0)", "exact"),
    ],
    "keras.optimizers.Adagrad(initial_accumulator_value=0.25, epsilon=0.0)": [
        ("torch.optim.Adagrad(lr=0.001, initial_accumulator_value=0.25, eps=0.0)", "exact"),
    ],
    "torch.optim.Adagrad(eps=1e-8)": [
        ("numpy_impl.optimizers.AdaGrad(learning_rate=0.01, epsilon=1e-8)", "exact"),
        ("keras.optimizers.Adagrad(learning_rate=0.01, initial_accumulator_value=0.0, epsilon=1e-16)", "approximate",
         "epsilon_position"),
    ],
    "torch.optim.Adagrad(lr=0.5, initial_accumulator_value=0.25, eps=0.0)": [
        ("keras.optimizers.Adagrad(learning_rate=0.5, initial_accumulator_value=0.25, epsilon=0.0)", "exact"),
    ],
    "numpy_impl.optimizers.AdaGrad()": [
        ("torch.optim.Adagrad(lr=0.01, eps=1e-7)", "exact"),
        ("keras.optimizers.Adagrad(learning_rate=0.01, initial_accumulator_value=0.0, epsilon=1e-14)", "approximate",
         "epsilon_position"),
    ],
    "torch.optim.Adagrad(lr=0.5, lr_decay=0.05, eps=0.0)": [
        ("numpy_impl.optimizers.AdaGrad(learning_rate=0.5, epsilon=0.0)", "drop-in-only", "learning_rate"),
        ("keras.optimizers.Adagrad(learning_rate=keras.optimizers.schedules.InverseTimeDecay("
         "initial_learning_rate=0.5, decay_steps=1, decay_rate=0.05), initial_accumulator_value=0.0, epsilon=0.0)",
         "exact"),
    ],
    "keras.optimizers.Adagrad(learning_rate=keras.optimizers.schedules.InverseTimeDecay(initial_learning_rate=0.5, "
    "decay_steps=10, decay_rate=0.5), epsilon=0.0)": [
        ("torch.optim.Adagrad(lr=0.5, lr_decay=0.05, initial_accumulator_value=0.1, eps=0.0)", "exact"),
    ],
    "torch.optim.Adagrad(weight_decay=0.1, eps=0.0)": [
        ("keras.optimizers.Adagrad(learning_rate=0.01, initial_accumulator_value=0.0, epsilon=0.0, weight_decay=0.1)",
         "drop-in-only", "weight_decay_coupling"),
    ],
    "keras.optimizers.Adagrad(weight_decay=0.1, epsilon=0.0)": [
        ("torch.optim.Adagrad(lr=0.001, weight_decay=0.1, initial_accumulator_value=0.1, eps=0.0)", "exact-with-hook",
         "weight_decay_coupling"),
    ],

    # Adadelta: epsilon is inside everybody's root
    "torch.optim.Adadelta()": [
        ("numpy_impl.optimizers.AdaDelta(learning_rate=1.0, rho=0.9, epsilon=1e-6)", "exact"),
        ("keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6)", "exact"),
    ],
    "keras.optimizers.Adadelta()": [
        ("numpy_impl.optimizers.AdaDelta(learning_rate=0.001, rho=0.95, epsilon=1e-7)", "exact"),
        ("torch.optim.Adadelta(lr=0.001, rho=0.95, eps=1e-7)", "exact"),
    ],
    "numpy_impl.optimizers.AdaDelta()": [
        ("torch.optim.Adadelta(lr=1.0, rho=0.95, eps=1e-6)", "exact"),
        ("keras.optimizers.Adadelta(learning_rate=1.0, rho=0.95, epsilon=1e-6)", "exact"),
    ],
    "torch.optim.Adadelta(weight_decay=0.1)": [
        ("keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6, weight_decay=0.1)", "drop-in-only",
         "weight_decay_coupling"),
    ],
    "keras.optimizers.Adadelta(weight_decay=0.1)": [
        ("torch.optim.Adadelta(lr=0.001, rho=0.95, eps=1e-7, weight_decay=0.1)", "exact-with-hook",
         "weight_decay_coupling"),
    ],

    # RMSprop: epsilon outside torch's root, inside Keras's; the best constant is the square, or the root
    "torch.optim.RMSprop()": [
        ("numpy_impl.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-8)", "exact"),
        ("keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-16)", "approximate", "epsilon_position"),
    ],
    "keras.optimizers.RMSprop(epsilon=1e-6)": [
        ("numpy_impl.optimizers.RMSprop(learning_rate=0.001, rho=0.9, epsilon=1e-3)", "approximate",
         "epsilon_position"),
        ("torch.optim.RMSprop(lr=0.001, alpha=0.9, eps=1e-3)", "approximate", "epsilon_position"),
    ],
    "numpy_impl.optimizers.RMSprop()": [
        ("torch.optim.RMSprop(lr=0.01, alpha=0.99, eps=1e-7)", "exact"),
        ("keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-14)", "approximate", "epsilon_position"),
    ],
    "torch.optim.RMSprop(eps=0.0)": [("keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=0.0)", "exact")],
    "keras.optimizers.RMSprop(epsilon=0.0)": [
        ("numpy_impl.optimizers.RMSprop(learning_rate=0.001, rho=0.9, epsilon=0.0)", "exact"),
        ("torch.optim.RMSprop(lr=0.001, alpha=0.9, eps=0.0)", "exact"),
    ],
    "torch.optim.RMSprop(eps=0.0, centered=True)": [
        ("numpy_impl.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=0.0)", "drop-in-only", "centered"),
        ("keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=0.0, centered=True)", "exact"),
    ],
    "keras.optimizers.RMSprop(epsilon=1e-4, centered=True)": [
        ("torch.optim.RMSprop(lr=0.001, alpha=0.9, eps=1e-2, centered=True)", "approximate", "epsilon_position"),
    ],
    "torch.optim.RMSprop(eps=0.0, momentum=0.9)": [
        ("numpy_impl.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=0.0)", "drop-in-only", "momentum"),
        ("keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, momentum=0.9, epsilon=0.0)",
         "exact-at-constant-learning-rate", "learning_rate_in_velocity"),
    ],
    "keras.optimizers.RMSprop(epsilon=0.0, momentum=0.9)": [
        ("torch.optim.RMSprop(lr=0.001, alpha=0.9, eps=0.0, momentum=0.9)", "exact-at-constant-learning-rate",
         "learning_rate_in_velocity"),
    ],
    "torch.optim.RMSprop(momentum=0.9)": [
        ("keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, momentum=0.9, epsilon=1e-16)", "approximate",
         "epsilon_position", "learning_rate_in_velocity"),
    ],
    "torch.optim.RMSprop(eps=0.0, weight_decay=0.1)": [
        ("keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=0.0, weight_decay=0.1)", "drop-in-only",
         "weight_decay_coupling"),
    ],
    "keras.optimizers.RMSprop(epsilon=0.0, weight_decay=0.1)": [
        ("torch.optim.RMSprop(lr=0.001, alpha=0.9, eps=0.0, weight_decay=0.1)", "exact-with-hook",
         "weight_decay_coupling"),
    ],

    # Adam: epsilon beside torch's corrected root, beside Keras's uncorrected one
    "torch.optim.Adam()": [
        ("numpy_impl.optimizers.Adam(learning_rate=0.001, epsilon=1e-8)", "exact-with-hook", "epsilon_position"),
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=1e-8)", "exact-with-hook", "epsilon_position"),
    ],
    "keras.optimizers.Adam()": [
        ("numpy_impl.optimizers.Adam(learning_rate=0.001, epsilon=1e-7)", "exact"),
        ("torch.optim.Adam(lr=0.001, eps=1e-7)", "exact-with-hook", "epsilon_position"),
    ],
    "numpy_impl.optimizers.Adam()": [
        ("torch.optim.Adam(lr=0.001, eps=1e-7)", "exact-with-hook", "epsilon_position"),
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=1e-7)", "exact"),
    ],
    "torch.optim.Adam(betas=(0.8, 0.99), eps=0.0)": [
        ("numpy_impl.optimizers.Adam(learning_rate=0.001, beta1=0.8, beta2=0.99, epsilon=0.0)", "exact"),
        ("keras.optimizers.Adam(learning_rate=0.001, beta_1=0.8, beta_2=0.99, epsilon=0.0)", "exact"),
    ],
    "keras.optimizers.Adam(beta_1=0.8, beta_2=0.99, epsilon=0.0)": [
        ("torch.optim.Adam(lr=0.001, betas=(0.8, 0.99), eps=0.0)", "exact"),
    ],
    "torch.optim.Adam(eps=0.0, amsgrad=True)": [
        ("numpy_impl.optimizers.Adam(learning_rate=0.001, epsilon=0.0)", "drop-in-only", "amsgrad"),
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=0.0, amsgrad=True)", "exact"),
    ],
    "keras.optimizers.Adam(amsgrad=True)": [
        ("torch.optim.Adam(lr=0.001, eps=1e-7, amsgrad=True)", "exact-with-hook", "epsilon_position"),
    ],
    "torch.optim.Adam(eps=0.0, weight_decay=0.1)": [
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=0.0, weight_decay=0.1)", "drop-in-only",
         "weight_decay_coupling"),
    ],
    "torch.optim.Adam(eps=0.0, weight_decay=0.1, decoupled_weight_decay=True)": [
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=0.0, weight_decay=0.1)", "exact"),
    ],
    "torch.optim.AdamW(eps=0.0)": [
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=0.0, weight_decay=0.01)", "exact"),
    ],
    "torch.optim.AdamW()": [
        ("numpy_impl.optimizers.AdamW(learning_rate=0.001, epsilon=1e-8)", "exact-with-hook", "epsilon_position"),
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=1e-8, weight_decay=0.01)", "exact-with-hook",
         "epsilon_position"),
    ],
    "keras.optimizers.AdamW(epsilon=0.0)": [("torch.optim.AdamW(lr=0.001, eps=0.0, weight_decay=0.004)", "exact")],
    "keras.optimizers.AdamW()": [
        ("numpy_impl.optimizers.AdamW(learning_rate=0.001, epsilon=1e-7, weight_decay=0.004)", "exact"),
        ("torch.optim.AdamW(lr=0.001, eps=1e-7, weight_decay=0.004)", "exact-with-hook", "epsilon_position"),
    ],
    "numpy_impl.optimizers.AdamW()": [
        ("torch.optim.AdamW(lr=0.001, eps=1e-7)", "exact-with-hook", "epsilon_position"),
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=1e-7, weight_decay=0.01)", "exact"),
    ],
    "keras.optimizers.Adam(epsilon=0.0, weight_decay=0.1)": [
        ("torch.optim.AdamW(lr=0.001, eps=0.0, weight_decay=0.1)", "exact"),
    ],

    # Adamax: epsilon in torch's maximum, added in Keras
    "torch.optim.Adamax()": [
        ("numpy_impl.optimizers.AdaMax(learning_rate=0.002, epsilon=1e-8)", "approximate", "epsilon_position"),
        ("keras.optimizers.Adamax(learning_rate=0.002, epsilon=1e-8)", "approximate", "epsilon_position"),
    ],
    "numpy_impl.optimizers.AdaMax()": [
        ("torch.optim.Adamax(lr=0.002, eps=1e-7)", "approximate", "epsilon_position"),
        ("keras.optimizers.Adamax(learning_rate=0.002, epsilon=1e-7)", "exact"),
    ],
    "keras.optimizers.Adamax()": [("torch.optim.Adamax(lr=0.001, eps=1e-7)", "approximate", "epsilon_position")],
    "torch.optim.Adamax(eps=0.0)": [("keras.optimizers.Adamax(learning_rate=0.002, epsilon=0.0)", "exact")],
    "keras.optimizers.Adamax(epsilon=0.0)": [("torch.optim.Adamax(lr=0.001, eps=0.0)", "exact")],
    "torch.optim.Adamax(eps=0.0, weight_decay=0.1)": [
        ("keras.optimizers.Adamax(learning_rate=0.002, epsilon=0.0, weight_decay=0.1)", "drop-in-only",
         "weight_decay_coupling"),
    ],
    "keras.optimizers.Adamax(epsilon=0.0, weight_decay=0.1)": [
        ("torch.optim.Adamax(lr=0.001, eps=0.0, weight_decay=0.1)", "exact-with-hook", "weight_decay_coupling"),
    ],

    # NAdam: Keras has a momentum decay of 1 built in; epsilon has one place
    "torch.optim.NAdam()": [
        ("numpy_impl.optimizers.NAdam(learning_rate=0.002, epsilon=1e-8)", "exact"),
        ("keras.optimizers.Nadam(learning_rate=0.002, epsilon=1e-8)", "drop-in-only", "momentum_decay"),
    ],
    "torch.optim.NAdam(momentum_decay=1.0)": [("keras.optimizers.Nadam(learning_rate=0.002, epsilon=1e-8)", "exact")],
    "torch.optim.NAdam(momentum_decay=1.0, weight_decay=0.1)": [
        ("keras.optimizers.Nadam(learning_rate=0.002, epsilon=1e-8, weight_decay=0.1)", "drop-in-only",
         "weight_decay_coupling"),
    ],
    "torch.optim.NAdam(momentum_decay=1.0, weight_decay=0.1, decoupled_weight_decay=True)": [
        ("keras.optimizers.Nadam(learning_rate=0.002, epsilon=1e-8, weight_decay=0.1)", "exact"),
    ],
    "numpy_impl.optimizers.NAdam()": [
        ("torch.optim.NAdam(lr=0.002, eps=1e-7)", "exact"),
        ("keras.optimizers.Nadam(learning_rate=0.002, epsilon=1e-7)", "drop-in-only", "momentum_decay"),
    ],
    "keras.optimizers.Nadam()": [("torch.optim.NAdam(lr=0.001, eps=1e-7, momentum_decay=1.0)", "exact")],
    "keras.optimizers.Nadam(weight_decay=0.1)": [
        ("torch.optim.NAdam(lr=0.001, eps=1e-7, weight_decay=0.1, momentum_decay=1.0, decoupled_weight_decay=True)",
         "exact"),
    ],

    # Schedule-Free: Keras's is another algorithm than the paper's
    "numpy_impl.optimizers.ScheduleFreeAdamW()": [
        (
            "keras.optimizers.ScheduleFreeAdamW(learning_rate=0.0025)",
            "drop-in-only",
            "rate_power",
            "aliased",
        ),
    ],
    # SparseAdam: Keras's and the textbook's move every row
    "torch.optim.SparseAdam()": [
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=1e-8)", "drop-in-only", "lazy"),
    ],
    # Muon: torch's mean is 1 / 20 of a sum, and with it epsilon
    "torch.optim.Muon()": [
        (
            "keras.optimizers.Muon(learning_rate=0.001, weight_decay=0.1, exclude_embeddings=False)",
            "drop-in-only",
            "iteration_dtype",
            "epsilon_position",
            "scale",
        ),
    ],
    "keras.optimizers.Muon()": [
        (
            "torch.optim.Muon(lr=0.001, weight_decay=0.004, eps=5.000000000000004e-09, adjust_lr_fn='match_rms_adamw')",
            "approximate",
            "iteration_dtype",
            "epsilon_position",
        ),
    ],
    "numpy_impl.optimizers.Muon()": [
        (
            "torch.optim.Muon(lr=0.02, weight_decay=0.0, eps=5.000000000000004e-09, adjust_lr_fn='original')",
            "approximate",
            "iteration_dtype",
            "epsilon_position",
        ),
        (
            "keras.optimizers.Muon(learning_rate=0.02, weight_decay=0.0, exclude_embeddings=False)",
            "drop-in-only",
            "scale",
        ),
    ],
    # Adafactor: even a tiny epsilon1 is felt by tiny gradients; decay changes the size that scales a step
    "keras.optimizers.Adafactor()": [
        ("numpy_impl.optimizers.Adafactor(learning_rate=0.001)", "exact"),
        ("torch.optim.Adafactor(lr=0.001, eps=(1e-15, 1e-3))", "approximate", "epsilon1_position"),
    ],
    "numpy_impl.optimizers.Adafactor()": [
        ("torch.optim.Adafactor(lr=0.01, eps=(1e-15, 1e-3))", "approximate", "epsilon1_position"),
        ("keras.optimizers.Adafactor(learning_rate=0.01)", "exact"),
    ],
    "torch.optim.Adafactor(eps=(1e-15, 1e-3))": [
        ("keras.optimizers.Adafactor(learning_rate=0.01)", "approximate", "epsilon1_position"),
    ],
    "torch.optim.Adafactor(eps=(0.0, 1e-3))": [
        ("keras.optimizers.Adafactor(learning_rate=0.01, epsilon_1=0.0)", "approximate", "epsilon1_position"),
    ],
    "torch.optim.Adafactor(eps=(1e-15, 1e-2), beta2_decay=-0.5, d=2.0)": [
        ("keras.optimizers.Adafactor(learning_rate=0.01, beta_2_decay=-0.5, epsilon_2=1e-2, clip_threshold=2.0)",
         "approximate", "epsilon1_position"),
    ],
    "torch.optim.Adafactor()": [("keras.optimizers.Adafactor(learning_rate=0.01)", "approximate", "epsilon1_position")],
    "keras.optimizers.Adafactor(epsilon_1=1e-8)": [
        ("torch.optim.Adafactor(lr=0.001, eps=(1e-4, 1e-3))", "approximate", "epsilon1_position"),
    ],
    "keras.optimizers.Adafactor(weight_decay=0.1)": [
        ("torch.optim.Adafactor(lr=0.001, eps=(1e-15, 1e-3), weight_decay=0.1)", "approximate",
         "epsilon1_position", "scale_after_decay"),
    ],
    "torch.optim.Adafactor(eps=(1e-15, 1e-3), weight_decay=0.1)": [
        ("keras.optimizers.Adafactor(learning_rate=0.01, weight_decay=0.1)", "approximate",
         "epsilon1_position", "scale_after_decay"),
    ],
    "keras.optimizers.Adafactor(clip_threshold=0.5)": [
        ("torch.optim.Adafactor(lr=0.001, eps=(1e-15, 1e-3))", "drop-in-only", "clip_threshold", "epsilon1_position"),
    ],

    # of one or two frameworks only; the others are in NO_SUCH_CLASS
    "torch.optim.RAdam()": [("numpy_impl.optimizers.RAdam(epsilon=1e-8)", "exact")],
    "numpy_impl.optimizers.RAdam()": [("torch.optim.RAdam(eps=1e-7)", "exact")],
    "torch.optim.ASGD()": [("numpy_impl.optimizers.ASGD()", "drop-in-only", "average_from")],
    "numpy_impl.optimizers.ASGD()": [("torch.optim.ASGD(t0=0.0)", "exact")],
    "torch.optim.Rprop()": [("numpy_impl.optimizers.Rprop(learning_rate=0.01)", "exact")],
    "numpy_impl.optimizers.Rprop()": [("torch.optim.Rprop(lr=0.1)", "exact")],
    "keras.optimizers.Ftrl()": [
        ("numpy_impl.optimizers.Ftrl(learning_rate=0.001, initial_accumulator=0.1)", "drop-in-only", "beta"),
    ],
    "numpy_impl.optimizers.Ftrl()": [
        ("keras.optimizers.Ftrl(learning_rate=0.01, initial_accumulator_value=0.0, beta=1.0)", "exact"),
    ],
    "keras.optimizers.Lion()": [("numpy_impl.optimizers.Lion(learning_rate=0.001)", "exact")],
    "numpy_impl.optimizers.Lion()": [("keras.optimizers.Lion(learning_rate=1e-4)", "exact")],
    "keras.optimizers.Lamb()": [("numpy_impl.optimizers.Lamb()", "exact")],
    "numpy_impl.optimizers.Lamb()": [("keras.optimizers.Lamb()", "exact")],

    # schedules: index and formula are the same, but for what a cosine does after its steps
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.StepLR(step_size=30)": [
        ("numpy_impl.optimizers.SGD(learning_rate=0.1)", "drop-in-only", "learning_rate"),
        ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
         "decay_steps=30, decay_rate=0.1, staircase=True))", "exact"),
    ],
    "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
    "decay_steps=30, decay_rate=0.5, staircase=True))": [
        ("torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.StepLR(step_size=30, gamma=0.5)", "exact"),
    ],
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.ExponentialLR(gamma=0.5)": [
        ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
         "decay_steps=1, decay_rate=0.5))", "exact"),
    ],
    "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
    "decay_steps=2, decay_rate=0.25))": [
        ("torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.ExponentialLR(gamma=0.5)", "exact"),
    ],
    "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(initial_learning_rate=0.1, "
    "decay_steps=4, decay_rate=0.5))": [
        ("torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.LambdaLR(lr_lambda=lambda k: 1 / (1 + 0.125 * k))",
         "exact"),
    ],
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.LambdaLR(lr_lambda=lambda k: 1 / (1 + 0.125 * k))": [
        ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(initial_learning_rate=0.1, "
         "decay_steps=1, decay_rate=0.125))", "exact"),
    ],
    "torch.optim.SGD(lr=0.5); torch.optim.lr_scheduler.CosineAnnealingLR(T_max=100, eta_min=0.125)": [
        ("numpy_impl.optimizers.SGD(learning_rate=0.5)", "drop-in-only", "learning_rate"),
        ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.5, "
         "decay_steps=100, alpha=0.25))", "exact-with-hook", "learning_rate"),
    ],
    "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.5, "
    "decay_steps=100, alpha=0.25))": [
        ("torch.optim.SGD(lr=0.5); torch.optim.lr_scheduler.CosineAnnealingLR(T_max=100, eta_min=0.125)",
         "exact-with-hook", "learning_rate"),
    ],
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.StepLR(step_size=30, gamma=1.0)": [
        ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
         "decay_steps=30, decay_rate=1.0, staircase=True))", "exact"),
    ],
    "torch.optim.SGD(lr=0.1, momentum=0.9); torch.optim.lr_scheduler.StepLR(step_size=30)": [
        ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
         "decay_steps=30, decay_rate=0.1, staircase=True), momentum=0.9)", "exact-with-hook",
         "learning_rate_in_velocity"),
    ],
    "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
    "decay_steps=1, decay_rate=0.5), momentum=0.9, nesterov=True)": [
        ("numpy_impl.optimizers.Nesterov(learning_rate=0.1, momentum=0.9)", "drop-in-only", "learning_rate"),
        ("torch.optim.SGD(lr=0.1, momentum=0.9, nesterov=True); torch.optim.lr_scheduler.ExponentialLR(gamma=0.5)",
         "exact-with-hook", "learning_rate_in_velocity"),
    ],
    "torch.optim.RMSprop(eps=0.0, momentum=0.9); torch.optim.lr_scheduler.ExponentialLR(gamma=0.5)": [
        ("keras.optimizers.RMSprop(learning_rate=keras.optimizers.schedules.ExponentialDecay("
         "initial_learning_rate=0.01, decay_steps=1, decay_rate=0.5), rho=0.99, momentum=0.9, epsilon=0.0)",
         "exact-with-hook", "learning_rate_in_velocity"),
    ],
    "torch.optim.RMSprop(eps=0.0); torch.optim.lr_scheduler.ExponentialLR(gamma=0.5)": [
        ("keras.optimizers.RMSprop(learning_rate=keras.optimizers.schedules.ExponentialDecay("
         "initial_learning_rate=0.01, decay_steps=1, decay_rate=0.5), rho=0.99, epsilon=0.0)", "exact"),
    ],
    "torch.optim.AdamW(eps=0.0); torch.optim.lr_scheduler.StepLR(step_size=30)": [
        ("keras.optimizers.Adam(learning_rate=keras.optimizers.schedules.ExponentialDecay("
         "initial_learning_rate=0.001, decay_steps=30, decay_rate=0.1, staircase=True), epsilon=0.0, "
         "weight_decay=0.01)", "exact"),
    ],

    # clipping: values alike; torch adds 1e-6 to a norm
    "torch.optim.SGD(lr=0.1); torch.nn.utils.clip_grad_value_(clip_value=0.5)": [
        ("numpy_impl.optimizers.SGD(learning_rate=0.1)", "drop-in-only", "clip"),
        ("keras.optimizers.SGD(learning_rate=0.1, clipvalue=0.5)", "exact"),
    ],
    "keras.optimizers.SGD(learning_rate=0.1, clipvalue=0.5)": [
        ("torch.optim.SGD(lr=0.1); torch.nn.utils.clip_grad_value_(clip_value=0.5)", "exact"),
    ],
    "torch.optim.SGD(lr=0.1); torch.nn.utils.clip_grad_norm_(max_norm=1)": [
        ("keras.optimizers.SGD(learning_rate=0.1, global_clipnorm=1.0)", "approximate", "clip"),
    ],
    "keras.optimizers.SGD(learning_rate=0.1, global_clipnorm=1.0)": [
        ("torch.optim.SGD(lr=0.1); torch.nn.utils.clip_grad_norm_(max_norm=1.0)", "exact-with-hook", "clip"),
    ],
    "keras.optimizers.SGD(learning_rate=0.1, clipnorm=1.0)": [
        ("torch.optim.SGD(lr=0.1); each torch.nn.utils.clip_grad_norm_(max_norm=1.0)", "exact-with-hook", "clip"),
    ],
    "torch.optim.SGD(lr=0.1); each torch.nn.utils.clip_grad_norm_(max_norm=1.0)": [
        ("keras.optimizers.SGD(learning_rate=0.1, clipnorm=1.0)", "approximate", "clip"),
    ],
    "keras.optimizers.Adam(clipvalue=0.5, epsilon=0.0)": [
        ("torch.optim.Adam(lr=0.001, eps=0.0); torch.nn.utils.clip_grad_value_(clip_value=0.5)", "exact"),
    ],

    # several at once: as far off as the furthest
    "torch.optim.Adam(weight_decay=0.1, amsgrad=True); torch.nn.utils.clip_grad_norm_(max_norm=1.0)": [
        ("keras.optimizers.Adam(learning_rate=0.001, epsilon=1e-8, amsgrad=True, weight_decay=0.1, "
         "global_clipnorm=1.0)", "drop-in-only", "weight_decay_coupling", "clip", "epsilon_position"),
    ],
    "keras.optimizers.Adam(clipnorm=1.0)": [
        ("torch.optim.Adam(lr=0.001, eps=1e-7); each torch.nn.utils.clip_grad_norm_(max_norm=1.0)", "exact-with-hook",
         "clip", "epsilon_position"),
    ],
    "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(initial_learning_rate=0.5, "
    "decay_steps=100), momentum=0.9, weight_decay=0.1)": [
        ("torch.optim.SGD(lr=0.5, momentum=0.9, weight_decay=0.1); torch.optim.lr_scheduler.CosineAnnealingLR("
         "T_max=100)", "approximate", "learning_rate", "weight_decay_coupling", "learning_rate_in_velocity"),
    ],
}  # fmt: skip
NO_SUCH_CLASS = [
    ("torch.optim.RAdam()", "tf"),
    ("numpy_impl.optimizers.RAdam()", "tf"),
    ("torch.optim.ASGD()", "tf"),
    ("numpy_impl.optimizers.ASGD()", "tf"),
    ("torch.optim.Rprop()", "tf"),
    ("numpy_impl.optimizers.Rprop()", "tf"),
    ("keras.optimizers.Ftrl()", "torch"),
    ("numpy_impl.optimizers.Ftrl()", "torch"),
    ("keras.optimizers.ScheduleFreeAdamW()", "torch"),
    ("numpy_impl.optimizers.ScheduleFreeAdamW()", "torch"),
    ("keras.optimizers.Lion()", "torch"),
    ("numpy_impl.optimizers.Lion()", "torch"),
    ("keras.optimizers.Lamb()", "torch"),
    ("numpy_impl.optimizers.Lamb()", "torch"),
]
# (source, framework of the target, target, fidelity, fields)
ROWS = [
    (source, framework_of(target), target, fidelity, tuple(fields))
    for source, targets in GOLDEN.items()
    for target, fidelity, *fields in targets
]
IDS = [f"{source} to {framework}" for source, framework, *_ in ROWS]


def rule_of(source):
    call = spoken(source)
    return frameworks.rule_of(call)


@pytest.mark.parametrize(("source", "framework", "target", "fidelity", "fields"), ROWS, ids=IDS)
def test_closest_call(source, framework, target, fidelity, fields):
    dialect, call = frameworks.of(framework), spoken(target)
    found = express(dialect, rule_of(source))
    assert found.call.code() == frameworks.complete(call).code()
    assert (found.fidelity, tuple(one.field for one in found.mismatches)) == (fidelity, fields)


@pytest.mark.parametrize(("source", "framework"), NO_SUCH_CLASS)
def test_no_call_is_closest_where_there_is_no_such_class(source, framework):
    found = express(frameworks.of(framework), rule_of(source))
    assert found.call is None
    assert (found.fidelity, [one.field for one in found.mismatches]) == ("drop-in-only", ["class"])


@pytest.mark.parametrize("source", GOLDEN)
def test_a_call_is_its_own_closest(source):
    call = spoken(source)
    dialect = frameworks.of(call.framework)
    found = express(dialect, frameworks.rule_of(call), prefer=call.name)
    assert (found.fidelity, found.mismatches) == ("exact", ())


@pytest.mark.parametrize("other", ["torch", "tf"])
def test_what_neither_framework_ships_is_run_by_a_drop_in(other):
    shipped = {native.rule for name in ("torch", "tf") for native in frameworks.of(name).classes.values()}
    nobodys = [name for name, native in frameworks.of("numpy").classes.items() if native.rule not in shipped]
    assert nobodys
    for name in nobodys:
        found = express(frameworks.of(other), frameworks.rule_of(frameworks.of("numpy").call(name, {})))
        assert (found.call, found.fidelity) == (None, "drop-in-only")


def test_every_class_is_in_the_table_in_all_directions():
    pairs = [(spoken(source), framework) for source, framework, *_ in ROWS + NO_SUCH_CLASS]
    covered = {(call.framework, call.name, framework) for call, framework in pairs}
    others = {"numpy": ("torch", "tf"), "torch": ("tf",), "tf": ("torch",)}
    shipped = {native.rule for name in ("torch", "tf") for native in frameworks.of(name).classes.values()}
    owed = {
        (framework, name, other)
        for framework in FRAMEWORKS
        for name, native in frameworks.of(framework).classes.items()
        for other in others[framework]
        if native.rule in shipped
    }
    assert owed <= covered
    # of each family that the scratch optimizers have, and of one that they have not
    assert {name for framework, name, other in covered if (framework, other) == ("torch", "numpy")} >= {
        "SGD", "Adagrad", "Adadelta", "RMSprop", "Adam", "AdamW", "NAdam"
    }  # fmt: skip
    assert {name for framework, name, other in covered if (framework, other) == ("tf", "numpy")} >= {
        "SGD", "Adagrad", "Adadelta", "RMSprop", "Adam", "Adafactor"
    }  # fmt: skip


# --- the closest calls are calls that the framework takes


TARGETS = sorted({target for *_, target, _, _ in ROWS})


@pytest.mark.parametrize("target", [target for target in TARGETS if target.startswith("torch")])
def test_torch_takes_the_call(target):
    call = frameworks.complete(spoken(target))
    theta = torch.nn.Parameter(torch.ones(2, 3))
    theta.grad = torch.ones(2, 3)
    optimizer, scheduler = built_in_torch(call, theta)
    clip_in_torch(call, theta)
    optimizer.step()
    if scheduler is not None:
        scheduler.step()
    [group] = optimizer.param_groups
    taken = {**group, "lr": group.get("initial_lr", group["lr"])}
    assert {name: taken[name] for name in call.arguments} == call.arguments


@pytest.mark.parametrize("target", [target for target in TARGETS if target.startswith("keras")])
def test_keras_takes_the_call(target):
    call = frameworks.complete(spoken(target))
    optimizer = built(call)
    optimizer.apply([keras.ops.ones((2, 3))], [keras.Variable(keras.ops.ones((2, 3)))])
    config = optimizer.get_config()
    given = {name: value for name, value in call.arguments.items() if not isinstance(value, NativeCall)}
    # the learning rate is a float32 variable
    assert {name: config[name] for name in given} == pytest.approx(given, rel=1e-7)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_sources_are_files_of_the_installed_framework(framework):
    package = {"numpy": numpy_impl, "torch": torch, "tf": keras}[framework]
    above = Path(package.__file__).parents[1]
    for native in frameworks.of(framework).classes.values():
        assert (above / native.source).exists()


# --- preferences, words, numbers


@pytest.mark.parametrize(
    ("source", "prefer", "target"),
    [
        ("keras.optimizers.Adam(weight_decay=0.1)", "Adam",
         "torch.optim.Adam(eps=1e-7, weight_decay=0.1, decoupled_weight_decay=True)"),
        ("keras.optimizers.Adam(weight_decay=0.1)", "AdamW", "torch.optim.AdamW(eps=1e-7, weight_decay=0.1)"),
        ("keras.optimizers.Adam(weight_decay=0.1)", "Nadam", "torch.optim.AdamW(eps=1e-7, weight_decay=0.1)"),
        ("keras.optimizers.Adam()", "Adam", "torch.optim.Adam(eps=1e-7)"),
        ("keras.optimizers.Adam()", "AdamW", "torch.optim.AdamW(eps=1e-7, weight_decay=0.0)"),
        ("torch.optim.AdamW()", "AdamW", "keras.optimizers.AdamW(weight_decay=0.01, epsilon=1e-8)"),
        ("torch.optim.AdamW()", "Adam", "keras.optimizers.Adam(weight_decay=0.01, epsilon=1e-8)"),
        # coupled, which AdamW cannot say
        ("torch.optim.Adam(weight_decay=0.1)", "AdamW", "torch.optim.Adam(weight_decay=0.1)"),
        ("torch.optim.SGD(lr=0.1)", "Momentum", "numpy_impl.optimizers.Momentum(learning_rate=0.1, momentum=0.0)"),
        ("torch.optim.SGD(lr=0.1, momentum=0.9)", "Nesterov", "numpy_impl.optimizers.Momentum(learning_rate=0.1)"),
    ],
)  # fmt: skip
def test_of_equally_close_classes_the_preferred(source, prefer, target):
    call = spoken(target)
    dialect = frameworks.of(call.framework)
    assert express(dialect, rule_of(source), prefer=prefer).call == frameworks.complete(call)


SGD_STEPS = "torch.optim.SGD(lr=0.1, momentum=0.9); torch.optim.lr_scheduler.StepLR(step_size=30)"
SGD_COSINE = "torch.optim.SGD(lr=0.5); torch.optim.lr_scheduler.CosineAnnealingLR(T_max=9)"
SGD_NORM = "torch.optim.SGD(lr=0.5); torch.nn.utils.clip_grad_norm_(max_norm=1)"
STEPS = StepDecay(initial=0.1, every=30, factor=0.1)
SAID = [
    ("torch.optim.SGD(momentum=0.9, dampening=0.5)", "tf", "dampening", 0.5, 0.0,
     "the class has no dampening: felt from the second step, when the velocity takes gradients in damped "
     "(keras/src/optimizers/sgd.py)"),
    (SGD_STEPS, "tf", "learning_rate_in_velocity", False, True,
     "the velocity holds the learning rate in Keras and not in torch: felt when the rate changes in mid-training "
     "(keras/src/optimizers/sgd.py)"),
    (SGD_STEPS, "numpy", "learning_rate", STEPS, 0.1,
     "the class has no schedules: felt when the rate changes (numpy_impl/rules)"),
    (SGD_COSINE, "tf", "learning_rate",
     CosineDecay(initial=0.5, over=9, rises=True), CosineDecay(initial=0.5, over=9),
     "after 9 updates the rate rises again in torch, and stays low in Keras "
     "(keras/src/optimizers/schedules/learning_rate_schedule.py)"),
    ("torch.optim.SGD(momentum=0.9, weight_decay=0.5)", "tf", "weight_decay_coupling", "coupled", "decoupled",
     "weight decay is a part of the gradient on one side and goes past the update on the other: felt from the start "
     "wherever the update is not the bare gradient (keras/src/optimizers/sgd.py)"),
    ("torch.optim.SGD(weight_decay=0.5)", "numpy", "weight_decay", 0.5, 0.0,
     "the class has no weight decay: felt from the first step (numpy_impl/rules)"),
    (SGD_NORM, "tf", "clip",
     ClipGlobalNorm(limit=1.0, formula="padded"), ClipGlobalNorm(limit=1.0, formula="exact"),
     "torch adds 1e-6 to the norm before it divides by it, Keras does not: a gradient that is clipped differs by "
     "1e-06 of itself at most "
     "(keras/src/optimizers/base_optimizer.py)"),
    (SGD_NORM, "numpy", "clip", ClipGlobalNorm(limit=1.0, formula="padded"), None,
     "the class does not clip gradients: felt where a gradient is larger than the limit (numpy_impl/rules)"),
    ("keras.optimizers.Adam()", "torch", "epsilon_position", "uncorrected-root", "corrected-root",
     "epsilon is added to the root after its correction in torch, before in Keras, where it is worth "
     "epsilon / sqrt(1 - beta2^t): felt in the first steps, and where gradients are not much larger than epsilon "
     "(torch/optim/adam.py)"),
    ("keras.optimizers.RMSprop()", "torch", "epsilon_position", "inside-root", "outside-root",
     "epsilon is added outside the root in torch, inside in Keras: felt where gradients are not much larger than the "
     "one outside, and no other number makes up for it (torch/optim/rmsprop.py)"),
    ("torch.optim.RMSprop(centered=True)", "numpy", "centered", True, False,
     "the class cannot set centered (numpy_impl/rules)"),
    ("torch.optim.NAdam()", "tf", "momentum_decay", 0.004, 1.0,
     "the class has this momentum decay built in: felt from the first step, until 0.96^(t momentum_decay) is gone "
     "(keras/src/optimizers/nadam.py)"),
    ("torch.optim.Adafactor()", "tf", "epsilon1_position", "floor", "added",
     "epsilon1 is added to squared gradients in Keras, a floor under their means in torch: felt where gradients are "
     "not much larger than its root (keras/src/optimizers/adafactor.py)"),
    ("keras.optimizers.Adafactor(weight_decay=0.1)", "torch", "scale_after_decay", True, False,
     "the size of the parameters, which scales the step, is taken after weight decay in Keras, before it in torch: "
     "felt in proportion to learning_rate * weight_decay (torch/optim/_adafactor.py)"),
    ("keras.optimizers.Adafactor(clip_threshold=0.5)", "torch", "clip_threshold", 0.5, 1.0,
     "the class refuses such a clip threshold (torch/optim/_adafactor.py)"),
    ("torch.optim.SGD(momentum=0.9)", "tf", "learning_rate_in_velocity", False, True,
     "the velocity holds the learning rate in Keras and not in torch: felt when the rate changes in mid-training "
     "(keras/src/optimizers/sgd.py)"),
    ("keras.optimizers.RMSprop(epsilon=0.0, momentum=0.9)", "torch", "learning_rate_in_velocity", True, False,
     "the velocity holds the learning rate in Keras and not in torch: felt when the rate changes in mid-training "
     "(torch/optim/rmsprop.py)"),
    ("torch.optim.SGD(momentum=0.9)", "numpy", "learning_rate_in_velocity", False, True,
     "the velocity holds the learning rate in NumPy and not in torch: felt when the rate changes in mid-training "
     "(numpy_impl/rules)"),
    ("keras.optimizers.RMSprop()", "numpy", "epsilon_position", "inside-root", "outside-root",
     "epsilon is added outside the root in NumPy, inside in Keras: felt where gradients are not much larger than the "
     "one outside, and no other number makes up for it (numpy_impl/rules)"),
    ("torch.optim.Adam()", "numpy", "epsilon_position", "corrected-root", "uncorrected-root",
     "epsilon is added to the root after its correction in torch, before in NumPy, where it is worth "
     "epsilon / sqrt(1 - beta2^t): felt in the first steps, and where gradients are not much larger than epsilon "
     "(numpy_impl/rules)"),
    ("numpy_impl.optimizers.AdaMax()", "torch", "epsilon_position", "added", "in-maximum",
     "epsilon is in the maximum in torch, added to it in NumPy: felt where gradients are not much larger than epsilon "
     "(torch/optim/adamax.py)"),
    ("keras.optimizers.Adafactor(weight_decay=0.1)", "numpy", "weight_decay", 0.1, 0.0,
     "the class has no weight decay: felt from the first step (numpy_impl/rules)"),
    ("keras.optimizers.Lamb()", "torch", "class", "Lamb", None, "torch.optim itself has no Lamb"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "framework", "field", "here", "there", "says"), SAID)
def test_mismatches_say_what_differs_and_where_it_is_written(source, framework, field, here, there, says):
    call = spoken(source)
    found = express(frameworks.of(framework), rule_of(source), source=frameworks.of(call.framework).name).mismatches
    assert Mismatch(field=field, source=here, target=there, message=says) in found


# What no call stands for, and a rule may say all the same.
RULES = {
    "torch decays after the size is taken": (
        Adafactor(
            learning_rate=0.1, beta2_decay=-0.8, epsilon1=1e-15, epsilon2=1e-3, clip_threshold=1.0,
            epsilon1_position="floor", scale_after_decay=False, weight_decay=0.1, weight_decay_coupling="coupled",
        ),
        "torch", "drop-in-only", ("weight_decay_coupling",),
    ),
    "Keras refuses Lion without beta1": (
        Lion(learning_rate=0.1, beta1=0.0, beta2=0.9),
        "tf", "drop-in-only", ("beta1",),
    ),
    "an epsilon whose square is no float": (
        RMSprop(learning_rate=0.1, rho=0.9, epsilon=1e200, epsilon_position="outside-root"),
        "tf", "approximate", ("epsilon_position",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "framework", "fidelity", "fields"), RULES.values(), ids=RULES)
def test_rules_that_no_call_stands_for(rule, framework, fidelity, fields):
    found = express(frameworks.of(framework), rule)
    assert (found.fidelity, tuple(one.field for one in found.mismatches)) == (fidelity, fields)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_call_says_a_learning_rate_of_0(framework):
    with pytest.raises(BadInput, match=r"is 0\.0; it must be a finite number above 0$"):
        express(frameworks.of(framework), SGD(learning_rate=0.0))
