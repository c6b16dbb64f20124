"""The page of a run: one file that shows the whole comparison."""

from comparisons.report.document import page

__all__ = ["page"]
