"""The supplier's desk: the same verdict as the monitor gives, without a database."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from afspraken.db import connect
from afspraken.settings import ROOT, Settings
from expectations import judge_deliveries
from expectations.desk import check
from ingestion import receive_deliveries
from ingestion.contract import load_contract
from ingestion.intake import Letter
from ingestion.receipts import Receipt
from tests.deliveries import COLUMNS, deliver, deliver_entities, example, home, homes
from tests.integration.test_expectations import spoilt_rows


def run(settings: Settings, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    given = {k.upper(): str(v) for k, v in settings.model_dump().items() if v not in ("", None)}
    return subprocess.run(
        [sys.executable, "-m", "afspraken.cli", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **given, "COLUMNS": "200", **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def desk(tmp_path: Path) -> Settings:
    """A supplier's machine: there is no database at this address."""
    return Settings(
        state_dir=tmp_path / "state", warehouse_dsn="postgresql://nobody@127.0.0.1:9/nothing"
    )


def told(content: dict[str, Any]) -> dict[str, Any]:
    """What a verdict is about: everything but when and as what it came in."""
    own = {"levering_id", "ontvangen_op", "beoordeeld_op", "is_controle_vooraf", "toelichting"}
    own |= {"uiterlijk_op", "dagen_te_laat", "wat_nu"}
    return {key: value for key, value in content.items() if key not in own}


def mixed() -> dict[str, list[dict[str, str]]]:
    dice = random.Random(917)  # noqa: S311
    rows = spoilt_rows(load_contract("eenheid"), 200, seed=3)
    for row in dice.sample(rows, 30):
        row["postcode"] = "6411 ab"
        row["netto_huur"] = dice.choice(["€ 1.612,50", "#N/B", "12,-"])
    mutations = [example("mutatie", n) for n in range(1, 40)]
    mutations[7]["mutatiesoort"] = "??"
    return {"eenheid": rows, "mutatie": mutations}


@pytest.mark.parametrize(
    "tables",
    [
        {"eenheid": homes(30)},
        {"eenheid": [*homes(300), home(301, status="XXX", netto_huur="€ 612,50")]},
        mixed(),
        {"eenheid": homes(3), "mutatie": [example("mutatie")], "project": [example("project")]},
    ],
    ids=["good", "a remark and a mend", "much is wrong", "three entities"],
)
def test_the_desk_and_the_monitor_give_the_same_rows_and_the_same_verdict(
    warehouse: Settings, tables: dict[str, list[dict[str, str]]]
) -> None:
    folder = deliver_entities(warehouse.state_dir / "inbox", tables)
    at_the_desk = check(sorted(folder.iterdir()), warehouse, Letter()).receipt
    receive_deliveries(warehouse)
    judge_deliveries(warehouse)
    with connect(warehouse) as connection:
        row = connection.execute("select receipt_json from ops.delivery").fetchone()
    assert row is not None
    desk = json.loads(json.dumps(at_the_desk.content()))
    assert told(desk) == told(row[0])


def test_what_the_monitor_refuses_whole_the_desk_refuses_in_the_same_words(
    warehouse: Settings,
) -> None:
    inbox = warehouse.state_dir / "inbox"
    spoilt: list[Path] = [
        deliver(inbox, homes(3), columns=[c for c in COLUMNS if c != "status"], number=1),
        deliver(inbox, homes(3), gemeente_code="GM0882", number=2),
        deliver(inbox, homes(3), soort="DEEL", number=3),
        deliver(inbox, homes(3), soort="EXTRA", number=4),
        deliver(inbox, homes(3, peildatum="2027-03-31"), peildatum="2027-03-31", number=5),
        deliver_entities(inbox, {"plancapaciteit": [example("plancapaciteit")]}, number=6),
        deliver_entities(inbox, {"eenheid": homes(3)}, number=7, bestanden=[]),
    ]
    at_the_desk = {
        folder.name: list(check(sorted(folder.iterdir()), warehouse, Letter()).receipt.reasons)
        for folder in spoilt
    }
    received = receive_deliveries(warehouse)
    assert {item.outcome for item in received} == {"refused"}
    assert sorted(at_the_desk.values()) == sorted(list(item.reasons) for item in received)


