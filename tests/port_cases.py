"""What `triptych port` must answer: calls as people write them, and the answers as the frameworks' sources give them.

A block is the text; a line `with ...` for --schedule; the framework to go to, a colon, and the closest native call
(`none` where no class is of the family); last, the fidelity, the mismatching fields and the exact route.
"""

import re
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


def golden(block):
    """The case that a block says."""
    found = re.fullmatch(
        r"(?P<text>.+?)\n(?:  with (?P<schedule>.+?)\n)?  (?P<to>torch|tf|numpy): (?P<native>.+)\n"
        r"  = (?P<fidelity>[\w-]+) \|(?P<fields>[\w ]*)\| (?P<route>[\w-]+)",
        block,
        flags=re.DOTALL,
    )
    assert found, block
    native = re.sub(r"^ {4}", "", found["native"], flags=re.MULTILINE)
    return Golden(
        text=found["text"],
        schedule=found["schedule"] or "",
        to=found["to"],
        native=None if native == "none" else native,
        fidelity=found["fidelity"],
        fields=frozenset(found["fields"].split()),
        route=None if found["route"] == "none" else found["route"],
    )


SGD = """
torch.optim.SGD(model.parameters())
  tf: keras.optimizers.SGD(learning_rate=0.001)
  = exact || native

torch.optim.SGD(model.parameters(), lr=0.1)
  numpy: numpy_impl.optimizers.SGD(tensors, learning_rate=0.1)
  = exact || native

optim.SGD(params, 0.1, 0.9)
  tf: keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
  = exact-at-constant-learning-rate |learning_rate_in_velocity| drop-in

optim.SGD(params, 0.1, 0.9, 0.5)
  tf: keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
  = drop-in-only |dampening| drop-in

optim.SGD(params, lr=0.1, dampening=0.5)
  tf: keras.optimizers.SGD(learning_rate=0.1)
  = exact || native

optim.SGD(params, 0.1, 0, 0, 0.01)
  tf: keras.optimizers.SGD(learning_rate=0.1, weight_decay=0.01)
  = exact || native

torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=True)
  tf: keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.0001)
  = drop-in-only |weight_decay_coupling| drop-in

torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True)
  numpy: numpy_impl.optimizers.Nesterov(tensors, learning_rate=0.1, momentum=0.9)
  = exact-at-constant-learning-rate |learning_rate_in_velocity| drop-in

torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
  numpy: numpy_impl.optimizers.Momentum(tensors, learning_rate=0.1, momentum=0.9)
  = drop-in-only |weight_decay| drop-in

keras.optimizers.SGD()
  torch: torch.optim.SGD(model.parameters(), lr=0.01)
  = exact || native

tf.keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)
  torch: torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
  = exact-at-constant-learning-rate |learning_rate_in_velocity| hook

keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.01)
  torch: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
  = exact-with-hook |weight_decay_coupling| hook

keras.optimizers.SGD(0.1, weight_decay=0.01)
  torch: torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.01)
  = exact || native

keras.optimizers.SGD(0.1, nesterov=True)
  torch: torch.optim.SGD(model.parameters(), lr=0.1)
  = exact || native

keras.optimizers.SGD(0.01, 0.9)
  numpy: numpy_impl.optimizers.Momentum(tensors, learning_rate=0.01, momentum=0.9)
  = exact || native

numpy_impl.optimizers.Momentum(learning_rate=0.05)
  tf: keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
  = exact || native

numpy_impl.optimizers.Nesterov(tensors, 0.05, 0.8)
  torch: torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.8, nesterov=True)
  = exact-at-constant-learning-rate |learning_rate_in_velocity| hook
"""

