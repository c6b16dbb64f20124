"""Images, in PyTorch: torchvision's references, its tutorials, CIFAR scripts, timm, DETR.

Sources: torch/optim/{sgd,rmsprop,adamw,adadelta,lr_scheduler,swa_utils}.py, torch/nn/utils/clip_grad.py.
"""

from math import cos, pi

from comparisons.rules import ClipGlobalNorm
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Average, Selector
from tests.recipes.record import Whole, held, of, to

VISION = (
    Whole(
        name="torchvision classification",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
lr_scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.1)
for epoch in range(90):
    train_one_epoch(model, criterion, optimizer, data_loader, device, epoch)
    lr_scheduler.step()
""",
        groups=(of("SGD", momentum=0.9, weight_decay=1e-4, weight_decay_coupling="coupled", nesterov=False),),
        rates={0: 0.1, 29: 0.1, 30: 0.01, 59: 0.01, 60: 1e-3, 89: 1e-3, 90: 1e-4},
        by="StepLR(opt, step_size=30, gamma=0.1)",
        base=0.1,
        per="steps_per_epoch",
        to=to("SGD", fields="learning_rate_in_velocity weight_decay_coupling", lines=("momentum=0.9",)),
    ),
    Whole(
        name="torchvision norm weight decay",
        text="""
parameters = [
    {"params": other_params, "weight_decay": 2e-5},
    {"params": norm_params, "weight_decay": 0.0},
]
optimizer = torch.optim.SGD(parameters, lr=0.5, momentum=0.9, weight_decay=2e-5, nesterov=True)
""",
        groups=(
            of("SGD", held("other_params"), learning_rate=0.5, momentum=0.9, weight_decay=2e-5, nesterov=True),
            of("SGD", held("norm_params"), learning_rate=0.5, momentum=0.9, weight_decay=0.0, nesterov=True),
        ),
        to=to("SGD", "SGD", fields="learning_rate_in_velocity weight_decay_coupling", lines=("nesterov=True",)),
    ),
    Whole(
        name="examples/imagenet",
        text="""
optimizer = torch.optim.SGD(model.parameters(), args.lr,
                            momentum=args.momentum,
                            weight_decay=args.weight_decay)
scheduler = StepLR(optimizer, step_size=30, gamma=0.1)
for epoch in range(args.start_epoch, args.epochs):
    train(train_loader, model, criterion, optimizer, epoch, device, args)
    scheduler.step()
""",
        groups=(of("SGD", momentum=Symbol("args.momentum"), weight_decay=Symbol("args.weight_decay")),),
        per="steps_per_epoch",
        to=to("SGD", fields="learning_rate_in_velocity", lines=("args.lr", "args.momentum", "args.weight_decay")),
    ),
    Whole(
        name="WideResNet on CIFAR",
        text="""
import torch.optim as optim
from torch.optim.lr_scheduler import MultiStepLR
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
scheduler = MultiStepLR(optimizer, milestones=[60, 120, 160], gamma=0.2)
for epoch in range(200):
    train(epoch)
    scheduler.step()
""",
        groups=(of("SGD", momentum=0.9, nesterov=True, weight_decay=5e-4),),
        rates={0: 0.1, 59: 0.1, 60: 0.02, 119: 0.02, 120: 4e-3, 159: 4e-3, 160: 8e-4, 500: 8e-4},
        by="MultiStepLR(opt, milestones=[60, 120, 160], gamma=0.2)",
        base=0.1,
        per="steps_per_epoch",
        to=to("SGD", fields="learning_rate_in_velocity weight_decay_coupling", lines=("nesterov=True",)),
    ),
    Whole(
        name="kuangliu CIFAR",
        text="""
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=200)
""",
        groups=(of("SGD", momentum=0.9, weight_decay=5e-4, weight_decay_coupling="coupled"),),
        rates={0: 0.1, 50: 0.05 * (1 + cos(pi / 4)), 100: 0.05, 199: 0.05 * (1 + cos(0.995 * pi)), 200: 0.0, 300: 0.05},
        by="CosineAnnealingLR(opt, T_max=200)",
        base=0.1,
        to=to("SGD", fields="learning_rate_in_velocity weight_decay_coupling"),
    ),
    Whole(
        name="torchvision detection",
        text="""
optimizer = torch.optim.SGD(params, lr=0.02, momentum=0.9, weight_decay=1e-4)
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.001, total_iters=1000)
steps = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[60000, 80000], gamma=0.1)
lr_scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [warmup, steps], milestones=[1000])
for images, targets in data_loader:
    losses = sum(loss for loss in model(images, targets).values())
    optimizer.zero_grad()
    losses.backward()
    optimizer.step()
    lr_scheduler.step()
