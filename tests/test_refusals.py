"""What is refused, and the line that says so: field, value, and what is allowed.

Each refusal is held against the framework. Where the framework takes the value, the table says what comes of it.
"""

import importlib
import inspect
import math
from dataclasses import replace
from fractions import Fraction

import keras
import numpy as np
import pytest
import torch
from spoken import built, built_in_torch, clip_in_torch, framework_of, spoken

from comparisons import frameworks
from comparisons.frameworks.keras.schedules import CALLS as KERAS_SCHEDULES
from comparisons.frameworks.torch.clipping import CALLS as TORCH_CLIPS
from comparisons.frameworks.torch.schedules import CALLS as TORCH_SCHEDULERS
from comparisons.names import BadInput
from comparisons.rules import (
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    ClipGlobalNorm,
    ClipNorm,
    ClipValue,
    CosineDecay,
    ExponentialDecay,
    Ftrl,
    InverseTimeDecay,
    NAdam,
    RMSprop,
    Rprop,
    StepDecay,
)

# The call, what is said of it, and where its framework takes it all the same, what comes of that.
REFUSED = [
    # learning rates
    ("torch.optim.SGD(lr=nan)", "torch.optim.SGD: lr is nan; it must be a finite number above 0",
     "no number comes out"),
    ("torch.optim.Adam(lr=nan)", "torch.optim.Adam: lr is nan; it must be a finite number above 0"),
    ("torch.optim.SGD(lr=inf)", "torch.optim.SGD: lr is inf; it must be a finite number above 0",
     "no number comes out"),
    ("torch.optim.SGD(lr=-0.1)", "torch.optim.SGD: lr is -0.1; it must be a finite number above 0"),
    ("torch.optim.SGD(lr=0)", "torch.optim.SGD: lr is 0; it must be a finite number above 0", "nothing moves"),
    ("torch.optim.SGD(lr='0.1')", "torch.optim.SGD: lr is '0.1'; it must be a finite number above 0"),
    ("torch.optim.SGD(lr=None)", "torch.optim.SGD: lr is None; it must be a finite number above 0"),
    ("torch.optim.SGD(lr=True)", "torch.optim.SGD: lr is True; it must be a finite number above 0",
     "True is 1 to Python"),
    ("torch.optim.SGD(lr=(0.1,))", "torch.optim.SGD: lr is (0.1,); it must be a finite number above 0"),
    ("keras.optimizers.Adam(learning_rate=nan)",
     "keras.optimizers.Adam: learning_rate is nan; it must be a finite number above 0", "no number comes out"),
    ("keras.optimizers.Adam(learning_rate=inf)",
     "keras.optimizers.Adam: learning_rate is inf; it must be a finite number above 0", "no number comes out"),
    ("keras.optimizers.Adam(learning_rate=-0.1)",
     "keras.optimizers.Adam: learning_rate is -0.1; it must be a finite number above 0", "it climbs"),
    ("keras.optimizers.Adam(learning_rate=0.0)",
     "keras.optimizers.Adam: learning_rate is 0.0; it must be a finite number above 0", "nothing moves"),
    ("keras.optimizers.Adam(learning_rate='0.1')",
     "keras.optimizers.Adam: learning_rate is '0.1'; it must be a finite number above 0"),
    ("keras.optimizers.Adam(learning_rate=None)",
     "keras.optimizers.Adam: learning_rate is None; it must be a finite number above 0"),
    ("keras.optimizers.Adam(learning_rate=True)",
     "keras.optimizers.Adam: learning_rate is True; it must be a finite number above 0"),
    ("numpy_impl.optimizers.SGD(learning_rate=nan)",
     "numpy_impl.optimizers.SGD: learning_rate is nan; it must be a finite number above 0"),
    ("numpy_impl.optimizers.SGD(learning_rate=-1)",
     "numpy_impl.optimizers.SGD: learning_rate is -1; it must be a finite number above 0"),
    ("numpy_impl.optimizers.SGD(learning_rate=0.0)",
     "numpy_impl.optimizers.SGD: learning_rate is 0.0; it must be a finite number above 0"),
    ("numpy_impl.optimizers.SGD(learning_rate='slow')",
     "numpy_impl.optimizers.SGD: learning_rate is 'slow'; it must be a finite number above 0"),
    ("numpy_impl.optimizers.SGD(learning_rate=False)",
     "numpy_impl.optimizers.SGD: learning_rate is False; it must be a finite number above 0"),

    # momentum and what goes with it
    ("torch.optim.SGD(momentum='high')",
     "torch.optim.SGD: momentum is 'high'; it must be a number, at least 0 and at most 1"),
    ("torch.optim.SGD(momentum=-0.5)", "torch.optim.SGD: momentum is -0.5; it must be at least 0 and at most 1"),
    ("torch.optim.SGD(momentum=1.5)", "torch.optim.SGD: momentum is 1.5; it must be at least 0 and at most 1",
     "it grows without bound"),
    ("torch.optim.SGD(dampening=1.0)", "torch.optim.SGD: dampening is 1.0; it must be at least 0 and below 1",
     "one gradient is seen"),
    ("torch.optim.SGD(nesterov=True)",
     "torch.optim.SGD: momentum is 0.0 and dampening is 0.0; with nesterov they must be above 0 and 0"),
    ("torch.optim.SGD(nesterov=True, momentum=0.9, dampening=0.5)",
     "torch.optim.SGD: momentum is 0.9 and dampening is 0.5; with nesterov they must be above 0 and 0"),
    ("torch.optim.SGD(nesterov=1, momentum=0.9)", "torch.optim.SGD: nesterov is 1; it must be True or False",
     "for its truth value"),
    ("torch.optim.SGD(weight_decay=-0.1)",
     "torch.optim.SGD: weight_decay is -0.1; it must be a finite number, 0 or above"),
    ("torch.optim.SGD(maximize=True)", "torch.optim.SGD: maximize is True; no rule has a word for it, leave it False",
     "it means something that rules do not say"),
    ("torch.optim.RMSprop(momentum=2)", "torch.optim.RMSprop: momentum is 2; it must be at least 0 and at most 1",
     "it grows without bound"),
    ("keras.optimizers.SGD(momentum=1.5)",
     "keras.optimizers.SGD: momentum is 1.5; it must be at least 0 and at most 1"),
    ("keras.optimizers.SGD(momentum='0.9')",
     "keras.optimizers.SGD: momentum is '0.9'; it must be a number, at least 0 and at most 1"),
    ("keras.optimizers.SGD(nesterov='no')", "keras.optimizers.SGD: nesterov is 'no'; it must be True or False",
     "for its truth value"),
    ("keras.optimizers.SGD(weight_decay=-0.1)",
     "keras.optimizers.SGD: weight_decay is -0.1; it must be a finite number, 0 or above", "the weights grow"),
    ("keras.optimizers.AdamW(weight_decay=None)",
     "keras.optimizers.AdamW: weight_decay is None; it must be a finite number, 0 or above"),
    ("numpy_impl.optimizers.Momentum(momentum=2.0)",
     "numpy_impl.optimizers.Momentum: momentum is 2.0; it must be at least 0 and at most 1"),

    # moments
    ("torch.optim.Adam(betas=(0.9, 1.0))", "torch.optim.Adam: betas[1] is 1.0; it must be at least 0 and below 1"),
    ("torch.optim.AdamW(betas=(1, 0.999))", "torch.optim.AdamW: betas[0] is 1; it must be at least 0 and below 1"),
    ("torch.optim.Adam(betas=(0.9,))", "torch.optim.Adam: betas is (0.9,); it must be a pair of numbers"),
    ("torch.optim.Adam(betas=(0.9, 0.99, 0.999))",
     "torch.optim.Adam: betas is (0.9, 0.99, 0.999); it must be a pair of numbers"),
    ("torch.optim.Adam(betas=0.9)", "torch.optim.Adam: betas is 0.9; it must be a pair of numbers"),
    ("torch.optim.Adam(betas=('0.9', 0.999))",
     "torch.optim.Adam: betas[0] is '0.9'; it must be a number, at least 0 and below 1"),
    ("torch.optim.Adam(betas=(0.9, None))",
     "torch.optim.Adam: betas[1] is None; it must be a number, at least 0 and below 1"),
    ("torch.optim.Adam(eps=-1e-08)", "torch.optim.Adam: eps is -1e-08; it must be a finite number, 0 or above"),
    ("torch.optim.Adam(eps=None)", "torch.optim.Adam: eps is None; it must be a finite number, 0 or above"),
    ("torch.optim.Adam(amsgrad=None)", "torch.optim.Adam: amsgrad is None; it must be True or False",
     "for its truth value"),
    ("torch.optim.Adam(decoupled_weight_decay='yes')",
     "torch.optim.Adam: decoupled_weight_decay is 'yes'; it must be True or False", "for its truth value"),
    ("torch.optim.NAdam(momentum_decay=-1.0)",
     "torch.optim.NAdam: momentum_decay is -1.0; it must be a finite number, 0 or above"),
    ("torch.optim.Adadelta(rho=-0.1)", "torch.optim.Adadelta: rho is -0.1; it must be at least 0 and below 1"),
    ("torch.optim.Adadelta(rho=1.0)", "torch.optim.Adadelta: rho is 1.0; it must be at least 0 and below 1",
     "no gradient is remembered"),
    ("torch.optim.RMSprop(alpha=1.0)", "torch.optim.RMSprop: alpha is 1.0; it must be at least 0 and below 1",
     "no gradient is remembered"),
    ("torch.optim.RMSprop(alpha=-0.1)", "torch.optim.RMSprop: alpha is -0.1; it must be at least 0 and below 1"),
    ("torch.optim.RMSprop(centered='False')", "torch.optim.RMSprop: centered is 'False'; it must be True or False",
     "for its truth value"),
    ("torch.optim.Adagrad(lr_decay=-1.0)",
     "torch.optim.Adagrad: lr_decay is -1.0; it must be a finite number, 0 or above"),
    ("torch.optim.Adagrad(initial_accumulator_value=-1)",
     "torch.optim.Adagrad: initial_accumulator_value is -1; it must be a finite number, 0 or above"),
    ("keras.optimizers.Adam(beta_1=1.0)", "keras.optimizers.Adam: beta_1 is 1.0; it must be at least 0 and below 1",
     "no number comes out"),
    ("keras.optimizers.Adam(beta_2=-0.1)", "keras.optimizers.Adam: beta_2 is -0.1; it must be at least 0 and below 1",
     "an average with negative weights"),
    ("keras.optimizers.Adam(epsilon=-1.0)",
     "keras.optimizers.Adam: epsilon is -1.0; it must be a finite number, 0 or above",
     "where gradients are small, it climbs"),
    ("keras.optimizers.Adam(epsilon=None)",
     "keras.optimizers.Adam: epsilon is None; it must be a finite number, 0 or above"),
    ("keras.optimizers.Adadelta(rho=-0.1)", "keras.optimizers.Adadelta: rho is -0.1; it must be at least 0 and below 1",
     "an average with negative weights"),
    ("keras.optimizers.RMSprop(rho=1.0)", "keras.optimizers.RMSprop: rho is 1.0; it must be at least 0 and below 1",
     "no gradient is remembered"),
    ("keras.optimizers.RMSprop(centered=1)", "keras.optimizers.RMSprop: centered is 1; it must be True or False",
     "for its truth value"),
    ("keras.optimizers.Adagrad(initial_accumulator_value=-1.0)",
     "keras.optimizers.Adagrad: initial_accumulator_value is -1.0; it must be a finite number, 0 or above",
     "no number comes out"),
    ("keras.optimizers.Lion(beta_1=0.0)", "keras.optimizers.Lion: beta_1 is 0.0; it must be above 0 and at most 1"),
    ("numpy_impl.optimizers.Adam(beta2=1.0)",
     "numpy_impl.optimizers.Adam: beta2 is 1.0; it must be at least 0 and below 1"),
    ("numpy_impl.optimizers.AdaDelta(rho=-0.1)",
     "numpy_impl.optimizers.AdaDelta: rho is -0.1; it must be at least 0 and below 1"),
    ("numpy_impl.optimizers.RMSprop(epsilon=-1e-07)",
     "numpy_impl.optimizers.RMSprop: epsilon is -1e-07; it must be a finite number, 0 or above"),

    # the rest
    ("torch.optim.Rprop(etas=(1.2, 0.5))", "torch.optim.Rprop: etas[0] is 1.2; it must be above 0 and below 1"),
    ("torch.optim.Rprop(etas=(0.5, 1.0))", "torch.optim.Rprop: etas[1] is 1.0; it must be a finite number above 1"),
    ("torch.optim.Rprop(etas=(0.0, 1.2))", "torch.optim.Rprop: etas[0] is 0.0; it must be above 0 and below 1"),
    ("torch.optim.Rprop(step_sizes=(2.0, 1.0))",
     "torch.optim.Rprop: step_sizes[0] is 2.0; it must be at most step_sizes[1], 1.0", "all steps are 1"),
    ("torch.optim.ASGD(lambd=-1.0)", "torch.optim.ASGD: lambd is -1.0; it must be a finite number, 0 or above",
     "it grows without bound"),
    ("torch.optim.ASGD(alpha=-1.0)", "torch.optim.ASGD: alpha is -1.0; it must be a finite number, 0 or above",
     "it grows without bound"),
    ("torch.optim.Adafactor(d=0.5)", "torch.optim.Adafactor: d is 0.5; it must be a finite number, 1 or above"),
    ("torch.optim.Adafactor(eps=0.001)", "torch.optim.Adafactor: eps is 0.001; it must be a pair of numbers"),
    ("torch.optim.Adafactor(eps=(-1.0, 0.001))",
     "torch.optim.Adafactor: eps[0] is -1.0; it must be None or a finite number, 0 or above"),
    ("torch.optim.Adafactor(eps=(None, None))",
     "torch.optim.Adafactor: eps[1] is None; it must be a finite number, 0 or above"),
    ("torch.optim.Adafactor(beta2_decay=0.8)",
     "torch.optim.Adafactor: beta2_decay is 0.8; it must be a finite number, 0 or below"),
    ("keras.optimizers.Adafactor(epsilon_1=None)",
     "keras.optimizers.Adafactor: epsilon_1 is None; it must be a finite number, 0 or above"),
    ("keras.optimizers.Adafactor(clip_threshold=0.0)",
     "keras.optimizers.Adafactor: clip_threshold is 0.0; it must be a finite number above 0", "nothing moves"),
    ("keras.optimizers.Ftrl(learning_rate_power=0.5)",
     "keras.optimizers.Ftrl: learning_rate_power is 0.5; it must be a finite number, 0 or below"),
    ("keras.optimizers.Ftrl(l1_regularization_strength=-1.0)",
     "keras.optimizers.Ftrl: l1_regularization_strength is -1.0; it must be a finite number, 0 or above"),
    ("keras.optimizers.SGD(use_ema=True)",
     "keras.optimizers.SGD: use_ema is True; no rule has a word for it, leave it False",
     "it means something that rules do not say"),
    ("keras.optimizers.SGD(gradient_accumulation_steps=4)",
     "keras.optimizers.SGD: gradient_accumulation_steps is 4; no rule has a word for it, leave it None",
     "it means something that rules do not say"),

    # clipping
    ("keras.optimizers.SGD(clipnorm=0.0)", "keras.optimizers.SGD: clipnorm is 0.0; it must be a finite number above 0",
     "clipping is off"),
    ("keras.optimizers.SGD(clipvalue=-1.0)",
     "keras.optimizers.SGD: clipvalue is -1.0; it must be a finite number above 0", "clipping is off"),
    ("keras.optimizers.SGD(global_clipnorm='1')",
     "keras.optimizers.SGD: global_clipnorm is '1'; it must be a finite number above 0"),
    ("keras.optimizers.SGD(clipnorm=1.0, clipvalue=1.0)",
     "keras.optimizers.SGD: only one of clipnorm, clipvalue and global_clipnorm can be set"),
    ("torch.optim.SGD(); torch.nn.utils.clip_grad_norm_(max_norm=0)",
     "torch.nn.utils.clip_grad_norm_: max_norm is 0; it must be a finite number above 0", "nothing moves"),
    ("torch.optim.SGD(); torch.nn.utils.clip_grad_norm_(max_norm=1.0, norm_type=inf)",
     "torch.nn.utils.clip_grad_norm_: norm_type is inf; no rule has a word for it, leave it 2.0",
     "it means something that rules do not say"),
    ("torch.optim.SGD(); torch.nn.utils.clip_grad_norm_()",
     "torch.nn.utils.clip_grad_norm_: max_norm is missing; it must be given"),
    ("torch.optim.SGD(); torch.nn.utils.clip_grad_norm_(clip_value=1.0)",
     "torch.nn.utils.clip_grad_norm_: unknown argument 'clip_value' (known: max_norm, norm_type, error_if_nonfinite, "
     "foreach)"),
    ("torch.optim.SGD(); torch.nn.utils.clip_grad_value_(clip_value=-1.0)",
     "torch.nn.utils.clip_grad_value_: clip_value is -1.0; it must be a finite number above 0", "every gradient is -1"),
    ("torch.optim.SGD(); torch.nn.utils.clip_grad_values_(clip_value=1.0)",
     "torch.nn.utils: unknown clipping 'clip_grad_values_'; did you mean 'clip_grad_value_'? (known: "
     "clip_grad_value_, clip_grad_norm_)"),

    # schedules
    ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
     "decay_steps=0, decay_rate=0.5))",
     "keras.optimizers.schedules.ExponentialDecay: decay_steps is 0; it must be a finite number, 1 or above"),
    ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
     "decay_steps=9))", "keras.optimizers.schedules.ExponentialDecay: decay_rate is missing; it must be given"),
    ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.0, "
     "decay_steps=9, decay_rate=0.5))",
     "keras.optimizers.schedules.ExponentialDecay: initial_learning_rate is 0.0; it must be a finite number above 0",
     "nothing moves"),
    ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
     "decay_steps=9, decay_rate=-0.5))",
     "keras.optimizers.schedules.ExponentialDecay: decay_rate is -0.5; it must be a finite number above 0",
     "no number comes out"),
    ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
     "decay_steps=9, decay_rate=0.5, staircase='yes'))",
     "keras.optimizers.schedules.ExponentialDecay: staircase is 'yes'; it must be True or False",
     "for its truth value"),
    ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=0.1, "
     "step_size=9, decay_rate=0.5))",
     "keras.optimizers.schedules.ExponentialDecay: no argument 'step_size'; it is called 'decay_steps' here"),
    ("keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(initial_learning_rate=0.1, "
     "decay_steps=9, decay_rate=-0.5))",
     "keras.optimizers.schedules.InverseTimeDecay: decay_rate is -0.5; it must be a finite number, 0 or above",
     "it grows without bound"),
    ("torch.optim.SGD(); torch.optim.lr_scheduler.StepLR(step_size=0)",
     "torch.optim.lr_scheduler.StepLR: step_size is 0; it must be a whole number, 1 or above"),
    ("torch.optim.SGD(); torch.optim.lr_scheduler.StepLR(step_size=2.5)",
     "torch.optim.lr_scheduler.StepLR: step_size is 2.5; it must be a whole number, 1 or above",
     "it means something that rules do not say"),
    ("torch.optim.SGD(); torch.optim.lr_scheduler.StepLR(step_size=9, gamma=-0.5)",
     "torch.optim.lr_scheduler.StepLR: gamma is -0.5; it must be a finite number above 0",
     "half of the time it climbs"),
    ("torch.optim.SGD(); torch.optim.lr_scheduler.StepLR(decay_steps=9)",
     "torch.optim.lr_scheduler.StepLR: no argument 'decay_steps'; it is called 'step_size' here"),
    ("torch.optim.SGD(); torch.optim.lr_scheduler.ExponentialLR()",
     "torch.optim.lr_scheduler.ExponentialLR: gamma is missing; it must be given"),
    ("torch.optim.SGD(); torch.optim.lr_scheduler.ExponentialLR(gamma=0.0)",
     "torch.optim.lr_scheduler.ExponentialLR: gamma is 0.0; it must be a finite number above 0", "nothing moves"),
    ("torch.optim.SGD(); torch.optim.lr_scheduler.CosineAnnealingLR(T_max=0)",
     "torch.optim.lr_scheduler.CosineAnnealingLR: T_max is 0; it must be a whole number, 1 or above"),
    ("torch.optim.SGD(); torch.optim.lr_scheduler.CosineAnnealingLR(T_max=9, last_epoch=3)",
     "torch.optim.lr_scheduler.CosineAnnealingLR: last_epoch is 3; no rule has a word for it, leave it -1"),
    ("torch.optim.SGD(); torch.optim.lr_scheduler.LambdaLR(lr_lambda=lambda k: k % 9)",
     "torch.optim.lr_scheduler.LambdaLR(lr_lambda=lambda k: k % 9): no rule has this schedule; known are such as "
     "lambda k: 0.95 ** k, lambda k: min(1, k / 100), lambda k: (1 + math.cos(math.pi * k / 900)) / 2",
     "it means something that rules do not say"),
    ("torch.optim.Adagrad(lr_decay=0.5); torch.optim.lr_scheduler.StepLR(step_size=9)",
     "torch.optim.Adagrad: lr_decay is 0.5; with a scheduler it must be 0", "it means something that rules do not say"),

    # names
    ("torch.optim.Adamw()",
     "torch.optim: unknown optimizer 'Adamw'; did you mean 'AdamW'? (known: SGD, Adam, AdamW, Adamax, NAdam, RAdam, "
     "Adagrad, Adadelta, RMSprop, Rprop, ASGD, Adafactor, SparseAdam, Muon)"),
    ("keras.optimizers.NAdam()",
     "keras.optimizers: unknown optimizer 'NAdam'; did you mean 'Nadam'? (known: SGD, Adam, AdamW, Adamax, Nadam, "
     "Adagrad, Adadelta, RMSprop, Ftrl, Lion, Lamb, Adafactor, ScheduleFreeAdamW, Muon)"),
    ("numpy_impl.optimizers.Adagrad()",
     "numpy_impl.optimizers: unknown optimizer 'Adagrad'; did you mean 'AdaGrad'? "
     f"(known: {', '.join(frameworks.of('numpy').classes)})"),
    ("torch.optim.SGD(momentun=0.9)",
     "torch.optim.SGD: unknown argument 'momentun'; did you mean 'momentum'? (known: lr, momentum, dampening, "
     "weight_decay, nesterov, maximize, foreach, differentiable, fused)"),
    ("keras.optimizers.Adam(epsilom=1e-07)",
     "keras.optimizers.Adam: unknown argument 'epsilom'; did you mean 'epsilon'? (known: learning_rate, beta_1, "
     "beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, "
     "ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name)"),
    ("keras.optimizers.Lion(beta=0.9)",
     "keras.optimizers.Lion: unknown argument 'beta'; did you mean 'beta_2'? (known: learning_rate, beta_1, beta_2, "
     "weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, "
     "loss_scale_factor, gradient_accumulation_steps, name)"),
    ("numpy_impl.optimizers.Adam(beta3=0.9)",
     "numpy_impl.optimizers.Adam: unknown argument 'beta3'; did you mean 'beta2'? (known: learning_rate, beta1, "
     "beta2, epsilon)"),
    ("numpy_impl.optimizers.SGD(momentum=0.9)",
     "numpy_impl.optimizers.SGD: unknown argument 'momentum' (known: learning_rate)"),
    ("torch.optim.Rprop(weight_decay=0.1)",
     "torch.optim.Rprop: unknown argument 'weight_decay' (known: lr, etas, step_sizes, capturable, foreach, "
     "maximize, differentiable)"),
    ("torch.optim.SGD(capturable=True)",
     "torch.optim.SGD: unknown argument 'capturable' (known: lr, momentum, dampening, weight_decay, nesterov, "
     "maximize, foreach, differentiable, fused)"),

    # an argument of another dialect
    ("torch.optim.SGD(learning_rate=0.1)", "torch.optim.SGD: no argument 'learning_rate'; it is called 'lr' here"),
    ("keras.optimizers.SGD(lr=0.1)", "keras.optimizers.SGD: no argument 'lr'; it is called 'learning_rate' here"),
    ("numpy_impl.optimizers.SGD(lr=0.1)",
     "numpy_impl.optimizers.SGD: no argument 'lr'; it is called 'learning_rate' here"),
    ("torch.optim.RMSprop(rho=0.9)", "torch.optim.RMSprop: no argument 'rho'; it is called 'alpha' here"),
    ("keras.optimizers.RMSprop(alpha=0.9)", "keras.optimizers.RMSprop: no argument 'alpha'; it is called 'rho' here"),
    ("numpy_impl.optimizers.RMSprop(decay_rate=0.9)",
     "numpy_impl.optimizers.RMSprop: no argument 'decay_rate'; it is called 'rho' here"),
    ("torch.optim.Adam(beta_1=0.9)", "torch.optim.Adam: no argument 'beta_1'; it is in 'betas' here"),
    ("torch.optim.Adam(beta2=0.9)", "torch.optim.Adam: no argument 'beta2'; it is in 'betas' here"),
    ("keras.optimizers.Adam(betas=(0.9, 0.999))",
     "keras.optimizers.Adam: no argument 'betas'; they are called 'beta_1' and 'beta_2' here"),
    ("numpy_impl.optimizers.Adam(betas=(0.9, 0.999))",
     "numpy_impl.optimizers.Adam: no argument 'betas'; they are called 'beta1' and 'beta2' here"),
    ("numpy_impl.optimizers.Adam(beta_2=0.99)",
     "numpy_impl.optimizers.Adam: no argument 'beta_2'; it is called 'beta2' here"),
    ("torch.optim.Adam(epsilon=1e-07)", "torch.optim.Adam: no argument 'epsilon'; it is called 'eps' here"),
    ("keras.optimizers.Adam(eps=1e-08)", "keras.optimizers.Adam: no argument 'eps'; it is called 'epsilon' here"),
    ("numpy_impl.optimizers.AdaGrad(initial_accumulator_value=0.1)",
     "numpy_impl.optimizers.AdaGrad: no argument 'initial_accumulator_value'; it is called 'initial_accumulator' here"),
    ("keras.optimizers.Adagrad(initial_accumulator=0.1)",
     "keras.optimizers.Adagrad: no argument 'initial_accumulator'; it is called 'initial_accumulator_value' here"),
    ("keras.optimizers.Adafactor(d=1.0)",
     "keras.optimizers.Adafactor: no argument 'd'; it is called 'clip_threshold' here"),
    ("keras.optimizers.Adafactor(eps=(None, 0.001))",
     "keras.optimizers.Adafactor: no argument 'eps'; they are called 'epsilon_1' and 'epsilon_2' here"),
    ("torch.optim.Adafactor(clip_threshold=1.0)",
     "torch.optim.Adafactor: no argument 'clip_threshold'; it is called 'd' here"),
    ("torch.optim.Adafactor(epsilon_1=1e-30)", "torch.optim.Adafactor: no argument 'epsilon_1'; it is in 'eps' here"),
    ("torch.optim.SGD(clipnorm=1.0)",
     "torch.optim.SGD: no argument 'clipnorm'; clip with torch.nn.utils.clip_grad_norm_"),
    ("torch.optim.SGD(clipvalue=1.0)",
     "torch.optim.SGD: no argument 'clipvalue'; clip with torch.nn.utils.clip_grad_value_"),
    ("keras.optimizers.SGD(max_norm=1.0)",
     "keras.optimizers.SGD: no argument 'max_norm'; it is called 'global_clipnorm' here"),
    ("keras.optimizers.SGD(decay=1e-06)",
     "keras.optimizers.SGD: no argument 'decay'; Keras 3 ignores it; for a falling rate give learning_rate an "
     "InverseTimeDecay"),
    ("keras.optimizers.Adagrad(lr_decay=0.1)",
     "keras.optimizers.Adagrad: no argument 'lr_decay'; for a falling rate give learning_rate an InverseTimeDecay"),
    ("keras.optimizers.SGD(maximize=True)", "keras.optimizers.SGD: no argument 'maximize'; negate the loss"),
]  # fmt: skip