ADAM = """
torch.optim.Adam(model.parameters(), lr=3e-4, betas=(0.9, 0.95), eps=1e-5, weight_decay=0.1)
  tf: keras.optimizers.Adam(learning_rate=0.0003, beta_1=0.9, beta_2=0.95, epsilon=1e-5, weight_decay=0.1)
  = drop-in-only |epsilon_position weight_decay_coupling| drop-in

optim.Adam(net.parameters())
  tf: keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
  = exact-with-hook |epsilon_position| drop-in

torch.optim.Adam(p, 1e-2, (0.8, 0.99), 0)
  tf: keras.optimizers.Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=0.0)
  = exact || native

torch.optim.Adam(p, 1e-2, [0.8, 0.99], 0, 0, True)
  tf: keras.optimizers.Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=0.0, amsgrad=True)
  = exact || native

torch.optim.adam.Adam(params=model.parameters(), lr=0.01, eps=0.0, fused=True)
  tf: keras.optimizers.Adam(learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=0.0)
  = exact || native

torch.optim.Adam(model.parameters(), eps=0.0, weight_decay=0.01, decoupled_weight_decay=True)
  tf: keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=0.0, weight_decay=0.01)
  = exact || native

torch.optim.Adam(model.parameters(), eps=0.0, weight_decay=0.01)
  tf: keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=0.0, weight_decay=0.01)
  = drop-in-only |weight_decay_coupling| drop-in

torch.optim.Adam(model.parameters())
  numpy: numpy_impl.optimizers.Adam(tensors, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8)
  = exact-with-hook |epsilon_position| drop-in

torch.optim.AdamW(model.parameters())
  tf: keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
  = exact-with-hook |epsilon_position| drop-in

optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05, eps=0)
  tf: keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.05, beta_1=0.9, beta_2=0.999, epsilon=0.0)
  = exact || native

torch.optim.adamw.AdamW(model.parameters(), eps=0, weight_decay=0)
  tf: keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.0, beta_1=0.9, beta_2=0.999, epsilon=0.0)
  = exact || native

keras.optimizers.Adam(1e-3)
  torch: torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)
  = exact-with-hook |epsilon_position| hook

keras.optimizers.Adam(1e-3, 0.9, 0.99, 1e-8, True)
  torch: torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.99), eps=1e-8, amsgrad=True)
  = exact-with-hook |epsilon_position| hook

keras.optimizers.Adam(weight_decay=0.01)
  torch: torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.01,
      decoupled_weight_decay=True)
  = exact-with-hook |epsilon_position| hook

tensorflow.keras.optimizers.Adam(learning_rate=0.002, epsilon=0.0)
  torch: torch.optim.Adam(model.parameters(), lr=0.002, betas=(0.9, 0.999), eps=0.0)
  = exact || native

keras.optimizers.AdamW()
  torch: torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.004)
  = exact-with-hook |epsilon_position| hook

opt = keras.optimizers.AdamW(1e-3, 0.02)
  torch: torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.02)
  = exact-with-hook |epsilon_position| hook

keras.optimizers.Adam()
  numpy: numpy_impl.optimizers.Adam(tensors, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7)
  = exact || native

numpy_impl.optimizers.AdamW()
  tf: keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
  = exact || native

numpy_impl.optimizers.Adam(tensors, 0.01)
  torch: torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.9, 0.999), eps=1e-7)
  = exact-with-hook |epsilon_position| hook

Adam(learning_rate=1e-3)
  torch: torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)
  = exact-with-hook |epsilon_position| hook

Adam(model.parameters(), lr=1e-3, eps=0)
  tf: keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=0.0)
  = exact || native
"""

