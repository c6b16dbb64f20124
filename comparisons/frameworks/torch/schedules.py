"""Schedules of torch: a torch.optim.lr_scheduler of the optimizer, stepped after every update."""

from comparisons.frameworks.framework import Schedules
from comparisons.frameworks.torch.scheduler_reading import momentum, read
from comparisons.frameworks.torch.scheduler_swings import write_swing
from comparisons.frameworks.torch.scheduler_table import BY_NAME, CALLS, MODULE, TRANSFORMERS
from comparisons.frameworks.torch.scheduler_writing import low_cosine, write

SCHEDULES = Schedules(
    module=MODULE,
    calls=CALLS,
    others={TRANSFORMERS: BY_NAME},
    place="separate",
    read=read,
    momentum=momentum,
    write=write,
    write_both=write_swing,
    beside=(),
    no_rule=("LRScheduler", "ReduceLROnPlateau"),
    source="torch/optim/lr_scheduler.py",
)

__all__ = ["CALLS", "MODULE", "SCHEDULES", "low_cosine", "read", "write"]
