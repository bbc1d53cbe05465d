"""Progress that a person can follow: a rich bar in a terminal, a plain line every few seconds elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from stillhouse.printing import plain

PLAIN_EVERY_SECONDS = 10.0
console = Console(stderr=False, highlight=False, markup=False, emoji=False)


def say(text: str) -> None:
    """One line of progress, without control characters, flushed at once."""
    console.print(plain(text), soft_wrap=True)
    sys.stdout.flush()


class Bar:
    """Counts items of one stage, and tokens where the stage makes them."""

    def __init__(self, stage: str, total: int, unit: str) -> None:
        self.stage, self.total, self.unit = stage, total, unit
        self.done = self.tokens = self._skipped = 0
        self._start = self._last = time.monotonic()

    def start(self) -> None:
        """Starts the clock: what came before, loading a model, is not part of the rate."""
        seconds = time.monotonic() - self._start
        if seconds > 1:
            say(f"  {self.stage}: ready after {seconds:.0f} s")
        self._start = self._last = time.monotonic()

    def advance(self, items: int, tokens: int = 0, note: str = "") -> None:
        """Adds finished items; prints when there is no terminal and enough time has passed."""
        self.done += items
        self.tokens += tokens
        self._show(note)

    def skip(self, items: int) -> None:
        """Items found committed by an earlier start: they count as done, not towards the rate."""
        self.done += items
        self._skipped += items

    def rate(self) -> str:
        """Tokens per second so far, or items per second where no tokens are counted."""
        seconds = max(time.monotonic() - self._start, 1e-9)
        if self.tokens:
            return f"{self.tokens / seconds:,.0f} tok/s"
        return f"{(self.done - self._skipped) / seconds:,.1f} {self.unit}/s"

    def left(self) -> str:
        """The time left at the present rate, as m:ss."""
        fresh = self.done - self._skipped
        if fresh <= 0:
            return "?"
        seconds = (time.monotonic() - self._start) / fresh * max(self.total - self.done, 0)
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"

    def _show(self, note: str) -> None:
        now = time.monotonic()
        if self.done < self.total and now - self._last < PLAIN_EVERY_SECONDS:
            return
        self._last = now
        tail = f" · {note}" if note else ""
        say(f"  {self.stage}: {self.done}/{self.total} {self.unit} · {self.rate()} · {self.left()} left{tail}")


class _RichBar(Bar):
    def __init__(self, stage: str, total: int, unit: str, progress: Progress) -> None:
        super().__init__(stage, total, unit)
        self._progress = progress
        self._task = progress.add_task(f"  {stage}", total=total, rate="", note="", unit=unit)

    def _show(self, note: str) -> None:
        self._progress.update(self._task, completed=self.done, rate=self.rate(), note=note)


@contextmanager
def track(stage: str, total: int, unit: str) -> Iterator[Bar]:
    """A bar for `total` items; rich in a terminal, plain lines when there is none."""
    if not console.is_terminal:
        yield Bar(stage, total, unit)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[unit]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console) as progress:
        yield _RichBar(stage, total, unit, progress)
