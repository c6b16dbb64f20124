"""What NumPy computes on: the CPU."""

from typing import Any

from threadpoolctl import threadpool_info


def report() -> dict[str, Any]:
    """The devices and the threads that there are."""
    threads = max((library["num_threads"] for library in threadpool_info()), default=1)
    return {"devices": ["CPU"], "columns": [], "threads": threads}
