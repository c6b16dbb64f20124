"""What `triptych port` must answer: calls as people write them, with the answers of the frameworks' sources."""

import sys
from dataclasses import dataclass

from comparisons import cli


@dataclass(frozen=True, kw_only=True)
class Golden:
    """A question and its answer; `native` is None where there is no class, `route` where there is no way at all."""

    text: str
    schedule: str
    to: str
    native: str | None
    fidelity: str
    fields: frozenset[str]
    route: str | None


def golden(text, to, native, fidelity, fields="", route="native", *, schedule=""):
    """A case: text, framework to go to, closest native call and its fidelity, fields that differ, exact route."""
    return Golden(
        text=text,
        schedule=schedule,
        to=to,
        native=native,
        fidelity=fidelity,
        fields=frozenset(fields.split()),
        route=route,
    )


SGD = (
    golden("torch.optim.SGD(model.parameters())", "tf", "keras.optimizers.SGD(learning_rate=0.001)", "exact"),
    golden(
        "torch.optim.SGD(model.parameters(), lr=0.1)",
        "numpy",
        "numpy_impl.optimizers.SGD(tensors, learning_rate=0.1)",
        "exact",
    ),
    golden(
        "optim.SGD(params, 0.1, 0.9)",
        "tf",
        "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)",
        "exact-at-constant-learning-rate",
        "learning_rate_in_velocity",
        "drop-in",
    ),
    golden(
        "optim.SGD(params, 0.1, 0.9, 0.5)",
        "tf",
        "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)",
        "drop-in-only",
        "dampening learning_rate_in_velocity",
        "drop-in",
    ),
    golden("optim.SGD(params, lr=0.1, dampening=0.5)", "tf", "keras.optimizers.SGD(learning_rate=0.1)", "exact"),
    golden(
        "optim.SGD(params, 0.1, 0, 0, 0.01)",
        "tf",
        "keras.optimizers.SGD(learning_rate=0.1, weight_decay=0.01)",
        "exact",
    ),
    golden(
        "torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=True)",
        "tf",
        "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.0001)",
        "drop-in-only",
        "weight_decay_coupling learning_rate_in_velocity",
        "drop-in",
    ),
    golden(
        "torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True)",
        "numpy",
        "numpy_impl.optimizers.Nesterov(tensors, learning_rate=0.1, momentum=0.9)",
        "exact-at-constant-learning-rate",
        "learning_rate_in_velocity",
        "drop-in",
    ),
    golden(
        "torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)",
        "numpy",
        "numpy_impl.optimizers.Momentum(tensors, learning_rate=0.1, momentum=0.9)",
        "drop-in-only",
        "weight_decay learning_rate_in_velocity",
        "drop-in",
    ),
    golden("keras.optimizers.SGD()", "torch", "torch.optim.SGD(model.parameters(), lr=0.01)", "exact"),
    golden(
        "tf.keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)",
        "torch",
        "torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)",
        "exact-at-constant-learning-rate",
        "learning_rate_in_velocity",
        "hook",
    ),
    golden(
        "keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.01)",
        "torch",
        "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)",
        "exact-with-hook",
        "weight_decay_coupling learning_rate_in_velocity",
        "hook",
    ),
    golden(
        "keras.optimizers.SGD(0.1, weight_decay=0.01)",
        "torch",
        "torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.01)",
        "exact",
    ),
    golden("keras.optimizers.SGD(0.1, nesterov=True)", "torch", "torch.optim.SGD(model.parameters(), lr=0.1)", "exact"),
    golden(
        "keras.optimizers.SGD(0.01, 0.9)",
        "numpy",
        "numpy_impl.optimizers.Momentum(tensors, learning_rate=0.01, momentum=0.9)",
        "exact",
    ),
    golden(
        "numpy_impl.optimizers.Momentum(learning_rate=0.05)",
        "tf",
        "keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)",
        "exact",
    ),
    golden(
        "numpy_impl.optimizers.Nesterov(tensors, 0.05, 0.8)",
        "torch",
        "torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.8, nesterov=True)",
        "exact-at-constant-learning-rate",
        "learning_rate_in_velocity",
        "hook",
    ),
)

