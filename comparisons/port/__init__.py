"""Carry an optimizer from one framework to another: the closest call, the exact route, and the proof."""

from comparisons.port.reading import read

__all__ = ["read"]
