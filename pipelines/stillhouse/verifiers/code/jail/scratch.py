"""The folder that programs may write to: a small file system in memory, emptied after each of them."""

import os

MAX_FILES = 1024


class Scratch:
    """`path` is the root of a file system of its own."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        self._changed = self._last_change()

    def full(self) -> bool:
        """Whether there are more files than an honest program makes: their names and inodes are kernel memory."""
        now = os.statvfs(self._fd)
        return now.f_files - now.f_ffree > MAX_FILES

    def empty(self) -> bool:
        """Removes what a program left; says whether it made anything, which the next could see in the inode numbers of its own files.

        Whatever is made changes the time of the root, which no program can set back. Looking at it moves no count.
        """
        made = self._last_change() != self._changed
        if made:
            _empty(self._path)
            self._changed = self._last_change()
        return made

    def _last_change(self) -> int:
        return os.fstat(self._fd).st_ctime_ns


def _empty(folder: str) -> None:
    """Removes what a program left; never follows a link (the jail lets it make none).

    It goes into folders step by step: a program can nest them deeper than any path or any recursion reaches.
    """
    os.chdir(folder)
    depth = 0
    while (inner := _clear()) or depth:
        os.chdir(inner or "..")
        depth += 1 if inner else -1


def _clear() -> str:
    """Removes the files and the empty folders here; names a folder that is not empty, if there is one."""
    for name in os.listdir():
        try:
            os.unlink(name)
        except IsADirectoryError:
            try:
                os.rmdir(name)
            except OSError:
                return name
    return ""
