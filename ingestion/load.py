"""Rows into schema raw: streamed with COPY, text as delivered, each with its landing and row.

`_row_number` is the row a spreadsheet shows when the delivered file is opened in it: the header
counts, so the first data row of a file without preamble is 2.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

import psycopg
from psycopg import sql

from afspraken.crash import crash_point
from ingestion.errors import UnreadableFileError
from ingestion.tables import LANDING_SETTING

BLOCK = 1 << 20
# a file that is larger gets a table of its own below its raw table
OWN_TABLE_BYTES = 16 << 20
SEPARATOR = ";"


@dataclass(frozen=True)
class Landing:
    """What goes into ops.landing, before rows are counted and judged."""

    source: str
    part: str
    file_name: str
    sha256: str
    bytes: int
    landed_at: datetime
    url: str | None = None
    sender: str | None = None
    peildatum: date | None = None
    delivery_id: str | None = None
    publisher_version: str | None = None
    published_on: date | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class CsvRows:
    """A CSV whose header has been read: our column names in file order, and where data starts.

    `open_data` gives the bytes from the first data row on; it is called again for a second try.
    `columns` holds an empty name for a heading that is not loaded.
    """

    columns: tuple[str, ...]
    first_row: int
    open_data: Callable[[], BinaryIO]
    separator: str = SEPARATOR


@dataclass(frozen=True)
class Rows:
    """Rows that a parser made: `(row number, values)` in the order of `columns`."""

    columns: tuple[str, ...]
    rows: Iterable[tuple[int, Sequence[object]]]


def add_landing(
    connection: psycopg.Connection, landing: Landing, tables: Mapping[str, CsvRows | Rows]
) -> tuple[int, int]:
    """Load all tables of a landing and enter it, in one transaction: all of it or nothing.

    Returns the landing's id and the row count of its first table.
    """
    with connection.transaction():
        row = connection.execute(
            """
            insert into ops.landing (
                source, part, sender, peildatum, delivery_id, file_name, url, sha256, bytes,
                publisher_version, published_on, landed_at, row_count, state, run_id
            ) values (
                %(source)s, %(part)s, %(sender)s, %(peildatum)s, %(delivery_id)s, %(file_name)s,
                %(url)s, %(sha256)s, %(bytes)s, %(publisher_version)s, %(published_on)s,
                %(landed_at)s, 0, 'loaded', %(run_id)s
            ) returning landing_id
            """,
            landing.__dict__,
        ).fetchone()
        landing_id = int(row[0]) if row else 0
        connection.execute("select set_config(%s, %s, true)", [LANDING_SETTING, str(landing_id)])
        own = landing_id if landing.bytes > OWN_TABLE_BYTES else None
        counts = [_copy(connection, table, rows, own) for table, rows in tables.items()]
        connection.execute(
            "update ops.landing set row_count = %s where landing_id = %s", [counts[0], landing_id]
        )
        crash_point("load.before_commit")
    crash_point("load.after_commit")
    return landing_id, counts[0]


def is_landed(connection: psycopg.Connection, source: str, part: str, sha256: str) -> bool:
    """Whether exactly these bytes were landed for this part before."""
    found = connection.execute(
        "select 1 from ops.landing where source = %s and part = %s and sha256 = %s",
        [source, part, sha256],
    ).fetchone()
    return found is not None


def _copy(connection: psycopg.Connection, table: str, rows: CsvRows | Rows, own: int | None) -> int:
    if isinstance(rows, Rows):
        return _copy_rows(connection, table, rows)
    if all(rows.columns):
        try:
            with connection.transaction():
                if own is not None:
                    return _copy_to_own_table(connection, table, rows, own)
                return _copy_bytes(connection, table, rows)
        except (psycopg.errors.BadCopyFileFormat, psycopg.errors.InvalidTextRepresentation):
            # a stray quote or an empty row: slower, but it names the row that is really broken
            pass
        except psycopg.errors.CharacterNotInRepertoire as error:
            raise UnreadableFileError(
                "Het bestand is geen UTF-8. Kies bij het exporteren 'CSV UTF-8'."
            ) from error
    return _copy_rows(connection, table, Rows(tuple(filter(None, rows.columns)), _parsed(rows)))


def _copy_bytes(connection: psycopg.Connection, table: str, rows: CsvRows) -> int:
    """The file's own bytes, straight into COPY; Postgres numbers the rows."""
    # the numbering sequence serves one load at a time
    connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"raw.{table}"])
    connection.execute("select setval(%s, %s, false)", [f"raw.{table}_rij", rows.first_row])
    return _stream(connection, table, rows)


