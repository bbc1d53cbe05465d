"""Starts a Python process with this very copy of the package, though another one may be installed beside it."""

import sys
from pathlib import Path

SOURCE_ROOT = Path(__file__).resolve().parents[3]
_FIND = "import sys; sys.path.insert(0, sys.argv.pop(1)); import stillhouse; sys.path.append(sys.path.pop(0))"


def command(flags: list[str], module: str, arguments: list[str]) -> list[str]:
    """The command line that calls `module.main(*arguments)`.

    The package's folder is first in the path only until the package is found: nothing beside it stands in for a
    module of Python's own.
    """
    return [sys.executable, *flags, "-c", f"{_FIND}; from {module} import main; main(*sys.argv[1:])", str(SOURCE_ROOT), *arguments]
