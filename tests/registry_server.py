"""A loopback server that speaks the ClinicalTrials.gov API v2 (`/studies`, `/version`) and plays faults on demand.

In a test: `with serve(studies) as server: fetch(…, url=server.url)`. Paging, parameters and errors are the documented ones:
opaque tokens that hold for one query and one state of the data, `totalCount` with the first page alone, `pageSize` up to 1000,
and errors as plain text with status 400.
"""

import asyncio
import base64
import contextlib
import gzip
import hashlib
import json
import re
import threading
from typing import Any, NamedTuple

from aiohttp import web

from realdata import DATA

KNOWN = {
    "format", "query.cond", "query.intr", "query.term", "query.titles", "filter.overallStatus", "filter.ids", "filter.advanced",
    "fields", "sort", "pageSize", "pageToken", "countTotal", "markupFormat",
}  # fmt: skip
STATUSES = {"COMPLETED", "TERMINATED", "WITHDRAWN", "RECRUITING", "SUSPENDED", "UNKNOWN"}
LEAVES = {
    "NCTId": ("protocolSection", "identificationModule", "nctId"),
    "NCTIdAlias": ("protocolSection", "identificationModule", "nctIdAliases"),
    "BriefTitle": ("protocolSection", "identificationModule", "briefTitle"),
    "ConditionMeshTerm": ("derivedSection", "conditionBrowseModule", "meshes", "term"),
    "InterventionMeshTerm": ("derivedSection", "interventionBrowseModule", "meshes", "term"),
    "HasResults": ("hasResults",),
}
HTML = b"<!DOCTYPE html><html><head><title>Log in</title></head></html>"
_RANGE = re.compile(r"AREA\[LastUpdatePostDate\]RANGE\[(\d{4}-\d\d-\d\d),\s*MAX\]")


class Asked(NamedTuple):
    """A request: path, parameters, and what was done with it ("answered", "400", a fault)."""

    path: str
    parameters: dict[str, str]
    done: str


def study(
    number: int, *, updated: str = "2024-05-01", condition: str = "Gout", drug: str = "colchicine", **more: Any
) -> dict[str, Any]:
    """A record in the shape of the API, written by hand."""
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": f"NCT{number:08}",
                "briefTitle": f"{drug} in {condition}, trial {number}",
                **more,
            },
            "statusModule": {
                "overallStatus": "COMPLETED" if number % 3 else "TERMINATED",
                "lastUpdatePostDateStruct": {"date": updated, "type": "ACTUAL"},
            },
            "descriptionModule": {"briefSummary": f"A study of {drug}, number {number}.\n\nIt has two paragraphs: “so” it is."},
            "conditionsModule": {"conditions": [condition]},
            "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"]},
            "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": drug}]},
        },
        "resultsSection": {"moreInfoModule": {"note": "x" * 500}},
        "derivedSection": {"conditionBrowseModule": {"meshes": [{"id": "D1", "term": condition}], "ancestors": [{"id": "D0"}]}},
        "hasResults": True,
    }


def real_or_made(count: int) -> list[dict[str, Any]]:
    """So many records: the registry's own where they are at hand, then ones written by hand."""
    real = [json.loads(path.read_text("utf-8")) for path in sorted((DATA / "raw" / "v2_json").glob("*.json"))[:count]]
    return real + [study(number) for number in range(1, count - len(real) + 1)]


def nct(each: dict[str, Any]) -> str:
    return str(each["protocolSection"]["identificationModule"]["nctId"])


