"""Where a run lives: a folder, local or in an object store, that only ever gains whole files.

The guarantee: a reader that follows a manifest sees complete, unchanged data or an error. Locally a file is written by
`storage.atomic`; in an object store one PUT is atomic. A path never leaves the store: one with `..` in it, an absolute one and
one that leads through a link are refused, so that a run's folder from elsewhere cannot name other files. Credentials in a URI
are used and are not part of `uri`, which is what messages, logs and jobs show. The limit: the run lock is a `flock` on the machine that runs
the flow (under the run's folder, or in the user's cache for a run in an object store), so two machines that write to one bucket
are not kept apart by it; shards are named after what they hold, so that such a race repeats work but mixes nothing.
"""

import errno
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol, TextIO
from urllib.parse import urlsplit, urlunsplit

import pyarrow.fs as pafs

from stillhouse.errors import UserError
from stillhouse.storage import atomic

PATIENCE_SECONDS = 30


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


def without_credentials(uri: str) -> str:
    """The URI without what stands before an @ in its host: a user, a key, a secret."""
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _impatient(uri: str) -> str:
    """Google's client asks a store that does not answer for a quarter of an hour; half a minute is enough, unless the URI says otherwise."""
    if not uri.startswith(("gs://", "gcs://")) or "retry_limit_seconds" in uri:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}retry_limit_seconds={PATIENCE_SECONDS}"


def _inside(path: str) -> str:
    """A path relative to a store, as it is. Raises UserError where it could lead out of it."""
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or "\0" in path:
        raise UserError(f"The path {path!r} leads out of the run's folder.", "The run's files were edited; use another run.")
    return path


class LocalStore:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.uri = str(root)

    def _at(self, path: str) -> Path:
        """Raises UserError where the path leads out of the store or through a link."""
        target = self.root
        for part in PurePosixPath(_inside(path)).parts:
            target /= part
            if os.path.islink(target):
                raise UserError(f"{target} is a link.", "Links in a run's folder are not followed: remove it.")
        return target

    def read(self, path: str) -> bytes:
        return self._at(path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        """Atomic and durable: after a crash the file is there whole, or not at all."""
        with self._making(path) as target:
            atomic.write(target, data)

    def put_file(self, source: Path, path: str) -> None:
        """Copies a finished local file into place."""
        with self._making(path) as target:
            atomic.copy(source, target)

    @contextmanager
    def _making(self, path: str) -> Iterator[Path]:
        target = self._at(path)
        with _told(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            yield target

    def exists(self, path: str) -> bool:
        with _told(target := self._at(path)):
            return target.exists()

    def list(self, folder: str) -> list[str]:
        base = self._at(folder)
        if not base.is_dir():
            return []
        return sorted(p.name for p in base.iterdir() if p.is_file() and not atomic.is_temporary(p.name))

    def fetch(self, path: str) -> Path:
        """A local path of a file or folder of the store."""
        return self._at(path)


class ObjectStore:
    """A prefix of an object store through pyarrow's filesystems; credentials come from the environment or the URI."""

    def __init__(self, uri: str) -> None:
        self.uri = without_credentials(uri.rstrip("/"))
        try:
            self._fs, self._prefix = pafs.FileSystem.from_uri(_impatient(uri.rstrip("/")))
        except (OSError, ValueError) as error:
            reason = str(error).replace(uri.rstrip("/"), self.uri)
            raise UserError(f"Cannot open the store {self.uri}: {reason}.", "Check the URI and the credentials.") from None
        self._prefix = self._prefix.rstrip("/")

    def _at(self, path: str) -> str:
        return f"{self._prefix}/{_inside(path)}".rstrip("/")

    @contextmanager
    def _reached(self, path: str, what: str = "read") -> Iterator[str]:
        """The object's key. A store that cannot be reached is a UserError; FileNotFoundError stays what it is."""
        try:
            yield self._at(path)
        except FileNotFoundError:
            raise
        except OSError as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise UserError(f"Cannot {what} {self.uri}/{path}: {reason}.", "Nothing committed is lost; run again.") from error

    def read(self, path: str) -> bytes:
        with self._reached(path) as key, self._fs.open_input_stream(key) as stream:
            return bytes(stream.read())

    def write(self, path: str, data: bytes) -> None:
        with self._writing(path) as key, self._fs.open_output_stream(key) as stream:
            stream.write(data)

    def put_file(self, source: Path, path: str) -> None:
        with self._writing(path) as key:
            pafs.copy_files(str(source), key, source_filesystem=pafs.LocalFileSystem(), destination_filesystem=self._fs)

    @contextmanager
    def _writing(self, path: str) -> Iterator[str]:
        """As `_reached`; a bucket that is not there is a UserError too."""
        try:
            with self._reached(path, "write") as key:
                yield key
        except FileNotFoundError as error:
            raise UserError(f"Cannot write {self.uri}/{path}: {error}.", "Make the bucket first.") from error

    def exists(self, path: str) -> bool:
        with self._reached(path) as key:
            return bool(self._fs.get_file_info(key).type != pafs.FileType.NotFound)

    def list(self, folder: str) -> list[str]:
        with self._reached(folder) as key:
            found = self._fs.get_file_info(pafs.FileSelector(key, allow_not_found=True))
        return sorted(i.base_name for i in found if i.type == pafs.FileType.File)

    def fetch(self, path: str) -> Path:
        """Downloads a file or folder to a temporary place, once per process."""
        target = Path(tempfile.mkdtemp(prefix="stillhouse-")) / Path(path).name
        with self._reached(path) as key:
            if self._fs.get_file_info(key).type == pafs.FileType.Directory:
                target.mkdir()
            pafs.copy_files(key, str(target), source_filesystem=self._fs, destination_filesystem=pafs.LocalFileSystem())
        return target


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """Makes a UserError of what the file system refuses; FileNotFoundError included, for a folder that cannot be made."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(
                f"The disk that holds {target.parent} is full.",
                "Free some space and run the same command again; everything committed is kept.",
            ) from error
        raise UserError(
            f"{target.parent} cannot be used: {error.strerror}.",
            "Check that it is a folder, its owner and its permissions, or give another --run.",
        ) from error


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
    with _opened_lock(path) as file:
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


def _opened_lock(path: Path) -> TextIO:
    """The lock's file, made where it is missing. Raises UserError where it is a link: what it points to would be overwritten."""
    if os.path.islink(path):
        raise UserError(f"{path} is a link.", "Links in a run's folder are not followed: remove it.")
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666), "a+")
