"""What was asked and is no longer wanted: told once, heard by every place where it may still be waiting or under way."""

from collections.abc import Callable, Iterable

Heard = Callable[[], set[str]]


def nothing() -> set[str]:
    """Of work that nobody stops."""
    return set()


class Stops:
    """Keys of work that is to be dropped. It belongs to one thread."""

    def __init__(self) -> None:
        self._heard: list[set[str]] = []

    def stop(self, keys: Iterable[str]) -> None:
        """These are no longer wanted."""
        wanted = set(keys)
        for heard in self._heard:
            heard |= wanted

    def listen(self) -> Heard:
        """A function that gives the keys that were stopped since it was asked last."""
        heard: set[str] = set()
        self._heard.append(heard)

        def news() -> set[str]:
            found = set(heard)
            heard.clear()
            return found

        return news
