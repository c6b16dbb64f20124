"""Files that have calls in them, and what is said of the calls."""

IMPORTS = (
    "import torch, keras, tensorflow as tf; from torch import optim; "
    "from torch.optim.lr_scheduler import StepLR, LambdaLR, CosineAnnealingLR; "
    "from torch.nn.utils import clip_grad_norm_"
)  # the first line of a file


def told(found):
    """Line to kind, and to what is said of the call, its gaps included; a second call in a line is at the half."""
    lines = {}
    for one in found:
        parts = one.translation or {}
        code = one.problem or parts["native"]["code"] or parts["exact"]["code"]
        said = " ".join([code, *(gap["says"] for gap in parts.get("gaps", []))])
        lines[one.line + 0.5 * (one.line in lines)] = (one.kind, " ".join(said.split()))
    return lines
