"""One suite on two engines, and the audit of what is about to be published."""

from __future__ import annotations

import random
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from psycopg import Connection

from afspraken.db import connect
from afspraken.settings import AMSTERDAM, Settings
from expectations import AuditFailedError, audit, frames, judge, postgres
from expectations.assertions import of_contract
from expectations.audit import MARTS
from expectations.suites import quiet_context, suite
from ingestion import receive_deliveries
from ingestion.contract import Contract, Kind, entities, load_contract
from ingestion.load import Landing, Rows, add_landing
from ingestion.tables import ensure_raw_tables
from tests.deliveries import deliver, home

CONTRACT = load_contract("eenheid")
RELATION = of_contract(CONTRACT)
PEILDATUM = date(2026, 9, 30)
ODD = {
    "text": ["", " ", "x" * 60, "XXX", "J", "ONB", "0", "0" * 16],
    "month": ["", "2026-07", "2026-13", "07-2026", "2199-12", "2026-07-01", "juli"],
    "date": ["", "2026-02-30", "30-09-2026", "2026-09-30", "1899-01-01", "2199-12-31", "nu"],
    "integer": ["", "0", "-5", "12-A", "1975", "99999999", "1e3", "12,5"],
    "number": ["", "0.01", "612,50", "1.612,50", "€ 5", "-1", "NaN", "1e5", "5000.001"],
    "list": ["", "GEEN", "RIJ|GEM", "RIJ,GEM", "CEV|STV", "|", "GEEN|"],
}


