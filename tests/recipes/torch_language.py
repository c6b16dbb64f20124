"""Language, in PyTorch: nanoGPT, transformers' Trainer and scripts, BERT, T5, word models.

Sources: torch/optim/{adam,adamw,sgd,asgd,muon,lr_scheduler}.py, transformers/optimization.py, its AdamW of 4.x.
"""

from math import cos, pi, sqrt

from comparisons.rules import ClipGlobalNorm, ClipValue
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Accumulation, Selector
from tests.recipes.record import Whole, held, of, to

ONE = ClipGlobalNorm(limit=1.0, formula="padded")
NO_DECAY = Selector(names=("*bias*", "*LayerNorm.weight*"))
DECAY = Selector(without=("*bias*", "*LayerNorm.weight*"))

LANGUAGE = (
    Whole(
        name="nanoGPT",
        text="""
learning_rate = 6e-4
max_iters = 600000
warmup_iters = 2000
lr_decay_iters = 600000
min_lr = 6e-5
gradient_accumulation_steps = 40
grad_clip = 1.0

param_dict = {pn: p for pn, p in model.named_parameters() if p.requires_grad}
decay_params = [p for n, p in param_dict.items() if p.dim() >= 2]
nodecay_params = [p for n, p in param_dict.items() if p.dim() < 2]
optim_groups = [
    {'params': decay_params, 'weight_decay': 1e-1},
    {'params': nodecay_params, 'weight_decay': 0.0}
]
optimizer = torch.optim.AdamW(optim_groups, lr=learning_rate, betas=(0.9, 0.95))

def get_lr(it):
    if it < warmup_iters:
        return learning_rate * (it + 1) / (warmup_iters + 1)
    if it > lr_decay_iters:
        return min_lr
    decay_ratio = (it - warmup_iters) / (lr_decay_iters - warmup_iters)
    coeff = 0.5 * (1.0 + math.cos(math.pi * decay_ratio))
    return min_lr + coeff * (learning_rate - min_lr)

while True:
    lr = get_lr(iter_num)
    for param_group in optimizer.param_groups:
        param_group['lr'] = lr
    for micro_step in range(gradient_accumulation_steps):
        logits, loss = model(X, Y)
        loss = loss / gradient_accumulation_steps
        scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), grad_clip)
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad(set_to_none=True)
    iter_num += 1
""",
        groups=(
            of("Adam", Selector(least_axes=2), weight_decay=0.1, beta1=0.9, beta2=0.95, epsilon=1e-8),
            of("Adam", Selector(most_axes=1), weight_decay=0.0, beta1=0.9, beta2=0.95, epsilon=1e-8),
        ),
        clip=ONE,
        accumulation=Accumulation(batches=40, combine="mean"),
        gaps=("param_group",),
        to=to("AdamW", "AdamW", fields="epsilon_position clip", lines=("weight_decay=0.1", "beta_2=0.95")),
    ),
    Whole(
        name="transformers Trainer",
        text="""
from transformers import get_linear_schedule_with_warmup
no_decay = ["bias", "LayerNorm.weight"]
optimizer_grouped_parameters = [
    {
        "params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)],
        "weight_decay": 0.01,
    },
    {
        "params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)],
        "weight_decay": 0.0,
    },
]
optimizer = torch.optim.AdamW(optimizer_grouped_parameters, lr=5e-5)
lr_scheduler = get_linear_schedule_with_warmup(optimizer, num_warmup_steps=100, num_training_steps=1000)
for step, batch in enumerate(train_dataloader):
    loss = model(**batch).loss
    loss = loss / 4
    loss.backward()
    if (step + 1) % 4 == 0:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        lr_scheduler.step()
        optimizer.zero_grad()
""",
        groups=(
            of("Adam", DECAY, weight_decay=0.01, weight_decay_coupling="decoupled", epsilon=1e-8),
            of("Adam", NO_DECAY, weight_decay=0.0, weight_decay_coupling="decoupled", epsilon=1e-8),
        ),
        rates={0: 0.0, 1: 5e-7, 50: 2.5e-5, 100: 5e-5, 550: 2.5e-5, 999: 5e-5 / 900, 1000: 0.0, 2000: 0.0},
        by="get_linear_schedule_with_warmup(opt, num_warmup_steps=100, num_training_steps=1000)",
        base=5e-5,
        clip=ONE,
        accumulation=Accumulation(batches=4, combine="mean"),
        to=to("AdamW", "AdamW", fields="epsilon_position clip", lines=("weight_decay=0.01",)),
    ),
    Whole(
        name="BERT with the old AdamW",
        text="""
from transformers import AdamW, get_linear_schedule_with_warmup
optimizer = AdamW(model.parameters(), lr=2e-5, eps=1e-8, correct_bias=False)
scheduler = get_linear_schedule_with_warmup(optimizer, num_warmup_steps=0, num_training_steps=4000)
torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
""",
        groups=(of("Adam", epsilon=1e-8, bias_correction=False, weight_decay=0.0),),
        rates={0: 2e-5, 2000: 1e-5, 3999: 5e-9, 4000: 0.0},
        by="get_linear_schedule_with_warmup(opt, num_warmup_steps=0, num_training_steps=4000)",
        base=2e-5,
        clip=ONE,
        to=to("AdamW", fields="bias_correction clip", lines=("weight_decay=0.0",)),
    ),
    Whole(
        name="Llama-like pretraining",
        text="""
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.95), eps=1e-5, weight_decay=0.1)
scheduler = transformers.get_cosine_schedule_with_warmup(optimizer, num_warmup_steps=2000, num_training_steps=250000)
torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
""",
        groups=(of("Adam", beta1=0.9, beta2=0.95, epsilon=1e-5, weight_decay=0.1),),
        rates={0: 0.0, 1: 1.5e-7, 2000: 3e-4, 126000: 1.5e-4, 250000: 0.0},
        by="get_cosine_schedule_with_warmup(opt, num_warmup_steps=2000, num_training_steps=250000)",
        base=3e-4,
        clip=ONE,
        to=to("AdamW", fields="epsilon_position clip", lines=("beta_2=0.95", "weight_decay=0.1")),
    ),
    Whole(
        name="warm-up, stable, decay",
        text="""
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
scheduler = get_wsd_schedule(optimizer, num_warmup_steps=100, num_decay_steps=200, num_training_steps=1000,
                             decay_type="linear")
""",
        groups=(of("Adam", beta2=0.95, weight_decay=0.1, epsilon=1e-8),),
        rates={0: 0.0, 50: 5e-4, 100: 1e-3, 799: 1e-3, 800: 1e-3, 900: 5e-4, 1000: 0.0, 1500: 0.0},
        by="get_wsd_schedule(opt, num_warmup_steps=100, num_decay_steps=200, num_training_steps=1000, "
        'decay_type="linear")',
        base=1e-3,
        to=to("AdamW", fields="epsilon_position", lines=("beta_2=0.95",)),
    ),
    Whole(
        name="warm-up, stable, decay, of torch's parts",
        text="""
import torch
from torch.optim.lr_scheduler import ConstantLR, LinearLR, SequentialLR
opt = torch.optim.AdamW(model.parameters(), lr=4e-4, weight_decay=0.05, betas=(0.9, 0.98))
sched = SequentialLR(opt, [
    LinearLR(opt, start_factor=0.1, total_iters=100),
    ConstantLR(opt, factor=1.0, total_iters=0),
    LinearLR(opt, start_factor=1.0, end_factor=0.0, total_iters=300),
], milestones=[100, 700])
""",
        groups=(of("Adam", beta2=0.98, weight_decay=0.05),),
        rates={0: 4e-5, 50: 2.2e-4, 100: 4e-4, 699: 4e-4, 700: 4e-4, 850: 2e-4, 1000: 0.0, 1200: 0.0},
        by="SequentialLR(opt, [LinearLR(opt, start_factor=0.1, total_iters=100), ConstantLR(opt, factor=1.0, "
        "total_iters=0), LinearLR(opt, start_factor=1.0, end_factor=0.0, total_iters=300)], milestones=[100, 700])",
        base=4e-4,
        to=to("AdamW", fields="epsilon_position"),
    ),
    Whole(
        name="T5 with a constant rate",
        text="""
from transformers.optimization import Adafactor
optimizer = Adafactor(model.parameters(), lr=1e-3, scale_parameter=False, relative_step=False, warmup_init=False)
""",
        groups=(
            of(
                "Adafactor",
                learning_rate=1e-3,
                beta2_decay=-0.8,
                clip_threshold=1.0,
                scale_parameter=False,
                relative_step=False,
            ),
        ),
        to=to("Adafactor", fields="scale_parameter relative_step"),
    ),
    Whole(
        name="fairseq transformer",
        text="""
optimizer = torch.optim.Adam(model.parameters(), lr=5e-4, betas=(0.9, 0.98), eps=1e-9, weight_decay=1e-4)
scheduler = get_inverse_sqrt_schedule(optimizer, num_warmup_steps=4000)
""",
        groups=(of("Adam", beta2=0.98, epsilon=1e-9, weight_decay=1e-4, weight_decay_coupling="coupled"),),
        rates={0: 0.0, 1: 1.25e-7, 4000: 5e-4, 16000: 2.5e-4, 64000: 1.25e-4},
        by="get_inverse_sqrt_schedule(opt, num_warmup_steps=4000)",
        base=5e-4,
        to=to("Adam", fields="epsilon_position weight_decay_coupling"),
    ),
    Whole(
        name="annotated transformer",
        text="""
def rate(step, model_size, factor, warmup):
    if step == 0:
        step = 1
    return factor * (model_size ** (-0.5) * min(step ** (-0.5), step * warmup ** (-1.5)))

optimizer = torch.optim.Adam(model.parameters(), lr=0.5, betas=(0.9, 0.98), eps=1e-9)
lr_scheduler = LambdaLR(
    optimizer=optimizer,
    lr_lambda=lambda step: rate(step, model_size=512, factor=1.0, warmup=400),
)
""",
        groups=(of("Adam", beta2=0.98, epsilon=1e-9),),
        # of 0 and of 1 the same
        rates={
            0: 0.5 / sqrt(512) / 8000,
            1: 0.5 / sqrt(512) / 8000,
            400: 0.5 / sqrt(512) / 20,
            1600: 0.25 / sqrt(512) / 20,
        },
        by="LambdaLR(opt, lambda s: 512**-0.5 * min(max(s, 1) ** -0.5, max(s, 1) * 400**-1.5))",
        base=0.5,
        to=to("Adam", fields="epsilon_position"),
    ),
    Whole(
        name="Muon and AdamW for the rest",
        text="""
hidden = [p for p in model.blocks.parameters() if p.ndim == 2]
rest = [p for p in model.parameters() if p.ndim != 2]
muon = torch.optim.Muon(hidden, lr=0.02, momentum=0.95, weight_decay=0.01)
adamw = torch.optim.AdamW(rest, lr=3e-4, betas=(0.9, 0.95), weight_decay=0.01)
for x, y in loader:
    loss_fn(model(x), y).backward()
    muon.step()
    adamw.step()
    model.zero_grad()
""",
        groups=(
            of("Muon", held("hidden"), learning_rate=0.02, momentum=0.95, weight_decay=0.01, nesterov=True),
            of("Adam", held("rest"), learning_rate=3e-4, beta2=0.95, weight_decay=0.01),
        ),
        to=to("Muon", "AdamW", absent=("adam_weight_decay=0.004",)),
    ),
    Whole(
        name="rates by layer",
        text="""
optimizer = torch.optim.AdamW([
    {"params": model.embeddings.parameters(), "lr": 2e-5 * 0.9 ** 2},
    {"params": model.layer1.parameters(), "lr": 2e-5 * 0.9},
    {"params": model.head.parameters(), "lr": 1e-4, "weight_decay": 0.0},
], lr=2e-5, weight_decay=0.01)
""",
        groups=(
            of("Adam", held("model.embeddings.parameters()"), learning_rate=2e-5 * 0.9**2, weight_decay=0.01),
            of("Adam", held("model.layer1.parameters()"), learning_rate=2e-5 * 0.9, weight_decay=0.01),
            of("Adam", held("model.head.parameters()"), learning_rate=1e-4, weight_decay=0.0),
        ),
        to=to("AdamW", "AdamW", "AdamW", fields="epsilon_position", lines=("0.0001",), absent=("learning_rate=2e-05",)),
    ),
    Whole(
        name="ULMFiT-like discriminative rates",
        text="""
lr = 1e-3
groups = [dict(params=model.encoder.parameters(), lr=lr / 2.6), dict(params=model.decoder.parameters(), lr=lr)]
optimizer = torch.optim.Adam(groups, betas=(0.7, 0.99))
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=[1e-3 / 2.6, 1e-3], total_steps=500)
""",
        groups=(
            of("Adam", held("model.encoder.parameters()"), beta2=0.99, epsilon=1e-8),
            of("Adam", held("model.decoder.parameters()"), beta2=0.99, epsilon=1e-8),
        ),
        or_gap="the translation is without this schedule",
        to=to("Adam", "Adam", fields="epsilon_position"),
    ),
    Whole(
        name="word_language_model",
        text="""
lr = 20
for p in model.parameters():
    p.data.add_(p.grad, alpha=-lr)
torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
optimizer = torch.optim.SGD(model.parameters(), lr=lr)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, 'min', factor=0.25, patience=0)
""",
        groups=(of("SGD", learning_rate=20.0, momentum=0.0),),
        clip=ClipGlobalNorm(limit=0.25, formula="padded"),
        gaps=("ReduceLROnP",),
        to=to("SGD", fields="clip", lines=("global_clipnorm=0.25", "20.0")),
    ),
    Whole(
        name="AWD-LSTM",
        text="optimizer = torch.optim.ASGD(model.parameters(), lr=30, t0=0, lambd=0., weight_decay=1.2e-6)",
        groups=(of("ASGD", learning_rate=30.0, decay=0.0, power=0.75, average_from=0.0, weight_decay=1.2e-6),),
    ),
    Whole(
        name="char-rnn, values clipped",
        text="""
optimizer = torch.optim.Adam(rnn.parameters(), lr=0.002)
loss.backward()
torch.nn.utils.clip_grad_value_(rnn.parameters(), 5)
optimizer.step()
""",
        groups=(of("Adam", learning_rate=0.002, epsilon=1e-8),),
        clip=ClipValue(limit=5.0),
        to=to("Adam", fields="epsilon_position", lines=("clipvalue=5.0",)),
    ),
    Whole(
        name="LoRA with a warm-up",
        text="""
from transformers import get_constant_schedule_with_warmup
optimizer = torch.optim.AdamW(filter(lambda p: p.requires_grad, model.parameters()), lr=2e-4, weight_decay=0.0)
scheduler = get_constant_schedule_with_warmup(optimizer, num_warmup_steps=30)
""",
        groups=(of("Adam", weight_decay=0.0, epsilon=1e-8),),
        rates={0: 0.0, 15: 1e-4, 29: 2e-4 * 29 / 30, 30: 2e-4, 10000: 2e-4},
        by="get_constant_schedule_with_warmup(opt, num_warmup_steps=30)",
        base=2e-4,
        to=to("AdamW", fields="epsilon_position", lines=("weight_decay=0.0",)),
    ),
    Whole(
        name="BERT pretraining, polynomial",
        text="""
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.01)
scheduler = get_polynomial_decay_schedule_with_warmup(optimizer, num_warmup_steps=100, num_training_steps=1100,
                                                      lr_end=1e-5, power=2.0)
""",
        groups=(of("Adam", beta2=0.98, epsilon=1e-6, weight_decay=0.01),),
        rates={0: 0.0, 100: 1e-4, 600: 1e-5 + 9e-5 / 4, 1100: 1e-5, 2000: 1e-5},
        by="get_polynomial_decay_schedule_with_warmup(opt, num_warmup_steps=100, num_training_steps=1100, lr_end=1e-5, "
        "power=2.0)",
        base=1e-4,
        to=to("AdamW", fields="epsilon_position"),
    ),
    Whole(
        name="hard restarts",
        text="""
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
scheduler = get_cosine_with_hard_restarts_schedule_with_warmup(optimizer, 100, 900, num_cycles=2)
""",
        groups=(of("Adam", weight_decay=0.01, epsilon=1e-8),),
        # each cycle has 400 steps
        rates={0: 0.0, 100: 1e-4, 300: 5e-5, 499: 5e-5 * (1 + cos(pi * 399 / 400)), 500: 1e-4, 700: 5e-5, 900: 0.0},
        by="get_cosine_with_hard_restarts_schedule_with_warmup(opt, 100, 900, num_cycles=2)",
        base=1e-4,
        to=to("AdamW", fields="epsilon_position", lines=("weight_decay=0.01",)),
    ),
    Whole(
        name="bitsandbytes",
        text="""
import bitsandbytes as bnb
optimizer = bnb.optim.AdamW(model.parameters(), lr=2e-4, betas=(0.9, 0.95), weight_decay=0.1)
""",
        groups=(
            of(
                "Adam",
                learning_rate=2e-4,
                beta2=0.95,
                epsilon=1e-8,
                weight_decay=0.1,
            ),
        ),
        to=to("AdamW", fields="epsilon_position"),
    ),
    Whole(
        name="numbers from args",
        text="""
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": args.wd}, {"params": no_decay, "weight_decay": 0.0}], lr=args.lr)
scheduler = get_cosine_schedule_with_warmup(optimizer, args.warmup, args.max_steps)
torch.nn.utils.clip_grad_norm_(model.parameters(), args.clip)
""",
        groups=(
            of("Adam", held("decay"), weight_decay=Symbol("args.wd"), epsilon=1e-8),
            of("Adam", held("no_decay"), weight_decay=0.0, epsilon=1e-8),
        ),
        clip=ClipGlobalNorm(limit=Symbol("args.clip"), formula="padded"),
        or_gap="get_cosine_sch",
        to=to(
            "AdamW",
            "AdamW",
            fields="epsilon_position",
            lines=("args.lr", "args.wd", "args.clip"),
            absent=("weight_decay=0.01", "0.001"),
        ),
    ),
)