ROOTS = """
tf.keras.optimizers.RMSprop(learning_rate=1e-3, rho=0.9, momentum=0.9)
  torch: torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=0.000316227766016838, momentum=0.9)
  = approximate |epsilon_position| drop-in

keras.optimizers.RMSprop(epsilon=0.0)
  torch: torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=0.0)
  = exact || native

keras.optimizers.RMSprop(0.01, 0.95, 0.5, 0.0, True)
  torch: torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.95, eps=0.0, momentum=0.5, centered=True)
  = exact-at-constant-learning-rate |learning_rate_in_velocity| hook

keras.optimizers.RMSprop(epsilon=0.0, weight_decay=0.01)
  torch: torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=0.0, weight_decay=0.01)
  = exact-with-hook |weight_decay_coupling| hook

torch.optim.RMSprop(model.parameters())
  tf: keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-16)
  = approximate |epsilon_position| drop-in

torch.optim.RMSprop(p, 0.01, 0.9, 0.0, 0, 0.9)
  tf: keras.optimizers.RMSprop(learning_rate=0.01, rho=0.9, momentum=0.9, epsilon=0.0)
  = exact-at-constant-learning-rate |learning_rate_in_velocity| drop-in

torch.optim.rmsprop.RMSprop(p, eps=0, weight_decay=0.01)
  tf: keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=0.0, weight_decay=0.01)
  = drop-in-only |weight_decay_coupling| drop-in

torch.optim.RMSprop(model.parameters(), lr=0.001)
  numpy: numpy_impl.optimizers.RMSprop(tensors, learning_rate=0.001, rho=0.99, epsilon=1e-8)
  = exact || native

torch.optim.RMSprop(model.parameters(), centered=True)
  numpy: numpy_impl.optimizers.RMSprop(tensors, learning_rate=0.01, rho=0.99, epsilon=1e-8)
  = drop-in-only |centered| drop-in

numpy_impl.optimizers.RMSprop()
  torch: torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.99, eps=1e-7)
  = exact || native

numpy_impl.optimizers.RMSprop()
  tf: keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-14)
  = approximate |epsilon_position| drop-in

keras.optimizers.Adagrad()
  torch: torch.optim.Adagrad(model.parameters(), lr=0.001, initial_accumulator_value=0.1000001, eps=0.0)
  = exact || native

keras.optimizers.Adagrad(0.1, initial_accumulator_value=0.0, epsilon=1e-8)
  torch: torch.optim.Adagrad(model.parameters(), lr=0.1, initial_accumulator_value=1e-8, eps=0.0)
  = exact || native

keras.optimizers.Adagrad(0.1, 0.1, 0.0, weight_decay=0.01)
  torch: torch.optim.Adagrad(model.parameters(), lr=0.1, weight_decay=0.01, initial_accumulator_value=0.1, eps=0.0)
  = exact-with-hook |weight_decay_coupling| hook

torch.optim.Adagrad(model.parameters())
  tf: keras.optimizers.Adagrad(learning_rate=0.01, initial_accumulator_value=0.0, epsilon=1e-20)
  = approximate |epsilon_position| drop-in

torch.optim.Adagrad(params, 0.1, 0.01, 0, 0.1, 0)
  tf: keras.optimizers.Adagrad(learning_rate=keras.optimizers.schedules.InverseTimeDecay(
      initial_learning_rate=0.1, decay_steps=1, decay_rate=0.01), initial_accumulator_value=0.1, epsilon=0.0)
  = exact || native

keras.optimizers.Adagrad(keras.optimizers.schedules.InverseTimeDecay(0.1, 10, 0.5), epsilon=0.0)
  torch: torch.optim.Adagrad(model.parameters(), lr=0.1, lr_decay=0.05, initial_accumulator_value=0.1, eps=0.0)
  = exact || native

torch.optim.Adagrad(model.parameters(), eps=1e-7)
  numpy: numpy_impl.optimizers.AdaGrad(tensors, learning_rate=0.01, epsilon=1e-7)
  = exact || native

torch.optim.Adadelta(model.parameters())
  tf: keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6)
  = exact || native

torch.optim.Adadelta(model.parameters(), weight_decay=0.1)
  tf: keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6, weight_decay=0.1)
  = drop-in-only |weight_decay_coupling| drop-in

keras.optimizers.Adadelta()
  torch: torch.optim.Adadelta(model.parameters(), lr=0.001, rho=0.95, eps=1e-7)
  = exact || native

keras.optimizers.Adadelta(1.0, weight_decay=0.1)
  torch: torch.optim.Adadelta(model.parameters(), lr=1.0, rho=0.95, eps=1e-7, weight_decay=0.1)
  = exact-with-hook |weight_decay_coupling| hook

keras.optimizers.Adadelta(1.0, 0.9, 1e-6)
  numpy: numpy_impl.optimizers.AdaDelta(tensors, learning_rate=1.0, rho=0.9, epsilon=1e-6)
  = exact || native

numpy_impl.optimizers.AdaDelta()
  torch: torch.optim.Adadelta(model.parameters(), lr=1.0, rho=0.95, eps=1e-6)
  = exact || native
"""

