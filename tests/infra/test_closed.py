"""What is shipped listens to nobody but those it is meant for: the files in infra/ and the temporary Prefect server."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
sys.path.insert(0, str(ROOT / "flows"))


def documents(kind: str) -> list[dict[str, Any]]:
    found = [d for path in sorted(INFRA.rglob("*.yaml")) for d in yaml.safe_load_all(path.read_text())]
    return [d for d in found if d.get("kind") == kind]


def groups(cluster: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Group name to pod template."""
    spec = cluster["spec"]
    return {"head": spec["headGroupSpec"]["template"]} | {g["groupName"]: g["template"] for g in spec["workerGroupSpecs"]}


CLUSTERS = documents("RayCluster")


def test_there_is_a_cluster_to_look_at() -> None:
    assert CLUSTERS


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda c: c["metadata"]["name"])
def test_a_ray_cluster_asks_for_a_token(cluster: dict[str, Any]) -> None:
    assert cluster["spec"]["authOptions"]["mode"] == "token"
    assert tuple(map(int, cluster["spec"]["rayVersion"].split("."))) >= (2, 52, 0), "older ones know no token"


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda c: c["metadata"]["name"])
def test_secrets_reach_the_head_alone(cluster: dict[str, Any]) -> None:
    holders = {name for name, template in groups(cluster).items() if re.search(r"secret(Ref|KeyRef|Name)?'?:", str(template))}
    assert holders <= {"head"}
    for template in groups(cluster).values():
        assert template["spec"]["automountServiceAccountToken"] is False
        assert template["spec"]["securityContext"]["runAsNonRoot"] is True
        for container in template["spec"]["containers"]:
            assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda c: c["metadata"]["name"])
def test_a_ray_cluster_is_behind_network_policies(cluster: dict[str, Any]) -> None:
    own = {"ray.io/cluster": cluster["metadata"]["name"]}
    policies = {p["metadata"]["name"]: p["spec"] for p in documents("NetworkPolicy")}
    into = [p for p in policies.values() if p["podSelector"] == {"matchLabels": own} and p["policyTypes"] == ["Ingress"]]
    assert len(into) == 1
    for rule in into[0]["ingress"]:
        assert all(list(source) == ["podSelector"] and source["podSelector"]["matchLabels"] for source in rule["from"])
        assert {"podSelector": {"matchLabels": own}} in rule["from"] or rule["ports"] == [{"port": 8265, "protocol": "TCP"}]
    out = [p for p in policies.values() if p["policyTypes"] == ["Egress"]]
    assert [p["podSelector"]["matchLabels"] for p in out] == [own | groups(cluster)["cpu"]["metadata"]["labels"]]


def test_no_file_of_infra_holds_a_secret_or_publishes_a_port() -> None:
    for path in (p for p in INFRA.rglob("*") if p.is_file()):
        text = path.read_text()
        assert not re.search(r"hf_[A-Za-z0-9]{20}|AKIA[A-Z0-9]{16}|BEGIN [A-Z ]*PRIVATE KEY", text), path
        assert not re.search(r"hostPort|hostNetwork|LoadBalancer|NodePort|privileged: true", text), path


def test_a_deployment_has_no_lease_that_a_server_restart_loses() -> None:
    deployments = yaml.safe_load((INFRA / "prefect.yaml").read_text())["deployments"]
    assert deployments
    assert not any("concurrency_limit" in d for d in deployments)


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the flows' own temporary server."""
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    from temporary_server import prefect_server

    with prefect_server() as address:
        yield address


def test_the_prefect_server_is_on_the_loopback(prefect: str) -> None:
    import psutil

    server = [p for p in psutil.Process().children() if "uvicorn" in " ".join(p.cmdline())]
    addresses = {c.laddr.ip for p in server for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN}
    assert addresses == {"127.0.0.1"}


def test_no_other_page_can_use_the_prefect_server(prefect: str) -> None:
    evil = {"Origin": "https://evil.example"}
    asked = httpx.post(f"{prefect}/api/flows/filter", json={}, headers=evil)
    assert asked.headers.get("access-control-allow-origin") in (None, prefect)
    made = httpx.post(f"{prefect}/api/flows/", json={"name": "evil"}, headers=evil)
    assert made.status_code == httpx.codes.FORBIDDEN


def test_a_flow_can_change_what_a_foreign_page_cannot(prefect: str) -> None:
    from prefect import flow
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: f"{prefect}/api"}):
        assert flow(lambda: 4, name="own")() == 4


def test_a_server_that_is_gone_is_one_line() -> None:
    environment = os.environ | {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    done = subprocess.run([sys.executable, "flows/distill.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No Prefect server answers" in done.stderr
    assert len(done.stderr.splitlines()) == 1
