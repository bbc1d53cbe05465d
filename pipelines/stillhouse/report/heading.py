"""What a page or card says and the tables do not know."""

from typing import Protocol


class Heading(Protocol):
    """The name and description of what is reported."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