""",
        groups=(of("SGD", momentum=0.9, weight_decay=1e-4),),
        # LinearLR: 0.02 (0.001 + 0.999 k / 1000); MultiStepLR counts from the switch
        rates={0: 2e-5, 1: 0.02 * 0.001999, 500: 0.02 * 0.5005, 1000: 0.02, 60999: 0.02, 61000: 2e-3, 81000: 2e-4},
        by="SequentialLR(opt, [LinearLR(opt, start_factor=0.001, total_iters=1000), "
        "MultiStepLR(opt, milestones=[60000, 80000], gamma=0.1)], milestones=[1000])",
        base=0.02,
        to=to("SGD", fields="learning_rate_in_velocity weight_decay_coupling"),
    ),
    Whole(
        name="detection tutorial",
        text="""
# construct an optimizer
params = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.SGD(
    params,
    lr=0.005,
    momentum=0.9,
    weight_decay=0.0005
)
lr_scheduler = torch.optim.lr_scheduler.StepLR(
    optimizer,
    step_size=3,
    gamma=0.1
)
num_epochs = 2
for epoch in range(num_epochs):
    train_one_epoch(model, optimizer, data_loader, device, epoch, print_freq=10)
    lr_scheduler.step()
    evaluate(model, data_loader_test, device=device)
""",
        groups=(of("SGD", momentum=0.9, weight_decay=5e-4),),
        rates={0: 5e-3, 2: 5e-3, 3: 5e-4, 6: 5e-5},
        by="StepLR(opt, step_size=3, gamma=0.1)",
        base=5e-3,
        per="steps_per_epoch",
        to=to("SGD", fields="learning_rate_in_velocity"),
    ),
    Whole(
        name="torchvision segmentation",
        text="""
params_to_optimize = [
    {"params": backbone_params},
    {"params": classifier_params},
    {"params": aux_params, "lr": 0.1},
]
optimizer = torch.optim.SGD(params_to_optimize, lr=0.01, momentum=0.9, weight_decay=1e-4)
main_lr_scheduler = PolynomialLR(optimizer, total_iters=30000, power=0.9)
""",
        groups=(
            of("SGD", held("backbone_params"), momentum=0.9, weight_decay=1e-4),
            of("SGD", held("classifier_params"), momentum=0.9, weight_decay=1e-4),
            of("SGD", held("aux_params"), momentum=0.9, weight_decay=1e-4),
        ),
        rates={0: 0.01, 15000: 0.01 * 0.5**0.9, 29999: 0.01 * (1 / 30000) ** 0.9, 30000: 0.0, 40000: 0.0},
        by="PolynomialLR(opt, total_iters=30000, power=0.9)",
        base=0.01,
        to=to("SGD", "SGD", "SGD", fields="learning_rate_in_velocity"),
    ),
    Whole(
        name="examples/mnist",
        text="""
optimizer = optim.Adadelta(model.parameters(), lr=1.0)
scheduler = StepLR(optimizer, step_size=1, gamma=0.7)
for epoch in range(1, 15):
    train(args, model, device, train_loader, optimizer, epoch)
    test(model, device, test_loader)
    scheduler.step()
""",
        groups=(of("Adadelta", rho=0.9, epsilon=1e-6, weight_decay=0.0),),
        rates={0: 1.0, 1: 0.7, 2: 0.49, 13: 0.7**13},
        by="StepLR(opt, step_size=1, gamma=0.7)",
        base=1.0,
        per="steps_per_epoch",
        to=to("Adadelta", lines=("rho=0.9", "epsilon=1e-06")),
    ),
    Whole(
        name="transfer learning tutorial",
        text="""
model_conv.fc = nn.Linear(num_ftrs, 2)
criterion = nn.CrossEntropyLoss()
optimizer_conv = optim.SGD(model_conv.fc.parameters(), lr=0.001, momentum=0.9)
exp_lr_scheduler = lr_scheduler.StepLR(optimizer_conv, step_size=7, gamma=0.1)
""",
        groups=(of("SGD", momentum=0.9, weight_decay=0.0),),
        rates={0: 1e-3, 6: 1e-3, 7: 1e-4, 14: 1e-5},
        by="StepLR(opt, step_size=7, gamma=0.1)",
        base=1e-3,
        to=to("SGD", fields="learning_rate_in_velocity"),
    ),
    Whole(
        name="torch.optim documentation, two rates",
        text="""
