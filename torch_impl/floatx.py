"""The dtype of the tensors that torch makes where none is given."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def floatx(dtype: str) -> Iterator[None]:
    """Inside, torch.get_default_dtype() is `dtype`: NAdam and ASGD keep their scalars in it, not the parameters'."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        yield
    finally:
        torch.set_default_dtype(before)