OTHERS = """
torch.optim.Adamax(model.parameters())
  tf: keras.optimizers.Adamax(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
  = approximate |epsilon_position| drop-in

torch.optim.Adamax(model.parameters(), eps=0)
  tf: keras.optimizers.Adamax(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=0.0)
  = exact || native

keras.optimizers.Adamax()
  torch: torch.optim.Adamax(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)
  = approximate |epsilon_position| drop-in

keras.optimizers.Adamax(0.01, epsilon=0.0, weight_decay=0.1)
  torch: torch.optim.Adamax(model.parameters(), lr=0.01, betas=(0.9, 0.999), eps=0.0, weight_decay=0.1)
  = exact-with-hook |weight_decay_coupling| hook

keras.optimizers.Adamax(0.01, weight_decay=0.1)
  torch: torch.optim.Adamax(model.parameters(), lr=0.01, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.1)
  = approximate |epsilon_position weight_decay_coupling| drop-in

keras.optimizers.Adamax()
  numpy: numpy_impl.optimizers.AdaMax(tensors, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7)
  = exact || native

torch.optim.NAdam(model.parameters())
  tf: keras.optimizers.Nadam(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
  = drop-in-only |momentum_decay| drop-in

NAdam(model.parameters(), momentum_decay=1.0)
  tf: keras.optimizers.Nadam(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
  = exact || native

torch.optim.NAdam(model.parameters(), 1e-3, (0.9, 0.99), 1e-7, 0.01, 1.0, True)
  tf: keras.optimizers.Nadam(learning_rate=0.001, beta_1=0.9, beta_2=0.99, epsilon=1e-7, weight_decay=0.01)
  = exact || native

torch.optim.NAdam(model.parameters(), weight_decay=0.01, momentum_decay=1)
  tf: keras.optimizers.Nadam(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.01)
  = drop-in-only |weight_decay_coupling| drop-in

torch.optim.NAdam(model.parameters())
  numpy: numpy_impl.optimizers.NAdam(tensors, learning_rate=0.002, beta1=0.9, beta2=0.999, epsilon=1e-8)
  = exact || native

keras.optimizers.Nadam()
  torch: torch.optim.NAdam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, momentum_decay=1.0)
  = exact || native

keras.optimizers.Nadam(weight_decay=0.1)
  torch: torch.optim.NAdam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.1,
      momentum_decay=1.0, decoupled_weight_decay=True)
  = exact || native

keras.optimizers.Nadam()
  numpy: numpy_impl.optimizers.NAdam(tensors, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7)
  = drop-in-only |momentum_decay| drop-in

torch.optim.Adafactor(model.parameters())
  tf: keras.optimizers.Adafactor(learning_rate=0.01, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=0.001,
      clip_threshold=1.0)
  = approximate |epsilon1_position| drop-in

torch.optim.Adafactor(model.parameters(), 0.1, -0.7, (1e-15, 1e-2), 2.0, 0.01)
  tf: keras.optimizers.Adafactor(learning_rate=0.1, beta_2_decay=-0.7, epsilon_1=1e-30, epsilon_2=0.01,
      clip_threshold=2.0, weight_decay=0.01)
  = approximate |scale_after_decay| drop-in

keras.optimizers.Adafactor()
  torch: torch.optim.Adafactor(model.parameters(), lr=0.001, beta2_decay=-0.8, eps=(1e-15, 0.001), d=1.0)
  = exact || native

keras.optimizers.Adafactor(clip_threshold=0.5)
  torch: torch.optim.Adafactor(model.parameters(), lr=0.001, beta2_decay=-0.8, eps=(1e-15, 0.001), d=1.0)
  = drop-in-only |clip_threshold| drop-in

torch.optim.RAdam(model.parameters(), lr=0.01)
  tf: none
  = drop-in-only |class| drop-in

torch.optim.RAdam(model.parameters(), lr=0.01)
  numpy: numpy_impl.optimizers.RAdam(tensors, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8)
  = exact || native

torch.optim.ASGD(model.parameters())
  tf: none
  = drop-in-only |class| drop-in

torch.optim.Rprop(model.parameters(), 0.01, etas=(0.5, 1.2))
  tf: none
  = drop-in-only |class| drop-in

torch.optim.Rprop(model.parameters(), 0.01)
  numpy: numpy_impl.optimizers.Rprop(tensors, learning_rate=0.01)
  = exact || native

keras.optimizers.Ftrl(0.1, l1_regularization_strength=0.01)
  torch: none
  = drop-in-only |class| drop-in

keras.optimizers.Ftrl(0.1)
  numpy: numpy_impl.optimizers.Ftrl(tensors, learning_rate=0.1, initial_accumulator=0.1)
  = drop-in-only |beta| drop-in

Lion(1e-4)
  torch: none
  = drop-in-only |class| drop-in

keras.optimizers.Lion(1e-4)
  numpy: numpy_impl.optimizers.Lion(tensors, learning_rate=0.0001, beta1=0.9, beta2=0.99)
  = exact || native

keras.optimizers.Lamb()
  torch: none
  = drop-in-only |class| drop-in

numpy_impl.optimizers.Lamb(tensors, 0.01)
  tf: keras.optimizers.Lamb(learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
  = exact || native

torch.optim.LBFGS(model.parameters(), lr=1, max_iter=20, line_search_fn="strong_wolfe")
  tf: none
  = impossible |class| none

torch.optim.SparseAdam(embedding.parameters())
  tf: none
  = impossible |class| none

torch.optim.Muon(matrices, lr=0.02)
  tf: none
  = impossible |class| none

keras.optimizers.Muon(0.02)
  torch: none
  = impossible |class| none

keras.optimizers.ScheduleFreeAdamW()
  torch: none
  = impossible |class| none

keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
  torch: none
  = impossible |class| none
"""

