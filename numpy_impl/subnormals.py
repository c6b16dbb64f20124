"""Numbers below the smallest normal one, which NumPy keeps and TensorFlow takes for 0."""

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

MXCSR, FLUSH = 7, 0x8040  # the place of the register in glibc's fenv_t on x86-64; its bits FTZ and DAZ
ENVIRONMENT = ctypes.c_uint32 * 64  # more than an fenv_t


def can_flush() -> bool:
    """Whether `flushing` works here."""
    return platform.machine() == "x86_64" and platform.libc_ver()[0] == "glibc"


@contextmanager
def flushing() -> Iterator[None]:
    """Inside, this thread takes subnormal numbers for 0, operands and results, as the threads of TensorFlow do.

    Source: tensorflow/core/platform/denormal.cc (the same two bits); fesetenv of C99.
    """
    libm, saved, changed = ctypes.CDLL("libm.so.6"), ENVIRONMENT(), ENVIRONMENT()
    libm.fegetenv(saved)
    libm.fegetenv(changed)
    changed[MXCSR] |= FLUSH
    libm.fesetenv(changed)
    try:
        yield
    finally:
        libm.fesetenv(saved)
