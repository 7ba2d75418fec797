"""Which engine a model name means."""

from __future__ import annotations

import os
from pathlib import Path

from synthetrial.config import RunConfig
from synthetrial.errors import MissingExtraError, ModelError, UsageError
from synthetrial.llm.answered import AnsweredModel
from synthetrial.llm.model import LanguageModel


def open_model(
    name: str,
    *,
    base_url: str | None = None,
    api_key_env: str = "OPENAI_API_KEY",
    parallel: int = 8,
    timeout: float = 120,
    requests_per_minute: float | None = None,
    tokens_per_minute: float | None = None,
    cache: bool = False,
    samples: int = 1,
) -> LanguageModel:
    """The engine behind `name`: "scripted", "embedded", a GGUF file, "hf:owner/repo/file.gguf", or a model at `base_url`.

    `parallel` bounds the calls at once; with 1 an embedded model repeats itself to the last digit. `timeout` in seconds a call.
    With `cache`, answers are kept in the user cache directory and taken from there. `samples` is how many a call asks for at
    most: an embedded model has room for them beside the prompts it keeps. Only `hf:` may download, since it asks for it.
    Raises `UsageError` for a name that means nothing, `MissingExtraError`, `ModelError`.
    """
    if name == "scripted" and base_url is None:
        from synthetrial.llm.scripted import ScriptedModel

        return ScriptedModel(parallel=parallel)
    model: LanguageModel
    if base_url is not None:
        from synthetrial.llm.openai import OpenAIModel

        model = OpenAIModel(
            name,
            base_url,
            api_key=os.environ.get(api_key_env),
            parallel=parallel,
            timeout=timeout,
            requests_per_minute=requests_per_minute,
            tokens_per_minute=tokens_per_minute,
        )
        where = base_url
    elif name == "embedded" or name.endswith(".gguf"):
        from synthetrial.llm.embedded import MOST_ENGINES, PROMPTS, EmbeddedModel

        file = None if name == "embedded" else _hub(name) if name.startswith("hf:") else Path(name)
        engines = min(parallel, os.cpu_count() or 1, MOST_ENGINES)
        model = EmbeddedModel(file, engines=engines, slots=max(PROMPTS, 2 * samples))
        where = "" if file is None else str(file.resolve())
    else:
        raise UsageError(
            f"--model {name!r} needs the --base-url of a server that has it; without one: scripted, embedded, or a .gguf file"
        )
    if not cache:
        return model
    from synthetrial.llm.cache import CachedModel, open_cache

    found = open_cache()
    return model if found is None else CachedModel(model, found, where)


def open_for(config: RunConfig) -> LanguageModel:
    """The model of a run (see `open_model`)."""
    return open_model(
        config.model,
        base_url=config.base_url,
        api_key_env=config.api_key_env,
        parallel=config.concurrency,
        timeout=config.timeout,
        requests_per_minute=config.requests_per_minute,
        tokens_per_minute=config.tokens_per_minute,
        cache=config.cache,
        samples=config.recipe.plan.samples_per_prompt * config.recipe.write.best_of,
    )


def elsewhere(config: RunConfig) -> AnsweredModel:
    """What stands for the model of a run where it is not opened: its name and kind, and no answer."""
    if config.base_url is not None:
        return AnsweredModel(config.model, "openai", "chat")
    if config.model == "scripted":
        return AnsweredModel("scripted", "scripted", "chat")
    from synthetrial.llm.embedded import GEMMA_NAME

    return AnsweredModel(GEMMA_NAME if config.model == "embedded" else Path(config.model).stem, "llama.cpp", "completion")


def _hub(name: str) -> Path:
    parts = name.removeprefix("hf:").split("/", 2)
    if len(parts) != 3:
        raise UsageError(f"--model {name!r}: give hf:owner/repo/file.gguf")
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise MissingExtraError('hf: models need huggingface_hub: pip install "synthetrial[hf]"') from error
    try:
        return Path(hf_hub_download(f"{parts[0]}/{parts[1]}", parts[2]))
    except (OSError, ValueError) as error:  # the hub's own errors are of these kinds
        raise ModelError(f"{name} cannot be had from the hub ({str(error).splitlines()[0]}); check name and network") from error
