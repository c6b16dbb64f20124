"""Whether what is asked for fits into memory, before any of it is made.

The limit is what is free at the moment, and no constant: the same task fits one machine and not another, and a constant
that is right for a laptop refuses work that a server does at ease. An estimate counts the arrays that must be there at
least, so what is refused could not have been done.
"""

import resource
from contextlib import suppress
from pathlib import Path

from comparisons.names import BadInput

SMALL = 1 << 28  # bytes that are there anyhow: nothing is asked of the system
GROUP = Path("/sys/fs/cgroup")  # of a container, whose limit the machine's free memory does not show


def free() -> int:
    """Bytes that this process can still have, of the machine's, the container's and its own."""
    import psutil

    bounds = [psutil.virtual_memory().available]
    with suppress(OSError, ValueError):  # no container, or no limit: "max"
        bounds.append(int((GROUP / "memory.max").read_text()) - int((GROUP / "memory.current").read_text()))
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        bounds.append(limit - psutil.Process().memory_info().vms)
    return max(min(bounds), 0)


def check_memory(what: str, needed: int, remedy: str) -> None:
    """Raise BadInput if more bytes are needed than are free; `what` takes them."""
    if needed > SMALL and needed > (there := free()):
        raise BadInput(f"{what} take {_size(needed)} of memory at least, and {_size(there)} are free; {remedy}")


def _size(count: int) -> str:
    return f"{count / (1 << 30):,.1f} GiB" if count < 1 << 60 else "more than a billion GiB"
