"""Publish what was audited: history and the swap of schemas, in one transaction.

python -m afspraken.publish RUN_ID
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import psycopg
import stamina
from psycopg import sql

from afspraken.crash import crash_point
from afspraken.db import READER, connect
from afspraken.night import code_version
from afspraken.settings import Settings

# a reader's query holds locks on tables, never on the schema's name: a wait is somebody's DDL
LOCK_TIMEOUT = "5s"


class PublishError(RuntimeError):
    """Nothing was published; the message says why. What was published stays."""


class Kept(NamedTuple):
    """A mart whose values history keeps: its key and the values that make a new version."""

    mart: str
    history: str
    key: tuple[str, ...]
    values: tuple[str, ...]


HISTORY = (
    Kept(
        "mart_indicator",
        "indicator_waarde",
        ("indicator", "onderdeel", "peildatum", "gebied_soort", "gebied_code", "corporatie_code"),
        ("teller", "noemer", "waarde"),
    ),
    Kept(
        "mart_doel_stand",
        "doel_stand",
        ("doel_id", "doel_versie", "peildatum"),
        ("realisatie", "padwaarde", "status"),
    ),
)


@stamina.retry(on=psycopg.errors.LockNotAvailable, attempts=5, wait_initial=1.0)
def publish(settings: Settings, run_id: str) -> bool:
    """Make the audited `marts__next` the published `marts`.

    Returns:
        False when this run was published before (a task that is run again), else True.

    Raises:
        PublishError: this run was not audited, or there is nothing to publish.
    """
    with connect(settings, "publisher") as connection:
        connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'".encode())
        connection.execute("select pg_advisory_xact_lock(hashtext('afspraken.publish'))")
        if _one(connection, "select true from ops.publication where run_id = %s", run_id):
            return False
        if not _one(connection, "select audited_at from ops.run where run_id = %s", run_id):
            raise PublishError(f"Run {run_id} was not audited, so it can't be published.")
        if not _exists(connection, "marts__next"):
            raise PublishError("There is no marts__next. Remedy: run the build again.")
        publication_id = _one(
            connection,
            "insert into ops.publication (published_at, run_id, code_version, municipality, "
            "is_sample) values (%s, %s, %s, %s, %s) returning publication_id",
            settings.now(),
            run_id,
            code_version(),
            settings.municipality,
            settings.is_sample,
        )
        for kept in HISTORY:
            _keep(connection, kept, "marts__next", int(str(publication_id)), settings)
        crash_point("publish.after_history")
        _swap(connection)
        crash_point("publish.before_commit")
    crash_point("publish.after_commit")
    _drop_discarded(settings)
    return True


def roll_back(settings: Settings) -> None:
    """Show the previous publication again: the way back when a figure must not be seen.

    Raises:
        PublishError: no previous publication is kept.
    """
    with connect(settings, "publisher") as connection:
        connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'".encode())
        if not _exists(connection, "marts__previous"):
            raise PublishError("No previous publication is kept, so there is no way back.")
        publication_id = _one(
            connection,
            "insert into ops.publication (published_at, run_id, code_version, municipality, "
            "is_sample) select %s, run_id || ' (teruggezet)', code_version, municipality, "
            "is_sample from ops.publication order by publication_id desc offset 1 limit 1 "
            "returning publication_id",
            settings.now(),
        )
        for kept in HISTORY:
            _keep(connection, kept, "marts__previous", int(str(publication_id)), settings)
        connection.execute("alter schema marts rename to marts__withdrawn")
        connection.execute("alter schema marts__previous rename to marts")
        connection.execute("alter schema marts__withdrawn rename to marts__previous")


def _swap(connection: psycopg.Connection) -> None:
    # dropping a schema waits for whoever reads it, renaming does not: so the oldest copy is
    # renamed out of the way here and dropped after the commit
    if _exists(connection, "marts__previous"):
        if _exists(connection, "marts__discarded"):
            connection.execute("drop schema marts__discarded cascade")
        connection.execute("alter schema marts__previous rename to marts__discarded")
    if _exists(connection, "marts"):
        connection.execute("alter schema marts rename to marts__previous")
    connection.execute("alter schema marts__next rename to marts")
    reader = sql.Identifier(READER)
    connection.execute(sql.SQL("grant usage on schema marts to {}").format(reader))
    connection.execute(sql.SQL("grant select on all tables in schema marts to {}").format(reader))


def _drop_discarded(settings: Settings) -> None:
    with connect(settings, "publisher") as connection:
        connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'".encode())
        try:
            connection.execute("drop schema if exists marts__discarded cascade")
        except psycopg.errors.LockNotAvailable:
            connection.rollback()  # somebody still reads it; the next night drops it


def _keep(
    connection: psycopg.Connection,
    kept: Kept,
    schema: str,
    publication_id: int,
    settings: Settings,
) -> None:
    """Close the versions that `schema` changes or no longer has, and open the new ones."""
    history = sql.Identifier("history", kept.history)
    mart = sql.Identifier(schema, kept.mart)
    columns = sql.SQL(", ").join(map(sql.Identifier, kept.key + kept.values))
    same_key = sql.SQL(" and ").join(
        sql.SQL("h.{0} = m.{0}").format(sql.Identifier(name)) for name in kept.key
    )
    same_values = sql.SQL(" and ").join(
        sql.SQL("h.{0} is not distinct from m.{0}").format(sql.Identifier(name))
        for name in kept.values
    )
    now = settings.now()
    connection.execute(
        sql.SQL(
            "update {history} as h set gepubliceerd_tot = %s, publicatie_tot = %s "
            "where h.gepubliceerd_tot is null and not exists "
            "(select from {mart} as m where {same_key} and {same_values})"
        ).format(history=history, mart=mart, same_key=same_key, same_values=same_values),
        [now, publication_id],
    )
    connection.execute(
        sql.SQL(
            "insert into {history} ({columns}, gepubliceerd_van, publicatie_van) "
            "select {columns}, %s, %s from {mart} as m where not exists "
            "(select from {history} as h where h.gepubliceerd_tot is null and {same_key})"
        ).format(history=history, mart=mart, columns=columns, same_key=same_key),
        [now, publication_id],
    )


def _exists(connection: psycopg.Connection, schema: str) -> bool:
    return bool(_one(connection, "select true from pg_namespace where nspname = %s", schema))


def _one(connection: psycopg.Connection, query: str, *params: object) -> object:
    row = connection.execute(query.encode(), params).fetchone()
    return row[0] if row else None


if __name__ == "__main__":
    publish(Settings(), sys.argv[1])
