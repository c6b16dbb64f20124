"""Arrays, and the streams of random numbers that they are drawn from."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

# The second number of every generator's seed says what is drawn with it: no two draws share a stream.
DATA, SPLIT, PARAMS, BATCHES, MOVED = range(5)
