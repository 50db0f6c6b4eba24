"""Homes by hand, one per edge, through raw tables and dbt on a real Postgres.

What must come out, and why, stands in tests/fixtures/randgevallen/verwacht.yml.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql

from afspraken import catalogue, register
from afspraken.build import BAD, dbt
from afspraken.db import connect
from afspraken.settings import Settings
from ingestion.tables import ensure_raw_tables
from tests.conftest import TEMPLATE, _fresh

FIXTURE = Path(__file__).parents[1] / "fixtures" / "randgevallen"
EXPECTED: dict[str, Any] = yaml.safe_load((FIXTURE / "verwacht.yml").read_text(encoding="utf-8"))
PEILDATUM: date = EXPECTED["peildatum"]
HOMES: dict[str, dict[str, Any]] = EXPECTED["woningen"]
REJECTED = "afgekeurde-rij"


@pytest.fixture(scope="module")
def warehouse_of_this_module(
    server: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    yield from _fresh(server, TEMPLATE, tmp_path_factory.mktemp("randgevallen"))


@pytest.fixture(scope="module")
def shaped(warehouse_of_this_module: Settings) -> Settings:
    """Settings of a warehouse in which the homes were landed and shaped."""
    settings = warehouse_of_this_module
    register.load(settings)
    catalogue.load(settings)
    with connect(settings, "loader") as connection:
        ensure_raw_tables(connection)
        _land_everything(connection)
    outcome = dbt(
        settings,
        "build",
        "--quiet",
        "--select",
        "+int_maten",
        "+int_dubbele_claims",
        "--exclude-resource-type",
        "unit_test",
    )
    failed = [f"{r.node.name}: {r.message}" for r in outcome.result if str(r.status) in BAD]
    assert outcome.success, failed
    return settings


@pytest.fixture(scope="module")
def homes(shaped: Settings) -> dict[str, dict[str, Any]]:
    with connect(shaped, "transformer") as connection:
        cursor = connection.execute("select * from intermediate.int_eenheden")
        names = [column.name for column in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    assert len({row["eenheid_id"] for row in rows}) == len(rows)
    return {row["eenheid_id"]: row for row in rows}


@pytest.mark.parametrize("home", sorted(HOMES))
def test_an_edge_home_comes_out_as_argued(home: str, homes: dict[str, dict[str, Any]]) -> None:
    expected = dict(HOMES[home])
    why = expected.pop("waarom")
    came_out = {column: _plain(homes[home][column]) for column in expected}
    assert came_out == expected, why


def test_every_edge_home_is_argued_and_nothing_else_comes_out(
    homes: dict[str, dict[str, Any]],
) -> None:
    assert len(HOMES) > 30
    assert set(homes) == set(HOMES)
    assert not set(homes) & set(EXPECTED["ontbreekt"])


@pytest.mark.parametrize("maat", sorted(EXPECTED["maten"]))
def test_a_measure_counts_the_edge_homes(maat: str, shaped: Settings) -> None:
    with connect(shaped, "transformer") as connection:
        counted = dict(
            connection.execute(
                "select onderdeel, sum(waarde)::integer from intermediate.int_maten "
                "where maat_code = %s and periode_tot = %s group by onderdeel",
                [maat, PEILDATUM],
            ).fetchall()
        )
    assert counted == EXPECTED["maten"][maat]


def test_a_home_that_was_delivered_twice_is_listed(shaped: Settings) -> None:
    with connect(shaped, "transformer") as connection:
        listed = connection.execute(
            "select eenheid_id, telt_mee, is_van_twee_corporaties "
            "from intermediate.int_dubbele_claims order by eenheid_id"
        ).fetchall()
    assert listed == [
        ("twee-eigenaren-nieuw", True, True),
        ("twee-eigenaren-oud", False, True),
        ("zelfde-nummer-1", True, False),
        ("zelfde-nummer-2", True, False),
    ]


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FIXTURE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=";")


def _land_everything(connection: psycopg.Connection) -> None:
    delivered = [
        {
            "peildatum": PEILDATUM.isoformat(),
            "complex_code": "C1",
            "eigendomspercentage": "100",
            "vve": "N",
            **row,
        }
        for row in _rows("eenheden.csv")
    ]
    for sender in ("DKO", "MIJ"):
        mine = [row for row in delivered if row["corporatie_code"] == sender]
        landing = _land(connection, "levering_eenheid", sender, "levering_eenheid", mine)
        for number, row in enumerate(mine, start=1):
            if row["eenheid_id"] == REJECTED:
                connection.execute(
                    "insert into ops.quarantine values (%s, %s, 'status', 'XXX', 'code', 'fout')",
                    [landing, number],
                )
    refused = {**delivered[0], "eenheid_id": "uit-een-geweigerde-levering"}
    _land(connection, "levering_eenheid", "DKO", "levering_eenheid", [refused], state="refused")
    _land(
        connection,
        "ep_online",
        "totaal",
        "ep_online_certificaat",
        list(_rows("certificaten.csv")),
        version="v20261001_v4_csv.zip|100",
    )
    mutations = list(_rows("mutaties.csv"))
    for day in sorted({row["dag"] for row in mutations}):
        of_day = [
            {k: v for k, v in row.items() if k != "dag"} for row in mutations if row["dag"] == day
        ]
        numbers = [row["volgnummer"] for row in of_day]
        _land(
            connection,
            "ep_online_mutations",
            day,
            "ep_online_mutatie",
            of_day,
            version=f"d_v4.zip|{numbers[0]}|{numbers[-1]}",
        )
    answers = list(_rows("opvragingen.csv"))
    _land(connection, "ep_online_lookup", "2026-10-03/1", "ep_online_opvraging", answers)
    addresses = [("6411AA", str(number), "09173300") for number in (*range(1, 34), *range(40, 45))]
    addresses.append(("6411AB", "31", "09173301"))
    _land(
        connection,
        "cbs_pc6hnr",
        "2025",
        "cbs_pc6hnr",
        [
            {"pc6": pc6, "huisnummer": number, "buurt": buurt, "wijk": "091733", "gemeente": "0917"}
            for pc6, number, buurt in addresses
        ],
    )
    areas = [
        ("gemeente", "GM0917", ""),
        ("wijk", "WK091733", ""),
        ("buurt", "BU09173300", "WK091733"),
        ("buurt", "BU09173301", "WK091733"),
    ]
    _land(
        connection,
        "pdok_gebieden",
        "2024",
        "pdok_gebied",
        [
            {
                "soort": soort,
                "code": code,
                "naam": code,
                "wijkcode": wijk,
                "gemeentecode": "GM0917",
                "jaar": "2024",
            }
            for soort, code, wijk in areas
        ],
    )


def _land(
    connection: psycopg.Connection,
    source: str,
    part: str,
    table: str,
    rows: list[dict[str, str]],
    state: str = "accepted",
    version: str | None = None,
) -> int:
    is_delivery = source == "levering_eenheid"
    found = connection.execute(
        "insert into ops.landing (source, part, sender, peildatum, file_name, sha256, bytes, "
        "published_on, landed_at, row_count, state, publisher_version) "
        "values (%s, %s, %s, %s, 'randgevallen', lpad(md5(%s), 64, '0'), 1, %s, now(), %s, %s, %s) "
        "returning landing_id",
        [
            source,
            f"{part}/{PEILDATUM}" if is_delivery else part,
            part if is_delivery else None,
            PEILDATUM if is_delivery else None,
            source + part + state,
            date(2026, 10, 1),
            len(rows),
            state,
            version,
        ],
    ).fetchone()
    assert found is not None
    landing = int(found[0])
    columns = list(rows[0])
    with connection.cursor() as cursor:
        copy = sql.SQL("copy raw.{} ({}) from stdin").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, [*columns, "_landing_id", "_row_number"])),
        )
        with cursor.copy(copy) as stream:
            for number, row in enumerate(rows, start=1):
                stream.write_row([*(row[c] or None for c in columns), landing, number])
    return landing
