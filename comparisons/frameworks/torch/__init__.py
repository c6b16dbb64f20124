"""PyTorch."""

from comparisons.frameworks.framework import IN_THE_LOOP, Framework, LineStyle
from comparisons.frameworks.torch.classes import CLASSES, RECIPE_CLASSES
from comparisons.frameworks.torch.clipping import CLIPS
from comparisons.frameworks.torch.code import FIRST_ARGUMENT, WRITING
from comparisons.frameworks.torch.foreign import FOREIGN
from comparisons.frameworks.torch.hooks import HOOKS
from comparisons.frameworks.torch.names import NAMES
from comparisons.frameworks.torch.schedules import SCHEDULES

TORCH = Framework(
    id="torch",
    name="torch",
    title="PyTorch",
    aliases=("pytorch",),
    packages=("torch",),
    implementation="torch_impl",
    environment={},
    line=LineStyle(colour="#D55E00", width=2.4, dash="-"),
    flushes=False,
    devices=("cuda",),
    module="torch.optim",
    classes=CLASSES,
    foreign=FOREIGN,
    recipe_classes=RECIPE_CLASSES,
    schedules=SCHEDULES,
    clips=CLIPS,
    hooks=HOOKS,
    first_argument=FIRST_ARGUMENT,
    names=NAMES,
    writing=WRITING,
    instead={
        "clipnorm": "clip with torch.nn.utils.clip_grad_norm_",
        "global_clipnorm": "clip with torch.nn.utils.clip_grad_norm_",
        "clipvalue": "clip with torch.nn.utils.clip_grad_value_",
    },
    around=IN_THE_LOOP,
)
