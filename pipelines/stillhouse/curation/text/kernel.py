"""The decorator of all compiled functions: typed, cached on disk, free of the interpreter's lock."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Compiled = TypeVar("Compiled", bound=Callable[..., object])


def kernel(function: Compiled) -> Compiled:
    """Compiles on first call (seconds once per machine, then read from the cache)."""
    return cast(Compiled, numba.njit(cache=True, nogil=True)(function))
