"""Runs on the demo corpus for tests: in this process, or in a child that can be killed.

As a program: `python tests/runs.py FOLDER CONFIG.json [ray]` goes on with the run in FOLDER, here or on a Ray cluster, and
prints a line for every event.
"""

import contextlib
import functools
import json
import subprocess
import sys
from pathlib import Path

from synthetrial.config import RunConfig, run_config
from synthetrial.corpus.demo import demo_corpus
from synthetrial.corpus.opening import split_of
from synthetrial.errors import SynthetrialError
from synthetrial.generate import run
from synthetrial.generate.planner import make_plan
from synthetrial.generate.ray_work import ray_work
from synthetrial.generate.steps import steps
from synthetrial.generate.workbench import Workbench, prepare
from synthetrial.llm.openai import OpenAIModel
from synthetrial.llm.opening import elsewhere, open_model
from synthetrial.llm.scripted import ScriptedModel
from synthetrial.recipe import load_recipe
from synthetrial.run.store import RunStore
from synthetrial.text import render


def recipe(name="grounded", **tables):
    """A bundled recipe with some options of its tables changed: recipe(plan={"labels": "balanced"})."""
    given = load_recipe(name).model_dump()
    return {**given, **{table: {**given[table], **options} for table, options in tables.items()}}


def config(n=24, **given) -> RunConfig:
    """A run of the scripted model on the demo corpus, a record a cell unless a recipe is given."""
    return run_config({"n": n, "model": "scripted", "recipe": recipe(plan={"samples_per_prompt": 1}), **given}, "test")


@functools.cache
def bench() -> Workbench:
    """The demo corpus's workbench, with the folds of seed 0."""
    corpus = demo_corpus()
    return prepare(corpus, split_of(corpus), config())


def plan(wishes=(), **given):
    """The plan of a configuration, over the workbench of seed 0."""
    return tuple(make_plan(bench().pool, config(**given), wishes))


def draft(cell, words):
    """One that follows the plan of a cell line by line: `words` gives a line's from the name of its section."""
    return "".join(step.lead + "".join(item.lead + words(step.name) for item in step.items) for step in steps(cell)) + "\n"


def make(asked, folder, model=None, **options):
    """Go on with a run, with `model` or a scripted one; its counts."""
    return run.generate(asked, folder, lambda c: model or ScriptedModel(parallel=c.concurrency), **options)


def served(server, parallel=4, **options):
    """A model behind a loopback server that never waits between its tries."""

    async def at_once(seconds):
        pass

    return OpenAIModel("scripted", server.base_url, api_key=None, parallel=parallel, **{"sleep": at_once, **options})


def accepted(folder):
    """What a run accepted, in order: (id, text, label)."""
    return [(each.id, render(each.protocol), each.label) for each in run.trials_of(folder)]


def stored(folder, what="count_trials"):
    """A look into the store of a run, read-only, also while another process writes."""
    with RunStore.read(folder) as store:
        found = getattr(store, what)()
        return found if isinstance(found, int | dict) else list(found)


@contextlib.contextmanager
def child(asked, folder, *where):
    """A process that goes on with a run; its lines can be read from `stdout`. Killed where the block is left before its end."""
    settings = Path(folder).with_name(f"{Path(folder).name}.json")
    settings.write_text(asked.model_dump_json())
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder), str(settings), *where],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def main():
    folder, settings = Path(sys.argv[1]), Path(sys.argv[2])
    asked = run_config(json.loads(settings.read_text()), str(settings))
    opened, options = (lambda c: open_model(c.model, base_url=c.base_url, parallel=c.concurrency)), {}
    if sys.argv[3:] == ["ray"]:
        opened, options = elsewhere, {"work": ray_work(asked)}
    try:
        run.generate(asked, folder, opened, watch=lambda event: print(event.kind, flush=True), **options)
    except SynthetrialError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
