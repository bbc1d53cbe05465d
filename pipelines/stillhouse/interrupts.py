"""How a command ends when it is told to: one line, the clean-up that every block has, and the exit code that shells expect."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_LINE = "stillhouse: interrupted. What is committed stays; the same command goes on from there."
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_tidily() -> Iterator[None]:
    """Within the block SIGINT, SIGTERM and SIGHUP end the process with 128 and the signal's number, after every clean-up,
    and one line at the very end.

    A second one ends it at once. One that is ignored (nohup) stays ignored. For the main thread.
    """
    ended: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        ended.append(number)
        raise SystemExit(128 + number)

    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)
    try:
        yield
    except BaseException:
        if ended:  # Ray and click make exceptions of their own of it, with other codes
            print(_LINE, file=sys.stderr)
            raise SystemExit(128 + ended[0]) from None
        raise