ADAM = (
    golden(
        "torch.optim.Adam(model.parameters(), lr=3e-4, betas=(0.9, 0.95), eps=1e-5, weight_decay=0.1)",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.0003, beta_1=0.9, beta_2=0.95, epsilon=1e-5, weight_decay=0.1)",
        "drop-in-only",
        "epsilon_position weight_decay_coupling",
        "drop-in",
    ),
    golden(
        "optim.Adam(net.parameters())",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
        "exact-with-hook",
        "epsilon_position",
        "drop-in",
    ),
    golden(
        "torch.optim.Adam(p, 1e-2, (0.8, 0.99), 0)",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=0.0)",
        "approximate",
        "subnormals",
    ),
    golden(
        "torch.optim.Adam(p, 1e-2, [0.8, 0.99], 0, 0, True)",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=0.0, amsgrad=True)",
        "approximate",
        "subnormals",
    ),
    golden(
        "torch.optim.adam.Adam(params=model.parameters(), lr=0.01, eps=0.0, fused=True)",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=0.0)",
        "approximate",
        "subnormals",
    ),
    golden(
        "torch.optim.Adam(model.parameters(), eps=0.0, weight_decay=0.01, decoupled_weight_decay=True)",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=0.0, weight_decay=0.01)",
        "approximate",
        "subnormals",
    ),
    golden(
        "torch.optim.Adam(model.parameters(), eps=0.0, weight_decay=0.01)",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=0.0, weight_decay=0.01)",
        "drop-in-only",
        "subnormals weight_decay_coupling",
        "drop-in",
    ),
    golden(
        "torch.optim.Adam(model.parameters())",
        "numpy",
        "numpy_impl.optimizers.Adam(tensors, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8)",
        "exact-with-hook",
        "epsilon_position",
        "drop-in",
    ),
    golden(
        "torch.optim.AdamW(model.parameters())",
        "tf",
        "keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
        "exact-with-hook",
        "epsilon_position",
        "drop-in",
    ),
    golden(
        "optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05, eps=0)",
        "tf",
        "keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.05, beta_1=0.9, beta_2=0.999, epsilon=0.0)",
        "approximate",
        "subnormals",
    ),
    golden(
        "torch.optim.adamw.AdamW(model.parameters(), eps=0, weight_decay=0)",
        "tf",
        "keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.0, beta_1=0.9, beta_2=0.999, epsilon=0.0)",
        "approximate",
        "subnormals",
    ),
    golden(
        "keras.optimizers.Adam(1e-3)",
        "torch",
        "torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)",
        "exact-with-hook",
        "epsilon_position",
        "hook",
    ),
    golden(
        "keras.optimizers.Adam(1e-3, 0.9, 0.99, 1e-8, True)",
        "torch",
        "torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.99), eps=1e-8, amsgrad=True)",
        "exact-with-hook",
        "epsilon_position",
        "hook",
    ),
    golden(
        "keras.optimizers.Adam(weight_decay=0.01)",
        "torch",
        """torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.01,
  decoupled_weight_decay=True)""",
        "exact-with-hook",
        "epsilon_position",
        "hook",
    ),
    golden(
        "tensorflow.keras.optimizers.Adam(learning_rate=0.002, epsilon=0.0)",
        "torch",
        "torch.optim.Adam(model.parameters(), lr=0.002, betas=(0.9, 0.999), eps=0.0)",
        "approximate",
        "subnormals",
    ),
    golden(
        "keras.optimizers.AdamW()",
        "torch",
        "torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.004)",
        "exact-with-hook",
        "epsilon_position",
        "hook",
    ),
    golden(
        "opt = keras.optimizers.AdamW(1e-3, 0.02)",
        "torch",
        "torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.02)",
        "exact-with-hook",
        "epsilon_position",
        "hook",
    ),
    golden(
        "keras.optimizers.Adam()",
        "numpy",
        "numpy_impl.optimizers.Adam(tensors, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7)",
        "exact",
    ),
    golden(
        "numpy_impl.optimizers.AdamW()",
        "tf",
        "keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7)",
        "exact",
    ),
    golden(
        "numpy_impl.optimizers.Adam(tensors, 0.01)",
        "torch",
        "torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.9, 0.999), eps=1e-7)",
        "exact-with-hook",
        "epsilon_position",
        "hook",
    ),
    golden(
        "Adam(learning_rate=1e-3)",
        "torch",
        "torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)",
        "exact-with-hook",
        "epsilon_position",
        "hook",
    ),
    golden(
        "Adam(model.parameters(), lr=1e-3, eps=0)",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=0.0)",
        "approximate",
        "subnormals",
    ),
)

