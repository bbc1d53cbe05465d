"""Frames between the pool and its workers: four bytes of length, then JSON.

JSON and nothing else, because the far side has read what a model wrote: a worker that was taken over can
send wrong values, but never an object that runs code in the process that holds the data. What it sends is short, and
is checked for its shape; anything else is a BadFrame, after which that worker is ended.
"""

import json
import os
import struct
from typing import Any

_HEAD = struct.Struct("<I")
# A verdict is at most 2,500 characters and a failure's traceback little more, each escaped.
MAX_FRAME = 1 << 20


class BadFrame(Exception):
    """The far side sent what no honest worker sends."""


def pack(message: Any) -> bytes:
    """A message as one frame. Lone surrogates survive, because JSON escapes them."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    return _HEAD.pack(len(body)) + body


def write_frame(fd: int, message: Any) -> None:
    """Writes one frame; blocks until the other side has taken it. Raises BrokenPipeError when it is gone."""
    view = memoryview(pack(message))
    while view:
        view = view[os.write(fd, view) :]


def read_frame(fd: int) -> Any:
    """The next frame, or None at the end of the stream."""
    head = _read_exactly(fd, _HEAD.size)
    if head is None:
        return None
    body = _read_exactly(fd, _HEAD.unpack(head)[0])
    return None if body is None else json.loads(body)


def _read_exactly(fd: int, size: int) -> bytes | None:
    parts = []
    while size:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class FrameBuffer:
    """Frames out of whatever bytes have arrived, for a reader that must not block."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        self._data += data

    def pop(self) -> Any:
        """The next whole frame, or None. Raises BadFrame for one that is too long, is no JSON, or is JSON's null."""
        if len(self._data) < _HEAD.size:
            return None
        size = _HEAD.unpack_from(self._data)[0]
        if size > MAX_FRAME:
            raise BadFrame(f"a frame of {size:,} bytes")
        end = _HEAD.size + size
        if len(self._data) < end:
            return None
        body = bytes(self._data[_HEAD.size : end])
        del self._data[:end]
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadFrame("a frame that is no JSON") from error
        if message is None:
            raise BadFrame("an empty frame")
        return message
