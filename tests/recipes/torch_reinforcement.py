"""Reinforcement learning, in PyTorch: CleanRL, Stable-Baselines3, the tutorials, Atari.

Sources: torch/optim/{adam,adamw,rmsprop,lr_scheduler}.py, torch/nn/utils/clip_grad.py.
"""

from comparisons.rules import ClipGlobalNorm, ClipValue
from comparisons.rules.symbols import Symbol
from tests.recipes.record import Whole, held, of, to

HALF = ClipGlobalNorm(limit=0.5, formula="padded")

REINFORCEMENT = (
    Whole(
        name="PPO, annealed",
        text="""
optimizer = torch.optim.Adam(agent.parameters(), lr=2.5e-4, eps=1e-5)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: 1 - update / 2000)
optimizer.zero_grad()
loss.backward()
nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
optimizer.step()
scheduler.step()
""",
        groups=(of("Adam", beta1=0.9, beta2=0.999, epsilon=1e-5, epsilon_position="corrected-root"),),
        rates={0: 2.5e-4, 1: 2.5e-4 * 1999 / 2000, 1000: 1.25e-4, 1999: 1.25e-7, 2000: 0.0},
        by="LambdaLR(opt, lambda update: 1 - update / 2000)",
        base=2.5e-4,
        clip=HALF,
        to=to("Adam", fields="epsilon_position clip", lines=("global_clipnorm=0.5",)),
    ),
    Whole(
        name="CleanRL PPO, the rate set by hand",
        text="""
optimizer = optim.Adam(agent.parameters(), lr=args.learning_rate, eps=1e-5)
for iteration in range(1, args.num_iterations + 1):
    if args.anneal_lr:
        frac = 1.0 - (iteration - 1.0) / args.num_iterations
        lrnow = frac * args.learning_rate
        optimizer.param_groups[0]["lr"] = lrnow
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(agent.parameters(), args.max_grad_norm)
    optimizer.step()
""",
        groups=(of("Adam", epsilon=1e-5),),
        clip=ClipGlobalNorm(limit=Symbol("args.max_grad_norm"), formula="padded"),
        gaps=("param_groups",),
        to=to("Adam", fields="epsilon_position", lines=("args.learning_rate", "args.max_grad_norm")),
    ),
    Whole(
        name="Atari DQN, RMSprop",
        text="optimizer = torch.optim.RMSprop(q.parameters(), lr=2.5e-4, alpha=0.95, eps=0.01, centered=True)",
        groups=(
            of(
                "RMSprop",
                learning_rate=2.5e-4,
                rho=0.95,
                epsilon=0.01,
                epsilon_position="outside-root",
                centered=True,
                momentum=0.0,
            ),
        ),
        # inside the root 0.01^2, which is as much where v is 0
        to=to("RMSprop", fields="epsilon_position", lines=("rho=0.95", "epsilon=0.0001", "centered=True")),
    ),
    Whole(
        name="DQN tutorial",
        text="""
BATCH_SIZE = 128
GAMMA = 0.99
LR = 3e-4
optimizer = optim.AdamW(policy_net.parameters(), lr=LR, amsgrad=True)
optimizer.zero_grad()
loss.backward()
torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
optimizer.step()
""",
        groups=(of("Adam", learning_rate=3e-4, amsgrad=True, weight_decay=0.01, weight_decay_coupling="decoupled"),),
        clip=ClipValue(limit=100.0),
        to=to("AdamW", fields="epsilon_position", lines=("amsgrad=True", "clipvalue=100.0")),
    ),
    Whole(
        name="A2C of Stable-Baselines3",
        text="""
import torch as th
optimizer = th.optim.RMSprop(policy.parameters(), lr=7e-4, alpha=0.99, eps=1e-5, weight_decay=0)
optimizer.zero_grad()
loss.backward()
th.nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
optimizer.step()
""",
        groups=(of("RMSprop", learning_rate=7e-4, rho=0.99, epsilon=1e-5, epsilon_position="outside-root"),),
        clip=HALF,
        to=to("RMSprop", fields="epsilon_position clip", lines=("rho=0.99",)),
    ),
    Whole(
        name="SAC",
        apart=True,
        text="""
q_optimizer = optim.Adam(list(qf1.parameters()) + list(qf2.parameters()), lr=1e-3)
actor_optimizer = optim.Adam(list(actor.parameters()), lr=3e-4)
a_optimizer = optim.Adam([log_alpha], lr=1e-3)
""",
        groups=(
            of("Adam", held("qf1.parameters()"), learning_rate=1e-3),
            of("Adam", held("actor.parameters()"), learning_rate=3e-4),
            of("Adam", held("log_alpha"), learning_rate=1e-3),
        ),
        to=to("Adam", "Adam", "Adam", fields="epsilon_position", lines=("0.0003",)),
    ),
    Whole(
        name="A3C",
        text="""
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
(policy_loss + 0.5 * value_loss).backward()
torch.nn.utils.clip_grad_norm_(model.parameters(), 50)
optimizer.step()
""",
        groups=(of("Adam", learning_rate=1e-4, epsilon=1e-8),),
        clip=ClipGlobalNorm(limit=50.0, formula="padded"),
        to=to("Adam", fields="epsilon_position clip", lines=("global_clipnorm=50.0",)),
    ),
    Whole(
        name="examples/reinforce",
        text="optimizer = optim.Adam(policy.parameters(), lr=1e-2)\neps = np.finfo(np.float32).eps.item()",
        groups=(of("Adam", learning_rate=1e-2, epsilon=1e-8),),
        to=to("Adam", fields="epsilon_position", lines=("0.01",), absent=("finfo",)),
    ),
    Whole(
        name="IMPALA",
        text="""
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.00048, momentum=0, eps=0.01, alpha=0.99)

def lr_lambda(epoch):
    return 1 - min(epoch * T * B, total_steps) / total_steps

scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_lambda)
nn.utils.clip_grad_norm_(model.parameters(), 40.0)
""",
        groups=(of("RMSprop", rho=0.99, epsilon=0.01, epsilon_position="outside-root", momentum=0.0),),
        clip=ClipGlobalNorm(limit=40.0, formula="padded"),
        gaps=("lr_lambda",),
        to=to("RMSprop", fields="epsilon_position clip", lines=("rho=0.99",)),
    ),
)