def test_check_says_row_column_value_and_remedy_and_marks_the_cell(
    desk: Settings, tmp_path: Path
) -> None:
    rows = homes(300)
    rows[9] |= {"status": "VERHUURD", "bouwjaar": "=1+1"}
    rows[10]["postcode"] = "6411 AB"
    path = deliver(tmp_path, rows) / "eenheid.csv"
    answer = run(desk, "check", path, "--out", tmp_path / "uit")
    assert answer.returncode == 1, answer.stderr
    shown = " ".join(answer.stdout.split())
    assert "aanvaard met opmerkingen" in shown and "VOORBEELDDATA" in shown
    assert "VERHUURD" in shown and "Toegestaan: VEH (Verhuurd)" in shown
    assert "6411 AB → 6411AB" in shown
    page = (tmp_path / "uit" / "eenheid.csv.controle.html").read_text("utf-8")
    assert "Er is nog niets verstuurd" in page and "VERHUURD" in page
    book = openpyxl.load_workbook(tmp_path / "uit" / "eenheid.csv.controle.xlsx")
    assert book.sheetnames == ["Samenvatting", "eenheid.csv"]
    sheet = book["eenheid.csv"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [11, 12]
    headings = [cell.value for cell in sheet[1]]
    status = sheet.cell(2, headings.index("status") + 1)
    assert status.value == "VERHUURD" and "Toegestaan" in status.comment.text
    formula = sheet.cell(2, headings.index("bouwjaar") + 1)
    assert (formula.value, formula.data_type) == ("=1+1", "s")
    assert "Hersteld" in sheet.cell(3, headings.index("postcode") + 1).comment.text
    marked = [
        c for row in sheet.iter_rows(min_row=2) for c in row if c.fill.fgColor.rgb != "00000000"
    ]
    assert len(marked) == 3


@pytest.mark.parametrize(
    ("rows", "code"),
    [(homes(10), 0), ([*homes(300), home(301, status="X")], 1), ([home(1, status="X")] * 9, 2)],
    ids=["accepted", "remarks", "refused"],
)
def test_the_exit_code_says_the_verdict(
    desk: Settings, tmp_path: Path, rows: list[dict[str, str]], code: int
) -> None:
    path = deliver(tmp_path, rows) / "eenheid.csv"
    assert run(desk, "check", path).returncode == code
    assert path.with_name("eenheid.csv.controle.html").exists()


def test_check_refuses_personal_data_without_repeating_it(desk: Settings, tmp_path: Path) -> None:
    rows = [{**row, "Naam huurder": "Hendrika van Zonderen"} for row in homes(3)]
    path = deliver(tmp_path, rows, columns=[*COLUMNS, "Naam huurder"]) / "eenheid.csv"
    answer = run(desk, "check", path, "--party", "DKO", "--peildatum", "2026-09-30")
    assert answer.returncode == 2
    assert "Zonderen" not in answer.stdout + answer.stderr
    for report in path.parent.glob("*.controle.*"):
        assert b"Zonderen" not in report.read_bytes()


def test_check_asks_for_what_the_rows_do_not_tell(desk: Settings, tmp_path: Path) -> None:
    rows = [example("mutatie", 1), example("mutatie", 2, corporatie_code="CAR")]
    path = deliver_entities(tmp_path, {"mutatie": rows}) / "mutatie.csv"
    answer = run(desk, "check", path)
    assert answer.returncode == 2
    assert "geef --party en --peildatum" in answer.stdout


def test_check_of_twenty_thousand_rows_takes_seconds(desk: Settings, tmp_path: Path) -> None:
    path = deliver(tmp_path, homes(20_000)) / "eenheid.csv"
    started = time.perf_counter()
    assert run(desk, "check", path).returncode == 0
    # 6 s on an idle machine
    assert time.perf_counter() - started < 40


def test_the_command_starts_without_what_only_some_of_it_needs() -> None:
    question = (
        "import sys, afspraken.cli; "
        "print([m for m in ('pandas', 'psycopg', 'httpx', 'airflow', 'great_expectations', "
        "'openpyxl', 'jinja2', 'dbt') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", question], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def filled_template(path: Path, rows: list[dict[str, str]], **letter: str) -> Path:
    """The template of a corporation, filled in as its explanation says."""
    template = ROOT / "docs" / "leveren" / "sjablonen" / "afsprakenmonitor-sjabloon-corporatie.xlsx"
    book = openpyxl.load_workbook(template)
    given = {
        "levering_id": "DKO-sjabloon",
        "afzender_code": "DKO",
        "gemeente_code": "GM0917",
        "peildatum": "2026-09-30",
        "soort": "VOLLEDIG",
    } | letter
    for field, value in book["levering"].iter_rows(max_col=2):
        if field.value in given:
            value.value = given[field.value]
    sheet = book["eenheid"]
    headings = [cell.value for cell in sheet[1]]
    for number, row in enumerate(rows, start=2):
        for column, name in enumerate(headings, start=1):
            sheet.cell(number, column).value = row[name] or None
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    os.utime(path, (1_791_600_000, 1_791_600_000))
    return path


def test_a_filled_in_template_is_a_delivery_by_itself(warehouse: Settings) -> None:
    rows = [*homes(100), home(101, status="XXX")]
    path = filled_template(warehouse.state_dir / "inbox" / "DKO" / "oktober.xlsx", rows)
    at_the_desk = check([path], warehouse, Letter()).receipt
    (received,) = receive_deliveries(warehouse)
    assert (received.outcome, received.rows) == ("new", 101), received.reasons
    judge_deliveries(warehouse)
    with connect(warehouse) as connection:
        row = connection.execute("select receipt_json, due_on::text from ops.delivery").fetchone()
        landing = connection.execute("select file_name, source from ops.landing").fetchall()
    assert row is not None
    assert told(json.loads(json.dumps(at_the_desk.content()))) == told(row[0])
    assert row[1] == "2026-10-30"
    assert landing == [("oktober.xlsx, blad eenheid", "levering_eenheid")]
    (fault,) = row[0]["fouten"]
    assert (fault["file_name"], fault["row"]) == ("oktober.xlsx, blad eenheid", 102)


def test_a_template_without_its_letter_gets_one_when_it_is_delivered(warehouse: Settings) -> None:
    blank = dict.fromkeys(("levering_id", "afzender_code", "gemeente_code", "soort"), "")
    path = filled_template(warehouse.state_dir / "sjabloon.xlsx", homes(5), peildatum="", **blank)
    answer = run(warehouse, "deliver", path, "--party", "DKO")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    (received,) = receive_deliveries(warehouse)
    assert (received.outcome, received.rows, received.sender) == ("new", 5, "DKO")


def test_deliver_makes_a_manifest_and_puts_it_in_the_inbox(
    warehouse: Settings, tmp_path: Path
) -> None:
    path = deliver(tmp_path, homes(12)) / "eenheid.csv"
    answer = run(warehouse, "deliver", path, "--party", "DKO")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    (received,) = receive_deliveries(warehouse)
    assert (received.outcome, received.rows) == ("new", 12)
    judge_deliveries(warehouse)
    assert received.delivery_id in answer.stdout
    shown = run(warehouse, "receipt", received.delivery_id)
    assert "aanvaard" in shown.stdout and shown.returncode == 0
    content = json.loads(run(warehouse, "receipt", received.delivery_id, "--format", "json").stdout)
    assert content["oordeel"] == "aanvaard"


def test_deliver_does_not_send_what_would_be_refused_unless_it_must(
    warehouse: Settings, tmp_path: Path
) -> None:
    path = deliver(tmp_path, [home(n, status="X") for n in range(1, 9)]) / "eenheid.csv"
    answer = run(warehouse, "deliver", path, "--party", "DKO")
    assert answer.returncode == 2 and "Niet verstuurd" in answer.stderr
    assert receive_deliveries(warehouse) == []
    assert run(warehouse, "deliver", path, "--party", "DKO", "--force").returncode == 2
    assert len(receive_deliveries(warehouse)) == 1


def test_a_delivery_is_withdrawn_by_a_command(warehouse: Settings, tmp_path: Path) -> None:
    path = deliver(tmp_path, homes(12)) / "eenheid.csv"
    assert run(warehouse, "deliver", path, "--party", "DKO").returncode == 0
    (received,) = receive_deliveries(warehouse)
    judge_deliveries(warehouse)
    words = ("--party", "DKO", "--peildatum", "2026-09-30", "--reason", "verkeerde export")
    assert run(warehouse, "withdraw", received.delivery_id, *words).returncode == 0
    (withdrawn,) = receive_deliveries(warehouse)
    assert withdrawn.outcome == "withdrawn"


def test_a_receipt_as_a_workbook_shows_the_rows_as_they_were_loaded(
    warehouse: Settings, tmp_path: Path
) -> None:
    rows = homes(300)
    rows[4] |= {"status": "XXX", "postcode": "6411 AB"}
    deliver(warehouse.state_dir / "inbox", rows)
    receive_deliveries(warehouse)
    judge_deliveries(warehouse)
    out = tmp_path / "bewijs.xlsx"
    words = ("receipt", "DKO-2026-09-30-1", "--format", "xlsx", "--out", out)
    assert run(warehouse, *words).returncode == 0
    sheet = openpyxl.load_workbook(out)["eenheid.csv"]
    headings = [cell.value for cell in sheet[1]]
    assert [cell.value for cell in sheet["A"]] == ["rij", 6]
    assert sheet.cell(2, headings.index("postcode") + 1).value == "6411AB"
    assert run(warehouse, "receipt", "bestaat-niet").returncode == 1


def test_a_receipt_does_not_run_what_a_supplier_wrote() -> None:
    from datetime import UTC, datetime

    nasty = "<script>alert(1)</script>"
    moment = datetime(2026, 10, 15, tzinfo=UTC)
    page = Receipt(nasty, nasty, None, moment, moment, "refused", True, reasons=(nasty,)).html()
    assert "<script>" not in page
