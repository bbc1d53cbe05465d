"""How a job in the jail ended, worked out from what the kernel says of its processes, not from what they say."""

import signal
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["ok", "raised", "exit", "timeout", "memory", "threads", "files", "crash", "output", "infrastructure"]
OUT_OF_MEMORY = 71


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may use: CPU seconds (whole), MiB of memory beyond the interpreter's, bytes of output.

    `idle_seconds` in which no process of the job used CPU or wanted it end the job, and so do `wall_seconds` of waiting in all:
    time in which a process could run but the machine's other work had the CPU counts for neither.
    """

    cpu_seconds: int = 5
    memory_mb: int = 1024
    output_bytes: int = 8 << 20
    idle_seconds: float = 5.0

    @property
    def wall_seconds(self) -> float:
        return 10.0 * self.cpu_seconds + self.idle_seconds


@dataclass(frozen=True, slots=True)
class Ended:
    """`output` is stdout; `reports` are the messages that the program's process sent, or the tester's one.

    `cpu` and `waited` are seconds: of CPU time, and of waiting (see Limits).
    """

    status: Status
    why: str
    cpu: float
    output: bytes = b""
    reports: list[Any] = field(default_factory=list)
    waited: float = 0.0


def judge_end(role: str, reply: dict[str, Any], limits: Limits, report: list[Any]) -> tuple[Status, str]:
    """Status and reason of one process of a job."""
    code, cpu = reply["ended"][role]["code"], reply["ended"][role]["cpu"]
    if reply["why"] in ("threads", "files"):
        return reply["why"], f"{reply['why']}: more than any program needs"
    if reply["why"]:
        return "timeout", {
            "idle": f"idle: no CPU used for {limits.idle_seconds:g} s",
            "wall": f"wall: {limits.wall_seconds:g} s of waiting",
        }[reply["why"]]
    # The kernel counts the limit in ticks, which on a shared machine are worth less than they say.
    if code == -signal.SIGKILL and cpu >= limits.cpu_seconds * 0.5:
        return "timeout", f"cpu: more than {limits.cpu_seconds} s"
    if code == OUT_OF_MEMORY:
        return "memory", f"memory: more than {limits.memory_mb} MiB"
    if code == -signal.SIGKILL and reply["ended"][role].get("asked"):
        return ("timeout", "wall: the tests did not end") if role == "test" else ("ok", "")
    if code == -signal.SIGKILL:
        return "infrastructure", "killed from outside, or the jail could not be closed"
    if code == -signal.SIGPROF and role == "test":
        return "timeout", f"cpu: more than {limits.cpu_seconds} s in the tests"
    if code < 0:
        return "crash", f"crash: {_signal_name(-code)}"
    raised = next((str(m["raised"]) for m in report if isinstance(m, dict) and "raised" in m), "")
    if raised:
        return "raised", raised
    return ("ok", "") if code == 0 else ("exit", f"exit status {code}")


def _signal_name(number: int) -> str:
    """Its name, where it has one: a program can send itself any of 64."""
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def tests_ended(reply: dict[str, Any], verdict: dict[str, Any] | None, report: list[Any], limits: Limits) -> Ended:
    """The tester's word stands where it could give one; where it lost its candidate, the candidate's end says why."""
    cpu = reply["tester_cpu"] + sum(child["cpu"] for child in reply["ended"].values())
    if verdict is None:
        role = "test" if "test" in reply["ended"] else "serve"
        status, why = judge_end(role, reply, limits, [])
        return Ended(status, why, cpu) if status not in ("ok", "exit") else Ended("infrastructure", "the tester was lost", cpu)
    if verdict["kind"] == "lost":
        status, why = judge_end("serve", reply, limits, report)
        if status != "ok":
            return Ended(status, why, cpu, reports=[verdict])
    return Ended("ok", "", cpu, reports=[verdict])
