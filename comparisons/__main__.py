"""`python -m comparisons` is `triptych`."""

from comparisons.cli import main

main()
