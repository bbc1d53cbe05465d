"""A push to the Hub: one commit, made once however often it is tried.

Guarantee: the commit's message names its content, and every try first looks for it and then commits on the head that it
saw, so a try whose answer was lost is not repeated, and another writer's commit is never overwritten unseen. The token is
read by huggingface_hub from its own environment, in this process only. The limit: someone who rewrites a repository's
history also takes the mark away.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from stillhouse.errors import UserError
from stillhouse.progress import say

if TYPE_CHECKING:
    from huggingface_hub import HfApi

TRIES = 6
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
AGAIN = {408, 412, 429, 500, 502, 503, 504}
"""What may pass: too busy, or (412) another commit came in between."""


def push(repo: str, parts: Mapping[str, Path | bytes], *, title: str, content: str, private: bool) -> None:
    """Commits the parts (path in the repository to a file or its bytes) to a dataset's main branch.

    content: what identifies them; a commit that names it is not made again. Raises UserError when the Hub refuses, nobody
    answers at its address, or it was too busy, or gave no answer, TRIES times.
    """
    import httpx2  # what the Hub's client talks through: it lets a refused connection out as it is
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    api, pause = HfApi(), FIRST_PAUSE
    for left in reversed(range(TRIES)):
        try:
            say(f"  pushed: {_commit(api, repo, parts, title, content, private)}")
            return
        except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
            response = error.response if isinstance(error, HfHubHTTPError) else None
            cut = isinstance(error, httpx2.TransportError) and not isinstance(error, httpx2.ConnectError)
            if not left or not (cut or (response is not None and response.status_code in AGAIN)):
                first = (str(error).splitlines() or [type(error).__name__])[0]
                raise UserError(
                    f"The dataset could not be pushed to {repo}: {first}.",
                    "It can be pushed later: log in (`hf auth login`) and run again.",
                ) from error
            wait = pause if response is None else _asked_for(response.headers.get("Retry-After"), pause)
        time.sleep(wait)
        pause = min(2 * pause, LONGEST_PAUSE)


def _commit(api: "HfApi", repo: str, parts: Mapping[str, Path | bytes], title: str, content: str, private: bool) -> str:
    """One try; the address of the commit, be it this one's or an earlier one's."""
    from huggingface_hub import CommitOperationAdd

    mark = f"content {content}"
    api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
    commits = api.list_repo_commits(repo, repo_type="dataset")
    for commit in commits:
        if mark in (commit.title, *commit.message.splitlines()):
            return f"{api.endpoint}/datasets/{repo}/commit/{commit.commit_id} (it was there already)"
    operations = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=part) for name, part in parts.items()]
    made = api.create_commit(
        repo,
        operations,
        commit_message=title,
        commit_description=mark,
        repo_type="dataset",
        parent_commit=commits[0].commit_id if commits else None,
    )
    return str(made.commit_url)


def _asked_for(header: str | None, otherwise: float) -> float:
    """The pause that a server asks for, in seconds, up to the longest."""
    try:
        return min(max(float(header or ""), 0.0), LONGEST_PAUSE)
    except ValueError:
        return otherwise
