"""The worker process: a nursery that imports the verifier once, and forks the child that judges.

The child reads chunks of (index, problem, trace) from its pipe and answers each on its own. A CPU-time timer of the
kernel (ITIMER_PROF, never a wall clock) and an address-space limit stand around every judgement; when the
child dies the nursery tells the pool why and forks the next one in milliseconds. No signal handler runs
Python: C code that never returns dies as well. A child that only compares runs no text as code: whatever tries, in our
code or another's, fails. The limit: a child that sleeps is not seen here; the pool's wall-clock backstop is for that.
"""

import gc
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NamedTuple

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement, Verifier
from stillhouse.verifiers.code.jail.confine import confine_self, limit
from stillhouse.verifiers.pool import walls
from stillhouse.verifiers.pool.wire import read_frame, write_frame
from stillhouse.verifiers.registry import files_of, load, needs_host, parts, runs_no_text

_SOURCE_ROOT = str(Path(__file__).resolve().parents[3])
OUT_OF_MEMORY, RECYCLE, KILLED = 71, 72, 73
MAX_EXTRACTED = 2_000
MAX_REASON = 500


def main(name: str, inward: str, outward: str, walled: str, *folders: str) -> None:
    """Runs a nursery until the pool closes its pipe, whose first frame is the settings. Exits with KILLED when the child was killed from outside.

    folders: where the package of a verifier lies that is not ours. They are searched last: nothing there stands in for anything.
    """
    pipes = Pipes(int(inward), int(outward))
    told = read_frame(pipes.inward)
    if told is None:
        return
    try:
        sys.path.extend(folder for folder in folders if folder not in sys.path)
        unsafe = walled == "unsafe"
        bare = walls.missing(unsafe)
        settings = Verify.model_validate_json(told)
        verifier = load(name, settings, unsafe)
        warm_up = getattr(verifier, "warm_up", None)
        if warm_up is not None:
            warm_up()
    except UserError as error:
        write_frame(pipes.outward, {"failed": str(error), "told": True})
        return
    except BaseException:
        write_frame(pipes.outward, {"failed": traceback.format_exc(), "told": False})
        return
    gc.collect()
    gc.freeze()
    files = [path for part in parts(name, settings) for path in files_of(part)]
    child = Child(verifier, settings, needs_host(name, settings), runs_no_text(name, settings), bare, files)
    while True:
        died = _one_child(child, pipes)
        if died == "":
            return
        if died == "killed":
            sys.exit(KILLED)
        if died != "recycle":
            write_frame(pipes.outward, {"died": died})


class Pipes(NamedTuple):
    """The descriptors of the pool's two pipes."""

    inward: int
    outward: int


class Child(NamedTuple):
    """What a child is to be: its verifier, and which walls it gets."""

    verifier: Verifier
    settings: Verify
    host: bool
    no_text: bool
    bare: bool
    files: list[str]


def _one_child(child: Child, pipes: Pipes) -> str:
    """Forks, waits, and says how the child ended: "" when the pool is done with it."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            isolation = _confine(child)
            write_frame(pipes.outward, {"ready": child.verifier.version, "isolation": isolation})
            code = _serve(child.verifier, child.settings, pipes)
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGKILL:
            return "killed"
        return "timeout" if number == signal.SIGPROF else f"crash: {signal.Signals(number).name}"
    code = os.WEXITSTATUS(status)
    return {0: "", RECYCLE: "recycle", OUT_OF_MEMORY: "memory"}.get(code, f"crash: exit {code}")


def _serve(verifier: Verifier, settings: Verify, pipes: Pipes) -> int:
    start = _peak_bytes()
    while True:
        chunk = read_frame(pipes.inward)
        if chunk is None:
            return 0
        for index, problem, trace in chunk:
            try:
                answer = _judge_one(verifier, settings, problem, trace)
            except MemoryError:
                return OUT_OF_MEMORY
            write_frame(pipes.outward, [index, *answer])
        if _peak_bytes() - start > (settings.memory_mb << 20) // 3:
            return RECYCLE


def _confine(child: Child) -> str:
    """Puts the walls up for good; what the verdicts say of them."""
    size = _address_space() + (child.settings.memory_mb << 20)
    if child.no_text:
        sys.addaudithook(_run_no_text)
    if child.host:
        # Only the soft limit: what this process starts brings limits of its own.
        resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))
        isolation = str(getattr(child.verifier, "isolation", "process"))
        return f"unsafe: {isolation.removeprefix('unsafe: ')}" if child.bare else isolation
    if child.bare:
        limit(None, size)
        return "unsafe: rlimits only"
    # An environment may lie over another one: what it imports is read from there.
    packages = [path for path in sys.path if path.endswith("site-packages")]
    return confine_self(read=[_SOURCE_ROOT, *packages, *child.files], address_space=size)


def _run_no_text(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuses code that was compiled from a text (`eval`, `exec`): modules come from files, and have their names."""
    if event == "exec" and getattr(arguments[0], "co_filename", "<").startswith("<"):
        raise RuntimeError("a text was about to be run as code")


def _judge_one(verifier: Verifier, settings: Verify, problem: list[Any], trace: list[Any]) -> list[Any]:
    before = _cpu_seconds()
    signal.setitimer(signal.ITIMER_PROF, settings.cpu_seconds)
    try:
        found = verifier.judge(Problem(*problem), Trace(*trace))
    except RecursionError:
        found = Judgement("error", 0.0, "", "recursion: nested too deeply")
    except MemoryError:
        raise
    except Exception as error:  # one record's failure is data: it becomes an error verdict with its reason
        found = Judgement("error", 0.0, "", f"{type(error).__name__}: {error}"[:MAX_REASON])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = round(_cpu_seconds() - before + found.seconds, 6)
    return [found.outcome, found.score, found.extracted[:MAX_EXTRACTED], found.reason[:MAX_REASON], seconds]


def _cpu_seconds() -> float:
    """CPU time of this process and of the children it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _address_space() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
