"""The one writer of whole files: a file or folder appears complete under its name, or not at all.

Guarantee: what is written stands beside its place under a new name that nobody could foresee, is flushed to the disk, and
is then renamed. Files are made exclusively and never through a link, with the permissions that the user's umask gives. A
process that is killed leaves its temporary file; `sweep` removes it. The limit: the name holds the machine and the process
id of its writer, and only files of processes that are gone are swept, so a process id that was reused keeps a stale file alive.
"""

import os
import platform
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_MACHINE = re.sub(r"[^A-Za-z0-9-]", "-", platform.node())[:40]
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LONGEST = 120  # characters of the target's name that its temporary name repeats


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Yields an empty temporary file for `target`, to be written by name; it is put in place unless the block raises."""
    temporary = _beside(target)
    os.close(os.open(temporary, _NEW, 0o666))
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, target)
        _flush(target.absolute().parent)
    finally:
        _remove(temporary)
        _remove(spill(temporary))


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """As `whole`, with the temporary file open for writing."""
    with whole(target) as temporary, temporary.open("wb") as file:
        yield file


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yields an empty temporary folder; it becomes `target` unless the block raises. Raises OSError where `target` has something in it."""
    temporary = _beside(target)
    temporary.mkdir()
    try:
        yield temporary
        for path in temporary.rglob("*"):
            _flush(path)
        temporary.rename(target)
        _flush(target.absolute().parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write(target: Path, data: bytes) -> None:
    """Writes `data` as `target`."""
    with whole_file(target) as file:
        file.write(data)


def copy(source: Path, target: Path) -> None:
    """Copies a file. Raises OSError where the source is a link."""
    with os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as given, whole_file(target) as file:
        shutil.copyfileobj(given, file, 2**20)


def spill(temporary: Path) -> Path:
    """The folder in which a query engine may keep what does not fit in memory while it writes the temporary file."""
    return temporary.with_name(f"{temporary.name}.spill")


def sweep(target: Path) -> None:
    """Removes what dead processes of this machine left of `target`."""
    left = re.compile(re.escape(_stem(target)) + r"(\d+)\.[0-9a-f]+\.partial(\.spill)?")
    for path in target.absolute().parent.iterdir():
        found = left.fullmatch(path.name)
        if found and not _lives(int(found[1])):
            _remove(path)


def is_temporary(name: str) -> bool:
    """Whether a file of this name is one in the making."""
    return name.endswith((".partial", ".partial.spill"))


def _beside(target: Path) -> Path:
    return target.with_name(f"{_stem(target)}{os.getpid()}.{secrets.token_hex(8)}.partial")


def _stem(target: Path) -> str:
    return f".{target.name[:_LONGEST]}.{_MACHINE}."


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _remove(path: Path) -> None:
    """A file, or a folder. One that another process removed first is gone all the same."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Waits until a file's content, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
