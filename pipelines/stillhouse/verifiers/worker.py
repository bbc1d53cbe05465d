"""The worker process: a nursery that imports the verifier once, and forks the child that judges.

The child reads chunks of (problem, trace) from fd 0 and answers each on its own. A CPU-time timer of the
kernel (ITIMER_PROF, never a wall clock) and an address-space limit stand around every judgement; when the
child dies the nursery tells the pool why and forks the next one in milliseconds. No signal handler runs
Python: C code that never returns dies as well. The limit: a child that sleeps is not seen here; the pool's
wall-clock backstop is for that.
"""

import gc
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement, Verifier
from stillhouse.verifiers.jail import landlock
from stillhouse.verifiers.jail.confine import confine_self, limit
from stillhouse.verifiers.registry import load, needs_host
from stillhouse.verifiers.wire import read_frame, write_frame

_SOURCE_ROOT = str(Path(__file__).resolve().parents[2])
OUT_OF_MEMORY, RECYCLE, KILLED = 71, 72, 73
MAX_EXTRACTED = 2_000
MAX_REASON = 500


def main(name: str, settings_json: str) -> None:
    """Runs a nursery until the pool closes fd 0. Exits with KILLED when the child was killed from outside."""
    out = _private_stdout()
    try:
        settings = Verify.model_validate_json(settings_json)
        verifier = load(name, settings)
        warm_up = getattr(verifier, "warm_up", None)
        if warm_up is not None:
            warm_up()
    except BaseException:
        write_frame(out, {"failed": traceback.format_exc()})
        return
    gc.collect()
    gc.freeze()
    host = needs_host(name, settings)
    while True:
        died = _one_child(verifier, settings, out, host)
        if died == "":
            return
        if died == "killed":
            sys.exit(KILLED)
        if died != "recycle":
            write_frame(out, {"died": died})


def _private_stdout() -> int:
    """The pool's pipe under a descriptor of its own, so that a stray print cannot enter it."""
    out = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)
    return out


def _one_child(verifier: Verifier, settings: Verify, out: int, host: bool) -> str:
    """Forks, waits, and says how the child ended: "" when the pool is done with it."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            isolation = getattr(verifier, "isolation", "process") if host else _confine(settings)
            write_frame(out, {"ready": verifier.version, "isolation": isolation})
            code = _serve(verifier, settings, out)
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


def _serve(verifier: Verifier, settings: Verify, out: int) -> int:
    start = _peak_bytes()
    while True:
        chunk = read_frame(0)
        if chunk is None:
            return 0
        for problem, trace in chunk:
            try:
                answer = _judge_one(verifier, settings, problem, trace)
            except MemoryError:
                return OUT_OF_MEMORY
            write_frame(out, answer)
        if _peak_bytes() - start > (settings.memory_mb << 20) // 3:
            return RECYCLE


def _confine(settings: Verify) -> str:
    """The rung of the child: Landlock and seccomp where the kernel has them, else limits alone, and the verdict says so."""
    size = _address_space() + (settings.memory_mb << 20)
    if landlock.abi() >= landlock.MINIMUM_ABI:
        return confine_self(read=[_SOURCE_ROOT], address_space=size)
    limit(None, size)
    return "rlimits"


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
