"""The sha256 of every file that a recipe names: each is read once, and remembered for a run that outlives its sources."""

import hashlib
from pathlib import Path

from stillhouse.errors import UserError


class Contents:
    """`remembered` are the hashes that the run noted when the files were still there; `labels` is the table of what people said, "" for none."""

    def __init__(self, remembered: dict[str, str] | None = None, labels: str = "") -> None:
        self.labels = labels
        self._remembered = remembered or {}
        self.known: dict[str, str] = {}

    def sha256(self, name: str) -> str:
        """Raises UserError for a file that is not there and that the run does not remember."""
        if name not in self.known:
            self.known[name] = self._hashed(name)
        return self.known[name]

    def _hashed(self, name: str) -> str:
        if "\0" in name or (Path(name).exists() and not Path(name).is_file() and not Path(name).is_dir()):
            raise UserError(f"{name!r} is not a file that ends: no pipe and no device is read.", "Name a file.")
        try:
            with Path(name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            if name in self._remembered and isinstance(error, FileNotFoundError):
                return self._remembered[name]
            raise UserError(
                f"The file {name} cannot be read: {error.strerror}.", "Paths in a recipe are relative to where you start the run."
            ) from error
