"""What `triptych diff` says, in words and numbers that somebody who mends a port can read."""

import numpy as np

from comparisons.diff.account import Ruled, _end, account
from comparisons.diff.both import both_of
from comparisons.diff.record import Cause
from comparisons.diff.rules import Rules
from comparisons.rules import Adam
from comparisons.traces.trace import Tensor, Trace


def sgd_trace(rates, steps=6, **series):
    """SGD from chance with gradients of chance, in float64: name to the learning rate of a tensor of four elements."""
    tensors = {}
    for i, (name, rate) in enumerate(rates.items()):
        rng = np.random.default_rng(i)
        start, gradient = rng.standard_normal(4), rng.standard_normal((steps, 4))
        path = start - rate * np.concatenate([np.zeros((1, 4)), np.cumsum(gradient, axis=0)])
        tensors[name] = Tensor(shape=(4,), before=path[:-1], after=path[1:], gradient=gradient)
    return Trace(steps=np.arange(steps), tensors=tensors, **series)


# --- the account


def test_an_epsilon_of_0_moves_nothing_where_there_is_no_gradient():
    trace = sgd_trace({"w": 0.1})
    still = Tensor(shape=(4,), before=np.ones((6, 4)), after=np.ones((6, 4)), gradient=np.zeros((6, 4)))
    trace.tensors["w"] = still
    [pair] = both_of(trace, trace).pairs
    rule = Adam(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=0.0, epsilon_position="corrected-root")
    np.testing.assert_array_equal(_end(pair, Ruled(a=rule, b=rule, fields=()), set(), None, 6), np.ones(4))


def test_there_is_no_account_of_what_differs_in_tensors_that_cannot_be_replayed():
    both = both_of(sgd_trace({"v": 0.1}), sgd_trace({"v": 0.2}))
    beyond = Cause(rung="initial parameters", step=0, cause="other initial values", says="", tensors=("other",))
    found, why = account(both, Rules(both.traces), [beyond])
    assert (found, why.partition(",")[0]) == ({}, "No account: what differs is in other")
