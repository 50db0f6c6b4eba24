"""What is measured, each in a process of its own: `python -m benchmarks.contenders NAME JSON`.

Every contender prints one line of JSON: its seconds, its rows, and the peak of its memory in MB.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from afspraken.db import connect, warehouse_dsn
from afspraken.settings import Settings

BLOCK = 1 << 20
Answer = dict[str, Any]


def count_lines(path: str) -> Answer:
    """The floor of whoever reads a zipped file: unpack it and count the lines."""
    started, lines = time.perf_counter(), 0
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
        while block := file.read(BLOCK):
            lines += block.count(b"\n")
    return {"seconds": time.perf_counter() - started, "rows": lines}


def land_file(path: str, source: str, is_whole: bool, sha256: str) -> Answer:
    """Our way of a publisher's file: archive, header check, load with provenance."""
    from ingestion import archive
    from ingestion.landing import BrokenFile
    from ingestion.load import add_landing
    from ingestion.tables import ensure_raw_tables

    settings = Settings()
    with connect(settings, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        started = time.perf_counter()
        stored = archive.store(settings.archive_dir / sha256, _blocks(Path(path)))
        archived = time.perf_counter()
        landing, tables = _landing(settings, source, is_whole, stored.path, stored.bytes, sha256)
        try:
            landing_id, rows = add_landing(connection, landing, tables)
        except BrokenFile as error:
            raise SystemExit(str(error)) from error
        ended = time.perf_counter()
    return {
        "seconds": ended - started,
        "archive_seconds": archived - started,
        "rows": rows,
        "landing_id": landing_id,
    }


def _landing(
    settings: Settings, source: str, is_whole: bool, path: Path, size: int, sha256: str
) -> tuple[Any, Any]:
    from ingestion import bulk
    from ingestion.cards import load_card
    from ingestion.load import Landing
    from ingestion.municipality import read_municipality

    landing = Landing(source, "totaal", path.name, sha256, size, settings.now())
    municipality = read_municipality(settings)
    if is_whole:
        municipality = replace(municipality, postcodes=())
    return landing, bulk.tables(load_card(source), path, municipality)


def land_day(path: str, sha256: str) -> Answer:
    """A day's mutation file: archive, reading and load of all its messages."""
    from ingestion import archive, ep_online
    from ingestion.cards import load_card
    from ingestion.load import Landing, add_landing
    from ingestion.municipality import read_municipality
    from ingestion.tables import ensure_raw_tables

    settings = Settings()
    card = load_card("ep_online_mutations")
    whole_country = replace(read_municipality(settings), postcodes=())
    with connect(settings, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        started = time.perf_counter()
        stored = archive.store(settings.archive_dir / sha256, _blocks(Path(path)))
        landing = Landing(card.name, sha256, path, sha256, stored.bytes, settings.now())
        tables = ep_online.tables_of_day(card, stored.path, whole_country)
        _, rows = add_landing(connection, landing, tables)
        return {"seconds": time.perf_counter() - started, "rows": rows}


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def judge_source(source: str) -> Answer:
    """All row checks of a card over what was loaded and not judged yet."""
    # Great Expectations takes it along where it is installed: here for the peers, nowhere at night
    sys.modules["pyarrow"] = None  # type: ignore[assignment]
    started = time.perf_counter()
    from expectations import judge_sources
    from expectations.suites import quiet_context

    quiet_context()
    imported = time.perf_counter()
    verdicts = judge_sources(Settings())
    ended = time.perf_counter()
    verdict = next(v for v in verdicts if v.pending.source == source)
    return {
        "seconds": ended - imported,
        "import_seconds": imported - started,
        "rows": verdict.pending.rows,
        "state": verdict.state,
        "rules": len(verdict.rules),
        "failed": {r.rule_id: r.failed for r in verdict.rules if r.failed},
    }


def psycopg_copy(path: str, table: str) -> Answer:
    """COPY of the file's bytes by psycopg, without provenance."""
    started = time.perf_counter()
    with connect(Settings()) as connection, connection.cursor() as cursor:
        with cursor.copy(_copy_statement(table).encode()) as copy:
            for block in _blocks(Path(path)):
                copy.write(block)
        rows = cursor.rowcount
    return {"seconds": time.perf_counter() - started, "rows": rows}


def pandas_copy(path: str, table: str) -> Answer:
    """pandas reads chunks of text and hands each to COPY."""
    import pandas as pd

    started, rows = time.perf_counter(), 0
    statement = _copy_statement(table).replace("header true", "header false")
    with (
        connect(Settings()) as connection,
        connection.cursor() as cursor,
        cursor.copy(statement.encode()) as copy,
    ):
        for chunk in pd.read_csv(path, sep=";", dtype=str, chunksize=100_000):
            buffer = io.StringIO()
            chunk.to_csv(buffer, sep=";", header=False, index=False)
            copy.write(buffer.getvalue())
            rows += len(chunk)
    return {"seconds": time.perf_counter() - started, "rows": rows}


def pandas_to_sql(path: str, table: str) -> Answer:
    """pandas.to_sql as it is."""
    import pandas as pd

    started = time.perf_counter()
    frame = pd.read_csv(path, sep=";", dtype=str)
    with _engine().begin() as connection:
        frame.to_sql(table, connection, if_exists="append", index=False, chunksize=1_000)
    return {"seconds": time.perf_counter() - started, "rows": len(frame)}


def adbc(path: str, table: str) -> Answer:
    """pyarrow reads the CSV in blocks; the ADBC driver writes it in binary COPY."""
    import adbc_driver_postgresql.dbapi
    import pyarrow as pa
    import pyarrow.csv

    started = time.perf_counter()
    with Path(path).open(encoding="utf-8") as file:
        names = file.readline().rstrip("\r\n").split(";")
    reader = pyarrow.csv.open_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(delimiter=";"),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=True
        ),
    )
    with adbc_driver_postgresql.dbapi.connect(warehouse_dsn(Settings())) as connection:
        with connection.cursor() as cursor:
            rows = cursor.adbc_ingest(table, reader, mode="append")
        connection.commit()
    return {"seconds": time.perf_counter() - started, "rows": rows}