def message(refused):
    with pytest.raises(BadInput) as error:
        refused()
    return str(error.value)


@pytest.mark.parametrize(("text", "said"), [row[:2] for row in REFUSED], ids=[text for text, *_ in REFUSED])
def test_calls_refused(text, said):
    call = spoken(text)
    assert message(lambda: frameworks.rule_of(call)) == said
    assert message(lambda: frameworks.complete(call)) == said


def two_steps_in_torch(call):
    theta = torch.nn.Parameter(torch.ones(2, 3))
    optimizer, scheduler = built_in_torch(call, theta)
    for _ in range(2):
        theta.grad = torch.ones(2, 3)
        clip_in_torch(call, theta)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def two_steps_in_keras(call):
    optimizer, theta = built(call), keras.Variable(keras.ops.ones((2, 3)))
    for _ in range(2):
        optimizer.apply([keras.ops.ones((2, 3))], [theta])


STEPS = {"torch": two_steps_in_torch, "tf": two_steps_in_keras}
HELD = [(text, taken) for text, _, *taken in REFUSED if framework_of(text) in STEPS]


@pytest.mark.parametrize("text", [text for text, taken in HELD if not taken])
def test_the_framework_refuses_too(text):  # with whatever exception
    call = spoken(text)
    with pytest.raises(Exception):  # noqa: B017, PT011 -- each class has an exception of its own for it
        STEPS[call.framework](call)


