"""Where a run lives: a folder, local or in an object store, that only ever gains whole files.

The guarantee: a reader that follows a manifest sees complete, unchanged data or an error. Locally a
file is written beside its place, fsynced, renamed, and its folder fsynced; in an object store one PUT is
atomic. The limit: the run lock is a `flock` on the machine that runs the flow (under the run's folder, or
in the user's cache for a run in an object store), so two machines that write to one bucket are not kept
apart by it; shards are named after what they hold, so that such a race repeats work but mixes nothing.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow.fs as pafs

from stillhouse.errors import UserError


class Store(Protocol):
    """A folder of whole files, addressed by paths relative to it."""

    uri: str

    def read(self, path: str) -> bytes: ...
    def write(self, path: str, data: bytes) -> None: ...
    def put_file(self, source: Path, path: str) -> None: ...
    def exists(self, path: str) -> bool: ...
    def list(self, folder: str) -> list[str]: ...
    def fetch(self, path: str) -> Path: ...


def open_store(uri: str) -> Store:
    """The store behind a local path or an `s3://bucket/prefix` URI (any scheme that pyarrow reads)."""
    if "://" in uri and not uri.startswith("file://"):
        return ObjectStore(uri)
    return LocalStore(Path(uri.removeprefix("file://")).absolute())


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class LocalStore:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.uri = str(root)

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        """Atomic and durable: after a crash the file is there whole, or not at all."""
        target = self.root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(dir=target.parent, suffix=".partial")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(partial, target)
            except BaseException:
                Path(partial).unlink(missing_ok=True)
                raise
            _fsync_folder(target.parent)
        except OSError as error:
            raise _explained(error, target) from error

    def put_file(self, source: Path, path: str) -> None:
        """Moves or copies a finished local file into place."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        try:
            shutil.copyfile(source, partial)
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(partial, target)
            _fsync_folder(target.parent)
        except OSError as error:
            raise _explained(error, target) from error
        finally:
            partial.unlink(missing_ok=True)

    def exists(self, path: str) -> bool:
        return (self.root / path).exists()

    def list(self, folder: str) -> list[str]:
        base = self.root / folder
        if not base.is_dir():
            return []
        return sorted(p.name for p in base.iterdir() if p.is_file() and not p.name.endswith(".partial"))

    def fetch(self, path: str) -> Path:
        """A local path of a file or folder of the store."""
        return self.root / path


class ObjectStore:
    """A prefix of an object store through pyarrow's filesystems; credentials come from the environment."""

    def __init__(self, uri: str) -> None:
        self.uri = uri.rstrip("/")
        try:
            self._fs, self._prefix = pafs.FileSystem.from_uri(self.uri)
        except (OSError, ValueError) as error:
            raise UserError(f"Cannot open the store {uri}: {error}.", "Check the URI and the credentials.") from error
        self._prefix = self._prefix.rstrip("/")

    def _at(self, path: str) -> str:
        return f"{self._prefix}/{path}".rstrip("/")

    def read(self, path: str) -> bytes:
        with self._fs.open_input_stream(self._at(path)) as stream:
            return bytes(stream.read())

    def write(self, path: str, data: bytes) -> None:
        try:
            with self._fs.open_output_stream(self._at(path)) as stream:
                stream.write(data)
        except OSError as error:
            raise UserError(f"Cannot write {self.uri}/{path}: {error}.", "Nothing committed is lost; run again.") from error

    def put_file(self, source: Path, path: str) -> None:
        pafs.copy_files(str(source), self._at(path), source_filesystem=pafs.LocalFileSystem(), destination_filesystem=self._fs)

    def exists(self, path: str) -> bool:
        return bool(self._fs.get_file_info(self._at(path)).type != pafs.FileType.NotFound)

    def list(self, folder: str) -> list[str]:
        selector = pafs.FileSelector(self._at(folder), allow_not_found=True)
        return sorted(i.base_name for i in self._fs.get_file_info(selector) if i.type == pafs.FileType.File)

    def fetch(self, path: str) -> Path:
        """Downloads a file or folder to a temporary place, once per process."""
        target = Path(tempfile.mkdtemp(prefix="stillhouse-")) / Path(path).name
        if self._fs.get_file_info(self._at(path)).type == pafs.FileType.Directory:
            target.mkdir()
        pafs.copy_files(self._at(path), str(target), source_filesystem=self._fs, destination_filesystem=pafs.LocalFileSystem())
        return target


def _explained(error: OSError, target: Path) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError(
            f"The disk that holds {target.parent} is full.",
            "Free some space and run the same command again; everything committed is kept.",
        )
    if error.errno in (errno.EACCES, errno.EROFS):
        return UserError(f"{target.parent} cannot be written.", "Check its owner and permissions.")
    return error


def _lock_path(store: Store) -> Path:
    if isinstance(store, LocalStore):
        return store.root / "run.lock"
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stillhouse" / "locks"
    return cache / (hashlib.sha256(store.uri.encode()).hexdigest()[:16] + ".lock")


@contextmanager
def run_lock(store: Store) -> Iterator[None]:
    """Holds the run for this process; a second start is refused. Free at once when the holder dies.

    Raises UserError when another process holds it.
    """
    path = _lock_path(store)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise UserError(
                f"The run in {store.uri} is already going (process {holder}).",
                "Wait for it, or stop that process; then run the same command again.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
