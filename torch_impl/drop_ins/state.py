"""The symbols of the equations, and what torch.optim calls them in an optimizer's state; others keep their own."""

from collections.abc import Mapping

from comparisons.rules import (
    ASGD,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Ftrl,
    Lamb,
    Lion,
    Muon,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
    Rule,
)

MOMENTS = {"m": "exp_avg", "v": "exp_avg_sq"}
NAMES: Mapping[type[Rule], Mapping[str, str]] = {
    SGD: {"v": "momentum_buffer"},
    Adagrad: {"a": "sum"},
    Adadelta: {"s": "square_avg", "x": "acc_delta"},
    RMSprop: {"v": "square_avg", "a": "grad_avg", "b": "momentum_buffer"},
    Adam: {**MOMENTS, "w": "max_exp_avg_sq"},
    Adamax: {"m": "exp_avg", "u": "exp_inf"},
    NAdam: {"P": "mu_product", **MOMENTS},
    RAdam: MOMENTS,
    ASGD: {"eta": "eta", "mu": "mu", "ax": "ax"},
    Rprop: {"d": "step_size", "h": "prev"},
    Ftrl: {"a": "accumulator", "z": "linear"},
    Lion: {"m": "exp_avg"},
    Muon: {"b": "momentum_buffer"},
    Lamb: MOMENTS,
    Adafactor: {"r": "row_var", "c": "col_var", "v": "variance"},
}
