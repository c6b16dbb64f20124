"""Hooks that make torch's own optimizers follow a rule they have no argument for.

Each function makes a hook for `optimizer.register_step_pre_hook`, so it runs before every step. Each stands by itself,
needing torch and nothing else, and is without annotations: `triptych port` prints its text to be pasted.
"""

import torch


def uncorrected_epsilon(epsilon):
    """Adam's epsilon added to the uncorrected root, as in Keras: eps = epsilon / sqrt(1 - beta2^t).

    It is one for a group: a parameter whose first gradient comes late needs a group of its own.
    """

    def hook(optimizer, *_):
        for group in optimizer.param_groups:
            steps = [int(optimizer.state[p]["step"]) for p in group["params"] if p in optimizer.state]
            group["eps"] = epsilon / (1 - group["betas"][1] ** (max(steps, default=0) + 1)) ** 0.5

    return hook


def rate_in_velocity():
    """The velocity holds the learning rate, as in Keras: where the rate changes, the buffer is scaled back.

    At a rate of 0 Keras goes on along its velocity, and torch stands still.
    """

    def hook(optimizer, *_):
        for group in optimizer.param_groups:
            before, now = group.get("lr_before", group["lr"]), group["lr"] or group.get("lr_before", 0.0)
            for state in (optimizer.state[p] for p in group["params"] if p in optimizer.state):
                if before != now and state.get("momentum_buffer") is not None:
                    state["momentum_buffer"].mul_(before / now)
            group["lr_before"] = now

    return hook


def decoupled_decay(weight_decay):
    """Weight decay past the update, as in Keras and AdamW: theta -= lr * weight_decay * theta.

    A group with decoupled_decay=0 is left out, and one with another number has that.
    """

    @torch.no_grad()
    def hook(optimizer, *_):
        for group in optimizer.param_groups:
            decay = group.get("decoupled_decay", weight_decay)
            for p in group["params"]:
                if p.grad is not None:
                    p.mul_(1 - group["lr"] * decay)

    return hook


def clip_each(norm):
    """Each gradient to this norm at most, by Keras's formula, clipnorm: g * norm / max(|g|, norm)."""

    def hook(optimizer, *_):
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad.mul_(norm / p.grad.norm().clamp(min=norm))

    return hook


def clip_all(norm):
    """All gradients together to this norm at most, by Keras's formula, global_clipnorm: g * norm / max(|all|, norm)."""

    def hook(optimizer, *_):
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if gradients:
            total = torch.nn.utils.get_total_norm(gradients)
            scale = norm / total.clamp(min=norm) if total.isfinite() else total * float("nan")
            for gradient in gradients:
                gradient.mul_(scale)

    return hook
