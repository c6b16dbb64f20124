"""Carry an optimizer from one framework to another: the closest call, the exact route, and the proof."""

from comparisons.porting.reading.pasted import read

__all__ = ["read"]