def spoilt_rows(contract: Contract, count: int, seed: int) -> list[dict[str, str]]:
    """Rows of which each has a few cells that are odd for their type; every tenth is a repeat."""
    dice = random.Random(seed)  # noqa: S311
    spoilt = min(4, len(contract.fields) // 2)
    found: list[dict[str, str]] = []
    for number in range(1, count + 1):
        example = dict(contract.example_rows[number % len(contract.example_rows)])
        row = dict.fromkeys(contract.columns, "") | example
        if number % 10 == 0:
            found.append(dict(found[-1]))
            continue
        for column in contract.key[:2]:
            row[column] += str(number) if number % 3 else ""
        for field in dice.sample(contract.fields, spoilt):
            row[field.name] = dice.choice([*ODD[field.type], *field.codes, *field.examples])
        found.append(row)
    return found


def test_postgres_and_a_frame_find_the_same_rows_for_every_rule_of_every_contract(
    warehouse: Settings,
) -> None:
    failing: dict[str, int] = {}
    with connect(warehouse, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        datasource = postgres.add_datasource(quiet_context(), warehouse)
        for entity in entities():
            contract = load_contract(entity)
            relation = of_contract(contract)
            rows = spoilt_rows(contract, 400 if entity == "eenheid" else 200, seed=917)
            landing_id = _land(connection, contract, rows)
            in_postgres, _ = postgres.validate(connection, datasource, relation, [landing_id])
            frame = pd.DataFrame(rows, columns=contract.columns)
            frame["_landing_id"], frame["_row_number"] = landing_id, range(2, len(frame) + 2)
            found = frames.validate(relation, frame, "VBC", PEILDATUM)
            on_a_frame = {outcome.rule.rule_id: outcome for outcome in found}
            assert len(in_postgres) == len(on_a_frame) == len(contract.rules), entity
            for outcome in in_postgres:
                other = on_a_frame[outcome.rule.rule_id]
                assert outcome.failed == other.failed, f"{entity} {outcome.rule.rule_id}"
                assert outcome.evaluated == other.evaluated, f"{entity} {outcome.rule.rule_id}"
            kinds = {o.rule.kind for o in in_postgres if o.failed}
            failing |= {kind: failing.get(kind, 0) + 1 for kind in kinds}
            broken = sum(bool(outcome.failed) for outcome in in_postgres)
            assert broken > len(contract.rules) // 2, entity
    assert set(failing) == set(get_args(Kind)) - {"known_area"}


def _land(connection: Connection, contract: Contract, rows: list[dict[str, str]]) -> int:
    landing = Landing(
        source=contract.table,
        part="VBC/2026-09-30",
        file_name=f"{contract.entity}.csv",
        sha256=contract.entity,
        bytes=1,
        landed_at=datetime(2026, 10, 10, tzinfo=AMSTERDAM),
        sender="VBC",
        peildatum=PEILDATUM,
    )
    numbered = enumerate(([row[c] for c in contract.columns] for row in rows), start=2)
    table = Rows(contract.columns, numbered)
    landing_id, _ = add_landing(connection, landing, {contract.table: table})
    return landing_id


@pytest.mark.parametrize("entity", entities())
def test_the_example_rows_of_a_contract_break_no_rule(entity: str) -> None:
    contract = load_contract(entity)
    rows = [dict.fromkeys(contract.columns, "") | dict(row) for row in contract.example_rows]
    frame = pd.DataFrame(rows, columns=contract.columns)
    frame["_landing_id"], frame["_row_number"] = 1, range(2, len(frame) + 2)
    days = {row[contract.peildatum_column] for row in rows} if contract.peildatum_column else set()
    peildatum = date.fromisoformat(days.pop()) if days else PEILDATUM
    outcomes = frames.validate(of_contract(contract), frame, "VBC", peildatum)
    assert [(o.rule.rule_id, o.failed) for o in outcomes if o.failed] == []


def test_the_suite_has_every_rule_of_the_contract_with_its_severity() -> None:
    made = suite(RELATION, CONTRACT.rules, "eenheid").expectations
    assert [(e.meta["rule_id"], e.meta["severity"]) for e in made] == [
        (rule.rule_id, rule.severity) for rule in CONTRACT.rules
    ]


def test_a_file_from_a_spreadsheet_is_judged_at_a_desk_without_a_database(tmp_path: Path) -> None:
    folder = deliver(tmp_path, [home(1), home(2, status="XXX"), home(3, peildatum="2025-12-31")])
    frame = pd.read_csv(folder / "eenheid.csv", sep=";", dtype=str, keep_default_na=False)
    frame["_landing_id"], frame["_row_number"] = 1, range(2, len(frame) + 2)
    outcomes = frames.validate(RELATION, frame, "DKO", pd.Timestamp("2026-09-30").date())
    failed = {
        (row.row_number, outcome.rule.rule_id, row.value)
        for outcome in outcomes
        for row in outcome.failed
    }
    assert failed == {(3, "status-code", "XXX"), (4, "peildatum-manifest", "2025-12-31")}


def test_results_are_kept_per_delivery_and_rule(warehouse: Settings) -> None:
    inbox = warehouse.state_dir / "inbox"
    deliver(inbox, [home(n) for n in range(1, 101)])
    other = [home(n, "CAR", status="XXX" if n == 7 else "VEH") for n in range(1, 101)]
    deliver(inbox, other, party="CAR")
    receive_deliveries(warehouse)
    judge(warehouse, run_id="nacht")
    with connect(warehouse) as connection:
        found = connection.execute(
            "select l.sender, q.passed, q.evaluated, q.failed, q.severity "
            "from ops.quality_result as q inner join ops.landing as l using (landing_id) "
            "where q.rule_id = 'status-code' and q.run_id = 'nacht' order by 1"
        ).fetchall()
        rules = connection.execute(
            "select count(distinct rule_id), count(*) from ops.quality_result"
        ).fetchone()
    assert found == [("CAR", False, 100, 1, "blocks"), ("DKO", True, 100, 0, "blocks")]
    assert rules == (len(CONTRACT.rules), 2 * len(CONTRACT.rules))
    pages = list((warehouse.state_dir / "gx" / "data_docs").glob("*.html"))
    assert len(pages) > 5
    secret = connect(warehouse).info.password
    assert all(secret not in page.read_text("utf-8") for page in pages)


def _marts(settings: Settings, schema: str, homes: int = 17_159, wijken: int = 2) -> None:
    """Marts of a few rows: two areas, one headline figure, CBS stock that adds up."""
    with connect(settings, "transformer") as connection:
        connection.execute("create table if not exists reference.status (code text)")
        connection.execute("delete from reference.status")
        connection.execute("insert into reference.status values ('op koers')")
        connection.execute(
            "insert into reference.indicator (code, titel, definitie, waarom, gezag, gezag_bron, "
            "thema, eenheid, richting, oprol, privacyklasse, hoofdonderdeel, bronnen, eigenaar, "
            "review_op) values ('K01', '', '', '', 'eigen', '', '', '', 'context', 'som', "
            "'openbaar', 'totaal', '', '', '2027-01-01') on conflict do nothing"
        )
        connection.execute(f"create schema if not exists {schema}".encode())
        for mart in MARTS:
            connection.execute(f"create table {schema}.{mart} (een integer)".encode())
            connection.execute(f"insert into {schema}.{mart} values (1)".encode())
        connection.execute(f"drop table {schema}.mart_indicator".encode())
        connection.execute(
            f"create table {schema}.mart_indicator (indicator text, onderdeel text, "
            "peildatum date, gebied_soort text, gebied_code text, corporatie_code text, "
            "is_hoofdonderdeel boolean, waarde numeric, eenheid text)".encode()
        )
        rows = [
            ("K01", "2026-09-30", "gemeente", "GM0917", "", homes),
            ("K01", "2026-09-30", "gemeente", "GM0917", "DKO", homes - 1_000),
            ("K01", "2026-09-30", "gemeente", "GM0917", "CAR", 1_000),
            ("CBS-WONINGVOORRAAD", "2019-01-01", "gemeente", "GM0917", "", 300),
        ]
        rows += [
            ("CBS-WONINGVOORRAAD", "2019-01-01", "wijk", f"WK0917{n}", "", 300 // wijken)
            for n in range(10, 10 + wijken)
        ]
        for indicator, day, kind, code, party, value in rows:
            connection.execute(
                f"insert into {schema}.mart_indicator values "
                "(%s, 'totaal', %s, %s, %s, %s, true, %s, 'woningen')".encode(),
                [indicator, day, kind, code, party, value],
            )
        for mart, key in (("mart_doel_stand", "doel_id"), ("mart_afspraak_stand", "nummer")):
            connection.execute(
                f"alter table {schema}.{mart} add {key} text default 'C12', "
                "add peildatum date default '2026-09-30', "
                "add status text default 'op koers'".encode()
            )


def test_a_first_night_is_audited_without_a_yesterday(warehouse: Settings) -> None:
    _marts(warehouse, "marts__next")
    with connect(warehouse, "publisher") as connection:
        connection.execute("insert into ops.run (run_id, started_at) values ('een', now())")
    findings = audit(warehouse, run_id="een")
    assert all(finding.passed for finding in findings)
    with connect(warehouse) as connection:
        audited = connection.execute("select audited_at is not null from ops.run").fetchone()
        left = connection.execute(
            "select count(*) from pg_tables where tablename like '\\_audit%'"
        ).fetchone()
    assert audited == (True,) and left == (0,)


@pytest.mark.parametrize(
    ("spoil", "rule", "told"),
    [
        ("delete from {}.dim_gebied", "marts-gevuld", "dim_gebied (0, ten minste 1)"),
        ("update {}.mart_doel_stand set status = null", "doel-status", "C12 2026-09-30"),
        ("update {}.mart_afspraak_stand set status = 'x'", "afspraak-status", "C12 (ontbreekt)"),
        (
            "update {}.mart_indicator set eenheid = '%' where corporatie_code = 'CAR'",
            "percentage-bereik",
            "(1.000, ten hoogste 100)",
        ),
        (
            "update {}.mart_indicator set waarde = 900 where corporatie_code = 'CAR'",
            "corporaties-tellen-op",
            "K01 totaal 2026-09-30 (17.059, ten minste 17.159)",
        ),
        (
            "update {}.mart_indicator set waarde = 140 where gebied_code = 'WK091711'",
            "cbs-wijken-tellen-op",
            "CBS-WONINGVOORRAAD 2019-01-01 (290, ten minste 298,5)",
        ),
        (
            "delete from {}.mart_indicator where gebied_code = 'WK091711'",
            "gebieden-niet-verloren",
            "CBS-WONINGVOORRAAD WK091711 (ontbreekt)",
        ),
        (
            "update {}.mart_indicator set peildatum = '2026-06-30' where indicator = 'K01'",
            "peildatum-niet-terug",
            "K01 (-92, ten minste 0)",
        ),
        (
            "update {}.mart_indicator set waarde = waarde / 2 where indicator = 'K01'",
            "hoofdcijfer-sprong",
            "K01 totaal 2026-09-30",
        ),
    ],
)
def test_marts_that_are_wrong_are_not_published_and_the_message_says_why(
    warehouse: Settings, spoil: str, rule: str, told: str
) -> None:
    _marts(warehouse, "marts")
    _marts(warehouse, "marts__next")
    with connect(warehouse, "publisher") as connection:
        connection.execute(spoil.format("marts__next").encode())
        connection.execute("insert into ops.run (run_id, started_at) values ('een', now())")
    with pytest.raises(AuditFailedError) as failure:
        audit(warehouse, run_id="een")
    assert told in str(failure.value)
    with connect(warehouse) as connection:
        kept = connection.execute(
            "select passed, severity from ops.quality_result where rule_id = %s", [rule]
        ).fetchone()
        audited = connection.execute("select audited_at from ops.run").fetchone()
    assert kept == (False, "blocks")
    assert audited == (None,)
