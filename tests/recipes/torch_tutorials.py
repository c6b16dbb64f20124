"""Tutorials and textbooks, in PyTorch: one of each class and scheduler, Lightning, curve fits.

Sources: torch/optim/*.py, torch/optim/lr_scheduler.py.
"""

from math import cos, pi

from comparisons.rules import ClipGlobalNorm
from comparisons.rules.training import Accumulation, Selector
from tests.recipes.record import Whole, held, of, to

TUTORIALS = (
    Whole(
        name="L-BFGS fit",
        text="""
optimizer = torch.optim.LBFGS(model.parameters(), lr=1, max_iter=20, line_search_fn="strong_wolfe")

def closure():
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    return loss

optimizer.step(closure)
""",
        groups=(),
        # it asks the closure for the loss several times a step, where all others are given a gradient
        refused=("closure", "scipy.optimize.minimize"),
    ),
    Whole(
        name="Rprop",
        text="optimizer = torch.optim.Rprop(net.parameters(), lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-06, 50))",
        groups=(of("Rprop", learning_rate=0.01, shrinkage=0.5, growth=1.2, smallest=1e-6, largest=50.0),),
    ),
    Whole(
        name="RAdam",
        text="""
optimizer = torch.optim.RAdam(model.parameters(), lr=1e-3, betas=(0.9, 0.999), weight_decay=1e-2)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.95)
for epoch in range(10):
    train()
    scheduler.step()
""",
        groups=(
            of(
                "RAdam",
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-8,
                epsilon_position="uncorrected-root",
                weight_decay=0.01,
                weight_decay_coupling="coupled",
            ),
        ),
        rates={0: 1e-3, 1: 9.5e-4, 10: 1e-3 * 0.95**10},
        by="ExponentialLR(opt, 0.95)",
        base=1e-3,
        per="steps_per_epoch",
    ),
    Whole(
        name="NAdam",
        text="optimizer = torch.optim.NAdam(model.parameters(), lr=2e-3)",
        groups=(of("NAdam", learning_rate=2e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, momentum_decay=4e-3),),
        to=to("Nadam", fields="momentum_decay", lines=("learning_rate=0.002",)),
    ),
    Whole(
        name="Adagrad with its own decay",
        text="optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1, lr_decay=0.01)",
        groups=(of("Adagrad", epsilon=1e-10, epsilon_position="outside-root", initial_accumulator=0.0),),
        rates={0: 0.1, 1: 0.1 / 1.01, 100: 0.05, 900: 0.01},
        to=to("Adagrad", fields="epsilon_position", lines=("InverseTimeDecay", "initial_accumulator_value=0.0")),
    ),
    Whole(
        name="Adamax",
        text="optimizer = torch.optim.Adamax(model.parameters())",
        groups=(of("Adamax", learning_rate=2e-3, epsilon=1e-8, epsilon_position="in-maximum"),),
        to=to("Adamax", fields="epsilon_position", lines=("learning_rate=0.002",)),
    ),
    Whole(
        name="Adafactor of torch",
        text="optimizer = torch.optim.Adafactor(model.parameters(), lr=1e-2)",
        groups=(
            of(
                "Adafactor",
                learning_rate=1e-2,
                beta2_decay=-0.8,
                epsilon2=1e-3,
                clip_threshold=1.0,
                epsilon1_position="floor",
            ),
        ),
        to=to("Adafactor", fields="epsilon1_position"),
    ),
    Whole(
        name="physics-informed network, exponential by 0.9 every 1000",
        text="""
optimizer = torch.optim.Adam(pinn.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1000, gamma=0.9)
for it in range(20000):
    optimizer.zero_grad()
    loss = pinn.loss()
    loss.backward()
    optimizer.step()
    scheduler.step()
""",
        groups=(of("Adam", epsilon=1e-8),),
        rates={0: 1e-3, 999: 1e-3, 1000: 9e-4, 2500: 8.1e-4, 19999: 1e-3 * 0.9**19},
        by="StepLR(opt, step_size=1000, gamma=0.9)",
        base=1e-3,
        to=to("Adam", fields="epsilon_position", lines=("1000",)),
    ),
    Whole(
        name="multiplied every epoch",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
scheduler = torch.optim.lr_scheduler.MultiplicativeLR(optimizer, lr_lambda=lambda epoch: 0.95)
for epoch in range(100):
    train(...)
    validate(...)
    scheduler.step()
""",
        groups=(of("SGD", momentum=0.0),),
        rates={0: 0.05, 1: 0.0475, 20: 0.05 * 0.95**20},
        by="MultiplicativeLR(opt, lr_lambda=lambda epoch: 0.95)",
        base=0.05,
        per="steps_per_epoch",
        to=to("SGD"),
    ),
    Whole(
        name="chained schedulers",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
scheduler1 = torch.optim.lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=20)
scheduler2 = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
scheduler = torch.optim.lr_scheduler.ChainedScheduler([scheduler1, scheduler2], optimizer=optimizer)
""",
        groups=(of("SGD", momentum=0.0),),
        rates={0: 0.1, 1: 0.09, 19: 0.1 * 0.9**19, 20: 0.9**20, 21: 0.9**21},
        by="ChainedScheduler([ConstantLR(opt, factor=0.1, total_iters=20), ExponentialLR(opt, gamma=0.9)], "
        "optimizer=opt)",
        to=to("SGD"),
    ),
    Whole(
        name="warm restarts",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10, T_mult=2, eta_min=1e-4)
""",
        groups=(of("SGD", momentum=0.9, weight_decay=5e-4),),
        # cycles of 10, 20, 40 steps
        rates={
            0: 0.1,
            5: 1e-4 + (0.1 - 1e-4) / 2,
            9: 1e-4 + (0.1 - 1e-4) * (1 + cos(0.9 * pi)) / 2,
            10: 0.1,
            20: 1e-4 + (0.1 - 1e-4) / 2,
            30: 0.1,
            50: 1e-4 + (0.1 - 1e-4) / 2,
            70: 0.1,
        },
        by="CosineAnnealingWarmRestarts(opt, T_0=10, T_mult=2, eta_min=1e-4)",
        base=0.1,
        to=to("SGD", fields="learning_rate_in_velocity weight_decay_coupling"),
    ),
    Whole(
        name="0.1 ** (epoch // 30)",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_lambda=lambda epoch: 0.1 ** (epoch // 30))
""",
        groups=(of("SGD", momentum=0.9, weight_decay=1e-4),),
        rates={0: 0.1, 29: 0.1, 30: 0.01, 60: 0.001},
        by="LambdaLR(opt, lr_lambda=lambda epoch: 0.1 ** (epoch // 30))",
        base=0.1,
        to=to("SGD", fields="learning_rate_in_velocity"),
    ),
    Whole(
        name="a warm-up by a lambda",
        text="""
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 1000))
""",
        groups=(of("Adam", epsilon=1e-8),),
        rates={0: 1e-6, 499: 5e-4, 999: 1e-3, 5000: 1e-3},
        by="LambdaLR(opt, lambda step: min(1.0, (step + 1) / 1000))",
        base=1e-3,
        to=to("Adam", fields="epsilon_position"),
    ),
    Whole(
        name="Lightning",
        text="""
class Net(pl.LightningModule):
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=3e-4, weight_decay=0.05)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
        return [optimizer], [scheduler]
""",
        groups=(of("Adam", weight_decay=0.05, epsilon=1e-8),),
        rates={0: 3e-4, 25: 1.5e-4, 50: 0.0},
        by="CosineAnnealingLR(opt, T_max=50)",
        base=3e-4,
        per="steps_per_epoch",
        to=to("AdamW", fields="epsilon_position", lines=("weight_decay=0.05",)),
    ),
    Whole(
        name="gradients summed, not averaged",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
accumulation_steps = 8
for i, (x, y) in enumerate(loader):
    loss = loss_fn(model(x), y)
    loss.backward()
    if (i + 1) % accumulation_steps == 0:
        optimizer.step()
        optimizer.zero_grad()
""",
        groups=(of("SGD", learning_rate=0.01, momentum=0.0),),
        accumulation=Accumulation(batches=8, combine="sum"),
        to=to("SGD", lines=("8",)),
    ),
    Whole(
        name="decay of weights only, by the name's end",
        text="""
decay = [p for n, p in model.named_parameters() if not n.endswith("bias")]
no_decay = [p for n, p in model.named_parameters() if n.endswith("bias")]
optimizer = torch.optim.SGD([
    {"params": decay, "weight_decay": 1e-4},
    {"params": no_decay, "weight_decay": 0},
], lr=0.1)
torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
""",
        groups=(
            of("SGD", Selector(without=("*bias",)), learning_rate=0.1, weight_decay=1e-4),
            of("SGD", Selector(names=("*bias",)), learning_rate=0.1, weight_decay=0.0),
        ),
        clip=ClipGlobalNorm(limit=5.0, formula="padded"),
        to=to("SGD", "SGD", fields="clip"),
    ),
    Whole(
        name="dampening and maximize",
        text="optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, dampening=0.1, maximize=True)",
        groups=(of("SGD", momentum=0.9, dampening=0.1),),
        to=to("SGD", fields="dampening"),
    ),
    Whole(
        name="a head with its own rate, dicts in names",
        text="""
backbone = {"params": net.backbone.parameters(), "lr": 1e-5}
head = {"params": net.head.parameters(), "lr": 1e-3}
optimizer = torch.optim.AdamW([backbone, head], weight_decay=0.1)
""",
        groups=(
            of("Adam", held("net.backbone.parameters()"), learning_rate=1e-5, weight_decay=0.1),
            of("Adam", held("net.head.parameters()"), learning_rate=1e-3, weight_decay=0.1),
        ),
        to=to("AdamW", "AdamW", fields="epsilon_position", lines=("1e-05", "0.001")),
    ),
)
