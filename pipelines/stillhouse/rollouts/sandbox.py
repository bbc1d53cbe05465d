"""Programs that a model wrote on the way to an answer, run in the verifiers' jail beside the engine.

The engine's process never runs them: it hands a program to a jail's keeper, which is confined, and reads what comes back,
capped. The jails are made when the first program comes and end with the process. See verifiers/SECURITY.md.
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from stillhouse.verifiers.code.jail.client import Jail
from stillhouse.verifiers.code.jail.results import Ended, Limits
from stillhouse.verifiers.code.jail.rungs import Rung
from stillhouse.verifiers.code.jail.selftest import choose

PLACES = 4  # programs that run at once beside one engine

_mine = threading.local()
_threads = ThreadPoolExecutor(PLACES, thread_name_prefix="jail")
_choosing = threading.Lock()


async def run(program: str, limits: Limits) -> Ended:
    """How a program ended, run as a script without input. Raises UserError where no isolation works on this machine.

    Cancelling it waits for nothing: the program ends by its own limits.
    """
    return await asyncio.get_running_loop().run_in_executor(_threads, _run, program, limits)


def _run(program: str, limits: Limits) -> Ended:
    if not hasattr(_mine, "jail"):
        with _choosing:
            rung = _rung()
        _mine.jail = Jail(rung)
    ended: Ended = _mine.jail.stdio(program, "", limits)
    return ended


@cache
def _rung() -> Rung:
    """The best rung that holds here; its attacks take a second, so one finding serves all threads."""
    return choose("best", unsafe=False)
