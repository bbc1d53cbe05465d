"""The process of an actor: it makes the instance and passes calls on to it.

The instance is made by a call of its own, not by Ray's constructor: what Ray hands on of a failed constructor is a text
without the error, and a UserError must reach the user as it is.
"""

import threading
from collections.abc import Callable, Iterator


class Host:
    """Holds one instance of a class. Calls wait for it until it is made."""

    def __init__(self, make: Callable[..., object], args: tuple[object, ...]) -> None:
        self._make, self._args = make, args
        self._instance: object = None
        self._tried = threading.Event()

    def start(self) -> None:
        """Makes the instance. Raises what its constructor raises."""
        try:
            self._instance = self._make(*self._args)
        finally:
            self._tried.set()

    def call(self, method: str, args: tuple[object, ...]) -> object:
        """The result of one call."""
        self._tried.wait()
        return getattr(self._instance, method)(*args)

    def stream(self, method: str, args: tuple[object, ...]) -> Iterator[object]:
        """What a generator method yields."""
        self._tried.wait()
        yield from getattr(self._instance, method)(*args)