def dlt_pipeline(path: str, table: str, work: str) -> Answer:
    """dlt with arrow tables, as its documentation advises for speed."""
    import os

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt
    import pyarrow as pa
    import pyarrow.csv

    @dlt.resource(name=table, write_disposition="append")
    def rows() -> Iterator[Any]:
        with Path(path).open(encoding="utf-8") as file:
            names = file.readline().rstrip("\r\n").split(";")
        yield from pyarrow.csv.open_csv(
            path,
            parse_options=pyarrow.csv.ParseOptions(delimiter=";"),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=True
            ),
        )

    started = time.perf_counter()
    pipeline = dlt.pipeline(
        pipeline_name="benchmark",
        pipelines_dir=work,
        destination=dlt.destinations.postgres(credentials=warehouse_dsn(Settings())),
        dataset_name="benchmark_dlt",
    )
    pipeline.run(rows())
    seconds = time.perf_counter() - started
    with connect(Settings()) as connection:
        row = connection.execute(f"select count(*) from benchmark_dlt.{table}".encode()).fetchone()
    return {"seconds": seconds, "rows": row[0] if row else 0}


def pandas_read(path: str) -> Answer:
    """The floor of a check: pandas reads the same file."""
    import pandas as pd

    started = time.perf_counter()
    if path.endswith(".xlsx"):
        frame = pd.read_excel(path, dtype=str, engine="openpyxl")
    else:
        frame = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)
    return {"seconds": time.perf_counter() - started, "rows": len(frame)}


def _engine() -> Any:
    from sqlalchemy import create_engine

    address = warehouse_dsn(Settings()).replace("postgresql://", "postgresql+psycopg2://", 1)
    return create_engine(address)


def _copy_statement(table: str) -> str:
    return f"copy {table} from stdin (format csv, delimiter ';', header true, encoding 'UTF8')"


CONTENDERS: dict[str, Callable[..., Answer]] = {
    function.__name__: function
    for function in (
        count_lines,
        land_file,
        land_day,
        judge_source,
        psycopg_copy,
        pandas_copy,
        pandas_to_sql,
        adbc,
        dlt_pipeline,
        pandas_read,
    )
}


def peak_mb() -> float:
    """The most memory this process held since it started its program."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss would remember the process that started this one
        line = next(x for x in status.read_text("utf-8").splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def main(name: str, arguments: str) -> None:
    answer = CONTENDERS[name](**json.loads(arguments))
    print(json.dumps({**answer, "peak_mb": round(peak_mb(), 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