ROOTS = (
    golden(
        "tf.keras.optimizers.RMSprop(learning_rate=1e-3, rho=0.9, momentum=0.9)",
        "torch",
        "torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=0.000316227766016838, momentum=0.9)",
        "approximate",
        "epsilon_position learning_rate_in_velocity",
        "drop-in",
    ),
    golden(
        "keras.optimizers.RMSprop(epsilon=0.0)",
        "torch",
        "torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=0.0)",
        "approximate",
        "subnormals",
    ),
    golden(
        "keras.optimizers.RMSprop(0.01, 0.95, 0.5, 0.0, True)",
        "torch",
        "torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.95, eps=0.0, momentum=0.5, centered=True)",
        "approximate",
        "subnormals learning_rate_in_velocity",
        "hook",
    ),
    golden(
        "keras.optimizers.RMSprop(epsilon=0.0, weight_decay=0.01)",
        "torch",
        "torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=0.0, weight_decay=0.01)",
        "approximate",
        "subnormals weight_decay_coupling",
        "hook",
    ),
    golden(
        "torch.optim.RMSprop(model.parameters())",
        "tf",
        "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-16)",
        "approximate",
        "epsilon_position",
        "drop-in",
    ),
    golden(
        "torch.optim.RMSprop(p, 0.01, 0.9, 0.0, 0, 0.9)",
        "tf",
        "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.9, momentum=0.9, epsilon=0.0)",
        "approximate",
        "subnormals learning_rate_in_velocity",
        "drop-in",
    ),
    golden(
        "torch.optim.rmsprop.RMSprop(p, eps=0, weight_decay=0.01)",
        "tf",
        "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=0.0, weight_decay=0.01)",
        "drop-in-only",
        "subnormals weight_decay_coupling",
        "drop-in",
    ),
    golden(
        "torch.optim.RMSprop(model.parameters(), lr=0.001)",
        "numpy",
        "numpy_impl.optimizers.RMSprop(tensors, learning_rate=0.001, rho=0.99, epsilon=1e-8)",
        "exact",
    ),
    golden(
        "torch.optim.RMSprop(model.parameters(), centered=True)",
        "numpy",
        "numpy_impl.optimizers.RMSprop(tensors, learning_rate=0.01, rho=0.99, epsilon=1e-8)",
        "drop-in-only",
        "centered",
        "drop-in",
    ),
    golden(
        "numpy_impl.optimizers.RMSprop()",
        "torch",
        "torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.99, eps=1e-7)",
        "exact",
    ),
    golden(
        "numpy_impl.optimizers.RMSprop()",
        "tf",
        "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-14)",
        "approximate",
        "epsilon_position",
        "drop-in",
    ),
    golden(
        "keras.optimizers.Adagrad()",
        "torch",
        "torch.optim.Adagrad(model.parameters(), lr=0.001, initial_accumulator_value=0.1000001, eps=0.0)",
        "exact",
    ),
    golden(
        "keras.optimizers.Adagrad(0.1, initial_accumulator_value=0.0, epsilon=1e-8)",
        "torch",
        "torch.optim.Adagrad(model.parameters(), lr=0.1, initial_accumulator_value=1e-8, eps=0.0)",
        "exact",
    ),
    golden(
        "keras.optimizers.Adagrad(0.1, 0.1, 0.0, weight_decay=0.01)",
        "torch",
        "torch.optim.Adagrad(model.parameters(), lr=0.1, weight_decay=0.01, initial_accumulator_value=0.1, eps=0.0)",
        "exact-with-hook",
        "weight_decay_coupling",
        "hook",
    ),
    golden(
        "torch.optim.Adagrad(model.parameters())",
        "tf",
        "keras.optimizers.Adagrad(learning_rate=0.01, initial_accumulator_value=0.0, epsilon=1e-20)",
        "approximate",
        "epsilon_position",
        "drop-in",
    ),
    golden(
        "torch.optim.Adagrad(params, 0.1, 0.01, 0, 0.1, 0)",
        "tf",
        """keras.optimizers.Adagrad(learning_rate=keras.optimizers.schedules.InverseTimeDecay(
  initial_learning_rate=0.1, decay_steps=1, decay_rate=0.01), initial_accumulator_value=0.1, epsilon=0.0)""",
        "exact",
    ),
    golden(
        "keras.optimizers.Adagrad(keras.optimizers.schedules.InverseTimeDecay(0.1, 10, 0.5), epsilon=0.0)",
        "torch",
        "torch.optim.Adagrad(model.parameters(), lr=0.1, lr_decay=0.05, initial_accumulator_value=0.1, eps=0.0)",
        "exact",
    ),
    golden(
        "torch.optim.Adagrad(model.parameters(), eps=1e-7)",
        "numpy",
        "numpy_impl.optimizers.AdaGrad(tensors, learning_rate=0.01, epsilon=1e-7)",
        "exact",
    ),
    golden(
        "torch.optim.Adadelta(model.parameters())",
        "tf",
        "keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6)",
        "exact",
    ),
    golden(
        "torch.optim.Adadelta(model.parameters(), weight_decay=0.1)",
        "tf",
        "keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6, weight_decay=0.1)",
        "drop-in-only",
        "weight_decay_coupling",
        "drop-in",
    ),
    golden(
        "keras.optimizers.Adadelta()",
        "torch",
        "torch.optim.Adadelta(model.parameters(), lr=0.001, rho=0.95, eps=1e-7)",
        "exact",
    ),
    golden(
        "keras.optimizers.Adadelta(1.0, weight_decay=0.1)",
        "torch",
        "torch.optim.Adadelta(model.parameters(), lr=1.0, rho=0.95, eps=1e-7, weight_decay=0.1)",
        "exact-with-hook",
        "weight_decay_coupling",
        "hook",
    ),
    golden(
        "keras.optimizers.Adadelta(1.0, 0.9, 1e-6)",
        "numpy",
        "numpy_impl.optimizers.AdaDelta(tensors, learning_rate=1.0, rho=0.9, epsilon=1e-6)",
        "exact",
    ),
    golden(
        "numpy_impl.optimizers.AdaDelta()",
        "torch",
        "torch.optim.Adadelta(model.parameters(), lr=1.0, rho=0.95, eps=1e-6)",
        "exact",
    ),
)