CLIPPING = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)
  tf: keras.optimizers.SGD(learning_rate=0.1, clipvalue=0.5)
  = exact || native

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
  tf: keras.optimizers.SGD(learning_rate=0.1, global_clipnorm=1.0)
  = approximate |clip| drop-in

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for p in model.parameters():
    torch.nn.utils.clip_grad_norm_(p, 1.0)
  tf: keras.optimizers.SGD(learning_rate=0.1, clipnorm=1.0)
  = approximate |clip| drop-in

optimizer = torch.optim.RMSprop(model.parameters(), eps=0, weight_decay=0.1)
clip_grad_value_(model.parameters(), 0.5)
  tf: keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=0.0, weight_decay=0.1, clipvalue=0.5)
  = drop-in-only |weight_decay_coupling| drop-in

keras.optimizers.SGD(0.1, clipvalue=0.5)
  torch: optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.nn.utils.clip_grad_value_(model.parameters(), clip_value=0.5)
  = exact || native

keras.optimizers.SGD(0.1, global_clipnorm=1.0)
  torch: optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
  = exact-with-hook |clip| hook

keras.optimizers.SGD(0.01, 0.9, nesterov=True, clipnorm=1.0)
  torch: optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    for p in model.parameters():
        torch.nn.utils.clip_grad_norm_(p, max_norm=1.0)
  = exact-with-hook |clip| hook

keras.optimizers.Adam(clipnorm=0.5)
  torch: optimizer = torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)
    for p in model.parameters():
        torch.nn.utils.clip_grad_norm_(p, max_norm=0.5)
  = exact-with-hook |clip epsilon_position| hook

keras.optimizers.Adamax(clipnorm=0.5)
  torch: optimizer = torch.optim.Adamax(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)
    for p in model.parameters():
        torch.nn.utils.clip_grad_norm_(p, max_norm=0.5)
  = approximate |clip epsilon_position| drop-in

keras.optimizers.SGD(0.1, clipnorm=1.0)
  numpy: numpy_impl.optimizers.SGD(tensors, learning_rate=0.1)
  = drop-in-only |clip| drop-in
