"""L-BFGS: the reference beside torch's class, update by update; its two loops beside the matrix they stand for."""

import numpy as np
import pytest
import torch

from comparisons.names import BadInput
from comparisons.porting.command import translate
from comparisons.rules.lbfgs import LBFGS
from numpy_impl.lbfgs import Optimizer, two_loops

START = {"a": np.array([-1.2, 1.0, 0.5]), "b": np.array([[0.3], [-0.8]])}
UPDATES = 6


def rosenbrock(x, xp):
    """Of all coordinates in a row, and a bowl, so that it is curved everywhere."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum() + 0.1 * (x**4).sum()


def quadratic(x, xp):
    return (xp.array([1.0, 3.0, 10.0, 0.5, 30.0]) * (x - 0.7) ** 2).sum()


class Torch:
    array = staticmethod(lambda numbers: torch.tensor(numbers, dtype=torch.float64))


def in_torch(task, rule):
    tensors = [torch.nn.Parameter(torch.tensor(start)) for start in START.values()]
    optimizer = torch.optim.LBFGS(
        tensors,
        lr=rule.learning_rate,
        max_iter=rule.iterations,
        max_eval=rule.evaluations,
        tolerance_grad=rule.tolerance_gradient,
        tolerance_change=rule.tolerance_change,
        history_size=rule.history,
        line_search_fn="strong_wolfe" if rule.strong_wolfe else None,
    )

    def closure():
        optimizer.zero_grad()
        loss = task(torch.cat([theta.flatten() for theta in tensors]), Torch)
        loss.backward()
        return loss.detach()

    losses, path = [], []
    for _ in range(UPDATES):
        losses.append(float(optimizer.step(closure)))
        path.append(np.concatenate([theta.detach().numpy().ravel() for theta in tensors]))
    return np.array(losses), np.array(path), optimizer.state[tensors[0]]["func_evals"]


def in_numpy(task, rule):
    tensors = [start.copy() for start in START.values()]
    optimizer, evaluations = Optimizer(rule, tensors), 0

    def closure():
        nonlocal evaluations
        evaluations += 1
        x = torch.tensor(np.concatenate([theta.ravel() for theta in tensors]), requires_grad=True)
        loss = task(x, Torch)
        (g,) = torch.autograd.grad(loss, x)
        return float(loss.detach()), [g[:3].numpy(), g[3:].numpy().reshape(2, 1)]

    losses, path = [], []
    for _ in range(UPDATES):
        losses.append(optimizer.step(closure))
        path.append(np.concatenate([theta.ravel() for theta in tensors]))
    return np.array(losses), np.array(path), evaluations


CASES = [
    (quadratic, LBFGS(learning_rate=0.5, iterations=4)),
    (quadratic, LBFGS(strong_wolfe=True, iterations=3)),
    (quadratic, LBFGS(strong_wolfe=True)),  # to the end: its tolerances are met
    (rosenbrock, LBFGS(learning_rate=0.1, iterations=1)),
    (rosenbrock, LBFGS(learning_rate=0.2, iterations=5, history=2)),
    (rosenbrock, LBFGS(strong_wolfe=True, iterations=2)),
    (rosenbrock, LBFGS(strong_wolfe=True, iterations=6, history=3)),
    (rosenbrock, LBFGS(strong_wolfe=True, iterations=20, evaluations=7)),
    (rosenbrock, LBFGS(strong_wolfe=True, learning_rate=50.0, iterations=3)),  # the search must come back
]


@pytest.mark.parametrize(("task", "rule"), CASES)
def test_updates_are_torchs(task, rule):
    (losses, path, evaluations), (ours, ourselves, counted) = in_torch(task, rule), in_numpy(task, rule)
    # rounding, which the valley makes larger from one update to the next
    np.testing.assert_allclose(ourselves, path, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ours, losses, rtol=1e-7, atol=1e-12)
    assert counted == evaluations


def test_the_two_loops_are_the_matrix_of_the_textbook():
    """Nocedal and Wright, (7.16): H <- (1 - s y' / y.s) H (1 - y s' / y.s) + s s' / y.s."""
    rng = np.random.default_rng(0)
    pairs = [(s, s * rng.uniform(0.5, 2, size=5)) for s in rng.normal(size=(4, 5))]
    h = 0.3 * np.eye(5)
    for s, y in pairs:
        v = np.eye(5) - np.outer(y, s) / (y @ s)
        h = v.T @ h @ v + np.outer(s, s) / (y @ s)
    g = rng.normal(size=5)
    np.testing.assert_allclose(two_loops(g, pairs, 0.3), h @ g, rtol=1e-12)


def test_with_a_search_the_loss_falls_with_every_update():
    losses, _, _ = in_numpy(rosenbrock, LBFGS(strong_wolfe=True, iterations=2))
    assert (np.diff(losses) < 0).all()


@pytest.mark.parametrize(("name", "value"), [("learning_rate", 0.0), ("iterations", 0), ("history", 1.5)])
def test_refuses_what_is_out_of_range(name, value):
    with pytest.raises(BadInput, match=f"LBFGS: {name} is {value}; it must be"):
        LBFGS(**{name: value})


INSTEAD = {"numpy": "numpy_impl.lbfgs.Optimizer", "tf": "scipy.optimize.minimize", "optax": "optax.lbfgs("}


@pytest.mark.parametrize("to", INSTEAD)
def test_port_says_what_it_is_why_it_is_nowhere_else_and_what_is_instead(to):
    said = translate("torch.optim.LBFGS(model.parameters(), lr=1)", to, "", "regression-20", ())
    _, _, head, why, also, instead = said.text.splitlines()
    assert (head.endswith(": impossible"), also, said.shortfalls) == (True, "also", ("impossible",))
    assert "a quasi-Newton method" in why
    assert "asks a closure for the loss many times a step" in why
    assert f"instead: {INSTEAD[to]}" in instead


def test_what_is_instead_is_no_help_to_torch_itself():
    found = translate("torch.optim.LBFGS(model.parameters())", "torch", "", "regression-20", ())
    assert "instead" not in found.text