OTHERS = (
    golden(
        "torch.optim.Adamax(model.parameters())",
        "tf",
        "keras.optimizers.Adamax(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
        "approximate",
        "epsilon_position",
        "drop-in",
    ),
    golden(
        "torch.optim.Adamax(model.parameters(), eps=0)",
        "tf",
        "keras.optimizers.Adamax(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=0.0)",
        "exact",
    ),
    golden(
        "keras.optimizers.Adamax()",
        "torch",
        "torch.optim.Adamax(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)",
        "approximate",
        "epsilon_position",
        "drop-in",
    ),
    golden(
        "keras.optimizers.Adamax(0.01, epsilon=0.0, weight_decay=0.1)",
        "torch",
        "torch.optim.Adamax(model.parameters(), lr=0.01, betas=(0.9, 0.999), eps=0.0, weight_decay=0.1)",
        "exact-with-hook",
        "weight_decay_coupling",
        "hook",
    ),
    golden(
        "keras.optimizers.Adamax(0.01, weight_decay=0.1)",
        "torch",
        "torch.optim.Adamax(model.parameters(), lr=0.01, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.1)",
        "approximate",
        "epsilon_position weight_decay_coupling",
        "drop-in",
    ),
    golden(
        "keras.optimizers.Adamax()",
        "numpy",
        "numpy_impl.optimizers.AdaMax(tensors, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7)",
        "exact",
    ),
    golden(
        "torch.optim.NAdam(model.parameters())",
        "tf",
        "keras.optimizers.Nadam(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
        "drop-in-only",
        "momentum_decay",
        "drop-in",
    ),
    golden(
        "NAdam(model.parameters(), momentum_decay=1.0)",
        "tf",
        "keras.optimizers.Nadam(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
        "exact",
    ),
    golden(
        "torch.optim.NAdam(model.parameters(), 1e-3, (0.9, 0.99), 1e-7, 0.01, 1.0, True)",
        "tf",
        "keras.optimizers.Nadam(learning_rate=0.001, beta_1=0.9, beta_2=0.99, epsilon=1e-7, weight_decay=0.01)",
        "exact",
    ),
    golden(
        "torch.optim.NAdam(model.parameters(), weight_decay=0.01, momentum_decay=1)",
        "tf",
        "keras.optimizers.Nadam(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.01)",
        "drop-in-only",
        "weight_decay_coupling",
        "drop-in",
    ),
    golden(
        "torch.optim.NAdam(model.parameters())",
        "numpy",
        "numpy_impl.optimizers.NAdam(tensors, learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8)",
        "exact",
    ),
    golden(
        "keras.optimizers.Nadam()",
        "torch",
        "torch.optim.NAdam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, momentum_decay=1.0)",
        "exact",
    ),
    golden(
        "keras.optimizers.Nadam(weight_decay=0.1)",
        "torch",
        """torch.optim.NAdam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.1,
  momentum_decay=1.0, decoupled_weight_decay=True)""",
        "exact",
    ),
    golden(
        "keras.optimizers.Nadam()",
        "numpy",
        "numpy_impl.optimizers.NAdam(tensors, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7)",
        "drop-in-only",
        "momentum_decay",
        "drop-in",
    ),
    golden(
        "torch.optim.Adafactor(model.parameters())",
        "tf",
        """keras.optimizers.Adafactor(learning_rate=0.01, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=0.001,
  clip_threshold=1.0)""",
        "approximate",
        "epsilon1_position",
        "drop-in",
    ),
    golden(
        "torch.optim.Adafactor(model.parameters(), 0.1, -0.7, (1e-15, 1e-2), 2.0, 0.01)",
        "tf",
        """keras.optimizers.Adafactor(learning_rate=0.1, beta_2_decay=-0.7, epsilon_1=1e-30, epsilon_2=0.01,
  clip_threshold=2.0, weight_decay=0.01)""",
        "approximate",
        "subnormals epsilon1_position scale_after_decay",
        "drop-in",
    ),
    golden(
        "keras.optimizers.Adafactor()",
        "torch",
        "torch.optim.Adafactor(model.parameters(), lr=0.001, beta2_decay=-0.8, eps=(1e-15, 0.001), d=1.0)",
        "approximate",
        "epsilon1_position",
        "drop-in",
    ),
    golden(
        "keras.optimizers.Adafactor(clip_threshold=0.5)",
        "torch",
        "torch.optim.Adafactor(model.parameters(), lr=0.001, beta2_decay=-0.8, eps=(1e-15, 0.001), d=1.0)",
        "drop-in-only",
        "clip_threshold epsilon1_position",
        "drop-in",
    ),
    golden("torch.optim.RAdam(model.parameters(), lr=0.01)", "tf", None, "drop-in-only", "class", "drop-in"),
    golden(
        "torch.optim.RAdam(model.parameters(), lr=0.01)",
        "numpy",
        "numpy_impl.optimizers.RAdam(tensors, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8)",
        "exact",
    ),
    golden("torch.optim.ASGD(model.parameters())", "tf", None, "drop-in-only", "class", "drop-in"),
    golden(
        "torch.optim.Rprop(model.parameters(), 0.01, etas=(0.5, 1.2))", "tf", None, "drop-in-only", "class", "drop-in"
    ),
    golden(
        "torch.optim.Rprop(model.parameters(), 0.01)",
        "numpy",
        "numpy_impl.optimizers.Rprop(tensors, learning_rate=0.01)",
        "exact",
    ),
    golden(
        "keras.optimizers.Ftrl(0.1, l1_regularization_strength=0.01)", "torch", None, "drop-in-only", "class", "drop-in"
    ),
    golden(
        "keras.optimizers.Ftrl(0.1)",
        "numpy",
        "numpy_impl.optimizers.Ftrl(tensors, learning_rate=0.1, initial_accumulator=0.1)",
        "drop-in-only",
        "beta",
        "drop-in",
    ),
    golden("Lion(1e-4)", "torch", None, "drop-in-only", "class", "drop-in"),
    golden(
        "keras.optimizers.Lion(1e-4)",
        "numpy",
        "numpy_impl.optimizers.Lion(tensors, learning_rate=0.0001, beta1=0.9, beta2=0.99)",
        "exact",
    ),
    golden("keras.optimizers.Lamb()", "torch", None, "drop-in-only", "class", "drop-in"),
    golden(
        "numpy_impl.optimizers.Lamb(tensors, 0.01)",
        "tf",
        "keras.optimizers.Lamb(learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7)",
        "exact",
    ),
    golden(
        'torch.optim.LBFGS(model.parameters(), lr=1, max_iter=20, line_search_fn="strong_wolfe")',
        "tf",
        None,
        "impossible",
        "class",
        None,
    ),
    golden(
        "torch.optim.SparseAdam(embedding.parameters())",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-08)",
        "drop-in-only",
        "lazy",
        "drop-in",
    ),
    golden(
        "torch.optim.Muon(matrices, lr=0.02)",
        "tf",
        "keras.optimizers.Muon(learning_rate=0.02, weight_decay=0.1, exclude_embeddings=False, muon_a=3.4445, "
        "muon_b=-4.775, muon_c=2.0315, momentum=0.95, ns_steps=5, nesterov=True, rms_rate=0.2)",
        "drop-in-only",
        "iteration_dtype epsilon_position scale",
        "drop-in",
    ),
    golden("keras.optimizers.ScheduleFreeAdamW()", "torch", None, "drop-in-only", "class", "drop-in"),
    golden("keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())", "torch", None, "impossible", "class", None),
)

