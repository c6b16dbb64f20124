"""What people write before the last dot of a name of torch, and the classes without a rule."""

from collections.abc import Mapping

from comparisons.frameworks.framework import Names, Tensor
from comparisons.frameworks.torch.clipping import MODULE as CLIPPING
from comparisons.frameworks.torch.scheduler_table import MODULE as SCHEDULERS
from comparisons.frameworks.torch.scheduler_table import TRANSFORMERS

MODULES: Mapping[str, str] = {
    "torch.optim": "torch.optim",
    "optim": "torch.optim",
    "torch.optim.lr_scheduler": SCHEDULERS,
    "optim.lr_scheduler": SCHEDULERS,
    "lr_scheduler": SCHEDULERS,
    "torch.nn.utils": CLIPPING,
    "torch.nn.utils.clip_grad": CLIPPING,
    "nn.utils": CLIPPING,
    "utils": CLIPPING,
    TRANSFORMERS: TRANSFORMERS,
    "transformers.optimization": TRANSFORMERS,
}
NO_RULE: Mapping[str, str] = {
    "LBFGS": "a quasi-Newton method, which asks a closure for the loss many times a step; others are given a gradient",
}
INSTEAD: Mapping[str, str] = {}

# A norm's parameters are called weight and bias as a layer's are; what tells them apart is what the norm is called.
TENSORS: Mapping[Tensor, tuple[str, ...]] = {
    "weight": ("*weight",),
    "embedding": ("*embed*weight", "*wte.weight", "*wpe.weight"),
    "bias": ("*bias",),
    "scale": ("*norm*weight", "*ln_*weight", "*bn*weight"),
    "shift": ("*norm*bias", "*ln_*bias", "*bn*bias"),
}
_NORM = r"(norm|(^|[._])(ln|bn)([\d._]|$))"
MEANT: Mapping[str, tuple[Tensor, ...]] = {
    rf"{_NORM}.*bias": ("shift",),
    rf"{_NORM}.*weight": ("scale",),
    _NORM: ("scale", "shift"),
    r"^bias$": ("bias", "shift"),
    r"emb": ("embedding",),
    r"^weight$": ("weight", "embedding", "scale"),
}

NAMES = Names(
    modules=MODULES, no_rule=NO_RULE, as_one=("LBFGS",), instead=INSTEAD, data="group", tensors=TENSORS, meant=MEANT
)
