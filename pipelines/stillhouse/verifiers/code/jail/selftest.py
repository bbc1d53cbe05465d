"""Chooses the rung: the highest of the ladder that withstands every attack, tried on this machine, now."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from stillhouse.errors import UserError
from stillhouse.verifiers.code.jail import attacks, rungs
from stillhouse.verifiers.code.jail.client import Jail, KeeperLost
from stillhouse.verifiers.code.jail.results import Ended, Limits
from stillhouse.verifiers.code.jail.rungs import Rung

_LIMITS = Limits(cpu_seconds=5, memory_mb=512, idle_seconds=5.0)
# Said of a rung on a machine that lets nobody make a namespace: see SECURITY.md, "A memory".
SHARED = "process numbers shared"
_WAY_OUT = "Install bubblewrap or use Linux 6.7 or newer; or give --allow-unsafe-execution, and they can do anything that you can."


@contextmanager
def targets() -> Iterator[dict[str, object]]:
    """Real things outside the jail for the attacks to reach: a secret file, a TCP port, an abstract socket, this process."""
    name = f"stillhouse-selftest-{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix=name) as folder, socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix:
        secret = os.path.join(folder, "secret")
        with open(secret, "w", encoding="ascii") as file:
            file.write("secret")
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        unix.bind(f"\0{name}")
        unix.listen()
        yield {"secret": secret, "folder": folder, "port": tcp.getsockname()[1], "name": name, "pid": os.getpid()}


def held(ended: Ended) -> bool:
    """Whether an attack failed: it said so as its last word, or the limits ended it."""
    return ended.output.split()[-1:] == [b"HELD"] or ended.status in ("memory", "timeout", "crash")


def tried(rung: Rung) -> tuple[Rung, list[str]]:
    """The rung, whose name says where it is weaker here, and the attacks that it did not withstand. Raises KeeperLost if it does not start."""
    with targets() as aims, Jail(rung) as jail:
        jail.start()
        ends = {title: jail.stdio(program, "", _LIMITS) for title, program in attacks.programs(**aims).items()}  # type: ignore[arg-type]
        if jail.shared:
            rung = Rung(f"{rung.name}, {SHARED}", rung.command)
    return rung, [title for title, ended in ends.items() if not held(ended)]


def choose(wanted: str, unsafe: bool) -> Rung:
    """The best rung that holds here, or the wanted one. Raises UserError where none does.

    With `unsafe`, where no rung at all holds, the one without walls; a rung that holds is taken before that, wanted or not.
    """
    refused = []
    for name, make in (("bubblewrap", rungs.bubblewrap), ("landlock", rungs.inner_jail)):
        if wanted not in ("best", name) and not unsafe:
            continue
        rung = make()
        why = "not available"
        if rung is not None:
            try:
                rung, through = tried(rung)
            except KeeperLost as error:
                why = str(error)
            else:
                if not through:
                    return rung
                why = ", ".join(f"{title!r} got through" for title in through)
        refused.append(f"{name}: {why}")
    if unsafe:
        return rungs.unsafe()
    raise UserError(f"No isolation for model-written programs works here ({'; '.join(refused)}).", _WAY_OUT)
