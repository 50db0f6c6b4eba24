"""National files: loaded with their own bytes, judged in one scan, and still row by row."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from afspraken.db import connect
from afspraken.settings import Settings
from expectations import frames, judge_sources, postgres
from expectations.assertions import of_card
from expectations.suites import quiet_context
from ingestion import load
from ingestion.cards import load_card
from ingestion.load import CsvRows, Landing, add_landing
from ingestion.tables import ensure_raw_tables

CARD = load_card("ep_online")
TABLE = CARD.main_table
COLUMNS = CARD.tables[TABLE].columns
FIRST_ROW = 4


def certificate(number: int, **cells: str) -> dict[str, str]:
    usual = {
        "registratiedatum": "20240105",
        "energieklasse": "A",
        "gebouwklasse": "W",
        "postcode": "6411AB",
        "bag_verblijfsobject_id": f"0917010{number:09d}",
        "huisnummer": str(number),
    }
    return usual | cells


def csv_of(certificates: Sequence[dict[str, str]]) -> bytes:
    lines = [";".join(row.get(name, "") for name in COLUMNS) for row in certificates]
    return ("\r\n".join(lines) + "\r\n").encode()


def land_bytes(settings: Settings, content: bytes, sha256: str = "a" * 64) -> int:
    landing = Landing(CARD.name, "totaal", "v.zip", sha256, len(content), settings.now())
    rows = CsvRows(COLUMNS, FIRST_ROW, lambda: io.BytesIO(content))
    with connect(settings, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        landing_id, _ = add_landing(connection, landing, {TABLE: rows})
    return landing_id


def select(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(params=[0, 1 << 40], ids=["large file", "small file"])
def own_table_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Files above this size get a table of their own: all of them, or none."""
    monkeypatch.setattr(load, "OWN_TABLE_BYTES", request.param)
    return int(request.param)


def test_versions_stand_side_by_side_as_delivered_with_the_rows_a_spreadsheet_shows(
    warehouse: Settings, own_table_bytes: int
) -> None:
    first = land_bytes(warehouse, csv_of([certificate(1, energieklasse=" A++ "), certificate(2)]))
    second = land_bytes(warehouse, csv_of([certificate(3, postcode='""')]), "b" * 64)
    found = select(
        warehouse,
        "select _landing_id, _row_number, huisnummer, energieklasse, postcode, gebouwtype "
        f"from raw.{TABLE} order by 1, 2",
    )
    assert found == [
        (first, 4, "1", " A++ ", "6411AB", None),
        (first, 5, "2", "A", "6411AB", None),
        (second, 4, "3", "A", None, None),
    ]
    tables = select(
        warehouse, f"select relname from pg_class where relname ~ '^{TABLE}__[0-9]+$' order by 1"
    )
    expected = [] if own_table_bytes else [(f"{TABLE}__{n}",) for n in (first, second)]
    assert tables == expected


def test_a_large_file_that_breaks_half_way_leaves_nothing_and_names_the_row(
    warehouse: Settings, own_table_bytes: int
) -> None:
    broken = csv_of([certificate(1), certificate(2)]) + b"20240105;te kort\r\n"
    with pytest.raises(load.UnreadableFileError, match="Rij 6 heeft 2 cellen"):
        land_bytes(warehouse, broken)
    assert select(warehouse, f"select count(*) from raw.{TABLE}") == [(0,)]
    assert select(warehouse, "select count(*) from ops.landing") == [(0,)]
    assert not select(warehouse, f"select 1 from pg_class where relname ~ '^{TABLE}__[0-9]+$'")


def test_a_column_that_the_card_gains_reaches_the_tables_of_large_files(
    warehouse: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "OWN_TABLE_BYTES", 0)
    land_bytes(warehouse, csv_of([certificate(1)]))
    with connect(warehouse, "loader") as connection:
        connection.execute(f"alter table raw.{TABLE} drop column gebouwtype".encode())
        ensure_raw_tables(connection)
    assert select(warehouse, f"select huisnummer, gebouwtype from raw.{TABLE}") == [("1", None)]


def test_the_sieve_finds_the_rows_that_a_frame_finds(
    warehouse: Settings, own_table_bytes: int
) -> None:
    odd = {
        "registratiedatum": ["", "2024-01-05T00:00:00", "5 januari", "2024"],
        "energieklasse": ["", "H", " A++ ", "a"],
        "gebouwklasse": ["", "U", "X", "Woningbouw"],
        "postcode": ["", "6411 AB", "0411AB", "6411ab"],
        "bag_verblijfsobject_id": ["", "1", "917010000000001", "0917010000000001x"],
    }
    certificates = [
        certificate(number, **{column: value})
        for number, (column, value) in enumerate(
            ((column, value) for column, values in odd.items() for value in values), start=1
        )
    ]
    relation = of_card(CARD, TABLE)
    landing_id = land_bytes(warehouse, csv_of(certificates))
    with connect(warehouse, "loader", autocommit=True) as connection:
        datasource = postgres.add_datasource(quiet_context(), warehouse)
        sieved, _ = postgres.validate(connection, datasource, relation, [landing_id])
        cursor = connection.execute(f"select * from raw.{TABLE} order by _row_number".encode())
        frame = pd.DataFrame(cursor.fetchall(), columns=[d.name for d in cursor.description or []])
    on_a_frame = frames.validate(relation, frame, None, None)
    assert [o.rule.rule_id for o in sieved] == [rule.rule_id for rule in relation.rules]
    assert {o.rule.rule_id: (o.failed, o.evaluated) for o in sieved} == {
        o.rule.rule_id: (o.failed, o.evaluated) for o in on_a_frame
    }
    assert all(outcome.failed for outcome in sieved)


def test_remarks_are_counted_whole_and_listed_in_part_and_rejected_rows_are_all_set_aside(
    warehouse: Settings, own_table_bytes: int
) -> None:
    odd = [certificate(n, postcode="onbekend") for n in range(1, 251)]
    bad = [certificate(n, energieklasse="H") for n in range(251, 400)]
    bad.append(certificate(400, registratiedatum="  "))
    good = [certificate(n) for n in range(401, 20_001)]
    land_bytes(warehouse, csv_of(odd + bad + good))
    (verdict,) = judge_sources(warehouse)
    assert (verdict.state, verdict.rejected_rows) == ("accepted_with_remarks", 150)
    failed = {rule.rule_id: rule.failed for rule in verdict.rules if rule.failed}
    assert failed == {
        f"{TABLE}-postcode-vorm": 250,
        f"{TABLE}-energieklasse-code": 149,
        f"{TABLE}-registratiedatum-verplicht": 1,
    }
    assert sum(fault.severity == "warns" for fault in verdict.faults) == 100
    assert select(warehouse, "select count(*), min(row_number) from ops.quarantine") == [(150, 254)]
    assert not select(warehouse, "select 1 from pg_class where starts_with(relname, '_oordeel_')")
