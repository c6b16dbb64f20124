"""Pack the committed results into the file that is shipped: `python -m tests.packed`."""

from pathlib import Path

from comparisons.check.baseline import SHIPPED, packed, read

REFERENCE = Path(__file__).parents[1] / "results" / "reference"

if __name__ == "__main__":
    SHIPPED.write_bytes(packed(read(REFERENCE)))
