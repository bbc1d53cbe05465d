"""What the readers of answers give back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """An answer's text, the convention it was found by and where its statement ends.

    `how` is box, tag, json, hashes, label, sentence, display or whole; `last` for the lenient reading.
    """

    text: str
    how: str
    end: int = 0
