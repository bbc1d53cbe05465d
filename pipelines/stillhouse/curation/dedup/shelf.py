"""Where sketches wait: small arrays in memory, shingles in a spool that moves to a temporary file when it grows.

So memory grows by some 250 bytes per text and not with its length. The file is unlinked from the start: nothing is left
behind. The limit: the temporary folder ($TMPDIR) needs room for about 0.9 bytes per byte of text.
"""

import errno
import tempfile
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from stillhouse.curation.dedup.minhash import Hashes, Offsets, Shingles
from stillhouse.curation.dedup.sketch import Sketch
from stillhouse.errors import UserError

IN_MEMORY = 256 * 2**20


class Shelf:
    """Sketches in the order of their texts."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._sketches: list[Sketch] = []
        self._spool = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 - it lives as long as the shelf

    def put(self, sketch: Sketch) -> None:
        """Raises UserError when the temporary folder is full."""
        try:
            self._spool.write(sketch.shingles.tobytes())
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise UserError(
                f"The temporary folder {tempfile.gettempdir()} is full.", "Free some space, or set TMPDIR to another folder."
            ) from error
        self._sketches.append(sketch.without_shingles())

    def __len__(self) -> int:
        return len(self._sketches)

    def exact(self) -> Hashes:
        return np.concatenate([sketch.exact for sketch in self._sketches])

    def numbers(self) -> Hashes:
        return np.concatenate([sketch.numbers for sketch in self._sketches])

    def lengths(self) -> Offsets:
        return np.concatenate([sketch.lengths for sketch in self._sketches])

    def filled(self) -> npt.NDArray[np.bool_]:
        """Which texts have shingles."""
        return np.concatenate([np.diff(sketch.ends, prepend=0) > 0 for sketch in self._sketches])

    def bands(self, texts: Offsets) -> Hashes:
        """The band keys (bands, n) of the texts at these indices."""
        return np.stack([np.concatenate([s.bands[band] for s in self._sketches])[texts] for band in range(len(self._sketches[0].bands))])

    def shingles(self) -> Iterator[tuple[Shingles, Offsets]]:
        """Per sketch its shingles, which the caller may overwrite, and their ends (n)."""
        self._spool.seek(0)
        for sketch in self._sketches:
            size = int(sketch.ends[-1]) if len(sketch) else 0
            yield np.frombuffer(bytearray(self._spool.read(4 * size)), dtype=np.uint32), sketch.ends