"""

SCHEDULES = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)
  tf: keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
      initial_learning_rate=0.1, decay_steps=30, decay_rate=0.1, staircase=True))
  = exact || native

torch.optim.SGD(model.parameters(), lr=0.1)
  with StepLR(optimizer, 30, 0.5)
  tf: keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
      initial_learning_rate=0.1, decay_steps=30, decay_rate=0.5, staircase=True))
  = exact || native

torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
  with lr_scheduler.StepLR(optimizer, 30)
  tf: keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
      initial_learning_rate=0.1, decay_steps=30, decay_rate=0.1, staircase=True), momentum=0.9)
  = exact-with-hook |learning_rate_in_velocity| drop-in

torch.optim.Adadelta(model.parameters())
  with optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.99)
  tf: keras.optimizers.Adadelta(learning_rate=keras.optimizers.schedules.ExponentialDecay(
      initial_learning_rate=1.0, decay_steps=1, decay_rate=0.99), rho=0.9, epsilon=1e-6)
  = exact || native

torch.optim.SGD(model.parameters(), lr=0.1)
  with torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 1 / (1 + 0.5 * k))
  tf: keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(
      initial_learning_rate=0.1, decay_steps=1, decay_rate=0.5))
  = exact || native

torch.optim.SGD(model.parameters(), lr=0.1)
  with torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=0.05)
  tf: keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(
      initial_learning_rate=0.1, decay_steps=100, alpha=0.5))
  = exact-with-hook |learning_rate| drop-in

keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.25))
  torch: optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
  = exact || native

keras.optimizers.SGD(tf.keras.optimizers.schedules.ExponentialDecay(0.1, 20, 0.25, staircase=True), momentum=0.9)
  torch: optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.25)
  = exact-with-hook |learning_rate_in_velocity| hook

keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(0.1, 100, alpha=0.1), momentum=0.9)
  torch: optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=0.01)
  = exact-with-hook |learning_rate learning_rate_in_velocity| hook

keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100), momentum=0.9)
  torch: optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=0.0)
  = approximate |learning_rate learning_rate_in_velocity| drop-in

keras.optimizers.RMSprop(keras.optimizers.schedules.CosineDecay(0.1, 100), momentum=0.9, epsilon=0.0)
  torch: optimizer = torch.optim.RMSprop(model.parameters(), lr=0.1, alpha=0.9, eps=0.0, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=0.0)
  = approximate |learning_rate learning_rate_in_velocity| drop-in

torch.optim.SGD(model.parameters(), lr=0.1)
  with torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.95 ** epoch)
  tf: keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
      initial_learning_rate=0.1, decay_steps=1, decay_rate=0.95))
  = exact || native

torch.optim.SGD(model.parameters(), lr=0.1)
  with LambdaLR(optimizer, lambda epoch: 1.0 / (1.0 + 5e-2 * epoch))
  tf: keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay(
      initial_learning_rate=0.1, decay_steps=1, decay_rate=0.05))
  = exact || native

keras.optimizers.RMSprop(epsilon=0.0)
  with keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 0.5)
  torch: optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01, alpha=0.9, eps=0.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_lambda=lambda k: 1 / (1 + 0.5 * k))
  = exact || native

keras.optimizers.SGD(ExponentialDecay(0.1, 2, 0.25))
  numpy: numpy_impl.optimizers.SGD(tensors, learning_rate=0.1)
  = drop-in-only |learning_rate| drop-in

opt = optim.SGD(net.parameters(), lr=0.1)
sched = StepLR(opt, 10, gamma=0.5)
clip_grad_norm_(net.parameters(), 1.0)
  tf: keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(
      initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5, staircase=True), global_clipnorm=1.0)
  = approximate |clip| drop-in
"""

