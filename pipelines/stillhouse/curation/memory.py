"""Makes Polars return freed memory early, for tables near the memory limit."""

import os

_JEMALLOC = "_RJEM_MALLOC_CONF"


def give_back() -> None:
    """Call before Polars is imported: its allocator reads this once. By default it keeps freed pages for ten seconds, which
    on a million traces is 100 to 150 MB that the copy of the kept texts needs; giving them back at once costs a tenth of
    the time."""
    os.environ.setdefault(_JEMALLOC, "dirty_decay_ms:50,muzzy_decay_ms:0")
