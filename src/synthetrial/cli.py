"""The command line: one thin function per command. Reads flags, calls the package, prints what comes back."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthetrial import (
    __version__,
    cli_batch,
    cli_cache,
    cli_canary,
    cli_corpus,
    cli_corpus_parts,
    cli_corpus_views,
    cli_doctor,
    cli_evaluate,
    cli_export,
    cli_fetch,
    cli_report,
    cli_runs,
    cli_study,
)
from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json
from synthetrial.errors import SynthetrialError, UsageError
from synthetrial.paths import RUNS

if TYPE_CHECKING:
    from synthetrial.config import RunConfig
    from synthetrial.run.records import Counts

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Labelled synthetic clinical trial records, made from real registry trials, checked, marked and measured.",
)
app.add_typer(cli_corpus.app, name="corpus")
cli_corpus.app.add_typer(cli_corpus_parts.app)
cli_corpus.app.add_typer(cli_corpus_views.app)
cli_corpus.app.command()(cli_fetch.fetch)
app.add_typer(cli_canary.app, name="canary")
app.add_typer(cli_cache.app, name="cache")
app.add_typer(cli_batch.app, name="batch")


@app.callback(invoke_without_command=True)
def synthetrial(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """Labelled synthetic clinical trial records, made from real registry trials, checked, marked and measured."""
    if version:
        out(__version__)
        raise typer.Exit


@app.command()
def demo(
    n: options.N = None,
    corpus: options.Corpus = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    api_key_env: options.KeyEnv = None,
    recipe: options.Recipe = None,
    concurrency: options.Concurrency = None,
    seed: options.Seed = None,
    folder: options.Out = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """The main job on the bundled real trials with the embedded model: plan, write, check, evaluate."""
    from synthetrial.generate.run import stored_config

    target = folder or RUNS / "demo"
    flags = {
        "n": n, "corpus": corpus, "model": model, "base_url": base_url, "api_key_env": api_key_env,
        "recipe": recipe, "concurrency": concurrency, "seed": seed,
    }  # fmt: skip
    if (target / "run.sqlite").is_file() and all(each is None for each in flags.values()):
        config = stored_config(target)  # a demo that was begun with flags goes on with them
    else:
        config = options.configured(None, **{"n": 24, **{key: value for key, value in flags.items() if value is not None}})
    _generate(config, target, quiet=quiet or json, show_first=True)
    evaluation = cli_evaluate.evaluated(target)
    if json:
        out_json(evaluation.to_dict())
    else:
        cli_evaluate.show(evaluation, target / cli_evaluate.EVALUATION_FILE, target)
        page, _ = cli_report.written(target)
        out(f"report: {page}; `synthetrial open{'' if folder is None else f' {target}'}` shows it")


@app.command()
def generate(
    file: Annotated[Path | None, typer.Option("--config", help="Run configuration (TOML); flags go first.")] = None,
    n: options.N = None,
    corpus: options.Corpus = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    api_key_env: options.KeyEnv = None,
    recipe: options.Recipe = None,
    concurrency: options.Concurrency = None,
    seed: options.Seed = None,
    drug: Annotated[str | None, typer.Option(help="Only trials of this drug.")] = None,
    condition: Annotated[str | None, typer.Option(help="Only trials of this condition.")] = None,
    phase: Annotated[str | None, typer.Option(help="Only this phase (PHASE1, PHASE2, …).")] = None,
    label: Annotated[int | None, typer.Option(help="Only this label: 1 success, 0 failure.")] = None,
    plan: Annotated[Path | None, typer.Option(help="A CSV with a row a cell: drug,condition,phase,label,count.")] = None,
    folder: options.Out = None,
    rpm: options.Rpm = None,
    tpm: options.Tpm = None,
    timeout: options.Timeout = None,
    no_cache: options.NoCache = False,
    prices: options.PriceFile = None,
    max_cost: options.MaxCost = None,
    max_tokens: options.MaxTokens = None,
    deadline: options.Deadline = None,
    log_file: options.LogFile = None,
    executor: options.Executor = "local",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print plan and first prompts; call no model.")] = False,
    allow_synthetic: options.AllowSynthetic = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Write records until there are exactly N accepted ones; the same command goes on where it stopped."""
    config = options.configured(
        file, n=n, corpus=corpus, model=model, base_url=base_url, api_key_env=api_key_env, recipe=recipe,
        concurrency=concurrency, seed=seed, drug=drug, condition=condition, phase=phase, label=label, plan_file=plan,
        requests_per_minute=rpm, tokens_per_minute=tpm, timeout=timeout, cache=False if no_cache else None, prices=prices,
        max_cost=max_cost, max_tokens=max_tokens, deadline=deadline,
    )  # fmt: skip
    if executor not in ("local", "ray"):
        raise UsageError(f"--executor is local or ray, not {executor!r}")
    if dry_run:
        from synthetrial.generate.dry_run import dry_run as tried

        result = tried(config, allow_synthetic=allow_synthetic)
        out_json(result) if json else out(str(result["said"]))
        return
    from synthetrial.api import usual_folder

    target = folder or usual_folder(config)
    counts = _generate(
        config, target, quiet=quiet or json, log_file=log_file, executor=executor, allow_synthetic=allow_synthetic
    )
    if json:
        out_json({"run": str(target), **counts})
    else:
        out(f"{counts['accepted']} records in {target}; evaluate them with `synthetrial evaluate {target}`")


