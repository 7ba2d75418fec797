"""What a batch service does with a file: every line answered, by the scripted model through the loopback server's own code."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from faults_server import FaultsServer
from synthetrial.llm.scripted import ScriptedModel


def answered(path: Path) -> Path:
    """The file of results for a batch file, beside it."""
    server = FaultsServer(ScriptedModel(), (0.0, 0.0), {}, 0)

    async def run() -> list[str]:
        rows = []
        for number, line in enumerate(path.read_bytes().splitlines()):
            asked = json.loads(line)
            played = await server._answer(asked["url"], asked["body"])
            response = {"status_code": played.status, "request_id": f"r{number}", "body": json.loads(played.body)}
            rows.append(json.dumps({"id": f"b{number}", "custom_id": asked["custom_id"], "response": response, "error": None}))
        return rows

    target = path.with_name(f"{path.stem}-results.jsonl")
    target.write_text("\n".join(asyncio.run(run())) + "\n")
    return target
