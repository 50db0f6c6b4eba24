"""Publishing: all or nothing, history in the same transaction, readers never wait."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from afspraken import night, publish
from afspraken.db import connect, reader_dsn
from afspraken.settings import ROOT, Settings

MARTS = """
create schema marts__next;
create table marts__next.mart_indicator as
select 'K23' as indicator, 'bruto' as onderdeel, date '2026-09-30' as peildatum,
    'gemeente' as gebied_soort, 'GM0917' as gebied_code, corporatie as corporatie_code,
    waarde::numeric(18, 4) as teller, null::numeric(18, 4) as noemer,
    waarde::numeric(18, 4) as waarde
from (values ('', {total}), ('DKO', {dko})) as v (corporatie, waarde);
create table marts__next.mart_doel_stand as
select 'efg' as doel_id, 1 as doel_versie, date '2026-09-30' as peildatum,
    {total}::numeric(18, 4) as realisatie, 1690::numeric(18, 4) as padwaarde,
    'aandacht'::text as status
"""


def build(settings: Settings, run_id: str, total: int, dko: int = 610) -> None:
    """A night up to and including its audit, with marts of two figures."""
    night.open_night(settings, run_id)
    with connect(settings, "transformer") as connection:
        connection.execute("drop schema if exists marts__next cascade")
        connection.execute(MARTS.format(total=total, dko=dko).encode())
        connection.execute("update ops.run set audited_at = now() where run_id = %s", [run_id])


def shown(settings: Settings) -> int | None:
    """E/F/G of the municipality as the dashboards' own login sees it."""
    with psycopg.connect(reader_dsn(settings)) as connection:
        row = connection.execute(
            "select waarde::int from marts.mart_indicator where corporatie_code = ''"
        ).fetchone()
    return row[0] if row else None


def history(settings: Settings) -> list[tuple[str, int, bool]]:
    with connect(settings) as connection:
        return connection.execute(
            "select corporatie_code, waarde::int, gepubliceerd_tot is null "
            "from history.indicator_waarde order by corporatie_code, publicatie_van"
        ).fetchall()


def test_what_was_audited_is_what_the_reader_sees(warehouse: Settings) -> None:
    build(warehouse, "night-1", 1818)
    assert publish.publish(warehouse, "night-1") is True
    assert shown(warehouse) == 1818


def test_a_night_that_was_not_audited_is_not_published(warehouse: Settings) -> None:
    build(warehouse, "night-1", 1818)
    publish.publish(warehouse, "night-1")
    build(warehouse, "night-2", 1)
    with connect(warehouse, "publisher") as connection:
        connection.execute("update ops.run set audited_at = null where run_id = 'night-2'")
    with pytest.raises(publish.PublishError, match="not audited"):
        publish.publish(warehouse, "night-2")
    assert shown(warehouse) == 1818


def test_publishing_twice_changes_nothing(warehouse: Settings) -> None:
    build(warehouse, "night-1", 1818)
    publish.publish(warehouse, "night-1")
    assert publish.publish(warehouse, "night-1") is False
    assert history(warehouse) == [("", 1818, True), ("DKO", 610, True)]


def test_history_closes_what_changed_and_leaves_what_did_not(warehouse: Settings) -> None:
    build(warehouse, "night-1", 1818)
    publish.publish(warehouse, "night-1")
    build(warehouse, "night-2", 1859)
    publish.publish(warehouse, "night-2")
    assert history(warehouse) == [("", 1818, False), ("", 1859, True), ("DKO", 610, True)]


def test_the_previous_publication_can_be_shown_again(warehouse: Settings) -> None:
    build(warehouse, "night-1", 1818)
    publish.publish(warehouse, "night-1")
    build(warehouse, "night-2", 9999)
    publish.publish(warehouse, "night-2")
    publish.roll_back(warehouse)
    assert shown(warehouse) == 1818
    assert history(warehouse)[:3] == [("", 1818, False), ("", 9999, False), ("", 1818, True)]


def test_publishing_does_not_wait_for_a_reader(warehouse: Settings) -> None:
    build(warehouse, "night-1", 1818)
    publish.publish(warehouse, "night-1")
    build(warehouse, "night-2", 1700)
    with psycopg.connect(reader_dsn(warehouse)) as reader:
        reader.execute("select count(*) from marts.mart_indicator")  # its transaction stays open
        publisher = threading.Thread(target=publish.publish, args=(warehouse, "night-2"))
        publisher.start()
        publisher.join(4)
        assert not publisher.is_alive()
    assert shown(warehouse) == 1700


@pytest.mark.parametrize(
    ("point", "seen"),
    [
        ("publish.after_history", 1818),
        ("publish.before_commit", 1818),
        ("publish.after_commit", 1700),
    ],
)
def test_a_kill_in_publishing_leaves_all_or_nothing(
    warehouse: Settings, point: str, seen: int
) -> None:
    build(warehouse, "night-1", 1818)
    publish.publish(warehouse, "night-1")
    build(warehouse, "night-2", 1700)
    killed = subprocess.run(
        [sys.executable, "-m", "afspraken.publish", "night-2"],
        env=environment(warehouse, point),
        cwd=ROOT,
        check=False,
    )
    assert killed.returncode == 137
    assert shown(warehouse) == seen
    publish.publish(warehouse, "night-2")
    assert shown(warehouse) == 1700
    assert history(warehouse) == [("", 1818, False), ("", 1700, True), ("DKO", 610, True)]


def test_the_reader_sees_nothing_but_marts_and_monitor(warehouse: Settings) -> None:
    build(warehouse, "night-1", 1818)
    publish.publish(warehouse, "night-1")
    for table in ("ops.landing", "history.indicator_waarde", "reference.doel"):
        with (
            psycopg.connect(reader_dsn(warehouse)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"select * from {table}".encode())
    with (
        psycopg.connect(reader_dsn(warehouse)) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("create table monitor.x (a int)")


def environment(settings: Settings, crash_at: str) -> dict[str, str]:
    """The environment of a step that runs as a process of its own and is killed at a point."""
    return os.environ | {
        "WAREHOUSE_DSN": settings.warehouse_dsn,
        "STATE_DIR": str(Path(settings.state_dir)),
        "AFSPRAKEN_CRASH_AT": crash_at,
    }