CLIPPING = (
    golden(
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)""",
        "tf",
        "keras.optimizers.SGD(learning_rate=0.1, clipvalue=0.5)",
        "exact",
    ),
    golden(
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)""",
        "tf",
        "keras.optimizers.SGD(learning_rate=0.1, global_clipnorm=1.0)",
        "approximate",
        "clip",
        "drop-in",
    ),
    golden(
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for p in model.parameters():
    torch.nn.utils.clip_grad_norm_(p, 1.0)""",
        "tf",
        "keras.optimizers.SGD(learning_rate=0.1, clipnorm=1.0)",
        "approximate",
        "clip",
        "drop-in",
    ),
    golden(
        """optimizer = torch.optim.RMSprop(model.parameters(), eps=0, weight_decay=0.1)
clip_grad_value_(model.parameters(), 0.5)""",
        "tf",
        "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=0.0, weight_decay=0.1, clipvalue=0.5)",
        "drop-in-only",
        "subnormals weight_decay_coupling",
        "drop-in",
    ),
    golden(
        "keras.optimizers.SGD(0.1, clipvalue=0.5)",
        "torch",
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
torch.nn.utils.clip_grad_value_(model.parameters(), clip_value=0.5)""",
        "exact",
    ),
    golden(
        "keras.optimizers.SGD(0.1, global_clipnorm=1.0)",
        "torch",
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)""",
        "exact-with-hook",
        "clip",
        "hook",
    ),
    golden(
        "keras.optimizers.SGD(0.01, 0.9, nesterov=True, clipnorm=1.0)",
        "torch",
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
for p in model.parameters():
    torch.nn.utils.clip_grad_norm_(p, max_norm=1.0)""",
        "exact-with-hook",
        "clip learning_rate_in_velocity",
        "hook",
    ),
    golden(
        "keras.optimizers.Adam(clipnorm=0.5)",
        "torch",
        """optimizer = torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)
for p in model.parameters():
    torch.nn.utils.clip_grad_norm_(p, max_norm=0.5)""",
        "exact-with-hook",
        "clip epsilon_position",
        "hook",
    ),
    golden(
        "keras.optimizers.Adamax(clipnorm=0.5)",
        "torch",
        """optimizer = torch.optim.Adamax(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)
for p in model.parameters():
    torch.nn.utils.clip_grad_norm_(p, max_norm=0.5)""",
        "approximate",
        "clip epsilon_position",
        "drop-in",
    ),
    golden(
        "keras.optimizers.SGD(0.1, clipnorm=1.0)",
        "numpy",
        "numpy_impl.optimizers.SGD(tensors, learning_rate=0.1)",
        "drop-in-only",
        "clip",
        "drop-in",
    ),
)

