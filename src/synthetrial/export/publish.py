"""Publishing a run on the Hugging Face hub: only what was measured and names nobody, only under a licence that its user gave.

The only part that sends records anywhere, and only where the user asks for it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from synthetrial import canonical
from synthetrial.errors import MissingExtraError, RefusedError, SynthetrialError, UsageError
from synthetrial.export import hf
from synthetrial.export.handout import Handout, opened
from synthetrial.export.measured import IDENTITY, measured
from synthetrial.export.terms import named_licence

if TYPE_CHECKING:
    from huggingface_hub import HfApi

INSTALL: Final = 'pip install "synthetrial[hf]"'
_REPO: Final = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_BY_THE_HUB: Final = frozenset({".gitattributes"})
"""Files that a new dataset has before anything was put there."""


class HubError(SynthetrialError):
    """The hub refused, or could not be reached."""


class Ready(NamedTuple):
    """A run that may be published: how many records, and what the user has to know first, a sentence each."""

    records: int
    notes: tuple[str, ...]


class Published(NamedTuple):
    """How many records were published, and where they are."""

    records: int
    url: str


def publishable(run: Path, repo: str, *, licence: str | None) -> Ready:
    """Whether the run in folder `run` may be published as `repo` ("ORG/NAME") under `licence`. Nothing is sent.

    Raises `UsageError` where name or licence is missing, `RefusedError` for a run that was not evaluated as it stands or whose
    texts name somebody, `MissingExtraError`, and `HubError` without a token.
    """
    with _allowed(run, repo, licence) as handout:
        _hub()
        return Ready(handout.records, (*handout.unfinished(), *hf.warnings(handout)))


def publish(run: Path, repo: str, *, licence: str | None, private: bool = False, progress: bool = False) -> Published:
    """Push the run in folder `run` as a new dataset `repo` ("ORG/NAME"); the hub is at HF_ENDPOINT if that is set.

    It is not asked again whether to. What was there before is not replaced. `progress` lets the hub's client show how far the
    upload is. Raises what `publishable` raises, and `HubError` where the hub refuses or fails.
    """
    with _allowed(run, repo, licence) as handout, tempfile.TemporaryDirectory() as folder:
        api = _hub()
        hf.write(handout, Path(folder) / "set", repo)
        if not progress:
            from huggingface_hub.utils.tqdm import disable_progress_bars

            disable_progress_bars()
        with _one_line(api, repo):
            url = _make_room(api, repo, private)
            api.upload_folder(
                folder_path=Path(folder) / "set",
                repo_id=repo,
                repo_type="dataset",
                commit_message=f"{handout.records:,} synthetic clinical trial records",
            )
        return Published(handout.records, url)


@contextmanager
def _allowed(run: Path, repo: str, licence: str | None) -> Iterator[Handout]:
    if not _REPO.fullmatch(repo):
        raise UsageError(f"--repo is ORG/NAME, not {repo!r}")
    if (given := named_licence(licence)) is None:
        raise UsageError("a published set needs a licence: give --licence (an SPDX identifier, a name or a link)")
    with opened(run, licence=given) as handout:
        found = measured(run, handout.store)
        if found.evaluation is None:
            raise RefusedError(f"{run}: {found.why_not}; run `synthetrial evaluate {run}` first")
        if found.identity is None:
            raise RefusedError(f"{run}: its evaluation has no {IDENTITY}; run `synthetrial evaluate {run}` with it first")
        if found.identity.value != 0:
            raise RefusedError(
                f"{run}: its texts name {found.identity.value:.0f} registry numbers, persons, contacts or sites ({IDENTITY} in "
                "evaluation.json says in which records); make the run anew with the checks `identity` and `site`"
            )
        yield handout


def _hub() -> HfApi:
    """The hub's client, with the user's token."""
    try:
        from huggingface_hub import HfApi, get_token
    except ImportError as error:
        raise MissingExtraError(f"publishing needs huggingface_hub: {INSTALL}") from error
    if (token := get_token()) is None:
        raise HubError("no token for the hub: log in with `hf auth login`, or set HF_TOKEN")
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)


def _make_room(api: HfApi, repo: str, private: bool) -> str:
    """Make the dataset `repo` and return its address. One that is there serves if it is empty, as a failed upload leaves it."""
    try:
        return str(api.create_repo(repo, repo_type="dataset", private=private or None))
    except Exception as error:
        if _status(error) != 409:
            raise
        there = api.dataset_info(repo)
        if {each.rfilename for each in there.siblings or ()} - _BY_THE_HUB or (private and not there.private):
            raise HubError(f"{repo} is on the hub already; give another --repo, or delete it there first") from error
        return f"{api.endpoint}/datasets/{repo}"


@contextmanager
def _one_line(api: HfApi, repo: str) -> Iterator[None]:
    """Turns what the hub's client raises into one line. It raises errors of its HTTP library, of the system and its own, which
    have no kind in common; nothing else runs in here."""
    try:
        yield
    except HubError:
        raise
    except Exception as error:
        raise HubError(f"{repo}: {_said(error, api.token)}") from error


def _said(error: Exception, token: str | bool | None) -> str:
    status = _status(error)
    if status == 401:
        return "the hub does not know the token; log in with `hf auth login`, or set HF_TOKEN to one that may write"
    words = canonical.line(str(error)) or type(error).__name__
    words = words.replace(token, "…") if isinstance(token, str) and token else words
    if status == 403:
        return f"the token may not write there ({words[:300]}); use one that may, or another --repo"
    if status is not None and status >= 500:
        return f"the hub failed with status {status}; run the same command again later"
    return f"{words[:300]}; nothing was published"


def _status(error: BaseException | None) -> int | None:
    """The HTTP status behind an error of the hub's client, if there is one."""
    while error is not None:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
        error = error.__cause__
    return None
