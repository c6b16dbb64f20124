"""Numbers below the smallest normal one, which NumPy keeps and TensorFlow takes for 0."""

import ctypes
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MXCSR = 7  # the place of the register in glibc's fenv_t on x86-64
FLUSH, MET = 0x8040, 0x2  # its bits FTZ and DAZ, and DE
ENVIRONMENT = ctypes.c_uint32 * 64  # more than an fenv_t


def can_flush() -> bool:
    """Whether `flushing` works here."""
    return platform.machine() == "x86_64" and platform.libc_ver()[0] == "glibc"


@contextmanager
def watched() -> Iterator[Callable[[], bool]]:
    """Inside, what is given says whether this thread has computed with a subnormal number; yes, where it cannot tell.

    The processor notes it in a flag that C99 has no name for, so that NumPy, which clears those of C99, leaves it.
    Source: Intel's manual of software developers, volume 1, 10.2.3.2 (the denormal-operand flag of MXCSR).
    """
    if not can_flush():
        yield lambda: True
        return
    libm, environment = ctypes.CDLL("libm.so.6"), ENVIRONMENT()

    def met() -> bool:
        libm.fegetenv(environment)
        return bool(environment[MXCSR] & MET)

    libm.fegetenv(environment)
    environment[MXCSR] &= ~MET
    libm.fesetenv(environment)
    yield met


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
