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
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement, Verifier
from stillhouse.verifiers.registry import load
from stillhouse.verifiers.wire import read_frame, write_frame

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
    write_frame(out, {"ready": verifier.version, "isolation": "process+rlimits"})
    while True:
        died = _one_child(verifier, settings, out)
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


def _one_child(verifier: Verifier, settings: Verify, out: int) -> str:
    """Forks, waits, and says how the child ended: "" when the pool is done with it."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
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
    start = _address_space()
    _limit(settings, start)
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
        if _address_space() - start > (settings.memory_mb << 20) // 3:
            return RECYCLE


def _limit(settings: Verify, start: int) -> None:
    size = start + (settings.memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 24, 1 << 24))


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
    seconds = round(_cpu_seconds() - before, 6)
    return [found.outcome, found.score, found.extracted[:MAX_EXTRACTED], found.reason[:MAX_REASON], seconds]


def _cpu_seconds() -> float:
    """CPU time of this process and of the children it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _address_space() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main(*sys.argv[1:])
