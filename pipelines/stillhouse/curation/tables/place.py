"""Files that appear whole under their name or not at all: written beside their place, flushed, then renamed.

A process that is killed leaves its temporary file. The next one that writes to the same place removes it: the name holds
the writer's process id, and only files of processes that are gone are touched. The limit: an id that another process has
got since keeps its file, and so does one of a writer on another machine that this machine has a process id for.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa


def partial(target: Path) -> Path:
    """The temporary name of `target` in this process."""
    return target.with_name(f".{target.name}.{os.getpid()}.partial")


def put(target: Path) -> None:
    """Renames what stands under the temporary name to `target`, once it is on the disk."""
    with partial(target).open("rb") as file:
        os.fsync(file.fileno())
    os.replace(partial(target), target)
    folder = os.open(target.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep(target: Path) -> None:
    """Removes what dead processes left of `target`."""
    left = re.compile(re.escape(f".{target.name}.") + r"(\d+)\.partial(\.spill)?")
    for path in target.absolute().parent.iterdir():
        found = left.fullmatch(path.name)
        if found and not _lives(int(found[1])):
            _remove(path)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _remove(path: Path) -> None:
    """A file, or the folder of files that a query engine spilled to. One that another process removed first is gone all the same."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for inner in path.iterdir():
        inner.unlink(missing_ok=True)
    path.rmdir()


@contextmanager
def compressed(target: Path) -> Iterator[pa.NativeFile]:
    """An output stream under the target's temporary name, compressed as the target's name asks."""
    how = {".gz": "gzip", ".zst": "zstd"}.get(target.suffix)
    with pa.output_stream(partial(target), compression=how) as file:
        yield file
