"""What makes two programs one."""

import re

# Each always matches once it has begun, so that the search is linear in what a model wrote.
_TEXT_OR_COMMENT = re.compile(
    r'"""(?:[^\\]|\\.)*?(?:"""|\Z)|' r"'''(?:[^\\]|\\.)*?(?:'''|\Z)|" r'"(?:[^"\\\n]|\\.)*"?|' r"'(?:[^'\\\n]|\\.)*'?|" r"#[^\n]*",
    re.DOTALL,
)
_IN_BRACKETS = re.compile(r"(?<=[(\[{,])\s+|(?<!\s)\s+(?=[)\]},])|\\\n")
_BESIDE_SIGNS = re.compile(r"(?<=\S)[ \t\f]+(?=[^\w\s])|(?<=[^\w\s])[ \t\f]+(?=\S)")
_BETWEEN_WORDS = re.compile(r"(?<=\S)[ \t\f]+(?=\S)")


def normal(program: str) -> str:
    """The same for programs that differ in comments, spaces, blank lines and the depth of an indentation alone.

    Nothing is parsed: the text is a model's, and this runs in the process that decides. The limit: it is not the same for
    programs that differ in more, though they may mean the same.
    """
    texts: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        if found[0].startswith("#"):
            return ""
        texts.append(found[0])
        return "\0"

    bare = _TEXT_OR_COMMENT.sub(put_aside, program.expandtabs())
    bare = _BETWEEN_WORDS.sub(" ", _BESIDE_SIGNS.sub("", _IN_BRACKETS.sub("", bare)))
    return "\n".join([*_indented(bare.splitlines()), *texts])


def _indented(lines: list[str]) -> list[str]:
    """The lines that hold something, each after how deep it is indented, whatever the width of a step."""
    found, widths = [], [0]
    for line in lines:
        held = line.strip()
        if held:
            width = len(line) - len(line.lstrip())
            while width < widths[-1]:
                widths.pop()
            if width > widths[-1]:
                widths.append(width)
            found.append(f"{len(widths)} {held}")
    return found