app.command()(cli_evaluate.evaluate)
app.command()(cli_evaluate.metrics)
app.command()(cli_runs.runs)
app.command()(cli_runs.show)
app.command()(cli_runs.compare)
app.command()(cli_runs.stats)
app.command()(cli_report.report)
app.command(name="open")(cli_report.open_)
app.command()(cli_export.export)
app.command()(cli_export.publish)


app.command()(cli_study.recipes)
app.command()(cli_study.study)
app.command()(cli_doctor.doctor)


def main() -> None:
    """The entry point: errors of ours become one line and their exit code; wrong usage is said by typer, with exit code 2."""
    try:
        app()
    except SynthetrialError as error:
        _fail(str(error), error.exit_code)
    except SystemExit as ended:
        if ended.code == 130:
            _fail("interrupted; the same command goes on from what is stored", 130)
        raise


def _fail(message: str, code: int) -> None:
    if options.DEBUG["on"]:
        traceback.print_exc()
    print(f"synthetrial: {message}", file=sys.stderr)
    sys.exit(code)


def _generate(
    config: RunConfig,
    target: Path,
    *,
    quiet: bool,
    show_first: bool = False,
    log_file: Path | None = None,
    executor: str = "local",
    allow_synthetic: bool = False,
) -> Counts:
    from rich.console import Console

    from synthetrial.generate.event import Event
    from synthetrial.generate.event_log import event_log
    from synthetrial.generate.pipeline import Pipeline
    from synthetrial.generate.ray_work import ray_work
    from synthetrial.generate.run import generate as run
    from synthetrial.llm.opening import elsewhere, open_for
    from synthetrial.run.overview import progress
    from synthetrial.terminal_run import Watcher

    done, wanted = progress(target)
    if done and done == wanted:
        options.say(f"{target} is finished: {done} records")
    elif done and not quiet:
        options.say(f"going on with {target}: {done} of {wanted} records are there")

    on_ray = executor == "ray"
    work = ray_work(config, allow_synthetic=allow_synthetic) if on_ray else Pipeline.run
    opened = elsewhere if on_ray else open_for
    with (
        event_log(log_file, target) as log,
        Watcher(Console(stderr=True), config.n, done, quiet=quiet, show_first=show_first) as watch,
    ):

        def seen(event: Event) -> None:
            log(event)
            watch(event)

        return run(config, target, opened, watch=seen, work=work, allow_synthetic=allow_synthetic)