@pytest.mark.parametrize("text", [text for text, taken in HELD if taken])
def test_the_framework_takes_it(text):
    call = spoken(text)
    STEPS[call.framework](call)


# --- an argument is known where the installed framework has it, and with its default

TABLES = {
    **{f"torch.optim.{name}": native.arguments for name, native in frameworks.of("torch").classes.items()},
    **{f"keras.optimizers.{name}": native.arguments for name, native in frameworks.of("tf").classes.items()},
    **{f"torch.optim.lr_scheduler.{name}": arguments for name, arguments in TORCH_SCHEDULERS.items()},
    **{f"torch.nn.utils.{name}": arguments for name, arguments in TORCH_CLIPS.items()},
    **{f"keras.optimizers.schedules.{name}": arguments for name, arguments in KERAS_SCHEDULES.items()},
}


@pytest.mark.parametrize("path", TABLES)
def test_arguments_are_those_of_the_installed_framework(path):
    module, _, name = path.rpartition(".")
    installed = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    none = inspect.Parameter.empty
    ours = {one: none if argument.required else argument.default for one, argument in TABLES[path].items()}
    not_ours = {"params", "parameters", "optimizer", "kwargs"}
    assert ours == {one: parameter.default for one, parameter in installed.items() if one not in not_ours}