SCHEDULES = (
    golden(
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)""",
        "tf",
        """keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
  initial_learning_rate=0.1, decay_steps=30, decay_rate=0.1, staircase=True))""",
        "exact",
    ),
    golden(
        "torch.optim.SGD(model.parameters(), lr=0.1)",
        "tf",
        """keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
  initial_learning_rate=0.1, decay_steps=30, decay_rate=0.5, staircase=True))""",
        "exact",
        schedule="StepLR(optimizer, 30, 0.5)",
    ),
    golden(
        "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)",
        "tf",
        """keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
  initial_learning_rate=0.1, decay_steps=30, decay_rate=0.1, staircase=True), momentum=0.9)""",
        "exact-with-hook",
        "learning_rate_in_velocity",
        "drop-in",
        schedule="lr_scheduler.StepLR(optimizer, 30)",
    ),
    golden(
        "torch.optim.Adadelta(model.parameters())",
        "tf",
        """keras.optimizers.Adadelta(learning_rate=keras.optimizers.schedules.ExponentialDecay(
  initial_learning_rate=1.0, decay_steps=1, decay_rate=0.99), rho=0.9, epsilon=1e-6)""",
        "exact",
        schedule="optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.99)",
    ),
    golden(
        "torch.optim.SGD(model.parameters(), lr=0.1)",
        "tf",
        """keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(
  initial_learning_rate=0.1, decay_steps=1, decay_rate=0.5))""",
        "exact",
        schedule="torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 1 / (1 + 0.5 * k))",
    ),
    golden(
        "torch.optim.SGD(model.parameters(), lr=0.1)",
        "tf",
        """keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(
  initial_learning_rate=0.1, decay_steps=100, alpha=0.5))""",
        "exact-with-hook",
        "learning_rate",
        "drop-in",
        schedule="torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=0.05)",
    ),
    golden(
        "keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.25))",
        "torch",
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)""",
        "exact",
    ),
    golden(
        "keras.optimizers.SGD("
        "tf.keras.optimizers.schedules.ExponentialDecay(0.1, 20, 0.25, staircase=True), momentum=0.9)",
        "torch",
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.25)""",
        "exact-with-hook",
        "learning_rate_in_velocity",
        "hook",
    ),
    golden(
        "keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(0.1, 100, alpha=0.1), momentum=0.9)",
        "torch",
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=0.01)""",
        "exact-with-hook",
        "learning_rate learning_rate_in_velocity",
        "hook",
    ),
    golden(
        "keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100), momentum=0.9)",
        "torch",
        """optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=0.0)""",
        "approximate",
        "learning_rate learning_rate_in_velocity",
        "drop-in",
    ),
    golden(
        "keras.optimizers.RMSprop(keras.optimizers.schedules.CosineDecay(0.1, 100), momentum=0.9, epsilon=0.0)",
        "torch",
        """optimizer = torch.optim.RMSprop(model.parameters(), lr=0.1, alpha=0.9, eps=0.0, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=0.0)""",
        "approximate",
        "subnormals learning_rate learning_rate_in_velocity",
        "drop-in",
    ),
    golden(
        "torch.optim.SGD(model.parameters(), lr=0.1)",
        "tf",
        """keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
  initial_learning_rate=0.1, decay_steps=1, decay_rate=0.95))""",
        "exact",
        schedule="torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.95 ** epoch)",
    ),
    golden(
        "torch.optim.SGD(model.parameters(), lr=0.1)",
        "tf",
        """keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(
  initial_learning_rate=0.1, decay_steps=1, decay_rate=0.05))""",
        "exact",
        schedule="LambdaLR(optimizer, lambda epoch: 1.0 / (1.0 + 5e-2 * epoch))",
    ),
    golden(
        "keras.optimizers.RMSprop(epsilon=0.0)",
        "torch",
        """optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.9, eps=0.0)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_lambda=lambda k: 1 / (1 + 0.5 * k))""",
        "approximate",
        "subnormals",
        schedule="keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 0.5)",
    ),
    golden(
        "keras.optimizers.SGD(ExponentialDecay(0.1, 2, 0.25))",
        "numpy",
        "numpy_impl.optimizers.SGD(tensors, learning_rate=schedule_without_a_class)",
        "drop-in-only",
        "learning_rate",
        "drop-in",
    ),
    golden(
        """opt = optim.SGD(net.parameters(), lr=0.1)
sched = StepLR(opt, 10, gamma=0.5)
clip_grad_norm_(net.parameters(), 1.0)""",
        "tf",
        """keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
  initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5, staircase=True), global_clipnorm=1.0)""",
        "approximate",
        "clip",
        "drop-in",
    ),
)