CONFIGS = """
{'name': 'SGD', 'learning_rate': 0.009999999776482582, 'weight_decay': None, 'clipnorm': None, 'global_clipnorm': None,
 'clipvalue': None, 'use_ema': False, 'ema_momentum': 0.99, 'ema_overwrite_frequency': None, 'loss_scale_factor': None,
 'gradient_accumulation_steps': None, 'momentum': 0.9, 'nesterov': False}
  torch: torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
  = exact-at-constant-learning-rate |learning_rate_in_velocity| hook

{'name': 'rm_sprop_1', 'learning_rate': 0.0010000000474974513, 'weight_decay': None, 'clipnorm': None,
 'rho': 0.9, 'momentum': 0.0, 'epsilon': 0.0, 'centered': False}
  torch: torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=0.0)
  = exact || native

{"class_name": "Adam", "config": {"name": "adam", "learning_rate": 0.0010000000474974513, "weight_decay": null,
 "clipnorm": null, "use_ema": false, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": true}}
  torch: torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7, amsgrad=True)
  = exact-with-hook |epsilon_position| hook

{"module": "keras.optimizers", "class_name": "Adagrad", "config": {"name": "adagrad", "learning_rate":
 0.10000000149011612, "initial_accumulator_value": 0.5, "epsilon": 0.0}, "registered_name": null}
  torch: torch.optim.Adagrad(model.parameters(), lr=0.1, initial_accumulator_value=0.5, eps=0.0)
  = exact || native

{'name': 'nadam', 'learning_rate': {'module': 'keras.optimizers.schedules', 'class_name': 'ExponentialDecay', 'config':
 {'initial_learning_rate': 0.1, 'decay_steps': 50, 'decay_rate': 0.5, 'staircase': True, 'name': 'ExponentialDecay'},
 'registered_name': None}, 'beta_1': 0.9, 'beta_2': 0.999, 'epsilon': 1e-07}
  torch: optimizer = torch.optim.NAdam(model.parameters(), lr=0.1, betas=(0.9, 0.999), eps=1e-7, momentum_decay=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=50, gamma=0.5)
  = exact || native

{'params': [tensor([1.0], requires_grad=True)], 'lr': 0.1, 'momentum': 0.9, 'dampening': 0, 'weight_decay': 0,
 'nesterov': True, 'maximize': False, 'foreach': None, 'differentiable': False, 'fused': None}
  tf: keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)
  = exact-at-constant-learning-rate |learning_rate_in_velocity| drop-in

[{'params': [0, 1], 'lr': 0.001, 'betas': (0.9, 0.999), 'eps': 0.0, 'weight_decay': 0.01, 'amsgrad': False, 'maximize':
 False, 'foreach': None, 'capturable': False, 'differentiable': False, 'fused': None, 'decoupled_weight_decay': True}]
  tf: keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=0.0, weight_decay=0.01)
  = exact || native

{'lr': 1.0, 'rho': 0.9, 'eps': 1e-06, 'weight_decay': 0, 'maximize': False, 'capturable': False,
 'differentiable': False}
  tf: keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6)
  = exact || native

{"params": [0], "lr": 0.05, "initial_lr": 0.1, "alpha": 0.99, "eps": 0.0, "weight_decay": 0, "momentum": 0, "centered":
 true, "maximize": false, "foreach": null, "differentiable": false, "capturable": false}
  tf: keras.optimizers.RMSprop(learning_rate=0.05, rho=0.99, epsilon=0.0, centered=True)
  = exact || native

{'params': [0], 'lr': 0.002, 'betas': (0.9, 0.999), 'eps': 1e-08, 'weight_decay': 0, 'momentum_decay': 1.0, 'maximize':
 False, 'foreach': None, 'capturable': False, 'differentiable': False, 'decoupled_weight_decay': False}
  tf: keras.optimizers.Nadam(learning_rate=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
  = exact || native

{'params': [0], 'lr': 0.01, 'etas': (0.5, 1.2), 'step_sizes': (1e-06, 50), 'foreach': None, 'maximize': False,
 'differentiable': False, 'capturable': False}
  tf: none
  = drop-in-only |class| drop-in
"""

TABLES = (SGD, ADAM, ROOTS, OTHERS, CLIPPING, SCHEDULES, CONFIGS)
GOLDEN = [golden(block) for table in TABLES for block in table.strip("\n").split("\n\n")]


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