optim.SGD([
                {'params': model.base.parameters(), 'lr': 1e-2},
                {'params': model.classifier.parameters()}
            ], lr=1e-3, momentum=0.9)
""",
        groups=(
            of("SGD", held("model.base.parameters()"), learning_rate=1e-2, momentum=0.9),
            of("SGD", held("model.classifier.parameters()"), learning_rate=1e-3, momentum=0.9),
        ),
        to=to("SGD", "SGD", fields="learning_rate_in_velocity", lines=("0.01", "0.001")),
    ),
    Whole(
        name="ViT, warm-up and cosine, clipped",
        text="""
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.3)
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.033, total_iters=30)
cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=270)
scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, schedulers=[warmup, cosine], milestones=[30])
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
""",
        groups=(
            of(
                "Adam",
                beta1=0.9,
                beta2=0.999,
                epsilon=1e-8,
                epsilon_position="corrected-root",
                weight_decay=0.3,
                weight_decay_coupling="decoupled",
            ),
        ),
        rates={0: 3e-3 * 0.033, 15: 3e-3 * (0.033 + 0.967 / 2), 30: 3e-3, 165: 1.5e-3, 300: 0.0},
        by="SequentialLR(opt, schedulers=[LinearLR(opt, start_factor=0.033, total_iters=30), "
        "CosineAnnealingLR(opt, T_max=270)], milestones=[30])",
        base=3e-3,
        clip=ClipGlobalNorm(limit=1.0, formula="padded"),
        to=to("AdamW", fields="epsilon_position clip", lines=("global_clipnorm=1.0", "weight_decay=0.3")),
    ),
    Whole(
        name="torchvision average of the weights",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9, weight_decay=2e-5)
ema_model = torch.optim.swa_utils.AveragedModel(
    model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99998))
for image, target in data_loader:
    loss = criterion(model(image), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    ema_model.update_parameters(model)
""",
        groups=(of("SGD", learning_rate=0.5, momentum=0.9, weight_decay=2e-5),),
        average=Average(decay=0.99998, start="first"),
        to=to("SGD", fields="weight_decay_coupling", lines=("use_ema=True", "ema_momentum=0.99998")),
    ),
    Whole(
        name="stochastic weight averaging",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
swa_model = torch.optim.swa_utils.AveragedModel(model)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=300)
swa_start = 160
swa_scheduler = torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.05)
for epoch in range(300):
    for input, target in loader:
        optimizer.zero_grad()
        loss_fn(model(input), target).backward()
        optimizer.step()
    if epoch > swa_start:
        swa_model.update_parameters(model)
        swa_scheduler.step()
    else:
        scheduler.step()
""",
        groups=(of("SGD", momentum=0.9, weight_decay=1e-4),),
        average=Average(decay=None, every=Symbol("steps_per_epoch"), start="first"),  # type: ignore[arg-type]
        gaps=("SWALR", "epoch > swa_start"),
        to=to("SGD", fields="weight_decay_coupling", absent=("ema_momentum=0.99,",)),
    ),
    Whole(
        name="fast.ai one cycle",
        text="""
