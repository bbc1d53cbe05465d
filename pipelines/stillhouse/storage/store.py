"""A store: a folder, local or in an object store, that only ever gains whole files.

The guarantee: a reader that follows a manifest sees complete data or an error. Locally a file is written by `storage.atomic`;
in an object store one PUT is atomic. A path never leaves the store: one with `..` in it, an absolute one and one that leads
through a link are refused, so that a store from elsewhere cannot name other files. Credentials in a URI are used and are not
part of `uri`, which is what messages, logs and jobs show.
"""

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit, urlunsplit

import pyarrow.fs as pafs

from stillhouse.errors import UserError
from stillhouse.storage import atomic

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store


CHUNK = 2**20
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Stored:
    """A file of a store. `modified` is in seconds since the epoch."""

    path: str
    bytes: int
    modified: float


class Store(Protocol):
    """A folder of whole files, addressed by paths relative to it."""

    uri: str

    def read(self, path: str) -> bytes: ...
    def chunks(self, path: str) -> Iterator[bytes]: ...
    def write(self, path: str, data: bytes) -> None: ...
    def put_file(self, source: Path, path: str) -> None: ...
    def remove(self, path: str) -> None: ...
    def exists(self, path: str) -> bool: ...
    def size(self, path: str) -> int | None: ...
    def folders(self, folder: str) -> list[str]: ...
    def list(self, folder: str) -> list[str]: ...
    def files(self, folder: str) -> Iterator[Stored]: ...
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


def _check_plain(target: Path) -> None:
    """Raises UserError for a link, which leads elsewhere, and for a pipe, a socket or a device, which may never end."""
    try:
        mode = target.lstat().st_mode
    except OSError:  # what is wrong with it is told when it is used
        return
    if stat.S_ISLNK(mode):
        raise UserError(f"{target} is a link.", "Links in a run's folder are not followed: remove it.")
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise UserError(f"{target} is neither a file nor a folder.", "A run's folder holds nothing else: remove it.")


class LocalStore:
    """A local folder. It stays the one that was opened: when it is moved away in the middle, nothing is written to a new one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.uri = str(root)
        self._inode = self._found()

    def _found(self) -> int | None:
        with contextlib.suppress(OSError):  # what is wrong with it is told when it is used
            return self.root.stat().st_ino if self.root.is_dir() else None
        return None

    def _at(self, path: str) -> Path:
        """Raises UserError where the path leads out of the store, or through what is neither a folder nor a file."""
        target = self.root
        for part in PurePosixPath(_inside(path)).parts:
            target /= part
            _check_plain(target)
        return target

    def read(self, path: str) -> bytes:
        return self._at(path).read_bytes()

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of a file, a piece at a time."""
        with self._at(path).open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece

    def write(self, path: str, data: bytes) -> None:
        """Atomic and durable: after a crash the file is there whole, or not at all."""
        with self.making(path) as target:
            atomic.write(target, data)

    def put_file(self, source: Path, path: str) -> None:
        """Copies a finished local file into place."""
        with self.making(path) as target:
            atomic.copy(source, target)

    @contextmanager
    def making(self, path: str) -> Iterator[Path]:
        """The local place of a file to be made, its folder there. Raises UserError for what the file system refuses."""
        target = self._at(path)
        with _told(target):
            if self._inode is None:
                self.root.mkdir(parents=True, exist_ok=True)
                self._inode = self._found()
            if self._inode != self._found():
                raise UserError(f"The folder {self.root} has gone, or is another one now.", "Bring it back and run the same command again.")
            target.parent.mkdir(parents=True, exist_ok=True)
            yield target

    def remove(self, path: str) -> None:
        """Removes a file where it is there."""
        self._at(path).unlink(missing_ok=True)

    def exists(self, path: str) -> bool:
        with _told(target := self._at(path)):
            return target.exists()

    def size(self, path: str) -> int | None:
        """The size of a file in bytes, or None where there is none."""
        try:
            return self._at(path).stat().st_size
        except OSError:
            return None

    def folders(self, folder: str) -> list[str]:
        """What lies in a folder and is no file: folders, and whatever else stands in the place of one, links for example."""
        base = self._at(folder)
        return sorted(p.name for p in base.iterdir() if p.is_symlink() or not p.is_file()) if base.is_dir() else []

    def list(self, folder: str) -> list[str]:
        base = self._at(folder)
        if not base.is_dir():
            return []
        return sorted(p.name for p in base.iterdir() if p.is_file() and not atomic.is_temporary(p.name))

    def files(self, folder: str) -> Iterator[Stored]:
        """Every file at and below a folder, temporary ones too. Links are neither followed nor listed."""
        for place, _, names in os.walk(self._at(folder)):
            for name in names:
                found = os.lstat(os.path.join(place, name))
                if stat.S_ISREG(found.st_mode):
                    path = Path(place, name).relative_to(self.root).as_posix()
                    yield Stored(path, found.st_size, found.st_mtime)

    def fetch(self, path: str) -> Path:
        """A local path of a file or folder of the store."""
        return self._at(path)


