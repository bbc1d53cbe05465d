"""A writer that is killed leaves a temporary file; the next run removes it, and nobody else's."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

WRITER = """
import sys, time
from pathlib import Path
from stillhouse.tables import Outputs
from stillhouse.tables.write import compressed
from stillhouse.storage.atomic import spill

with Outputs(*sys.argv[1:]) as outputs, compressed(outputs.kept) as file:
    file.write(b"half a row")
    file.flush()
    spill(outputs.kept.temporary).mkdir()
    print(outputs.kept.temporary, flush=True)
    time.sleep(600)
"""


def test_the_next_run_removes_what_a_killed_one_left_and_nothing_of_the_living(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "a"}) + "\n")
    kept, decisions = str(tmp_path / "kept.jsonl"), str(tmp_path / "decisions.jsonl")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, kept, decisions], stdout=subprocess.PIPE) for _ in range(2)]
    try:
        dead, alive = (Path(writer.stdout.readline().decode().strip()) for writer in writers if writer.stdout)
        writers[0].send_signal(signal.SIGKILL)
        writers[0].wait()
        other = dead.with_name(f".else{dead.name}")
        other.touch()
        assert dead.exists()
        command = ["dedup", str(tmp_path / "in.jsonl"), "--field", "text", "--out", kept, "--decisions", decisions]
        subprocess.run([sys.executable, "-m", "stillhouse", *command], check=True, capture_output=True, env=os.environ)
        assert not dead.exists()
        assert not Path(f"{dead}.spill").exists()
        assert alive.exists()
        assert other.exists()
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
