"""`synthetrial evaluate` and `synthetrial metrics`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from synthetrial import cli_options as options
from synthetrial.cli_output import out, out_json
from synthetrial.errors import SynthetrialError, UsageError

if TYPE_CHECKING:
    from synthetrial.evaluate.evaluation import Evaluation
    from synthetrial.evaluate.inputs import Inputs

EVALUATION_FILE = "evaluation.json"


def evaluate(
    run: Annotated[Path | None, typer.Argument(help="Run folder; or give --synthetic and --real.")] = None,
    synthetic: Annotated[
        Path | None,
        typer.Option(help="A synthetic set in place of a run: v2 JSON, JSON lines, XML, text; or a folder of them."),
    ] = None,
    real: Annotated[Path | None, typer.Option(help="--synthetic: the corpus folder to measure it against.")] = None,
    exemplars: Annotated[Path | None, typer.Option(help="--synthetic: CSV or JSON lines of id and exemplar ids.")] = None,
    labels: Annotated[Path | None, typer.Option(help="--synthetic: CSV of file name or id, and label.")] = None,
    target: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where the figures go; beside the run or set without it.")
    ] = None,
    only: Annotated[str, typer.Option(help="Metrics or families to compute, separated by commas.")] = "",
    skip: Annotated[str, typer.Option(help="Metrics or families to leave out, separated by commas.")] = "",
    quick: Annotated[bool, typer.Option(help="Fewer draws and resamples.")] = False,
    embeddings: Annotated[
        bool, typer.Option(help="MiniLM vectors where the extra `embed` is installed; without, TF-IDF in their place.")
    ] = True,
    encoder: Annotated[
        str | None,
        typer.Option(
            help="Fine-tune this encoder too: a Hugging Face name, a folder, biobert or minilm. Resumes cell by cell."
        ),
    ] = None,
    encoder_arms: Annotated[str, typer.Option(help="--encoder: utility arms to fine-tune, separated by commas.")] = "",
    encoder_sizes: Annotated[str, typer.Option(help="--encoder: numbers of real trials beside the whole pool.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of draws and resamples.")] = 0,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Measure a run, or other people's synthetic set: likeness, copying, and what it is worth for predicting outcomes.

    Exit 1 if a metric could not be had.
    """
    inputs, kept = _to_measure(run, synthetic, real, exemplars, labels)
    if not embeddings:
        inputs = msgspec.structs.replace(inputs, embeddings="lexical")
    asked: dict[str, Any] = {"only": _names(only), "skip": _names(skip), "quick": quick, "seed": seed}
    if encoder is not None:
        evaluation = _fine_tuned(inputs, target or kept, encoder, _names(encoder_arms), _names(encoder_sizes), asked)
    else:
        evaluation = _evaluate(inputs, target or kept, **asked)
    if json:
        out_json(evaluation.to_dict())
    else:
        show(evaluation, target or kept, run)
    if evaluation.failed:
        raise SynthetrialError(f"{len(evaluation.failed)} metrics could not be computed: {', '.join(evaluation.failed)}")


def metrics(json: options.Json = False, debug: options.Debug = False) -> None:
    """List the metrics: what each says, its range, and which way is better."""
    from synthetrial.evaluate.metric import metrics as known

    if json:
        out_json([{"name": m.name, "meaning": m.meaning, "direction": m.direction} for m in known()])
    else:
        for each in known():
            out(f"{each.name:<24} {each.meaning}")


def evaluated(target: Path) -> Evaluation:
    """The evaluation of a run, from its file if that is younger than its records."""
    from synthetrial.evaluate.from_run import inputs_of
    from synthetrial.evaluate.reading import read_evaluation

    kept, store = target / EVALUATION_FILE, target / "run.sqlite"
    if kept.is_file() and kept.stat().st_mtime >= store.stat().st_mtime:
        return read_evaluation(kept)
    return _evaluate(inputs_of(target), kept)


def _to_measure(
    run: Path | None, synthetic: Path | None, real: Path | None, exemplars: Path | None, labels: Path | None
) -> tuple[Inputs, Path]:
    """What is to be measured, and the file that its figures go to."""
    from synthetrial.evaluate.from_files import inputs_of_files
    from synthetrial.evaluate.from_run import inputs_of

    if run is not None and not any((synthetic, real, exemplars, labels)):
        return inputs_of(run), run / EVALUATION_FILE
    if run is not None or synthetic is None or real is None:
        raise UsageError("give a run folder, or --synthetic FILE and --real CORPUS (with --exemplars and --labels if need be)")
    found = inputs_of_files(synthetic, real, exemplars=exemplars, labels=labels)
    for each in found.unreadable[:20]:
        options.say(f"invalid: {each}")
    if len(found.unreadable) > 20:
        options.say(f"… and {len(found.unreadable) - 20} more invalid records")
    return found, synthetic.with_name(f"{synthetic.name}.{EVALUATION_FILE}")


def _evaluate(
    inputs: Inputs, kept: Path, *, only: tuple[str, ...] = (), skip: tuple[str, ...] = (), quick: bool = False, seed: int = 0
) -> Evaluation:
    from synthetrial.evaluate.evaluation import evaluate as measured
    from synthetrial.run.files import write_whole

    evaluation = measured(inputs, only=only, skip=skip, seed=seed, quick=quick)
    write_whole(kept, evaluation.to_json())
    return evaluation


def _fine_tuned(
    inputs: Inputs, kept: Path, encoder: str, arms: tuple[str, ...], sizes: tuple[str, ...], asked: dict[str, Any]
) -> Evaluation:
    """The evaluation with an encoder fine-tuned; finished cells are kept beside the figures."""
    from rich.console import Console

    from synthetrial.evaluate.utility import settings
    from synthetrial.terminal_run import Tuning

    if wrong := [each for each in sizes if not each.isdigit()]:
        raise UsageError(f"--encoder-sizes takes numbers of trials, not {wrong[0]!r}")
    with Tuning(Console(stderr=True)) as watch:
        choice = settings.EncoderChoice(
            name=settings.DEFAULT if encoder == "biobert" else encoder,
            settings=settings.QUICK if asked["quick"] else settings.FineTuning(),
            arms=arms or settings.ARMS,
            sizes=tuple(int(each) for each in sizes) if sizes else None,
            kept=kept.with_name(settings.KEPT),
            watch=watch,
        )
        return _evaluate(msgspec.structs.replace(inputs, encoder=choice), kept, **asked)


def show(evaluation: Evaluation, kept: Path, run: Path | None) -> None:
    from synthetrial.terminal import evaluation_tables

    out(evaluation_tables(evaluation))
    out(f"\nAll figures: {kept}." + ("" if run is None else f" The records: `synthetrial show {run}`."))


def _names(listed: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in listed.split(",") if each.strip())
