"""Generative models, in PyTorch: GANs with two optimizers, diffusion with an average, NeRF, VAE.

Sources: torch/optim/{adam,rmsprop,lr_scheduler,swa_utils}.py.
"""

from comparisons.rules import ClipGlobalNorm
from comparisons.rules.training import Accumulation, Average
from tests.recipes.record import Whole, held, of, to

GENERATIVE = (
    Whole(
        name="DCGAN tutorial",
        apart=True,
        text="""
lr = 0.0002
beta1 = 0.5
optimizerD = optim.Adam(netD.parameters(), lr=lr, betas=(beta1, 0.999))
optimizerG = optim.Adam(netG.parameters(), lr=lr, betas=(beta1, 0.999))
""",
        groups=(
            of("Adam", held("netD.parameters()"), learning_rate=2e-4, beta1=0.5, beta2=0.999, epsilon=1e-8),
            of("Adam", held("netG.parameters()"), learning_rate=2e-4, beta1=0.5, beta2=0.999, epsilon=1e-8),
        ),
        to=to("Adam", "Adam", fields="epsilon_position", lines=("beta_1=0.5",), absent=("beta_1=0.9",)),
    ),
    Whole(
        name="WGAN",
        apart=True,
        text="""
optimizerD = optim.RMSprop(netD.parameters(), lr=0.00005)
optimizerG = optim.RMSprop(netG.parameters(), lr=0.00005)
""",
        groups=(
            of("RMSprop", held("netD.parameters()"), learning_rate=5e-5, rho=0.99, epsilon=1e-8),
            of("RMSprop", held("netG.parameters()"), learning_rate=5e-5, rho=0.99, epsilon=1e-8),
        ),
        to=to("RMSprop", "RMSprop", fields="epsilon_position", lines=("rho=0.99", "5e-05")),
    ),
    Whole(
        name="WGAN-GP",
        apart=True,
        text="""
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-4, betas=(0.0, 0.9))
opt_d = torch.optim.Adam(critic.parameters(), lr=4e-4, betas=(0.0, 0.9))
""",
        groups=(
            of("Adam", held("generator.parameters()"), learning_rate=1e-4, beta1=0.0, beta2=0.9),
            of("Adam", held("critic.parameters()"), learning_rate=4e-4, beta1=0.0, beta2=0.9),
        ),
        to=to("Adam", "Adam", fields="epsilon_position", lines=("beta_1=0.0", "beta_2=0.9", "0.0004")),
    ),
    Whole(
        name="CycleGAN",
        text="""
optimizer_G = torch.optim.Adam(itertools.chain(netG_A.parameters(), netG_B.parameters()), lr=0.0002, betas=(0.5, 0.999))

def lambda_rule(epoch):
    lr_l = 1.0 - max(0, epoch + 1 - 100) / float(100 + 1)
    return lr_l

scheduler = lr_scheduler.LambdaLR(optimizer_G, lr_lambda=lambda_rule)
for epoch in range(200):
    for i, data in enumerate(dataset):
        optimizer_G.zero_grad()
        backward_G(data)
        optimizer_G.step()
    scheduler.step()
""",
        groups=(of("Adam", beta1=0.5, beta2=0.999),),
        rates={0: 2e-4, 99: 2e-4, 100: 2e-4 * 100 / 101, 150: 2e-4 * 50 / 101, 200: 0.0},
        by="LambdaLR(opt, lambda e: 1.0 - max(0, e + 1 - 100) / float(101))",
        base=2e-4,
        per="steps_per_epoch",
        to=to("Adam", fields="epsilon_position", lines=("beta_1=0.5",)),
    ),
    Whole(
        name="DDPM",
        text="""
from copy import deepcopy
opt = torch.optim.Adam(model.parameters(), lr=2e-5, betas=(0.9, 0.99))
ema = deepcopy(model)
ema_decay = 0.995
for step in range(700000):
    for _ in range(2):
        loss = diffusion(next(dl)) / 2
        loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    opt.zero_grad()
    for e, p in zip(ema.parameters(), model.parameters()):
        e.data.mul_(ema_decay).add_(p.data, alpha=1 - ema_decay)
""",
        groups=(of("Adam", learning_rate=2e-5, beta1=0.9, beta2=0.99, epsilon=1e-8),),
        clip=ClipGlobalNorm(limit=1.0, formula="padded"),
        accumulation=Accumulation(batches=2, combine="mean"),
        average=Average(decay=0.995, start="initial"),
        to=to("Adam", fields="epsilon_position clip", lines=("0.995",)),
    ),
    Whole(
        name="DiT",
        text="""
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
opt = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0)
ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9999))
for x, y in loader:
    loss = diffusion.training_losses(model, x, y)["loss"].mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    ema.update_parameters(model)
""",
        groups=(of("Adam", learning_rate=1e-4, weight_decay=0.0, epsilon=1e-8),),
        average=Average(decay=0.9999, start="first"),
        to=to("AdamW", fields="epsilon_position", lines=("weight_decay=0.0", "ema_momentum=0.9999", "use_ema=True")),
    ),
    Whole(
        name="diffusers training",
        text="""
from diffusers.training_utils import EMAModel
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.95, 0.999), weight_decay=1e-6, eps=1e-8)
lr_scheduler = get_cosine_schedule_with_warmup(optimizer=optimizer, num_warmup_steps=500, num_training_steps=10500)
ema_model = EMAModel(model.parameters(), decay=0.9999, use_ema_warmup=True, inv_gamma=1.0, power=0.75)
""",
        groups=(of("Adam", beta1=0.95, beta2=0.999, weight_decay=1e-6, epsilon=1e-8),),
        rates={0: 0.0, 250: 5e-5, 500: 1e-4, 5500: 5e-5, 10500: 0.0},
        by="get_cosine_schedule_with_warmup(opt, num_warmup_steps=500, num_training_steps=10500)",
        base=1e-4,
        gaps=("EMAModel",),
        to=to("AdamW", fields="epsilon_position", lines=("beta_1=0.95",)),
    ),
    Whole(
        name="examples/vae",
        text="optimizer = optim.Adam(model.parameters(), lr=1e-3)",
        groups=(of("Adam", learning_rate=1e-3, epsilon=1e-8, epsilon_position="corrected-root"),),
        to=to("Adam", fields="epsilon_position"),
    ),
    Whole(
        name="StyleGAN2",
        text="""
g_reg_ratio = 4 / 5
g_optim = optim.Adam(generator.parameters(), lr=0.002 * g_reg_ratio, betas=(0 ** g_reg_ratio, 0.99 ** g_reg_ratio))
""",
        groups=(of("Adam", learning_rate=0.0016, beta1=0.0, beta2=0.99**0.8),),
        to=to("Adam", fields="epsilon_position", absent=("beta_2=0.999",)),
    ),
    Whole(
        name="NeRF",
        text="""
optimizer = torch.optim.Adam(params=grad_vars, lr=5e-4, betas=(0.9, 0.999))
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9999954)
""",
        groups=(of("Adam", epsilon=1e-8, beta1=0.9, beta2=0.999),),
        rates={0: 5e-4, 1: 5e-4 * 0.9999954, 1000: 5e-4 * 0.9999954**1000},
        by="ExponentialLR(opt, gamma=0.9999954)",
        base=5e-4,
        to=to("Adam", fields="epsilon_position"),
    ),
    Whole(
        name="pix2pix, constant then to 0",
        text="""
optimizer = torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999))
scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [
    torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0, total_iters=1),
    torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=100),
], milestones=[100])
""",
        groups=(of("Adam", beta1=0.5),),
        rates={0: 2e-4, 99: 2e-4, 100: 2e-4, 150: 1e-4, 200: 0.0, 250: 0.0},
        by="SequentialLR(opt, [ConstantLR(opt, factor=1.0, total_iters=1), LinearLR(opt, start_factor=1.0, "
        "end_factor=0.0, total_iters=100)], milestones=[100])",
        base=2e-4,
        to=to("Adam", fields="epsilon_position", lines=("beta_1=0.5",)),
    ),
)
