"""Every outcome that docs/leveren/uitkomsten.md promises, on a real Postgres."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from afspraken.db import IN_USE_LOCK, connect
from afspraken.settings import ROOT, Settings
from expectations import judge_deliveries
from ingestion import Received, receive_deliveries
from tests.deliveries import COLUMNS, deliver, deliver_entities, example, home, homes


@pytest.fixture
def inbox(warehouse: Settings) -> Path:
    folder = warehouse.state_dir / "inbox"
    folder.mkdir()
    return folder


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def take(settings: Settings) -> list[Received]:
    received = receive_deliveries(settings)
    judge_deliveries(settings)
    return received


def in_use(settings: Settings) -> list[str]:
    rows = ask(settings, "select delivery_id from ops.landing_in_use order by 1")
    return [row[0] for row in rows]


def states(settings: Settings) -> dict[str, str]:
    return dict(ask(settings, "select delivery_id, state from ops.delivery"))


def withdrawal(inbox: Path, of: str, number: int = 9, **manifest: Any) -> Path:
    return deliver_entities(
        inbox,
        {},
        number=number,
        received=f"2026-10-13T09:00:{number:02}+02:00",
        **{"soort": "INTREKKING", "vervangt_levering_id": of, **manifest},
    )


def correction(inbox: Path, of: str, number: int, count: int, **manifest: Any) -> Path:
    return deliver(
        inbox,
        homes(count),
        number=number,
        received=f"2026-10-{10 + number}T09:00:00+02:00",
        **{"soort": "CORRECTIE", "vervangt_levering_id": of, **manifest},
    )


def test_several_entities_get_one_verdict_and_one_receipt_that_names_their_files(
    warehouse: Settings, inbox: Path
) -> None:
    mutations = [example("mutatie", n) for n in range(1, 11)]
    mutations[4]["mutatiesoort"] = "XXX"
    deliver_entities(inbox, {"eenheid": homes(20), "mutatie": mutations})
    take(warehouse)
    ((state, rows, rejected, content, html),) = ask(
        warehouse, "select state, rows, rejected_rows, receipt_json, receipt_html from ops.delivery"
    )
    assert (state, rows, rejected) == ("accepted_with_remarks", 30, 1)
    assert ask(warehouse, "select source, state from ops.landing order by 1") == [
        ("levering_eenheid", "accepted_with_remarks"),
        ("levering_mutatie", "accepted_with_remarks"),
    ]
    told = {
        (part["file_name"], part["rows"], part["rejected_rows"]) for part in content["bestanden"]
    }
    assert told == {("eenheid.csv", 20, 0), ("mutatie.csv", 10, 1)}
    assert {(f["file_name"], f["row"]) for f in content["fouten"]} == {("mutatie.csv", 6)}
    assert "mutatie.csv" in html


def test_one_bad_file_sends_the_whole_delivery_back(warehouse: Settings, inbox: Path) -> None:
    mutations = [example("mutatie", n, mutatiesoort="XXX") for n in range(1, 11)]
    deliver_entities(inbox, {"eenheid": homes(20), "mutatie": mutations})
    take(warehouse)
    assert in_use(warehouse) == []
    assert ask(warehouse, "select distinct state from ops.landing") == [("refused",)]
    ((reason,),) = ask(warehouse, "select reason from ops.delivery")
    assert reason.startswith("mutatie.csv: 10 van de 10 rijen zijn afgekeurd")


def test_parts_add_up_and_what_is_whole_replaces_them(warehouse: Settings, inbox: Path) -> None:
    def part(number: int, soort: str = "DEEL", **manifest: Any) -> None:
        deliver_entities(
            inbox,
            {"mutatie": [example("mutatie", number)]},
            number=number,
            received=f"2026-10-1{number}T09:00:00+02:00",
            soort=soort,
            **manifest,
        )
        take(warehouse)

    part(1)
    part(2)
    assert in_use(warehouse) == ["DKO-2026-09-30-1", "DKO-2026-09-30-2"]
    part(3, "CORRECTIE", vervangt_levering_id="DKO-2026-09-30-1")
    assert in_use(warehouse) == ["DKO-2026-09-30-2", "DKO-2026-09-30-3"]
    part(4, "VOLLEDIG")
    assert in_use(warehouse) == ["DKO-2026-09-30-4"]
    part(5)
    assert in_use(warehouse) == ["DKO-2026-09-30-4", "DKO-2026-09-30-5"]


def test_a_part_that_was_received_before_the_whole_does_not_add_to_it(
    warehouse: Settings, inbox: Path
) -> None:
    whole = {"mutatie": [example("mutatie", 1), example("mutatie", 2)]}
    deliver_entities(inbox, whole, number=2, received="2026-10-12T09:00:00+02:00")
    take(warehouse)
    deliver_entities(inbox, {"mutatie": [example("mutatie", 1)]}, soort="DEEL")
    take(warehouse)
    assert states(warehouse)["DKO-2026-09-30-1"] == "held_back"
    assert in_use(warehouse) == ["DKO-2026-09-30-2"]


@pytest.mark.parametrize(
    ("party", "entity", "message"),
    [
        ("HKO", "eenheid", "wordt geleverd door corporaties, niet door huurdersorganisaties"),
        ("DKO", "plancapaciteit", "wordt geleverd door de gemeente, niet door corporaties"),
        ("XXX", "eenheid", "XXX staat niet op de lijst van partijen"),
    ],
)
def test_who_may_not_deliver_an_entity_is_told_who_may(
    warehouse: Settings, inbox: Path, party: str, entity: str, message: str
) -> None:
    deliver_entities(inbox, {entity: [example(entity)]}, party=party)
    (received,) = take(warehouse)
    assert received.outcome == "refused"
    assert message in " ".join(received.reasons)


def test_a_tenants_organisation_may_deliver_what_is_theirs(
    warehouse: Settings, inbox: Path
) -> None:
    row = example("participatie", afzender_code="HKO", gebied_code="WK091710")
    deliver_entities(inbox, {"participatie": [row]}, party="HKO")
    take(warehouse)
    assert in_use(warehouse) == ["HKO-2026-09-30-1"]


PLANTED = "Hendrika van Zonderen"


@pytest.mark.parametrize("where", ["heading", "value"])
def test_of_personal_data_only_the_hash_and_the_kind_are_kept(
    warehouse: Settings, inbox: Path, where: str
) -> None:
    if where == "heading":
        rows = [{**row, "Naam huurder": PLANTED} for row in homes(5)]
        folder = deliver(inbox, rows, columns=[*COLUMNS, "Naam huurder"])
    else:
        rows = [home(n, efg_uitzondering_besluit=f"mevr. {PLANTED}, 06-12345678") for n in (1, 2)]
        folder = deliver(inbox, rows, volledigheid_toelichting=f"vraag het mevr. {PLANTED}")
    shutil.copy(folder / "eenheid.csv", inbox / "DKO" / "los.csv")
    os.utime(inbox / "DKO" / "los.csv", (1_790_000_000, 1_790_000_000))
    received = take(warehouse)
    assert {item.outcome for item in received} == {"refused"}
    assert all("uit de inbox verwijderd" in item.reasons[-1] for item in received)
    kept = ask(warehouse, "select manifest from ops.delivery")
    assert all(len(row[0]["sha256"]) == 1 for row in kept)
    for path in (p for p in warehouse.state_dir.rglob("*") if p.is_file()):
        assert PLANTED.encode() not in path.read_bytes(), path
    tables = ask(
        warehouse,
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_schema in ('ops', 'raw', 'reference') and table_type = 'BASE TABLE'",
    )
    assert len(tables) > 20
    for (table,) in tables:
        text = ask(warehouse, f"select coalesce(string_agg(t::text, ''), '') from {table} as t")
        assert PLANTED not in text[0][0], table
    assert receive_deliveries(warehouse) == []


def test_what_must_not_be_kept_is_taken_out_of_the_inbox_after_a_kill_too(
    warehouse: Settings, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingestion.inbox import Inbox

    rows = [{**row, "BSN": "1"} for row in homes(2)]
    folder = deliver(inbox, rows, columns=[*COLUMNS, "BSN"])
    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "remove", lambda *_: (_ for _ in ()).throw(PermissionError()))
        with pytest.raises(ExceptionGroup):
            receive_deliveries(warehouse)
    assert (folder / "eenheid.csv").exists()
    assert receive_deliveries(warehouse) == []
    assert not folder.exists()
    assert len(ask(warehouse, "select * from ops.delivery")) == 1


def test_a_withdrawn_delivery_gives_way_to_the_one_before_it(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(5))
    correction(inbox, "DKO-2026-09-30-1", 2, 6)
    take(warehouse)
    withdrawal(inbox, "DKO-2026-09-30-2", volledigheid_toelichting="verkeerde export")
    (received,) = take(warehouse)
    assert received.outcome == "withdrawn"
    assert received.reasons == (
        "Levering DKO-2026-09-30-2 is ingetrokken.",
        "Over 30-09-2026 is nu in gebruik: DKO-2026-09-30-1.",
    )
    assert in_use(warehouse) == ["DKO-2026-09-30-1"]
    assert states(warehouse)["DKO-2026-09-30-2"] == "withdrawn"
    ((reason, html),) = ask(
        warehouse,
        "select w.reason, i.receipt_html from ops.delivery as w, ops.delivery as i "
        "where w.state = 'withdrawn' and i.kind = 'INTREKKING'",
    )
    assert "verkeerde export" in reason and "De intrekking is verwerkt" in html


def test_the_only_delivery_of_a_day_can_be_withdrawn_and_delivered_again(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(5))
    take(warehouse)
    withdrawal(inbox, "DKO-2026-09-30-1")
    (received,) = take(warehouse)
    assert received.reasons[-1] == "Er is nu geen levering in gebruik over 30-09-2026."
    assert in_use(warehouse) == []
    deliver(inbox, homes(5), number=2, received="2026-10-14T09:00:00+02:00")
    take(warehouse)
    assert in_use(warehouse) == ["DKO-2026-09-30-2"]


@pytest.mark.parametrize(
    ("manifest", "outcome", "message"),
    [
        ({"vervangt_levering_id": "DKO-nooit"}, "refused", "DKO-nooit in vervangt_levering_id"),
        ({"vervangt_levering_id": "CAR-2026-09-30-1"}, "refused", "kennen wij niet van DKO"),
        ({"peildatum": "2026-06-30"}, "refused", "gaat over 30-09-2026"),
        ({"vervangt_levering_id": None}, "refused", "noemt vervangt_levering_id"),
    ],
)
def test_a_withdrawal_of_what_is_not_there_is_refused(
    warehouse: Settings, inbox: Path, manifest: dict[str, Any], outcome: str, message: str
) -> None:
    deliver(inbox, homes(5))
    deliver(inbox, homes(5, "CAR"), party="CAR")
    take(warehouse)
    withdrawal(inbox, **{"of": "DKO-2026-09-30-1", **manifest})
    (received,) = take(warehouse)
    assert received.outcome == outcome
    assert message in " ".join(received.reasons)
    assert len(in_use(warehouse)) == 2


def test_a_second_withdrawal_changes_nothing(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(5))
    take(warehouse)
    withdrawal(inbox, "DKO-2026-09-30-1", 8)
    withdrawal(inbox, "DKO-2026-09-30-1", 9)
    first, second = take(warehouse)
    assert (first.outcome, second.outcome) == ("withdrawn", "unchanged")
    assert states(warehouse)[second.delivery_id] == "repeated"


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"vervangt_levering_id": "DKO-nooit"}, "kennen wij niet van DKO"),
        ({"vervangt_levering_id": "DKO-2026-09-30-1"}, "al vervangen door DKO-2026-09-30-2"),
        ({"vervangt_levering_id": "DKO-2026-06-30-1"}, "gaat over 30-06-2026"),
    ],
)
def test_a_correction_of_what_is_not_there_to_be_corrected_is_refused(
    warehouse: Settings, inbox: Path, manifest: dict[str, Any], message: str
) -> None:
    deliver(inbox, homes(5, peildatum="2026-06-30"), peildatum="2026-06-30")
    deliver(inbox, homes(5))
    correction(inbox, "DKO-2026-09-30-1", 2, 6)
    take(warehouse)
    correction(inbox, "", 3, 7, **manifest)
    (received,) = take(warehouse)
    assert received.outcome == "refused"
    assert message in " ".join(received.reasons)
    assert in_use(warehouse) == ["DKO-2026-06-30-1", "DKO-2026-09-30-2"]


def test_the_correction_of_a_refused_delivery_is_taken(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(5), columns=COLUMNS[:-5])
    assert take(warehouse)[0].outcome == "refused"
    correction(inbox, "DKO-2026-09-30-1", 2, 6)
    take(warehouse)
    assert in_use(warehouse) == ["DKO-2026-09-30-2"]


def test_the_same_files_under_another_id_are_known_already(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(5))
    take(warehouse)
    for number, given in ((2, "DKO-2026-09-30-2"), (3, "DKO-2026-09-30-1")):
        received = f"2026-10-{10 + number}T09:00:00+02:00"
        deliver(inbox, homes(5), number=number, received=received, levering_id=given)
    first, second = take(warehouse)
    for received in (first, second):
        assert received.outcome == "unchanged"
        assert "al geleverd, als levering DKO-2026-09-30-1" in received.reasons[0]
    assert states(warehouse) == {
        "DKO-2026-09-30-1": "accepted",
        "DKO-2026-09-30-2": "repeated",
        "DKO-2026-09-30-1~2": "repeated",
    }
    assert len(ask(warehouse, "select * from ops.landing")) == 1


def test_the_same_part_twice_does_not_count_twice(warehouse: Settings, inbox: Path) -> None:
    for number in (1, 2):
        deliver_entities(inbox, {"mutatie": [example("mutatie")]}, number=number, soort="DEEL")
    take(warehouse)
    assert in_use(warehouse) == ["DKO-2026-09-30-1"]


def test_what_was_refused_for_its_rows_is_judged_anew_when_it_comes_again(
    warehouse: Settings, inbox: Path
) -> None:
    spoilt = [home(n, status="XXX") for n in range(1, 11)]
    deliver(inbox, spoilt)
    take(warehouse)
    deliver(inbox, spoilt, number=2, received="2026-10-12T09:00:00+02:00")
    take(warehouse)
    assert states(warehouse) == {"DKO-2026-09-30-1": "refused", "DKO-2026-09-30-2": "refused"}
    assert len(ask(warehouse, "select * from ops.quarantine")) == 20


def test_going_back_to_what_was_delivered_before_a_correction_is_a_new_version(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(5))
    correction(inbox, "DKO-2026-09-30-1", 2, 6)
    take(warehouse)
    correction(inbox, "DKO-2026-09-30-2", 3, 5)
    take(warehouse)
    assert in_use(warehouse) == ["DKO-2026-09-30-3"]


def test_a_late_delivery_is_used_and_told_by_how_many_days(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(
        inbox,
        homes(5, peildatum="2026-06-30"),
        peildatum="2026-06-30",
        received="2026-08-04T09:00:00+02:00",
    )
    take(warehouse)
    ((state, content, html),) = ask(
        warehouse, "select state, receipt_json, receipt_html from ops.delivery"
    )
    assert (state, content["dagen_te_laat"]) == ("accepted", 5)
    assert "5 dagen te laat (uiterlijk 30-07-2026)" in html


def test_a_peildatum_that_is_still_to_come_is_refused(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(5, peildatum="2026-12-31"), peildatum="2026-12-31")
    (received,) = take(warehouse)
    assert received.outcome == "refused"
    assert "31-12-2026 is nog niet geweest" in received.reasons[0]


def test_a_peildatum_within_a_quarter_is_a_remark(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(5, peildatum="2026-09-15"), peildatum="2026-09-15")
    take(warehouse)
    ((state, remarks),) = ask(warehouse, "select state, remarks from ops.delivery")
    assert state == "accepted_with_remarks"
    assert "niet de laatste dag van een kwartaal" in remarks[0]


def test_a_file_that_is_missing_or_too_many_is_named(warehouse: Settings, inbox: Path) -> None:
    folder = deliver_entities(inbox, {"eenheid": homes(3), "mutatie": [example("mutatie")]})
    (folder / "mutatie.csv").unlink()
    other = deliver_entities(warehouse.state_dir / "elders", {"project": [example("project")]})
    shutil.copy(other / "project.csv", folder)
    (received,) = take(warehouse)
    assert received.outcome == "refused"
    told = " ".join(received.reasons)
    assert "mutatie.csv staat in het manifest maar niet in de levering" in told
    assert "project.csv staat niet in het manifest" in told


@pytest.mark.parametrize("name", ["../eenheid.csv", "..", "/etc/passwd"])
def test_a_name_in_a_manifest_can_not_lead_out_of_the_delivery(
    warehouse: Settings, inbox: Path, name: str
) -> None:
    folder = deliver(inbox, homes(2))
    letter = folder / "manifest.json"
    letter.write_text(letter.read_text("utf-8").replace('"eenheid.csv"', json.dumps(name)), "utf-8")
    (received,) = take(warehouse)
    assert received.outcome == "refused"


def test_an_empty_delivery_does_not_wipe_out_the_stock(warehouse: Settings, inbox: Path) -> None:
    deliver(inbox, homes(5))
    take(warehouse)
    deliver(inbox, [], number=2, received="2026-10-12T09:00:00+02:00")
    take(warehouse)
    assert states(warehouse)["DKO-2026-09-30-2"] == "refused"
    assert in_use(warehouse) == ["DKO-2026-09-30-1"]


def test_two_receivers_at_once_take_every_delivery_once(warehouse: Settings, inbox: Path) -> None:
    for number in range(1, 7):
        deliver(inbox, homes(20 + number), number=number, levering_id=f"L{number}")
    taken: list[list[Received]] = []
    threads = [
        threading.Thread(target=lambda: taken.append(receive_deliveries(warehouse)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(items) for items in taken) == [0, 0, 6]
    assert len(ask(warehouse, "select * from ops.landing")) == 6


def test_a_judge_waits_for_a_build_that_reads_the_deliveries(
    warehouse: Settings, inbox: Path
) -> None:
    deliver(inbox, homes(5))
    receive_deliveries(warehouse)
    with connect(warehouse, autocommit=True) as building:
        building.execute("select pg_advisory_lock_shared(hashtext(%s))", [IN_USE_LOCK])
        judging = threading.Thread(target=lambda: judge_deliveries(warehouse))
        judging.start()
        judging.join(timeout=8)
        assert judging.is_alive() and in_use(warehouse) == []
    judging.join(timeout=60)
    assert in_use(warehouse) == ["DKO-2026-09-30-1"]


def test_the_rows_of_two_parties_for_one_home_are_both_loaded(
    warehouse: Settings, inbox: Path
) -> None:
    """Which of them owns it is a difference that is listed, not a reason to refuse either."""
    deliver(inbox, homes(5))
    deliver(inbox, homes(5, "CAR"), party="CAR")
    take(warehouse)
    assert len(in_use(warehouse)) == 2
    claimed = ask(
        warehouse,
        "select count(*) from (select bag_object_id from raw.levering_eenheid "
        "group by 1 having count(distinct corporatie_code) = 2) as claimed_twice",
    )
    assert claimed == [(5,)]


def test_every_word_for_a_delivery_is_in_the_table_of_outcomes(warehouse: Settings) -> None:
    ((view,),) = ask(warehouse, "select pg_get_viewdef('monitor.levering'::regclass)")
    words = set(re.findall(r"THEN '([a-z ]+)'", view))
    assert len(words) == 6
    page = (ROOT / "docs" / "leveren" / "uitkomsten.md").read_text("utf-8")
    assert [word for word in words if f"| **{word}** " not in page] == []


def test_a_broken_delivery_does_not_hold_up_the_others(
    warehouse: Settings, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ingestion.deliveries as module

    deliver(inbox, homes(5))
    deliver(inbox, homes(5, "CAR"), party="CAR")
    real = module.receive

    def fails_for_car(sent: Any, *args: Any, **options: Any) -> Received:
        if sent.party == "CAR":
            raise psycopg.OperationalError("the disk is full")
        return real(sent, *args, **options)

    monkeypatch.setattr(module, "receive", fails_for_car)
    with pytest.raises(ExceptionGroup) as failed:
        receive_deliveries(warehouse)
    assert failed.value.exceptions[0].__notes__ == ["delivery CAR/2026-09-30-1"]
    assert list(states(warehouse)) == ["DKO-2026-09-30-1"]
    monkeypatch.undo()
    assert [item.sender for item in receive_deliveries(warehouse)] == ["CAR"]
