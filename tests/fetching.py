"""What the tests of fetching share: a fetch from the loopback registry without its waits, and what it stored."""

import gzip
import json

from registry_server import nct
from synthetrial.corpus.fetch.query import query
from synthetrial.corpus.fetch.run import fetch


async def at_once(seconds):
    pass


def fetched(server, folder, asked=None, **options):
    return fetch(asked or query(), folder, **{"url": server.url, "rate": 1e7, "sleep": at_once, **options})


def stored(folder):
    """The stored studies, in order."""
    files = sorted((folder / "studies").glob("*/*.jsonl.gz"))
    return [json.loads(line) for each in files for line in gzip.decompress(each.read_bytes()).splitlines()]


def ids(folder):
    """Their ids."""
    return [nct(each) for each in stored(folder)]
