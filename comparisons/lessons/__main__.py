"""`python -m comparisons.lessons docs`: writes all lessons there."""

import sys
from pathlib import Path

from comparisons.lessons.writing import write

if __name__ == "__main__":
    write(Path(sys.argv[1]))
