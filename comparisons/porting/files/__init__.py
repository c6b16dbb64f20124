"""Every call of a file: what its names mean, what goes with what, and the translation of each."""

from comparisons.porting.files.calls import Found, calls_in, files_of

__all__ = ["Found", "calls_in", "files_of"]
