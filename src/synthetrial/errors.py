"""The errors a user can meet: one line each, naming what was wrong, where, and the way out.

`cli.main` prints the message of any `SynthetrialError` on stderr without a traceback (unless `--debug`) and exits with its
`exit_code`. Anything else that escapes is a defect.
"""


class SynthetrialError(Exception):
    """The work could not be done. Exit code 1."""

    exit_code = 1


class UsageError(SynthetrialError):
    """What was asked for makes no sense (an unknown key, n = 0, a k no cell can meet). Exit code 2."""

    exit_code = 2


class CorpusError(SynthetrialError):
    """A corpus, split or label file is missing, unreadable or inconsistent."""


class StoreError(SynthetrialError):
    """A run folder cannot be written or read (disk full, read-only, another run's)."""


class RefusedError(SynthetrialError):
    """The run or data breaks an invariant (exemplars meet the test split, synthetic records as a corpus): nothing was done."""


class MissingExtraError(SynthetrialError):
    """An optional part is not installed; the message holds the command that installs it."""


class ModelError(SynthetrialError):
    """A language model cannot be used: wrong key, unknown model, refused connection after retries. The run stays resumable."""


class RetryableError(SynthetrialError):
    """Something failed in a way that a retry can mend (429, 5xx, time-out, cut stream, unreadable answer).

    `retry_after`: seconds the server asked us to wait, if it said so. `overload`: whether fewer calls at once may help.
    `final` is the kind of error that it becomes when it is given up.
    """

    final: type[SynthetrialError] = SynthetrialError

    def __init__(self, message: str, retry_after: float | None = None, *, overload: bool = False) -> None:
        super().__init__(message)
        self.retry_after, self.overload = retry_after, overload


class RetryableModelError(RetryableError, ModelError):
    """A call to a model failed in a way that a retry can mend."""

    final = ModelError


class FetchError(SynthetrialError):
    """A registry cannot be asked, or a folder of what it gave cannot be gone on with. What was fetched stays there."""


class RetryableFetchError(RetryableError, FetchError):
    """A request to a registry failed in a way that a retry can mend."""

    final = FetchError


class ParseError(SynthetrialError):
    """A text is not the canonical rendering of a protocol, or a model's answer is not a protocol."""
