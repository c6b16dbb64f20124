"""Training in hundreds of digits, written again from the papers: what a curve would be without rounding.

Two things are learned from it that no run in float64 can show: whether errors grow (the start moved by far less than
any float could be), and how far two formulas are apart. It shares no code with what it is to judge.
"""

from decimal import Decimal, localcontext
from math import log

TWO = Decimal(2)


def losses(problem, update, steps, digits=50, moved=None):
    """The losses (steps,) of a network without biases or with them, mean squared error, all samples at every step.

    Args:
        problem: of one replica; its arrays are taken as they are.
        update: (gradient, state, t) to what is added to a parameter, t from 1; the state is a dict of its own.
        digits: to compute with. moved: what the first weight starts higher by.
    """
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = digits, -(10**8), 10**8
        layers, biases = _parameters(problem)
        if moved is not None:
            layers[0][0][0] += moved
        states = {}
        x, t = _rows(problem.inputs), _rows(problem.targets)
        curve = []
        for step in range(1, steps + 1):
            loss, gradients = _backward(layers, biases, x, t)
            curve.append(loss)
            for name, (array, gradient) in enumerate(zip([*layers, *biases], gradients, strict=True)):
                for i, row in enumerate(array):
                    for j in range(len(row)):
                        row[j] += update(gradient[i][j], states.setdefault((name, i, j), {}), step)
        return curve


def gap(one, other):
    """max |a - b| over the largest of the other."""
    return float(max(abs(a - b) for a, b in zip(one, other, strict=True)) / (max(map(abs, other)) or 1))


def doubling(problem, update, steps, digits=400):
    """After how many steps an error of the start has doubled, on the whole; negative where errors shrink.

    The start is moved by 10^-(0.9 digits), so that the error is still far from saturated at the end.
    """
    moved = Decimal(10) ** -(digits * 9 // 10)
    one, other = (losses(problem, update, steps, digits, by) for by in (Decimal(0), moved))
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = digits, -(10**8), 10**8
        sizes = [abs(a - b) for a, b in zip(one, other, strict=True)]
        late = max(sizes[-10:])
        assert late < Decimal(10) ** -8, "the error is saturated: give more digits"
        grown = float((late / moved).ln()) if late else -float("inf")
    return steps * log(2) / grown


def sgd(rate):
    rate = Decimal(rate)
    return lambda g, state, t: -rate * g


def momentum(rate, mu, nesterov=False):
    rate, mu = Decimal(rate), Decimal(mu)

    def update(g, state, t):
        state["v"] = mu * state.get("v", 0) + g
        return -rate * (g + mu * state["v"] if nesterov else state["v"])

    return update


def adam(rate, beta1, beta2, epsilon, corrected):
    """Kingma and Ba 2015: epsilon beside the corrected root (torch), or beside the uncorrected one (Keras)."""
    rate, beta1, beta2, epsilon = map(Decimal, (rate, beta1, beta2, epsilon))

    def update(g, state, t):
        state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
        state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g * g
        c1, root = 1 - beta1**t, (1 - beta2**t).sqrt()
        v = state["v"].sqrt()
        below = v / root + epsilon if corrected else (v + epsilon) / root
        return -rate * state["m"] / c1 / below if below else Decimal(0)

    return update


def rmsprop(rate, rho, epsilon, inside):
    """Tieleman and Hinton 2012: epsilon inside the root (Keras) or beside it (torch)."""
    rate, rho, epsilon = map(Decimal, (rate, rho, epsilon))

    def update(g, state, t):
        state["v"] = rho * state.get("v", 0) + (1 - rho) * g * g
        return -rate * g / ((state["v"] + epsilon).sqrt() if inside else state["v"].sqrt() + epsilon)

    return update


def adagrad(rate, accumulator, epsilon, inside):
    """Duchi, Hazan, Singer 2011: epsilon inside the root (Keras) or beside it (torch)."""
    rate, accumulator, epsilon = map(Decimal, (rate, accumulator, epsilon))

    def update(g, state, t):
        state["a"] = state.get("a", accumulator) + g * g
        return -rate * g / ((state["a"] + epsilon).sqrt() if inside else state["a"].sqrt() + epsilon)

    return update


def _parameters(problem):
    names = [name for name in problem.params if name.startswith("weight")]
    layers = [_rows(problem.params[name][0]) for name in names]
    biases = [_rows(problem.params[name][0]) for name in problem.params if name.startswith("bias")]
    return layers, biases


def _rows(array):
    return [[Decimal(float(number)) for number in row] for row in array]


def _backward(layers, biases, x, t):
    """The loss and its gradients, first of the weights and then of the biases; the activation is the identity."""
    outputs = [x]
    for i, layer in enumerate(layers):
        bias = biases[i][0] if biases else [Decimal(0)] * len(layer[0])
        outputs.append(
            [[_dot(row, column) + b for column, b in zip(_turned(layer), bias, strict=True)] for row in outputs[-1]]
        )
    count = len(t) * len(t[0])
    error = [[a - b for a, b in zip(*rows, strict=True)] for rows in zip(outputs[-1], t, strict=True)]
    loss = sum(e * e for row in error for e in row) / count
    gradient = [[TWO * e / count for e in row] for row in error]
    of_weights, of_biases = [], []
    for layer, inputs in zip(reversed(layers), reversed(outputs[:-1]), strict=True):
        of_weights.append([[_dot(column, other) for other in _turned(gradient)] for column in _turned(inputs)])
        of_biases.append([[sum(column) for column in _turned(gradient)]])
        gradient = [[_dot(row, weights) for weights in layer] for row in gradient]
    return loss, [*reversed(of_weights), *(reversed(of_biases) if biases else [])]


def _dot(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def _turned(rows):
    return list(zip(*rows, strict=True))
