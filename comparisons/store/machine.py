"""The machine, and which triptych this is."""

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any


def hardware() -> dict[str, Any]:
    """The machine, as far as it bears on rounding and on time."""
    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
    }


def processor() -> str:
    """The name of the processor, as the system has it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def triptych_version() -> str:
    """The version of triptych that is installed; "unknown" in a checkout that is not."""
    try:
        return metadata.version("triptych")
    except metadata.PackageNotFoundError:
        return "unknown"
