"""What people write before the last dot of a name of torch, and the classes without a rule."""

from collections.abc import Mapping

from comparisons.frameworks.framework import Names
from comparisons.frameworks.torch.clipping import MODULE as CLIPPING
from comparisons.frameworks.torch.schedules import MODULE as SCHEDULERS

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
}
NO_RULE: Mapping[str, str] = {
    "LBFGS": "it calls a closure several times a step, where an optimizer of Keras is given gradients",
    "SparseAdam": "it updates the rows of sparse gradients only, which Keras makes dense",
}

NAMES = Names(modules=MODULES, no_rule=NO_RULE, data="group")
