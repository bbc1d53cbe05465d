"""Length-prefixed JSON messages over a stream descriptor: between tester and candidate, and for reports."""

import os
from typing import Any

from stillhouse.verifiers.jail import values


class Gone(Exception):
    """The other side closed its end."""


def send(fd: int, message: Any) -> None:
    """Writes one message; raises values.TooLarge before anything is written."""
    data = values.dump(message)
    view = memoryview(len(data).to_bytes(4, "little") + data)
    while view:
        view = view[os.write(fd, view) :]


def receive(fd: int) -> Any:
    """The next message. Raises Gone at the end of the stream and ValueError for what is no message."""
    size = int.from_bytes(_exactly(fd, 4), "little")
    if size > values.MAX_BYTES:
        raise ValueError("a message longer than any honest one")
    return values.load(_exactly(fd, size))


def _exactly(fd: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        try:
            part = os.read(fd, size - len(data))
        except ConnectionResetError:
            part = b""
        if not part:
            raise Gone
        data += part
    return data
