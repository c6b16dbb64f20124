"""What a run has finished, kept as it is finished.

A run's directory has a `run.db`, in which each finished piece of work is a row: under a key of all that its numbers
depend on, and nothing else. Whoever asks for the same work again finds it there; for other work, it stays where it is.

>>> from comparisons.store import Key, Record, open_store
>>> with open_store(Path("results/latest")) as store:  # doctest: +SKIP
...     for key in keys - store.known(keys):
...         store.put(key, Record({"losses": losses}, {"seconds": 0.3}))
"""

from comparisons.store.database import Store, open_store, read_store
from comparisons.store.keys import Key, circumstances
from comparisons.store.packing import Record
from comparisons.store.place import CannotWrite, Locked
from comparisons.store.schema import RUN_DB

__all__ = [
    "RUN_DB",
    "CannotWrite",
    "Key",
    "Locked",
    "Record",
    "Store",
    "circumstances",
    "open_store",
    "read_store",
]