class RegistryServer:
    """The server's state, read and set from any thread.

    `script` maps numbers of requests for studies (from 0) to faults, `always` is one for all of them: a status such as "503",
    "429-wait" (with a Retry-After), "html", "empty", "drop" (cut off in the middle of the body), "cut" (whole by HTTP, half of
    the JSON), "huge", "bomb" (compressed), "stall", "redirect", "redirect-away", "loop" (of redirects). `hook` is called with
    (number, moment) at "arrived", "half" (of the body sent) and "answered". Nothing is answered before `together` requests are
    under way.
    """

    def __init__(self, studies: list[dict[str, Any]]) -> None:
        self.studies, self.url = studies, ""
        self.data_timestamp = "2025-06-02T09:00:05"
        self.asked: list[Asked] = []
        self.headers: dict[str, str] = {}
        self.script: dict[int, str] = {}
        self.always: str | None = None
        self.hook = lambda number, moment: None
        self.pretty = False
        self.empty_pages = False
        self.raw: list[bytes] = []
        self.together = 1
        self._under_way = self.count = 0
        self._met = asyncio.Event()

    @property
    def pages(self) -> list[dict[str, str]]:
        """The parameters of the requests for studies that were answered."""
        return [each.parameters for each in self.asked if each.path == "studies" and each.done == "answered"]

    async def version(self, request: web.Request) -> web.StreamResponse:
        fault = self.always if self.always in ("404-version",) else None
        self.asked.append(Asked("version", dict(request.query), fault or "answered"))
        if fault:
            return self._played("404")
        return web.json_response({"apiVersion": "2.0.5", "dataTimestamp": self.data_timestamp})

    async def page(self, request: web.Request) -> web.StreamResponse:
        number, self.count = self.count, self.count + 1
        self._under_way += 1
        self.headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self.hook(number, "arrived")
            if self._under_way >= self.together:
                self._met.set()
            await self._met.wait()
            fault = self.script.get(number, self.always)
            parameters = dict(request.query)
            if fault and fault not in ("drop", "cut", "bomb", "huge"):
                self.asked.append(Asked("studies", parameters, fault))
                if fault == "stall":
                    await asyncio.Event().wait()
                return self._played(fault, request)
            try:
                body = self._body(parameters)
            except ValueError as error:
                self.asked.append(Asked("studies", parameters, "400"))
                return web.Response(status=400, text=str(error))
            if fault:
                self.asked.append(Asked("studies", parameters, fault))
                return await self._broken(request, fault, body)
            self.asked.append(Asked("studies", parameters, "answered"))
            return await self._sent(request, body, number)
        finally:
            self._under_way -= 1

    def _played(self, fault: str, request: web.Request | None = None) -> web.Response:
        if fault == "html":
            return web.Response(body=HTML, content_type="text/html")
        if fault == "empty":
            return web.Response(body=b"", content_type="application/json")
        if fault.startswith("429"):
            return web.Response(
                status=429, text="Too many requests", headers={"Retry-After": "7" if fault == "429-wait" else "0"}
            )
        if fault.startswith("redirect") or fault == "loop":
            here = f"{self.url}/studies?{request.query_string if request else ''}"
            return web.Response(status=302, headers={"Location": "http://other.invalid/" if fault == "redirect-away" else here})
        return web.Response(status=int(fault), text=f"fault {fault}")

    async def _broken(self, request: web.Request, fault: str, body: bytes) -> web.StreamResponse:
        if fault == "cut":
            return web.Response(body=body[: len(body) // 2], content_type="application/json")
        if fault == "huge":
            return web.Response(body=body + b" " * 3_000_000, content_type="application/json")
        if fault == "bomb":
            packed = gzip.compress(body[:-1] + b" " * 30_000_000 + b"}")
            return web.Response(body=packed, headers={"Content-Encoding": "gzip"}, content_type="application/json")
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        assert request.transport is not None
        request.transport.close()
        return response

    async def _sent(self, request: web.Request, body: bytes, number: int) -> web.StreamResponse:
        packed = gzip.compress(body, 1)
        response = web.StreamResponse(
            headers={"Content-Type": "application/json", "Content-Encoding": "gzip", "Content-Length": str(len(packed))}
        )
        with contextlib.suppress(ConnectionError):
            await response.prepare(request)
            await response.write(packed[: len(packed) // 2])
            self.hook(number, "half")
            await response.write(packed[len(packed) // 2 :])
            await response.write_eof()
            self.hook(number, "answered")
        return response

    def _body(self, asked: dict[str, str]) -> bytes:
        """The page that is asked for. Raises `ValueError` with the text of a 400."""
        if unknown := set(asked) - KNOWN:
            raise ValueError(f"`{min(unknown)}` is unknown parameter")
        size = int(asked.get("pageSize", "10")) if asked.get("pageSize", "10").isdigit() else -1
        if not 0 <= size <= 1000:
            raise ValueError("`pageSize` is not valid: a number from 0 to 1000")
        found = [each for each in self.studies if self._wanted(each, asked)]
        fixed = {name: value for name, value in asked.items() if name not in ("pageSize", "pageToken", "countTotal")}
        mark = hashlib.sha256(json.dumps([fixed, self.data_timestamp], sort_keys=True).encode()).hexdigest()[:16]
        start = 0
        if token := asked.get("pageToken"):
            try:
                said, start = json.loads(base64.urlsafe_b64decode(token))
            except ValueError:
                said = None
            if said != mark:
                raise ValueError("`pageToken` is not valid")
        chosen = [] if self.empty_pages and start % 2 else found[start : start + size]
        end = start + (1 if self.empty_pages and start % 2 else len(chosen))
        pruned = [_pruned(each, asked["fields"].split(",")) if "fields" in asked else each for each in chosen]
        page: dict[str, Any] = {"studies": pruned}
        if asked.get("countTotal") == "true" and not token:
            page = {"totalCount": len(found), **page}
        if end < len(found):
            page["nextPageToken"] = base64.urlsafe_b64encode(json.dumps([mark, end]).encode()).decode()
        text = json.dumps(page, ensure_ascii=False, indent=2 if self.pretty else None)
        for number, raw in enumerate(self.raw):
            text = text.replace(f'"RAW{number}"', raw.decode())
        return text.encode()

    def _wanted(self, each: dict[str, Any], asked: dict[str, str]) -> bool:
        section = each["protocolSection"]
        for name, module in (("cond", "conditionsModule"), ("intr", "armsInterventionsModule"), ("term", None)):
            words = asked.get(f"query.{name}", "").lower().split()
            text = json.dumps(section.get(module, {}) if module else section).lower()
            if not all(word in text for word in words):
                return False
        status, ids = asked.get("filter.overallStatus"), asked.get("filter.ids")
        if status and (unknown := set(status.split(",")) - STATUSES):
            raise ValueError(f"`filter.overallStatus` has unknown value `{min(unknown)}`")
        if status and section["statusModule"].get("overallStatus") not in status.split(","):
            return False
        identification = section["identificationModule"]
        if ids and not {identification["nctId"], *identification.get("nctIdAliases", [])} & set(ids.split(",")):
            return False
        if advanced := asked.get("filter.advanced"):
            if not (since := _RANGE.fullmatch(advanced)):
                raise ValueError("`filter.advanced` is not valid")
            return str(section["statusModule"].get("lastUpdatePostDateStruct", {}).get("date", "")) >= since[1]
        return True


def _pruned(each: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """The fields asked for, by the names that the registry gives to modules and leaves."""
    found: dict[str, Any] = {}
    for field in fields:
        path = LEAVES.get(field)
        if path is None:
            if not field.endswith(("Module", "Section")):
                raise ValueError(f"`fields` has unknown field `{field}`")
            name = field[0].lower() + field[1:]
            path = (name,) if field.endswith("Section") else ("protocolSection", name)
        _copy(each, found, path)
    return found


def _copy(source: dict[str, Any], target: dict[str, Any], path: tuple[str, ...]) -> None:
    if (value := source.get(path[0])) is None:
        return
    if len(path) == 1:
        target[path[0]] = value
    elif isinstance(value, list):
        parts = target.setdefault(path[0], [{} for _ in value])
        for each, part in zip(value, parts, strict=True):
            _copy(each, part, path[1:])
    else:
        _copy(value, target.setdefault(path[0], {}), path[1:])


@contextlib.contextmanager
def serve(studies: list[dict[str, Any]]) -> Any:
    """A server of these records on a free port of this machine, in a thread, until the block is left."""
    server, started, loop = RegistryServer(studies), threading.Event(), asyncio.new_event_loop()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/api/v2/version", server.version)
        app.router.add_get("/api/v2/studies", server.page)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handle_signals=False, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v2"
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        loop.call_soon(started.set)  # not before: a block that is left at once would stop what does not run yet
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
