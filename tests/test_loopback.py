"""The embedded Ray listens to this machine alone."""

import subprocess
import sys

import pytest

from stillhouse.cluster.session import connect
from stillhouse.errors import UserError

LISTENING = """
import os, sys
import psutil, ray  # imported before stillhouse: the order must not matter
from stillhouse.cluster.actors import Actors, watch
from stillhouse.cluster.session import join, leave
from stillhouse.recipe.sections import Cluster

class Toy:
    def serve(self):
        yield 1

join(Cluster(num_cpus=1))
actors = Actors()
with actors.acquire("toy", Toy, (), cpus=1, gpus=0) as found:
    assert list(watch(found[0], "serve")) == [1]
family = [psutil.Process(), *psutil.Process().children(recursive=True)]
found = {(p.name(), c.laddr.ip) for p in family for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN}
actors.close()
leave()
assert len({name for name, _ in found}) > 3, found
print(sorted(at for at in found if at[1] not in ("127.0.0.1", "::1", "::ffff:127.0.0.1")))
"""


def test_every_port_of_the_embedded_ray_is_on_the_loopback() -> None:
    done = subprocess.run([sys.executable, "-c", LISTENING], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("address", ["127.0.0.1:9", "nowhere", "127.0.0.1:x"])
def test_a_cluster_that_does_not_answer_is_told_at_once(address: str) -> None:
    with pytest.raises(UserError, match="No Ray cluster answers"):
        connect(address)
