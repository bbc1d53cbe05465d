"""Text as curation compares it: canonical bytes, and tokens that know LaTeX and numbers.

The guarantee: `canonical` and the token rules (see tokens.py) are the same for every step that compares texts,
so that two steps never disagree on what a word is. The limit: sub- and superscript characters become plain
digits (NFKC), so `x²` and `x2` are the same.
"""

import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

_ASCII = bytes(range(128))
_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("‘’‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("×·⋅∙", "*"),
        **dict.fromkeys("÷∕⁄", "/"),
        **dict.fromkeys("¿¡§¶•…、。「」『』【】《》・·€£°", " "),
        "≤": "<=",
        "≥": ">=",
        "\u200b": "",
        "\ufeff": "",
        **{chr(surrogate): "\ufffd" for surrogate in range(0xD800, 0xE000)},
    }
)


def canonical(text: str) -> str:
    """NFKC, case folded, typographic punctuation as ASCII; ASCII letters keep their case, which tokens fold."""
    if text.isascii():
        return text
    others = text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
    for character in set(others):
        plain = _plain(character)
        if plain is None:
            return unicodedata.normalize("NFKC", text).casefold().translate(_PUNCTUATION)
        if plain != character:
            text = text.replace(character, plain)
    return text


@lru_cache(maxsize=2**17)
def _plain(character: str) -> str | None:
    """What one character becomes, or None where that depends on its neighbours (a combining mark, a Hangul letter)."""
    if unicodedata.combining(character) or "\u1100" <= character <= "\u11ff":
        return None
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    return unicodedata.normalize("NFKC", character).casefold().translate(_PUNCTUATION)


def packed(texts: list[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The canonical texts as one UTF-8 buffer, and the n + 1 offsets of the texts in it."""
    # Through Polars: pyarrow would ask pandas about a list, and importing pandas takes longer than a small table.
    array = pl.Series([canonical(text) for text in texts], dtype=pl.String).to_arrow()
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64, count=len(texts) + 1)
    return np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(0, dtype=np.uint8), bounds
