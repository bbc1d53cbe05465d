"""Length-prefixed JSON messages over a stream descriptor: between tester and candidate, and for reports."""

import os
from typing import Any

from stillhouse.verifiers.code.jail import values


class Gone(Exception):
    """The other side closed its end."""


def send(fd: int, message: Any) -> None:
    """Writes one message; raises values.TooLarge before anything is written."""
    data = values.dump(message)
    view = memoryview(len(data).to_bytes(4, "little") + data)
    while view:
        view = view[os.write(fd, view) :]


def receive(fd: int) -> Any:
    """The next message. Raises Gone at the end of the stream and ValueError for what is no message.

    The two sides take turns, so nothing of a later message can be read with this one.
    """
    data = _read(fd, 1 << 16)
    while len(data) < 4:
        data += _read(fd, 1 << 16)
    size = 4 + int.from_bytes(data[:4], "little")
    if size > values.MAX_BYTES + 4:
        raise ValueError("a message longer than any honest one")
    parts, missing = [data], size - len(data)
    while missing > 0:
        parts.append(_read(fd, missing))
        missing -= len(parts[-1])
    if missing:
        raise ValueError("a message out of turn")
    return values.load(b"".join(parts)[4:])


def _read(fd: int, size: int) -> bytes:
    try:
        data = os.read(fd, size)
    except ConnectionResetError:
        data = b""
    if not data:
        raise Gone
    return data
