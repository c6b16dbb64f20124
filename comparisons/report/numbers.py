"""Numbers as people read them."""

import math

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def loss(value: float) -> str:
    """A loss, to four digits, as the terminal has it."""
    return f"{value:.4g}" if math.isfinite(value) else "diverged"


def gap(value: float) -> str:
    """A gap, to two digits, as the terminal has it."""
    return "–" if math.isnan(value) else f"{value:.1e}" if value else "0"


def short_gap(value: float) -> str:
    """A gap in as few letters as tell its size."""
    if math.isnan(value) or not value:
        return gap(value)
    return f"{value:.2g}" if 0.01 <= value < 1000 else f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")


def power(value: float) -> str:
    """A number in a sentence: to two digits, tiny and huge ones by a power of ten."""
    if not value or 1e-3 <= abs(value) < 1e5:
        return f"{float(f'{value:.2g}'):,g}"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def seconds(value: float) -> str:
    """A time."""
    return f"{value:.2f} s" if value >= 0.1 else f"{1000 * value:.1f} ms"


def signed(value: float) -> str:
    """A part of a sum, to two digits."""
    return f"{float(f'{value:.2g}'):+,g}".replace("-", "−")