opt = torch.optim.AdamW(learn.parameters(), lr=1e-3, betas=(0.9, 0.99), eps=1e-5, weight_decay=0.01)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=1e-2, total_steps=1000, pct_start=0.25)
""",
        groups=(of("Adam", beta2=0.99, epsilon=1e-5, weight_decay=0.01, weight_decay_coupling="decoupled"),),
        # from 1e-2 / 25 up to step 249, down to that / 1e4 at step 999
        rates={0: 4e-4, 249: 1e-2, 624: 4e-8 + (1e-2 - 4e-8) / 2, 999: 4e-8},
        by="OneCycleLR(opt, max_lr=1e-2, total_steps=1000, pct_start=0.25)",
        base=1e-3,
        to=to("AdamW", fields="epsilon_position", lines=("beta_2=0.99", "weight_decay=0.01")),
    ),
    Whole(
        name="DAWNBench one cycle, linear",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, max_lr=0.4, epochs=10, steps_per_epoch=98, pct_start=0.2, anneal_strategy="linear", cycle_momentum=False)
""",
        groups=(of("SGD", momentum=0.9, nesterov=True, weight_decay=5e-4),),
        # 980 steps: up from 0.016 to step 195, down to 1.6e-6 at step 979
        rates={0: 0.016, 195: 0.4, 587: 0.4 - (0.4 - 1.6e-6) / 2, 979: 1.6e-6},
        by='OneCycleLR(opt, max_lr=0.4, epochs=10, steps_per_epoch=98, pct_start=0.2, anneal_strategy="linear", '
        "cycle_momentum=False)",
        base=0.1,
        to=to("SGD", fields="learning_rate_in_velocity weight_decay_coupling"),
    ),
    Whole(
        name="triangular rates",
        text="""
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CyclicLR(
    optimizer, base_lr=0.001, max_lr=0.006, step_size_up=2000, cycle_momentum=False)
for batch in data_loader:
    train_batch(model, batch)
    scheduler.step()
""",
        groups=(of("SGD", momentum=0.9),),
        rates={0: 0.001, 1000: 0.0035, 2000: 0.006, 3000: 0.0035, 4000: 0.001, 6000: 0.006},
        by="CyclicLR(opt, base_lr=0.001, max_lr=0.006, step_size_up=2000, cycle_momentum=False)",
        base=0.1,
        to=to("SGD", fields="learning_rate_in_velocity"),
    ),
    Whole(
        name="timm, its own scheduler and average",
        text="""
from timm.scheduler import CosineLRScheduler
from timm.utils import ModelEmaV2
param_groups = [
    {"params": no_decay, "weight_decay": 0.},
    {"params": decay, "weight_decay": 0.05},
]
optimizer = torch.optim.AdamW(param_groups, lr=5e-4, betas=(0.9, 0.999), eps=1e-8)
lr_scheduler = CosineLRScheduler(optimizer, t_initial=300, lr_min=1e-5, warmup_t=5, warmup_lr_init=1e-6)
model_ema = ModelEmaV2(model, decay=0.9998)
""",
        groups=(
            of("Adam", held("no_decay"), weight_decay=0.0, epsilon=1e-8, weight_decay_coupling="decoupled"),
            of("Adam", held("decay"), weight_decay=0.05, epsilon=1e-8, weight_decay_coupling="decoupled"),
        ),
        gaps=("CosineLRScheduler",),
        to=to("AdamW", "AdamW", fields="epsilon_position", lines=("weight_decay=0.05",), absent=("weight_decay=0.01",)),
    ),
    Whole(
        name="reduced on a plateau",
        text="""
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode='min', factor=0.5, patience=5)
for epoch in range(100):
    train(...)
    val_loss = validate(...)
    scheduler.step(val_loss)
""",
        groups=(of("Adam", learning_rate=1e-3, epsilon=1e-8, epsilon_position="corrected-root"),),
        gaps=("ReduceLROnP",),
        to=to("Adam", fields="epsilon_position"),
    ),
    Whole(
        name="DETR",
        text="""
param_dicts = [
    {"params": [p for n, p in model.named_parameters() if "backbone" not in n and p.requires_grad]},
    {
        "params": [p for n, p in model.named_parameters() if "backbone" in n and p.requires_grad],
        "lr": 1e-5,
    },
]
optimizer = torch.optim.AdamW(param_dicts, lr=1e-4, weight_decay=1e-4)
lr_scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 200)
for samples, targets in data_loader:
    losses = criterion(model(samples), targets)
    optimizer.zero_grad()
    losses.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
    optimizer.step()
""",
        groups=(
            of("Adam", Selector(without=("*backbone*",)), weight_decay=1e-4, weight_decay_coupling="decoupled"),
            of("Adam", Selector(names=("*backbone*",)), weight_decay=1e-4, weight_decay_coupling="decoupled"),
        ),
        rates={0: 1e-4, 199: 1e-4, 200: 1e-5, 400: 1e-6},
        by="StepLR(opt, 200)",
        base=1e-4,
        clip=ClipGlobalNorm(limit=0.1, formula="padded"),
        to=to("AdamW", "AdamW", fields="epsilon_position clip"),
    ),
    Whole(
        name="torchvision MobileNetV3",
        text="""
optimizer = torch.optim.RMSprop(
    parameters, lr=0.064, momentum=0.9, weight_decay=1e-5, eps=0.0316, alpha=0.9)
lr_scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.973)
""",
        groups=(
            of(
                "RMSprop",
                rho=0.9,
                momentum=0.9,
                epsilon=0.0316,
                epsilon_position="outside-root",
                centered=False,
                weight_decay=1e-5,
                weight_decay_coupling="coupled",
                learning_rate_in_velocity=False,
            ),
        ),
        rates={0: 0.064, 1: 0.064, 2: 0.064 * 0.973, 5: 0.064 * 0.973**2},
        by="StepLR(opt, step_size=2, gamma=0.973)",
        base=0.064,
        to=to("RMSprop", fields="epsilon_position learning_rate_in_velocity", lines=("rho=0.9", "momentum=0.9")),
    ),
)
