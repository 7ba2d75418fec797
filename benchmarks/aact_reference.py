"""What polars and duckdb take to read an AACT zip into nested rows, a trial each: the reference for the reader of AACT.

    python benchmarks/aact_reference.py DUMP.zip polars|duckdb rows|parquet

The same tables and columns as `aact_tables.WANTED`, all as text, newlines within fields kept; lists in the order of the rows'
ids (as numbers); one row a trial with a column a table: scalars for the tables of a row a trial, lists of structs for the
others. `rows` gives them as Python values, as the reader does, `parquet` writes one file (zstd). Inflating is by isal, in
blocks, as in the reader. What they do not do: canonical text, enumerations and dates in the registry's present words, counted
warnings, rejects by row (a bad row is an error in both), bounded memory (all tables are held at once), results known or not,
other dialects.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from synthetrial.corpus.readers import archive
from synthetrial.corpus.readers.aact_tables import WANTED
from synthetrial.corpus.readers.inflating import Inflating

SINGLE = ("studies", "brief_summaries", "detailed_descriptions", "designs", "eligibilities")


def inflated(path: Path) -> dict[str, bytes]:
    members, _ = archive.members(path, path.name)
    found = {}
    for each in members:
        name = each.name.rpartition("/")[2].removesuffix(".txt")
        if name in WANTED:
            with Inflating(path, each) as stream:
                found[name] = stream.read()
    return found


def polars_frame(path: Path):
    import polars as pl

    frames = {}
    for name, data in inflated(path).items():
        header = data[: data.index(b"\n")].decode().split("|")
        wanted = [each for each in WANTED[name] if each in header]
        frame = pl.read_csv(data, separator="|", columns=wanted, schema_overrides=dict.fromkeys(header, pl.String))
        if name not in SINGLE:
            if "id" in wanted:
                frame = frame.sort(pl.col("id").cast(pl.Int64))
            rest = [each for each in wanted if each != "nct_id"]
            frame = frame.group_by("nct_id", maintain_order=True).agg(pl.struct(rest).alias(name))
        elif name != "studies":
            frame = frame.rename({each: f"{name}.{each}" for each in wanted if each != "nct_id"})
        frames[name] = frame
    whole = frames.pop("studies")
    for each in frames.values():
        whole = whole.join(each, on="nct_id", how="left")
    return whole


def with_polars(path: Path, how: str, folder: Path) -> int:
    whole = polars_frame(path)
    if how == "parquet":
        whole.write_parquet(folder / "out.parquet")
        return whole.height
    return sum(1 for _ in whole.iter_rows(named=True))


def with_duckdb(path: Path, how: str, folder: Path) -> int:
    import duckdb

    members, _ = archive.members(path, path.name)
    joins, columns = [], []
    for each in members:
        name = each.name.rpartition("/")[2].removesuffix(".txt")
        if name not in WANTED:
            continue
        file = folder / f"{name}.txt"
        with Inflating(path, each) as stream, file.open("wb") as out:
            while chunk := stream.read(2_000_000):
                out.write(chunk)
        with file.open() as text:
            header = text.readline().rstrip("\n").split("|")
        wanted = [column for column in WANTED[name] if column in header and column != "nct_id"]
        source = (
            f"read_csv('{file}', delim='|', quote='\"', escape='\"', header=true, all_varchar=true, null_padding=false,"
            " parallel=true, max_line_size=10000000)"
        )
        if name == "studies":
            columns += [f"s.{column}" for column in wanted]
            studies = f"(select nct_id, {', '.join(wanted)} from {source}) s"
        elif name in SINGLE:
            columns += [f"{name}.{column} as {name}_{column}" for column in wanted]
            joins.append(f"left join (select nct_id, {', '.join(wanted)} from {source}) {name} using (nct_id)")
        else:
            order = " order by cast(id as bigint)" if "id" in wanted else ""
            struct = ", ".join(f"{column} := {column}" for column in wanted)
            columns.append(f"{name}.items as {name}")
            joins.append(
                f"left join (select nct_id, list(struct_pack({struct}){order}) as items from {source} group by nct_id)"
                f" {name} using (nct_id)"
            )
    query = f"select nct_id, {', '.join(columns)} from {studies} {' '.join(joins)}"
    base = duckdb.connect()
    if how == "parquet":
        base.execute(f"copy ({query}) to '{folder / 'out.parquet'}' (format parquet, compression zstd)")
        return base.execute(f"select count(*) from '{folder / 'out.parquet'}'").fetchone()[0]
    found, result = 0, base.execute(query)
    while rows := result.fetchmany(10_000):
        found += len(rows)
    return found


if __name__ == "__main__":
    path, tool, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    with tempfile.TemporaryDirectory() as folder:
        cpu, wall = time.process_time(), time.perf_counter()
        n = {"polars": with_polars, "duckdb": with_duckdb}[tool](path, how, Path(folder))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        json.dumps(
            {
                "tool": tool,
                "how": how,
                "trials": n,
                "cpu_s": round(cpu, 2),
                "wall_s": round(wall, 2),
                "us_a_trial_cpu": round(cpu / n * 1e6, 1),
                "per_s_wall": round(n / wall),
                "peak_gb": round(peak, 2),
            }
        )
    )