@pytest.mark.parametrize("framework", ["numpy", "tf"])
@pytest.mark.parametrize("part", ["clipping", "schedule"])
def test_what_goes_with_a_call_of_torch_goes_with_no_other(framework, part):
    with_torch = spoken(
        "torch.optim.SGD(); torch.nn.utils.clip_grad_norm_(max_norm=1.0); torch.optim.lr_scheduler.StepLR(step_size=9)"
    )
    call = frameworks.of(framework).call("SGD", {})
    misplaced = replace(call, **{part: getattr(with_torch, part)})
    place = {"numpy": "numpy_impl.optimizers.SGD", "tf": "keras.optimizers.SGD"}[framework]
    assert message(lambda: frameworks.rule_of(misplaced)) == (
        f"{place}: torch's clipping and schedulers do not go with it"
    )


# --- what is refused in a call is refused in a rule

MOMENTS = {"learning_rate": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
ADAM = {**MOMENTS, "epsilon_position": "corrected-root"}
ROOT = {"learning_rate": 0.1, "epsilon": 1e-8, "epsilon_position": "inside-root"}
FACTORS = {
    "learning_rate": 0.1, "beta2_decay": -0.8, "epsilon1": 1e-30, "epsilon2": 1e-3, "clip_threshold": 1.0,
    "epsilon1_position": "added", "scale_after_decay": True,
}  # fmt: skip
SIZES = {"learning_rate": 0.1, "shrinkage": 0.5, "growth": 1.2, "smallest": 1e-6, "largest": 50.0}
LEADER = {
    "learning_rate": 0.1, "learning_rate_power": -0.5, "initial_accumulator": 0.1,
    "l1": 0.0, "l2": 0.0, "l2_shrinkage": 0.0, "beta": 0.0,
}  # fmt: skip

RULES = [
    (SGD, {"learning_rate": math.nan}, "SGD: learning_rate is nan; it must be a finite number, 0 or above"),
    (SGD, {"learning_rate": math.inf}, "SGD: learning_rate is inf; it must be a finite number, 0 or above"),
    (SGD, {"learning_rate": -0.1}, "SGD: learning_rate is -0.1; it must be a finite number, 0 or above"),
    (SGD, {"learning_rate": "0.1"}, "SGD: learning_rate is '0.1'; it must be a finite number, 0 or above"),
    (SGD, {"learning_rate": None}, "SGD: learning_rate is None; it must be a finite number, 0 or above"),
    (SGD, {"learning_rate": True}, "SGD: learning_rate is True; it must be a finite number, 0 or above"),
    (SGD, {"learning_rate": 1j}, "SGD: learning_rate is 1j; it must be a finite number, 0 or above"),
    (SGD, {"learning_rate": 0.1, "momentum": "high"},
     "SGD: momentum is 'high'; it must be a number, at least 0 and at most 1"),
    (SGD, {"learning_rate": 0.1, "momentum": 1.5}, "SGD: momentum is 1.5; it must be at least 0 and at most 1"),
    (SGD, {"learning_rate": 0.1, "dampening": StepDecay(initial=0.9, every=1, factor=0.5)},
     "SGD: dampening is StepDecay(initial=0.9, every=1, factor=0.5); it must be a number, at least 0 and below 1"),
    (SGD, {"learning_rate": 0.1, "dampening": 1.0}, "SGD: dampening is 1.0; it must be at least 0 and below 1"),
    (SGD, {"learning_rate": 0.1, "nesterov": 1}, "SGD: nesterov is 1; it must be True or False"),
    (SGD, {"learning_rate": 0.1, "momentum": 0.9, "dampening": 0.5, "nesterov": True},
     "SGD: dampening is 0.5; with nesterov it must be 0"),
    (SGD, {"learning_rate": 0.1, "momentum": 0.9, "dampening": 0.5, "learning_rate_in_velocity": True},
     "SGD: dampening is 0.5; with learning_rate_in_velocity it must be 0"),
    (SGD, {"learning_rate": 0.1, "weight_decay": -1},
     "SGD: weight_decay is -1; it must be a finite number, 0 or above"),
    (SGD, {"learning_rate": 0.1, "weight_decay": None},
     "SGD: weight_decay is None; it must be a finite number, 0 or above"),
    (SGD, {"learning_rate": 0.1, "weight_decay_coupling": "decouple"},
     "SGD: unknown weight_decay_coupling 'decouple'; did you mean 'decoupled'? "
     "(known: coupled, decoupled, decoupled-last)"),
    (SGD, {"learning_rate": 0.1, "clip": 1.0},
     "SGD: clip is 1.0; it must be None, ClipValue, ClipNorm or ClipGlobalNorm"),
    (Adam, {**ADAM, "beta1": 1.0}, "Adam: beta1 is 1.0; it must be at least 0 and below 1"),
    (Adam, {**ADAM, "beta2": (0.999,)}, "Adam: beta2 is (0.999,); it must be a number, at least 0 and below 1"),
    (Adam, {**ADAM, "epsilon": -1e-8}, "Adam: epsilon is -1e-08; it must be a finite number, 0 or above"),
    (Adam, {**ADAM, "amsgrad": "no"}, "Adam: amsgrad is 'no'; it must be True or False"),
    (Adam, {**ADAM, "epsilon_position": "outside-root"},
     "Adam: unknown epsilon_position 'outside-root'; did you mean 'corrected-root'? "
     "(known: corrected-root, uncorrected-root)"),
    (Adamax, {**MOMENTS, "epsilon_position": None},
     "Adamax: unknown epsilon_position 'None' (known: in-maximum, added)"),
    (NAdam, {**MOMENTS, "momentum_decay": -1.0},
     "NAdam: momentum_decay is -1.0; it must be a finite number, 0 or above"),
    (Adadelta, {"learning_rate": 0.1, "rho": -0.1, "epsilon": 1e-6},
     "Adadelta: rho is -0.1; it must be at least 0 and below 1"),
    (Adagrad, {**ROOT, "initial_accumulator": -1.0},
     "Adagrad: initial_accumulator is -1.0; it must be a finite number, 0 or above"),
    (RMSprop, {**ROOT, "rho": 1.0}, "RMSprop: rho is 1.0; it must be at least 0 and below 1"),
    (Rprop, {**SIZES, "shrinkage": 1.0}, "Rprop: shrinkage is 1.0; it must be above 0 and below 1"),
    (Rprop, {**SIZES, "growth": 1}, "Rprop: growth is 1; it must be a finite number above 1"),
    (Rprop, {**SIZES, "smallest": 60.0}, "Rprop: smallest is 60.0; it must be at most largest, 50.0"),
    (Ftrl, {**LEADER, "learning_rate_power": 0.5},
     "Ftrl: learning_rate_power is 0.5; it must be a finite number, 0 or below"),
    (Adafactor, {**FACTORS, "clip_threshold": 0}, "Adafactor: clip_threshold is 0; it must be a finite number above 0"),
    (Adafactor, {**FACTORS, "beta2_decay": 0.8},
     "Adafactor: beta2_decay is 0.8; it must be a finite number, 0 or below"),
    (Adafactor, {**FACTORS, "epsilon1": -1},
     "Adafactor: epsilon1 is -1; it must be None or a finite number, 0 or above"),
    (Adafactor, {**FACTORS, "epsilon1": None},
     "Adafactor: epsilon1 is None; where it is added it must be a finite number, 0 or above"),
    (ClipValue, {"limit": 0}, "ClipValue: limit is 0; it must be a finite number above 0"),
    (ClipNorm, {"limit": math.nan, "formula": "exact"}, "ClipNorm: limit is nan; it must be a finite number above 0"),
    (ClipNorm, {"limit": 1.0, "formula": "padding"},
     "ClipNorm: unknown formula 'padding'; did you mean 'padded'? (known: padded, exact)"),
    (ClipGlobalNorm, {"limit": -1.0, "formula": "exact"},
     "ClipGlobalNorm: limit is -1.0; it must be a finite number above 0"),
    (ClipGlobalNorm, {"limit": 1.0, "formula": None}, "ClipGlobalNorm: unknown formula 'None' (known: padded, exact)"),
    (StepDecay, {"initial": 0.0, "every": 3, "factor": 0.5},
     "StepDecay: initial is 0.0; it must be a finite number above 0"),
    (StepDecay, {"initial": 0.1, "every": 0, "factor": 0.5},
     "StepDecay: every is 0; it must be a finite number, 1 or above"),
    (StepDecay, {"initial": 0.1, "every": 3, "factor": 0.0},
     "StepDecay: factor is 0.0; it must be a finite number above 0"),
    (ExponentialDecay, {"initial": 0.1, "rate": -0.5},
     "ExponentialDecay: rate is -0.5; it must be a finite number above 0"),
    (ExponentialDecay, {"initial": 0.1, "rate": 0.5, "over": 0.5},
     "ExponentialDecay: over is 0.5; it must be a finite number, 1 or above"),
    (InverseTimeDecay, {"initial": "0.1", "rate": 0.5},
     "InverseTimeDecay: initial is '0.1'; it must be a finite number above 0"),
    (InverseTimeDecay, {"initial": 0.1, "rate": -0.5},
     "InverseTimeDecay: rate is -0.5; it must be a finite number, 0 or above"),
    (CosineDecay, {"initial": 0.1, "over": True}, "CosineDecay: over is True; it must be a finite number above 0"),
    (CosineDecay, {"initial": 0.1, "over": 9, "rises": "yes"},
     "CosineDecay: rises is 'yes'; it must be True or False"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "fields", "said"), RULES)
def test_rules_refused(rule, fields, said):
    assert message(lambda: rule(**fields)) == said


# --- what is taken, though it looks odd: each has a meaning

TAKEN_TOO = [
    # the velocity never fades, in both frameworks
    ("torch.optim.SGD(momentum=1.0)", SGD(learning_rate=0.001, momentum=1.0)),
    ("keras.optimizers.SGD(momentum=1)",
     SGD(learning_rate=0.01, momentum=1.0, learning_rate_in_velocity=True, weight_decay_coupling="decoupled")),
    # a constant learning rate, the last gradient alone
    ("keras.optimizers.Ftrl(learning_rate_power=0)",
     Ftrl(learning_rate=0.001, learning_rate_power=0.0, initial_accumulator=0.1, l1=0.0, l2=0.0, l2_shrinkage=0.0,
          beta=0.0, weight_decay_coupling="decoupled")),
    ("torch.optim.RMSprop(alpha=0.0)",
     RMSprop(learning_rate=0.01, rho=0.0, epsilon=1e-8, epsilon_position="outside-root")),
    # rates that grow, to find the largest that trains
    ("torch.optim.SGD(); torch.optim.lr_scheduler.ExponentialLR(gamma=1.5)",
     SGD(learning_rate=ExponentialDecay(initial=0.001, rate=1.5))),
    # None is the dtype's machine epsilon, a list is a pair, an int is a number
    ("torch.optim.Adafactor(eps=[None, 1])",
     Adafactor(learning_rate=0.01, beta2_decay=-0.8, epsilon1=None, epsilon2=1.0, clip_threshold=1.0,
               epsilon1_position="floor", scale_after_decay=False, weight_decay_coupling="decoupled")),
    ("keras.optimizers.Adafactor(clip_threshold=0.5)",
     Adafactor(learning_rate=0.001, beta2_decay=-0.8, epsilon1=1e-30, epsilon2=1e-3, clip_threshold=0.5,
               epsilon1_position="added", scale_after_decay=True, weight_decay_coupling="decoupled")),
    # how to compute, not what
    ("torch.optim.SGD(foreach=True, differentiable=False, maximize=False, fused=None)", SGD(learning_rate=0.001)),
    ("keras.optimizers.SGD(weight_decay=0.0, clipnorm=None, name='sgd', ema_momentum=0.5, use_ema=False)",
     SGD(learning_rate=0.01, learning_rate_in_velocity=True, weight_decay_coupling="decoupled")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule"), TAKEN_TOO, ids=[text for text, _ in TAKEN_TOO])
def test_calls_taken(text, rule):
    call = spoken(text)
    assert frameworks.rule_of(call) == rule


def test_numbers_are_kept_as_floats_of_python():
    given = {"learning_rate": Fraction(1, 2), "momentum": np.float32(0.5), "weight_decay": np.float64(0.5)}
    rule = SGD(**given, dampening=-0.0)
    values = [rule.learning_rate, rule.momentum, rule.weight_decay, rule.dampening]
    assert [(type(value), str(value)) for value in values] == [
        (float, "0.5"),
        (float, "0.5"),
        (float, "0.5"),
        (float, "0.0"),
    ]
    assert message(lambda: SGD(learning_rate=10**400)).startswith("SGD: learning_rate is 1000")
