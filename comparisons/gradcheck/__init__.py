"""Gradients four ways: by hand, by central differences, by autograd, by tape."""

from comparisons.gradcheck.check import Checked, check

__all__ = ["Checked", "check"]
