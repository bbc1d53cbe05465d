"""Whether this kernel has walls for the processes that read what a model wrote, and what happens where it has none."""

from stillhouse.errors import UserError
from stillhouse.verifiers.code.jail import landlock

FLAG = "--allow-unsafe-execution"


def missing(unsafe: bool) -> bool:
    """True where there are no walls and `unsafe` allows that. Raises UserError where it does not."""
    if landlock.abi() >= landlock.MINIMUM_ABI:
        return False
    if not unsafe:
        raise UserError(
            "This machine has no walls for what models wrote (no Landlock ABI 4), so nothing is judged.",
            f"Use Linux 6.7 or newer with Landlock on; or give {FLAG} on the command line, and it can do anything that you can.",
        )
    return True
