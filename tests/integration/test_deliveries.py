"""Deliveries from the inbox to a receipt: what is taken, what goes back, and what is left alone."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest

from afspraken.db import connect
from afspraken.settings import ROOT, Settings
from expectations import judge_deliveries
from expectations.verdicts import Verdict
from ingestion import Received, receive_deliveries
from tests.deliveries import COLUMNS, deliver, home, homes


@pytest.fixture
def inbox(warehouse: Settings) -> Path:
    folder = warehouse.state_dir / "inbox"
    folder.mkdir()
    return folder


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def one(settings: Settings) -> Received:
    (received,) = receive_deliveries(settings, run_id="nacht")
    return received


def verdict(settings: Settings) -> Verdict:
    (found,) = judge_deliveries(settings, run_id="nacht")
    return found


def refusal(settings: Settings) -> str:
    """Take in the only delivery and give the reason it was refused for; nothing may be loaded."""
    received = one(settings)
    assert received.outcome == "refused"
    assert rows(settings, "select * from ops.landing") == []
    assert rows(settings, "select * from raw.levering_eenheid") == []
    ((state, reason, html, content),) = rows(
        settings, "select state, reason, receipt_html, receipt_json from ops.delivery"
    )
    assert state == "refused" and "geweigerd" in html
    assert content["oordeel"] == "geweigerd" and content["redenen"] == list(received.reasons)
    return str(reason)


def test_a_good_delivery_is_accepted_and_gets_a_receipt(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(20), newline="\r\n", bom=True)
    assert one(warehouse).rows == 20
    assert verdict(warehouse).state == "accepted"
    ((state, due, received, html),) = rows(
        warehouse, "select state, due_on::text, received_at::text, receipt_html from ops.delivery"
    )
    assert (state, due) == ("accepted", "2026-10-30")
    assert received == "2026-10-10 09:00:00+02"
    assert "✓ aanvaard" in html and "VOORBEELDDATA" in html
    assert rows(warehouse, "select source, part, row_count from ops.landing_in_use") == [
        ("levering_eenheid", "DKO/2026-09-30", 20)
    ]
    numbers = rows(warehouse, "select min(_row_number), max(_row_number) from raw.levering_eenheid")
    assert numbers == [(2, 21)]


def test_the_same_delivery_again_has_no_effect(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(5))
    receive_deliveries(warehouse)
    judge_deliveries(warehouse)
    landings, deliveries = "select * from ops.landing", "select * from ops.delivery"
    before = rows(warehouse, landings), rows(warehouse, deliveries)
    assert receive_deliveries(warehouse) == []
    assert judge_deliveries(warehouse) == []
    assert (rows(warehouse, landings), rows(warehouse, deliveries)) == before


def test_a_missing_column_is_refused_by_name_and_nothing_is_written(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(5), columns=[c for c in COLUMNS if c != "zonnepanelen"])
    reason = refusal(warehouse)
    assert "ontbreken: zonnepanelen" in reason and "Voeg ze toe" in reason
    assert not list(warehouse.archive_dir.glob("??/*"))


def test_a_renamed_column_is_refused_by_both_its_names(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(5), columns=["Statuscode" if c == "status" else c for c in COLUMNS])
    reason = refusal(warehouse)
    assert "ontbreken: status" in reason and "'Statuscode'" in reason


def test_a_delivery_with_personal_data_is_refused_whole_and_not_kept(
    warehouse: Settings, inbox: Path
) -> None:
    rows_ = [{**row, "Naam huurder": "Jansen"} for row in homes(5)]
    deliver(inbox, rows_, columns=[*COLUMNS, "Naam huurder"])
    reason = refusal(warehouse)
    assert "persoonsgegevens: 'Naam huurder'" in reason and "niet bewaard" in reason
    assert not list(warehouse.archive_dir.glob("??/*"))
    assert "Jansen" not in str(rows(warehouse, "select * from ops.delivery"))


def test_a_file_with_commas_is_read_and_its_sender_is_told(
    warehouse: Settings, inbox: Path
) -> None:
    folder = deliver(inbox, [home(n, netto_huur="612.50") for n in (1, 2)])
    path = folder / "eenheid.csv"
    path.write_text(path.read_text("utf-8").replace(";", ","), "utf-8")
    _sign(path)
    assert one(warehouse).rows == 2
    assert verdict(warehouse).state == "accepted_with_remarks"
    ((content,),) = rows(warehouse, "select receipt_json from ops.delivery")
    assert "gescheiden met een komma" in content["opmerkingen"][0]


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"afzender_code": "CAR"}, "ligt in de map van DKO"),
        ({"gemeente_code": "GM0882"}, "De levering is voor GM0882"),
        ({"contractversie": "2.0.0"}, "voor eenheid is geldig 1.0.0"),
        ({"soort": "DEEL"}, "een woning die ontbreekt zou verdwenen lijken"),
        ({"soort": "CORRECTIE"}, "vervangt_levering_id"),
        ({"soort": "EXTRA"}, "kies VOLLEDIG, CORRECTIE, DEEL of INTREKKING"),
        ({"opmerking": "x"}, "opmerking: dit veld kennen wij niet"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused_in_words(
    warehouse: Settings, inbox: Path, manifest: dict[str, Any], message: str
) -> None:
    deliver(inbox, homes(2), **manifest)
    assert message in refusal(warehouse)


def test_a_file_that_changed_after_its_manifest_is_refused(
    warehouse: Settings, inbox: Path
) -> None:
    folder = deliver(inbox, homes(2))
    with (folder / "eenheid.csv").open("a", encoding="utf-8") as file:
        file.write(";".join(home(3).values()) + "\n")
    assert "sha256" in refusal(warehouse)


def test_a_row_count_that_differs_from_the_manifest_is_refused(
    warehouse: Settings, inbox: Path
) -> None:
    folder = deliver(inbox, homes(3))
    letter = folder / "manifest.json"
    letter.write_text(letter.read_text("utf-8").replace('"rijen": 3', '"rijen": 4'), "utf-8")
    assert "heeft 3 rijen, het manifest noemt 4" in refusal(warehouse)


def test_a_row_with_a_cell_too_many_is_set_aside_and_named(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, [home(1), home(2, complex_code="C1;C2"), home(3)])
    # the writer quotes that cell, so undo it
    path = inbox / "DKO" / "2026-09-30-1" / "eenheid.csv"
    path.write_text(path.read_text("utf-8").replace('"', ""), "utf-8")
    _sign(path)
    assert one(warehouse).rows == 3
    found = verdict(warehouse)
    assert (found.state, found.rejected_rows) == ("accepted_with_remarks", 1)
    ((content,),) = rows(warehouse, "select receipt_json from ops.delivery")
    assert {fault["row"] for fault in content["fouten"]} == {3}
    assert rows(warehouse, "select distinct row_number from ops.quarantine") == [(3,)]


def test_empty_rows_at_the_end_and_stray_quotes_are_survived(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, [home(1, efg_uitzondering_besluit='besluit 12" 2024'), home(2)])
    path = inbox / "DKO" / "2026-09-30-1" / "eenheid.csv"
    text = path.read_text("utf-8") + ";" * (len(COLUMNS) - 1) + "\n\n"
    path.write_text(text, "utf-8")
    _sign(path)
    assert one(warehouse).rows == 2


def test_a_folder_without_a_manifest_is_still_being_filled(
    warehouse: Settings, inbox: Path
) -> None:
    folder = deliver(inbox, homes(2), received="2026-10-10T09:00:00+02:00")
    letter = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").unlink()
    put_there = datetime.fromisoformat("2026-10-10T09:00:00+02:00").timestamp()
    assert receive_deliveries(warehouse, clock=lambda: put_there + 3600) == []
    (folder / "manifest.json").write_bytes(letter)
    assert one(warehouse).outcome == "new"


def test_a_folder_that_stays_without_a_manifest_is_refused_and_so_seen(
    warehouse: Settings, inbox: Path
) -> None:
    folder = deliver(inbox, homes(2))
    letter = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").unlink()
    refused = one(warehouse)
    assert refused.outcome == "refused"
    assert "afspraken deliver" in refused.reasons[0]
    assert receive_deliveries(warehouse) == []
    (folder / "manifest.json").write_bytes(letter)
    assert one(warehouse).outcome == "new"


def test_bad_rows_are_quarantined_with_row_column_value_and_rule_and_the_rest_goes_on(
    warehouse: Settings, inbox: Path
) -> None:
    spoilt = homes(200)
    spoilt[3] = home(4, status="VERHUURD")
    spoilt[7] = home(8, netto_huur="twaalf", bouwjaar="19o5")
    deliver(inbox, spoilt)
    one(warehouse)
    found = verdict(warehouse)
    assert (found.state, found.rejected_rows) == ("accepted_with_remarks", 2)
    assert rows(
        warehouse,
        "select row_number, column_name, value, rule_id from ops.quarantine order by 1, 2",
    ) == [
        (5, "status", "VERHUURD", "status-code"),
        (9, "bouwjaar", "19o5", "bouwjaar-type"),
        (9, "netto_huur", "twaalf", "netto_huur-type"),
    ]
    ((html, content),) = rows(warehouse, "select receipt_html, receipt_json from ops.delivery")
    assert content["afgekeurde_rijen"] == 2
    assert {fault["row"] for fault in content["fouten"]} == {5, 9}
    assert "VERHUURD" in html and "Toegestaan: VEH (Verhuurd)" in html
    assert "twaalf" in html and "zonder euroteken" in html


def test_more_bad_rows_than_tolerated_send_the_whole_delivery_back_and_the_last_one_stays(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(200))
    one(warehouse)
    judge_deliveries(warehouse)
    in_use = rows(warehouse, "select landing_id from ops.landing_in_use")
    spoilt = [home(n, zonnepanelen="ja" if n <= 5 else "N") for n in range(1, 201)]
    deliver(
        inbox,
        spoilt,
        number=2,
        received="2026-10-11T09:00:00+02:00",
        soort="CORRECTIE",
        vervangt_levering_id="DKO-2026-09-30-1",
    )
    one(warehouse)
    found = verdict(warehouse)
    assert found.state == "refused"
    assert found.reasons == ("5 van de 200 rijen zijn afgekeurd; ten hoogste 4 is toegestaan.",)
    assert rows(warehouse, "select landing_id from ops.landing_in_use") == in_use


def test_a_correction_replaces_what_it_corrects(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(5))
    deliver(
        inbox,
        homes(6),
        number=2,
        received="2026-10-12T09:00:00+02:00",
        soort="CORRECTIE",
        vervangt_levering_id="DKO-2026-09-30-1",
    )
    receive_deliveries(warehouse)
    judge_deliveries(warehouse)
    assert rows(warehouse, "select part, row_count from ops.landing_in_use") == [
        ("DKO/2026-09-30", 6)
    ]


def test_a_delivery_that_was_received_earlier_but_comes_to_us_later_does_not_push_out_the_newer(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(6), number=2, received="2026-10-12T09:00:00+02:00")
    receive_deliveries(warehouse)
    judge_deliveries(warehouse)
    deliver(inbox, homes(5), number=1, received="2026-10-10T09:00:00+02:00")
    receive_deliveries(warehouse)
    late = verdict(warehouse)
    assert late.state == "held_back"
    assert "DKO-2026-09-30-2" in late.reasons[0]
    assert rows(warehouse, "select row_count from ops.landing_in_use") == [(6,)]


def test_two_deliveries_that_wait_together_are_used_in_order_of_reception(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(6), number=2, received="2026-10-12T09:00:00+02:00")
    receive_deliveries(warehouse)
    deliver(inbox, homes(5), number=1, received="2026-10-10T09:00:00+02:00")
    receive_deliveries(warehouse)
    states = {found.pending.rows: found.state for found in judge_deliveries(warehouse)}
    assert states == {5: "held_back", 6: "accepted"}
    assert rows(warehouse, "select row_count from ops.landing_in_use") == [(6,)]


def test_an_inbox_may_be_any_address(warehouse: Settings, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "inbox", homes(3))
    elsewhere = fsspec.filesystem("memory")
    for path in folder.iterdir():
        elsewhere.pipe_file(f"/leveringen/DKO/oktober/{path.name}", path.read_bytes())
    try:
        settings = warehouse.model_copy(update={"inbox_url": "memory://leveringen"})
        assert one(settings).rows == 3
        assert receive_deliveries(settings) == []
    finally:
        elsewhere.rm("/leveringen", recursive=True)


def test_a_refused_delivery_may_come_again_under_the_same_number(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(5), columns=(*COLUMNS[:-1], "extra"))
    assert one(warehouse).outcome == "refused"
    deliver(inbox, homes(5), number=2, levering_id="DKO-2026-09-30-1")
    again = one(warehouse)
    assert (again.outcome, again.delivery_id) == ("new", "DKO-2026-09-30-1~2")


def test_an_accepted_number_may_not_be_used_for_other_content(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(5))
    one(warehouse)
    deliver(inbox, homes(6), number=2, levering_id="DKO-2026-09-30-1")
    received = one(warehouse)
    assert received.outcome == "refused"
    assert "nieuw levering_id" in received.reasons[0]


def test_what_can_be_read_in_one_way_only_is_mended_and_said(
    warehouse: Settings, inbox: Path
) -> None:
    eaten = [home(n, "HOE", bag_object_id=f"91701{n:010d}") for n in range(1, 41)]
    eaten[0]["netto_huur"] = "€ 612,50"
    deliver(inbox, eaten, party="HOE")
    one(warehouse)
    assert verdict(warehouse).state == "accepted"
    ((html, content),) = rows(warehouse, "select receipt_html, receipt_json from ops.delivery")
    told = {mended["column"]: mended for mended in content["hersteld"]}
    assert told["bag_object_id"]["count"] == 40
    assert told["bag_object_id"]["rows"] == list(range(2, 22))
    assert "voorloopnul" in told["bag_object_id"]["message"] and "voorloopnul" in html
    assert (told["netto_huur"]["given"], told["netto_huur"]["used"]) == ("€ 612,50", "612,50")
    loaded = "select bag_object_id, netto_huur from raw.levering_eenheid where _row_number = 2"
    assert rows(warehouse, loaded) == [("0917010000000001", "612,50")]
    traced = rows(
        warehouse,
        "select given, used, kind from ops.mend where row_number = 2 order by column_name",
    )
    assert traced == [
        ("917010000000001", "0917010000000001", "BAG-id"),
        ("€ 612,50", "612,50", "getal"),
    ]
    delivered = (inbox / "HOE" / "2026-09-30-1" / "eenheid.csv").read_bytes()
    archived = warehouse.archive_dir.rglob(hashlib.sha256(delivered).hexdigest())
    assert [path.read_bytes() for path in archived] == [delivered]


def test_a_stock_that_jumps_is_accepted_with_a_question(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(100, peildatum="2026-06-30"), peildatum="2026-06-30")
    deliver(inbox, homes(110))
    receive_deliveries(warehouse)
    judge_deliveries(warehouse)
    deliver(inbox, homes(90), number=2, received="2026-10-14T09:00:00+02:00")
    receive_deliveries(warehouse)
    found = verdict(warehouse)
    assert found.state == "accepted_with_remarks"
    assert "Het aantal rijen is 90; vorige keer was het 110." in found.reasons[0]


@pytest.mark.parametrize(
    ("module", "step", "point"),
    [
        ("ingestion", "deliveries", "deliveries.after_archive"),
        ("ingestion", "deliveries", "deliveries.before_commit"),
        ("expectations", "deliveries", "judge.before_commit"),
    ],
)
def test_a_night_that_is_killed_over_deliveries_is_simply_run_again(
    warehouse: Settings, inbox: Path, module: str, step: str, point: str
) -> None:
    deliver(inbox, [*homes(199), home(200, status="XXX")])
    if module == "expectations":
        receive_deliveries(warehouse)
    assert _in_a_process(warehouse, module, step, point).returncode == 137
    assert rows(warehouse, "select * from ops.landing where state <> 'loaded'") == []
    assert rows(warehouse, "select * from ops.quarantine") == []
    receive_deliveries(warehouse)
    judge_deliveries(warehouse)
    assert rows(warehouse, "select state, row_count from ops.landing") == [
        ("accepted_with_remarks", 200)
    ]
    assert rows(warehouse, "select count(*) from raw.levering_eenheid") == [(200,)]
    assert rows(warehouse, "select count(*) from ops.quarantine") == [(1,)]
    left = rows(warehouse, "select tablename from pg_tables where tablename like '\\_%'")
    assert left == []


def _sign(path: Path) -> None:
    """Make the manifest fit a file that a test has changed."""
    letter = path.with_name("manifest.json")
    content = json.loads(letter.read_text("utf-8"))
    content["bestanden"][0]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    letter.write_text(json.dumps(content), "utf-8")


def _in_a_process(
    settings: Settings, module: str, step: str, point: str
) -> subprocess.CompletedProcess[str]:
    values = {
        name.upper(): str(value) for name, value in settings.model_dump().items() if value != ""
    }
    return subprocess.run(
        [sys.executable, "-m", module, step],
        cwd=ROOT,
        env={**os.environ, **values, "AFSPRAKEN_CRASH_AT": point},
        capture_output=True,
        text=True,
        check=False,
    )
