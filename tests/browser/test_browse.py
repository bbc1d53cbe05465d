"""`stillhouse browse` in a real Chromium, on a small run in which a model wrote markup."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import small_run
from chromium import FOUND, Page, chromium
from stillhouse.storage.run import OpenRun


@contextmanager
def served(run: str) -> Iterator[str]:
    """The link that the command prints, while it runs."""
    command = [sys.executable, "-m", "stillhouse", "browse", run, "--no-open"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    return small_run.make(tmp_path_factory.mktemp("browse"))


@pytest.fixture(scope="module")
def link(run: OpenRun) -> Iterator[str]:
    with served(run.run.uri) as link:
        yield link


@pytest.fixture
def page(link: str) -> Iterator[Page]:
    if FOUND is None:
        pytest.skip("no Chromium here")
    with chromium() as page:
        page.go(link)
        page.until("document.querySelectorAll('#list a').length")
        yield page
        assert page.errors == []


def listed(page: Page) -> int:
    return int(page.js("document.querySelectorAll('#list a').length"))


def test_the_list_narrows_by_a_filter_and_every_view_has_a_link(page: Page) -> None:
    everything = listed(page)
    page.js("[...document.querySelectorAll('#facets button')].find((b) => b.innerText.startsWith('wrong')).click()")
    page.until(f"document.querySelectorAll('#list a').length < {everything}")
    assert page.js("[...document.querySelectorAll('#list .about span')].every((s) => s.className === 'wrong')")
    assert page.js("location.hash") == "#outcome=wrong"
    address = page.js("location.href")
    narrowed = listed(page)
    page.go("about:blank")
    page.go(address)
    page.until(f"document.querySelectorAll('#list a').length === {narrowed}")
    page.key("Escape")
    page.until(f"document.querySelectorAll('#list a').length === {everything}")


def test_a_problem_shows_all_its_traces_side_by_side_with_gold_and_answer_marked(page: Page, tmp_path: Path) -> None:
    page.key("j")
    page.until("document.querySelectorAll('article.chosen').length === 1")
    first = page.js("document.querySelector('article.chosen').id")
    assert page.js("document.querySelectorAll('article').length") >= small_run.SAMPLES
    assert "gold" in page.js("document.getElementById('problem').innerText")
    assert page.js("document.querySelectorAll('article mark').length") > 0
    assert page.js("document.querySelector('article details').open") is False
    page.key("j")
    page.until(f"document.querySelector('article.chosen')?.id !== '{first}'")
    page.key("k")
    page.until(f"document.querySelector('article.chosen')?.id === '{first}'")
    page.size(390, 800, dark=True)
    assert page.js("document.documentElement.scrollWidth <= 390")
    page.screenshot(tmp_path / "phone.png")
    assert (tmp_path / "phone.png").stat().st_size > 5_000


def test_a_search_is_typed(page: Page) -> None:
    everything = listed(page)
    page.key("/")
    page.until("document.activeElement.id === 'text'")
    for key in "2+2":
        page.key(key)
    page.until(f"document.querySelectorAll('#list a').length && document.querySelectorAll('#list a').length < {everything}")
    assert "2+2" in page.js("document.querySelector('#list a').innerText")


def test_every_control_has_a_name(page: Page) -> None:
    page.key("j")
    page.until("document.querySelectorAll('article').length")
    named = page.send("Accessibility.getFullAXTree")["nodes"]
    controls = [node for node in named if node.get("role", {}).get("value") in ("button", "link", "searchbox")]
    assert len(controls) > 5
    assert [node for node in controls if not node.get("name", {}).get("value")] == []


def test_nobody_without_the_token_or_by_another_name_is_answered(link: str) -> None:
    root, token = re.match(r"(http://127\.0\.0\.1:\d+)/\?token=(\S+)", link).groups()  # type: ignore[union-attr]
    port = root.rpartition(":")[2]
    cookies = {f"stillhouse-{port}": token}
    assert httpx.get(f"{root}/").status_code == 403
    assert httpx.get(f"{root}/api/traces", cookies={f"stillhouse-{port}": "x"}).status_code == 403
    assert httpx.get(f"{root}/api/traces", cookies=cookies, headers={"Host": "elsewhere.example"}).status_code == 400
    for query in ("nonsense=1", "start=-1", "start=99999999999999999999", "start=²"):
        assert httpx.get(f"{root}/api/traces?{query}", cookies=cookies).status_code == 400
    answer = httpx.get(f"{root}/api/traces", cookies=cookies)
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert httpx.post(f"{root}/api/traces", cookies=cookies).status_code == 405


def test_a_port_in_use_is_one_line(run: OpenRun, link: str) -> None:
    port = re.search(r":(\d+)/", link)[1]  # type: ignore[index]
    command = [sys.executable, "-m", "stillhouse", "browse", run.run.uri, "--no-open", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"Port {port} cannot be used" in done.stderr
