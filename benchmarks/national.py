"""The national total file of EP-Online: loaded whole, and with one municipality's rows kept."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from afspraken.db import connect, warehouse_dsn
from afspraken.settings import Settings
from benchmarks.measure import (
    Benchmark,
    Claim,
    ContenderError,
    Measured,
    alternately,
    rounds,
    run,
    typical,
)
from local.postgres import binaries
from local.sample.certificates import COLUMNS
from local.sample.national import write_national_file

SOURCE = "ep_online"
TABLE = "ep_online_certificaat"
FLOOR = "psql \\copy"
# a peer gets as many rows as it can take in some seconds
PEER_ROWS = {
    "pandas_copy": 400_000,
    "pandas_to_sql": 40_000,
    "adbc": 400_000,
    "dlt_pipeline": 200_000,
}
PEER_NAMES = {
    "psycopg_copy": "psycopg COPY, no provenance",
    "pandas_copy": "pandas chunks + COPY",
    "pandas_to_sql": "pandas.to_sql",
    "adbc": "pyarrow + ADBC",
    "dlt_pipeline": "dlt (arrow)",
}


@dataclass(frozen=True)
class NationalFile:
    """The zip as EP-Online gives it, and its table unpacked, from the header on."""

    zip: Path
    csv: Path
    rows: int
    csv_bytes: int


def make_file(sample: Path, folder: Path, rows: int) -> NationalFile:
    folder.mkdir(parents=True, exist_ok=True)
    (own,) = (sample / "publishers" / "ep-online").glob("v*_v4_csv.zip")
    target, plain = folder / own.name, folder / "national.csv"
    write_national_file(own, target, rows)
    with zipfile.ZipFile(target) as archive, archive.open(archive.namelist()[0]) as packed:
        for _ in range(2):
            packed.readline()
        with plain.open("wb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
    return NationalFile(target, plain, rows, plain.stat().st_size)


def load_whole(settings: Settings, file: NationalFile, work: Path) -> Benchmark:
    """Archive, header check, load and all row checks, beside bare `\\copy` and the peers."""
    times = rounds(file.rows)
    answers = alternately(
        times,
        floor=partial(_bare_copy, settings, file.csv),
        ours=partial(_land_and_judge, settings, file),
    )
    floor = typical([answer["seconds"] for answer in answers["floor"]])
    landed = [answer[0] for answer in answers["ours"]]
    judged = [answer[1] for answer in answers["ours"]]
    load = typical([answer["seconds"] for answer in landed])
    judge = typical([answer["seconds"] for answer in judged])
    imports = typical([answer["import_seconds"] for answer in judged])
    peak = max(answer["peak_mb"] for answer in landed)
    judge_peak = max(answer["peak_mb"] for answer in judged)
    whole, cold = floor / (load + judge), floor / (load + judge + imports)
    contenders = [
        Measured(FLOOR, floor, file.rows, ratio=1.0, note="42 text columns, no provenance"),
        Measured(
            "archive + header check + load",
            load,
            file.rows,
            peak,
            floor / load,
            f"of which archive {typical([a['archive_seconds'] for a in landed]):.2f} s",
        ),
        Measured(
            "the same + all row checks",
            load + judge,
            file.rows,
            max(peak, judge_peak),
            whole,
            f"{judged[0]['rules']} rules; Great Expectations loaded, as in a worker",
        ),
        Measured(
            "the same from a cold start",
            load + judge + imports,
            file.rows,
            max(peak, judge_peak),
            cold,
            f"with {imports:.1f} s to load Great Expectations",
        ),
        *_peers(settings, file, floor, work),
    ]
    claims = [
        Claim(
            "load with provenance at >= 0.85 of bare \\copy",
            f"{floor / load:.2f}",
            floor / load >= 0.85,
        ),
        Claim("with all row checks >= 0.5", f"{whole:.2f} (cold {cold:.2f})", whole >= 0.5),
        Claim(
            "peak memory of our process <= 300 MB",
            f"load {peak:.0f} MB, checks {judge_peak:.0f} MB",
            max(peak, judge_peak) <= 300,
        ),
    ]
    return Benchmark(
        "national",
        f"National total file: {file.rows:,} rows x {len(COLUMNS)} columns, "
        f"{file.csv_bytes / 1e9:.2f} GB of CSV in a zip of {file.zip.stat().st_size / 1e6:.0f} MB",
        contenders,
        claims,
        [f"Every contender that is ours or the floor ran {times} times, in turns; medians."],
    )


def keep_one_municipality(settings: Settings, file: NationalFile) -> Benchmark:
    """Only the rows of our municipality, beside unpacking the file and counting its lines."""
    answers = alternately(
        rounds(file.rows),
        floor=lambda: run(settings, "count_lines", path=str(file.zip)),
        ours=lambda: land(settings, file, is_whole=False),
    )
    floor = typical([answer["seconds"] for answer in answers["floor"]])
    ours = typical([answer["seconds"] for answer in answers["ours"]])
    archived = typical([answer["archive_seconds"] for answer in answers["ours"]])
    kept = answers["ours"][0]["rows"]
    peak = max(answer["peak_mb"] for answer in answers["ours"])
    contenders = [
        Measured("zipfile: unpack and count lines", floor, file.rows, ratio=1.0),
        *_unzip_and_count(file, floor),
        Measured(
            "header check + filter + load",
            ours - archived,
            file.rows,
            peak,
            (ours - archived) / floor,
            f"{kept:,} rows kept",
        ),
        Measured("the same with the archive", ours, file.rows, peak, ours / floor),
    ]
    ratio = (ours - archived) / floor
    return Benchmark(
        "municipality",
        "The national total file, keeping one municipality (ratio of seconds: less is better)",
        contenders,
        [Claim("<= 2.5 x the time of unpacking and counting lines", f"{ratio:.2f}", ratio <= 2.5)],
    )


def _unzip_and_count(file: NationalFile, floor: float) -> list[Measured]:
    if not (shutil.which("unzip") and shutil.which("wc")):
        return []
    started = time.perf_counter()
    with subprocess.Popen(["unzip", "-p", str(file.zip)], stdout=subprocess.PIPE) as unzip:
        subprocess.run(["wc", "-l"], stdin=unzip.stdout, capture_output=True, check=True)
    seconds = time.perf_counter() - started
    return [Measured("unzip -p | wc -l", seconds, file.rows, ratio=seconds / floor)]


def _bare_copy(settings: Settings, path: Path) -> dict[str, Any]:
    _empty_table(settings, "benchmark_bare")
    statement = f"\\copy benchmark_bare from '{path}' (format csv, delimiter ';', header true)"
    started = time.perf_counter()
    subprocess.run(
        [
            str(binaries() / "psql"),
            warehouse_dsn(settings),
            "-v",
            "ON_ERROR_STOP=1",
            "-qc",
            statement,
        ],
        check=True,
        capture_output=True,
    )
    seconds = time.perf_counter() - started
    _drop(settings, "table benchmark_bare")
    return {"seconds": seconds}


def _land_and_judge(
    settings: Settings, file: NationalFile
) -> tuple[dict[str, Any], dict[str, Any]]:
    landed = land(settings, file, is_whole=True, is_kept=True)
    try:
        return landed, run(settings, "judge_source", source=SOURCE)
    finally:
        forget(settings)


def land(
    settings: Settings, file: NationalFile, *, is_whole: bool, is_kept: bool = False
) -> dict[str, Any]:
    # a hash of its own, so that each round is a version that was never seen
    sha256 = hashlib.sha256(str(time.time_ns()).encode()).hexdigest()
    with connect(settings, autocommit=True) as connection:
        connection.execute("checkpoint")
    try:
        return run(
            settings,
            "land_file",
            path=str(file.zip),
            source=SOURCE,
            is_whole=is_whole,
            sha256=sha256,
        )
    finally:
        shutil.rmtree(settings.archive_dir / sha256, ignore_errors=True)
        if not is_kept:
            forget(settings)


def forget(settings: Settings) -> None:
    """Take away what a round landed; a version with a table of its own goes at once."""
    with connect(settings, "loader", autocommit=True) as connection:
        own = connection.execute(
            "select relname from pg_class where relkind = 'r' and relname ~ %s",
            [f"^{TABLE}__[0-9]+$"],
        ).fetchall()
        for (name,) in own:
            connection.execute(f'drop table raw."{name}"'.encode())
        connection.execute(f"truncate raw.{TABLE}".encode())
        connection.execute("delete from ops.landing where source = %s", [SOURCE])


def _peers(settings: Settings, file: NationalFile, floor: float, work: Path) -> list[Measured]:
    measured = []
    for contender, name in PEER_NAMES.items():
        rows = min(PEER_ROWS.get(contender, file.rows), file.rows)
        path = file.csv if rows == file.rows else _beginning(file.csv, work / f"{rows}.csv", rows)
        table = f"benchmark_{contender}"
        _empty_table(settings, table, is_named=contender in ("adbc", "pandas_to_sql"))
        arguments = {"path": str(path), "table": table}
        if contender == "dlt_pipeline":
            arguments["work"] = str(work / "dlt")
        try:
            answer = run(settings, contender, **arguments)
        except ContenderError as error:
            measured.append(Measured(name, 0, 0, note=f"not measured: {str(error)[-120:]}"))
            continue
        finally:
            _drop(settings, f"table if exists {table}", "schema if exists benchmark_dlt cascade")
        pace = answer["rows"] / answer["seconds"]
        measured.append(
            Measured(
                name,
                answer["seconds"],
                answer["rows"],
                answer["peak_mb"],
                pace / (file.rows / floor),
                "" if rows == file.rows else f"on the first {rows:,} rows",
            )
        )
    return measured


def _beginning(source: Path, target: Path, rows: int) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as whole, target.open("wb") as part:
        for _ in range(rows + 1):
            part.write(whole.readline())
    return target


def _empty_table(settings: Settings, table: str, *, is_named: bool = True) -> None:
    columns = ", ".join(f'"{name}" text' for name in COLUMNS)
    with connect(settings, autocommit=True) as connection:
        connection.execute(f"drop table if exists {table}".encode())
        connection.execute(f"create table {table} ({columns})".encode())
        connection.execute("checkpoint")


def _drop(settings: Settings, *things: str) -> None:
    with connect(settings, autocommit=True) as connection:
        for thing in things:
            connection.execute(f"drop {thing}".encode())
