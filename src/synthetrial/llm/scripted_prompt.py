"""What the scripted engine reads in a prompt: exemplar records between marks, and the plan of the record as JSON."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Final

import msgspec

from synthetrial.errors import ModelError
from synthetrial.llm.scripted_record import WritingPlan, vocabulary

_EXEMPLAR: Final = re.compile(r"^<<<EXEMPLAR (\d+)[^\n]*\n(.*?)^>>>[ \t]*$", re.MULTILINE | re.DOTALL)
_PLAN: Final = re.compile(r"^PLAN:[ \t]*\n?", re.MULTILINE)
_CONDITIONS: Final = re.compile(r"^Conditions: (.*)$", re.MULTILINE)


class ScriptedPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """Exemplar texts by their number in the prompt, the plan if there is one, and the words that a record may use."""

    exemplars: dict[int, str]
    plan: WritingPlan | None
    vocabulary: tuple[str, ...]


@lru_cache(maxsize=256)
def read_prompt(content: str) -> ScriptedPrompt:
    """The parts of a user message. Raises `ModelError` if there is a plan that cannot be read.

    Words of the exemplars' conditions are kept out of the vocabulary: another trial's condition in a record is a fault.
    """
    exemplars = {int(found[1]): found[2] for found in _EXEMPLAR.finditer(content)}
    plan = None
    for found in _PLAN.finditer(content):  # the last one counts
        plan = _plan(content[found.end() :])
    foreign = " ".join(found for text in exemplars.values() for found in _CONDITIONS.findall(text))
    return ScriptedPrompt(exemplars=exemplars, plan=plan, vocabulary=vocabulary(tuple(exemplars.values()), foreign))


def _plan(text: str) -> WritingPlan:
    try:
        # what follows the plan (a schema, say) is none of it
        return msgspec.convert(json.JSONDecoder().raw_decode(text)[0], type=WritingPlan)
    except (ValueError, msgspec.ValidationError) as error:
        raise ModelError(f"scripted: the PLAN of the request cannot be read ({error}); was the prompt changed?") from error
