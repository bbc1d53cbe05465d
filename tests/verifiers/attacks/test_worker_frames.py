"""Wall: what a worker sends. One that was taken over costs the row that did it, never its neighbours or the grading."""

import json
import os
import struct
import subprocess
import sys
from typing import Any

import pytest

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.pool import pool as pools
from stillhouse.verifiers.pool import wire
from stillhouse.verifiers.pool.handle import Handle
from stillhouse.verifiers.pool.pool import Pool

# A worker that judges as told: it sends `bad` where a response is "hostile", and else the verdict correct.
WORKER = """
import json, os, struct, sys
inward, outward, bad = int(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3])
def frame(message):
    body = json.dumps(message).encode()
    return struct.pack("<I", len(body)) + body
def read(size):
    data = b""
    while len(data) < size:
        part = os.read(inward, size - len(data))
        if not part:
            sys.exit(0)
        data += part
    return data
os.write(outward, frame({"ready": "1", "isolation": "none"}))
while True:
    for index, problem, trace in json.loads(read(struct.unpack("<I", read(4))[0])):
        hostile = "hostile" in trace
        if not hostile:
            os.write(outward, frame([index, "correct", 1.0, "", "", 0.0]))
        else:
            view = memoryview(bad.replace(b"INDEX", str(index).encode()))
            while view:
                view = view[os.write(outward, view):]
            if not bad:
                os._exit(9)
"""


def framed(message: Any) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack("<I", len(body)) + body


BAD = {
    "nothing, and gone": b"",
    "failed": framed({"failed": "x", "told": True}),
    "failed in the old form": framed({"failed": "x"}),
    "no JSON": framed(b"\xff\xfe"),
    "deep JSON": framed(b"[" * 20_000 + b"]" * 20_000),
    "null": framed(None),
    "number": framed(1),
    "text": framed("correct"),
    "empty list": framed([]),
    "four values": framed([0, "correct", 1.0, ""]),
    "another task": framed([10**9, "correct", 1.0, "", "", 0.0]),
    "no task": framed([None, "correct", 1.0, "", "", 0.0]),
    "unknown outcome": framed(b'[INDEX, "perfect", 1.0, "", "", 0.0]'.replace(b"INDEX", b"0")),
    "score over 1": framed([0, "correct", 2.0, "", "", 0.0]),
    "score is no number": framed(b'[0, "correct", NaN, "", "", 0.0]'),
    "score is text": framed([0, "correct", "1", "", "", 0.0]),
    "seconds without end": framed(b'[0, "correct", 1.0, "", "", Infinity]'),
    "reason is an object": framed([0, "correct", 1.0, "", {"a": 1}, 0.0]),
    "outcome is a list": framed([0, ["correct"], 1.0, "", "", 0.0]),
    "unknown event": framed({"ready": "1", "isolation": "none", "more": 1}),
    "ready without a version": framed({"ready": "", "isolation": "none"}),
    "ready as a number": framed({"ready": 1, "isolation": "none"}),
    "died of an object": framed({"died": {"a": 1}}),
    "too long": struct.pack("<I", wire.MAX_FRAME + 1) + b"x" * 64,
    "the longest": struct.pack("<I", 0xFFFFFFFF) + b"x" * 64,
    "no length at all": struct.pack("<I", 0),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_frame_costs_its_own_row(bad: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Handle] = []

    def start(verifier: str, settings: Verify, unsafe: bool) -> Handle:
        theirs_in, into = os.pipe()
        out, theirs_out = os.pipe()
        command = [sys.executable, "-S", "-c", WORKER, str(theirs_in), str(theirs_out), bad.hex()]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(theirs_in, theirs_out), start_new_session=True)
        os.close(theirs_in)
        os.close(theirs_out)
        started.append(Handle(verifier, process, into, out))
        return started[-1]

    monkeypatch.setattr(pools, "start", start)
    responses = ["fine", "fine", "hostile", "fine", "fine"]
    traces = [answer_trace(str(i), "p", r) for i, r in enumerate(responses)]
    with Pool(1, Verify()) as pool:
        verdicts = list(pool.judge((Problem("p", "q", "1", "math"), trace) for trace in traces))
    assert [v.outcome for v in verdicts] == ["correct", "correct", "error", "correct", "correct"]
    assert verdicts[2].reason.startswith("infrastructure: the worker was lost 3 times")
    assert 3 <= len(started) <= 4


def test_a_verifier_that_cannot_be_loaded_is_told_by_the_pool_and_an_error_of_its_rows_where_rows_go_on() -> None:
    settings = Verify.model_validate({"reward": {"model": "/nonexistent"}})
    pair = (Problem("p", "q", "1", "reward"), answer_trace("t", "p", "x"))
    other = (Problem("p", "q", "1", "math"), answer_trace("t", "p", "\\boxed{1}"))
    with Pool(1, settings) as pool, pytest.raises(UserError, match="holds no checkpoint"):
        list(pool.judge([pair]))
    with Pool(1, settings, keep_going=True) as pool:
        verdicts = list(pool.judge([other, *[pair] * 20, other]))
    assert [v.outcome for v in verdicts] == ["correct", *["error"] * 20, "correct"]
    assert "cannot be loaded" in verdicts[1].reason


def test_frames_are_on_no_descriptor_that_a_library_reads_or_prints_to() -> None:
    with Pool(1, Verify()) as pool:
        list(pool.judge([(Problem("p", "q", "1", "math"), answer_trace("t", "p", "1"))]))
        (handle,) = pool._idle["math"]
        files = [os.readlink(f"/proc/{handle.process.pid}/fd/{n}") for n in (0, 1, 2)]
    assert files == ["/dev/null"] * 3