CONFIGS = (
    golden(
        "{'name': 'SGD', 'learning_rate': 0.009999999776482582, 'weight_decay': None, 'clipnorm': None, "
        "'global_clipnorm': None,\n"
        " 'clipvalue': None, 'use_ema': False, 'ema_momentum': 0.99, 'ema_overwrite_frequency': None, "
        "'loss_scale_factor': None,\n"
        " 'gradient_accumulation_steps': None, 'momentum': 0.9, 'nesterov': False}",
        "torch",
        "torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)",
        "exact-at-constant-learning-rate",
        "learning_rate_in_velocity",
        "hook",
    ),
    golden(
        """{'name': 'rm_sprop_1', 'learning_rate': 0.0010000000474974513, 'weight_decay': None, 'clipnorm': None,
 'rho': 0.9, 'momentum': 0.0, 'epsilon': 0.0, 'centered': False}""",
        "torch",
        "torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=0.0)",
        "approximate",
        "subnormals",
    ),
    golden(
        '{"class_name": "Adam", "config": {"name": "adam", "learning_rate": 0.0010000000474974513, '
        '"weight_decay": null,\n'
        ' "clipnorm": null, "use_ema": false, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": '
        "true}}",
        "torch",
        "torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, amsgrad=True)",
        "exact-with-hook",
        "epsilon_position",
        "hook",
    ),
    golden(
        """{"module": "keras.optimizers", "class_name": "Adagrad", "config": {"name": "adagrad", "learning_rate":
 0.10000000149011612, "initial_accumulator_value": 0.5, "epsilon": 0.0}, "registered_name": null}""",
        "torch",
        "torch.optim.Adagrad(model.parameters(), lr=0.1, initial_accumulator_value=0.5, eps=0.0)",
        "exact",
    ),
    golden(
        "{'name': 'nadam', 'learning_rate': {'module': 'keras.optimizers.schedules', 'class_name': "
        "'ExponentialDecay', 'config':\n"
        " {'initial_learning_rate': 0.1, 'decay_steps': 50, 'decay_rate': 0.5, 'staircase': True, 'name': "
        "'ExponentialDecay'},\n"
        " 'registered_name': None}, 'beta_1': 0.9, 'beta_2': 0.999, 'epsilon': 1e-07}",
        "torch",
        """optimizer = torch.optim.NAdam(model.parameters(), lr=0.1, betas=(0.9, 0.999), eps=1e-7, momentum_decay=1.0)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=50, gamma=0.5)""",
        "exact",
    ),
    golden(
        "{'params': [tensor([1.0], requires_grad=True)], 'lr': 0.1, 'momentum': 0.9, 'dampening': 0, "
        "'weight_decay': 0,\n"
        " 'nesterov': True, 'maximize': False, 'foreach': None, 'differentiable': False, 'fused': None}",
        "tf",
        "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)",
        "exact-at-constant-learning-rate",
        "learning_rate_in_velocity",
        "drop-in",
    ),
    golden(
        "[{'params': [0, 1], 'lr': 0.001, 'betas': (0.9, 0.999), 'eps': 0.0, 'weight_decay': 0.01, "
        "'amsgrad': False, 'maximize':\n"
        " False, 'foreach': None, 'capturable': False, 'differentiable': False, 'fused': None, "
        "'decoupled_weight_decay': True}]",
        "tf",
        "keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=0.0, weight_decay=0.01)",
        "approximate",
        "subnormals",
    ),
    golden(
        """{'lr': 1.0, 'rho': 0.9, 'eps': 1e-06, 'weight_decay': 0, 'maximize': False, 'capturable': False,
 'differentiable': False}""",
        "tf",
        "keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6)",
        "exact",
    ),
    golden(
        '{"params": [0], "lr": 0.05, "initial_lr": 0.1, "alpha": 0.99, "eps": 0.0, "weight_decay": 0, '
        '"momentum": 0, "centered":\n'
        ' true, "maximize": false, "foreach": null, "differentiable": false, "capturable": false}',
        "tf",
        "keras.optimizers.RMSprop(learning_rate=0.05, rho=0.99, epsilon=0.0, centered=True)",
        "approximate",
        "subnormals",
    ),
    golden(
        "{'params': [0], 'lr': 0.002, 'betas': (0.9, 0.999), 'eps': 1e-08, 'weight_decay': 0, "
        "'momentum_decay': 1.0, 'maximize':\n"
        " False, 'foreach': None, 'capturable': False, 'differentiable': False, 'decoupled_weight_decay': "
        "False}",
        "tf",
        "keras.optimizers.Nadam(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
        "exact",
    ),
    golden(
        "{'params': [0], 'lr': 0.01, 'etas': (0.5, 1.2), 'step_sizes': (1e-06, 50), 'foreach': None, "
        "'maximize': False,\n"
        " 'differentiable': False, 'capturable': False}",
        "tf",
        None,
        "drop-in-only",
        "class",
        "drop-in",
    ),
)

GOLDEN = (*SGD, *ADAM, *ROOTS, *OTHERS, *CLIPPING, *SCHEDULES, *CONFIGS)


def command_line(monkeypatch, capsys, *arguments):
    """Run `triptych` in this process: exit code, what it printed, lines on standard error."""
    monkeypatch.setattr(sys, "argv", ["triptych", *map(str, arguments)])
    try:
        cli.main()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    out, err = capsys.readouterr()
    return code, out, err.splitlines()