class ObjectStore:
    """A prefix of an object store through pyarrow's filesystems; credentials come from the environment or the URI."""

    def __init__(self, uri: str) -> None:
        self.uri = without_credentials(uri.rstrip("/"))
        self._given = uri.rstrip("/")
        self._fetched: dict[str, Path] = {}
        self._fences: list[Callable[[], None]] = []
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

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of an object, a piece at a time."""
        with self._reached(path) as key, self._fs.open_input_stream(key) as stream:
            while piece := stream.read(CHUNK):
                yield bytes(piece)

    def write(self, path: str, data: bytes) -> None:
        with self._writing(path) as key, self._fs.open_output_stream(key) as stream:
            stream.write(data)

    def remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError), self._reached(path, "remove") as key:
            self._fs.delete_file(key)

    def put_file(self, source: Path, path: str) -> None:
        with self._writing(path) as key:
            pafs.copy_files(str(source), key, source_filesystem=pafs.LocalFileSystem(), destination_filesystem=self._fs)

    def objects(self) -> "S3Store | GCSStore | AzureStore":
        """The same prefix through a client that can write conditionally, which pyarrow's cannot."""
        from obstore.store import from_url

        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        return from_url(self._given, client_options={"allow_http": endpoint.startswith("http://")})  # type: ignore[return-value]

    def fence(self, check: Callable[[], None]) -> None:
        """Has every later write ask `check` first, which raises once this process has lost what it held."""
        self._fences.append(check)

    @contextmanager
    def _writing(self, path: str) -> Iterator[str]:
        """As `_reached`; a bucket that is not there is a UserError too."""
        for check in self._fences:
            check()
        try:
            with self._reached(path, "write") as key:
                yield key
        except FileNotFoundError as error:
            raise UserError(f"Cannot write {self.uri}/{path}: {error}.", "Make the bucket first.") from error

    def exists(self, path: str) -> bool:
        with self._reached(path) as key:
            return bool(self._fs.get_file_info(key).type != pafs.FileType.NotFound)

    def size(self, path: str) -> int | None:
        with self._reached(path) as key:
            found = self._fs.get_file_info(key)
        return int(found.size) if found.type == pafs.FileType.File else None

    def folders(self, folder: str) -> list[str]:
        """The names of the prefixes right below a folder."""
        with self._reached(folder) as key:
            found = self._fs.get_file_info(pafs.FileSelector(key, allow_not_found=True))
        return sorted(i.base_name for i in found if i.type == pafs.FileType.Directory)

    def list(self, folder: str) -> list[str]:
        with self._reached(folder) as key:
            found = self._fs.get_file_info(pafs.FileSelector(key, allow_not_found=True))
        return sorted(i.base_name for i in found if i.type == pafs.FileType.File)

    def files(self, folder: str) -> Iterator[Stored]:
        """Every object at and below a folder."""
        with self._reached(folder) as key:
            found = self._fs.get_file_info(pafs.FileSelector(key, allow_not_found=True, recursive=True))
        for one in found:
            if one.type == pafs.FileType.File:
                path = one.path.removeprefix(f"{self._prefix}/")
                yield Stored(path, int(one.size), one.mtime.timestamp() if one.mtime else 0.0)

    def fetch(self, path: str) -> Path:
        """Downloads a file or folder to a temporary place, once per process."""
        if path not in self._fetched:
            self._fetched[path] = self._download(path)
        return self._fetched[path]

    def _download(self, path: str) -> Path:
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