def _copy_to_own_table(
    connection: psycopg.Connection, table: str, rows: CsvRows, landing_id: int
) -> int:
    """The file's own bytes into a table of their own, which `table` then takes in as its child.

    Rows that nobody can see yet may be written frozen, so that the first who reads them has
    nothing to mark; and the version goes when its table is dropped.
    """
    own = f"{table}__{landing_id}"
    names = {
        "own": sql.Identifier("raw", own),
        "table": sql.Identifier("raw", table),
        "landing": sql.Literal(landing_id),
    }
    connection.execute(
        sql.SQL(
            """
            create table {own} (like {table});
            alter table {own}
                alter column _landing_id set default {landing},
                alter column _row_number add generated by default as identity
                    (start with {first} cache 1000)
            """
        ).format(**names, first=sql.Literal(rows.first_row))
    )
    count = _stream(connection, own, rows, ", freeze")
    connection.execute(
        sql.SQL(
            """
            alter table {own}
                alter column _landing_id drop default,
                alter column _row_number drop identity,
                add check (_landing_id = {landing}),
                inherit {table}
            """
        ).format(**names)
    )
    return count


def _stream(connection: psycopg.Connection, table: str, rows: CsvRows, options: str = "") -> int:
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    statement = sql.SQL(
        "copy {} ({}) from stdin (format csv, delimiter {}, encoding 'UTF8', force_null ({}){})"
    ).format(
        sql.Identifier("raw", table),
        columns,
        sql.Literal(rows.separator),
        columns,
        sql.SQL(options),
    )
    with connection.cursor() as cursor, rows.open_data() as file:
        with cursor.copy(statement) as copy:
            while block := file.read(BLOCK):
                copy.write(block)
                crash_point("load.during_copy")
        return cursor.rowcount


def _copy_rows(connection: psycopg.Connection, table: str, rows: Rows) -> int:
    statement = sql.SQL("copy {} ({}, _row_number) from stdin").format(
        sql.Identifier("raw", table), sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    )
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for number, values in rows.rows:
                copy.write_row((*values, number))
            crash_point("load.during_copy")
        return cursor.rowcount


def _parsed(rows: CsvRows) -> Iterator[tuple[int, list[str | None]]]:
    """Rows read one by one, empty ones skipped; raises UnreadableFileError with the row number."""
    wanted = [place for place, name in enumerate(rows.columns) if name]
    with rows.open_data() as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        reader = csv.reader(text, delimiter=rows.separator)
        try:
            for number, values in enumerate(reader, start=rows.first_row):
                if not any(value.strip() for value in values):
                    continue
                if len(values) != len(rows.columns):
                    raise UnreadableFileError(
                        f"Rij {number} heeft {len(values)} cellen in plaats van "
                        f"{len(rows.columns)}. Staat er een puntkomma in een tekst, "
                        "zet die tekst dan tussen aanhalingstekens."
                    )
                yield number, [values[place] or None for place in wanted]
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                "Het bestand is geen UTF-8. Kies bij het exporteren 'CSV UTF-8'."
            ) from error
        except csv.Error as error:
            raise UnreadableFileError(f"Het bestand is geen leesbare CSV: {error}.") from error
