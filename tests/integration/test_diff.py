"""What the next publication would change, seen before anything is published."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from afspraken import diff as look_ahead
from afspraken import night as nights
from afspraken.build import alone
from afspraken.db import connect
from afspraken.diff import DiffError, diff
from afspraken.settings import ROOT, Settings
from expectations import judge
from ingestion import receive_deliveries
from tests.integration.test_night import a_delivery, again, as_environment, figures


def ask(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "afspraken.cli", "diff", *words],
        env=as_environment(settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_corrected_delivery_is_seen_with_its_cause_and_nothing_is_published(
    night: Settings,
) -> None:
    before = figures(night)
    unchanged = diff(night)
    assert unchanged.is_empty and not unchanged.causes

    again(a_delivery(night), "DKO-CORRECTIE", lambda rows: rows[:-20])
    receive_deliveries(night)
    judge(night)
    answer = ask(night, "--json")
    assert answer.returncode == 1, answer.stderr
    found = json.loads(answer.stdout)
    assert [cause["delivery_id"] for cause in found["causes"]] == ["DKO-CORRECTIE"]
    (stock,) = [
        row
        for row in found["figures"]
        if (row["indicator"], row["onderdeel"], row["gebied_soort"], row["corporatie_code"])
        == ("K01", "totaal", "gemeente", "DKO")
        and row["peildatum"] == "2026-09-30"
    ]
    assert stock["change"] == "changed"
    assert stock["difference"] == stock["new"] - stock["old"] < 0
    assert stock["percent"] == pytest.approx(100 * stock["difference"] / stock["old"], abs=0.06)

    table = ask(night, "--built")
    assert table.returncode == 1
    assert "DKO-CORRECTIE" in table.stdout and "anders" in table.stdout
    assert figures(night) == before
    with connect(night) as connection:
        (publications,) = connection.execute("select count(*) from ops.publication").fetchone()
        left = connection.execute(
            "select 1 from ops.model_result where run_id = %s", [look_ahead.LOOK_AHEAD]
        ).fetchone()
    assert (publications, left) == (1, None)


def test_beside_a_night_nothing_is_built_and_what_the_night_built_is_compared(
    night: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_ahead, "build_marts", lambda *_: pytest.fail("built beside a night"))
    nights.open_night(night, "loopt-nog")
    with pytest.raises(DiffError, match="loopt-nog has built nothing yet"):
        diff(night)
    with connect(night, "publisher") as connection:
        connection.execute("create schema marts__next")
        for mart in ("mart_indicator", "mart_doel_stand", "mart_afspraak_stand"):
            connection.execute(f"create table marts__next.{mart} as table marts.{mart}".encode())
        connection.execute("delete from marts__next.mart_afspraak_stand where nummer = 'C12'")
        connection.execute(
            "update marts__next.mart_indicator set waarde = waarde + 1 where indicator = 'K23' "
            "and gebied_soort = 'gemeente' and corporatie_code = '' and is_laatste"
        )
    found = diff(night)
    assert [(row["nummer"], row["change"]) for row in found.agreements] == [("C12", "gone")]
    assert {row["difference"] for row in found.figures} == {1}
    assert not found.targets


def test_a_look_ahead_waits_for_who_is_building(night: Settings) -> None:
    with alone(night), connect(night, autocommit=True) as connection:
        connection.execute("set lock_timeout = '50ms'")
        free = connection.execute(
            "select pg_try_advisory_lock(hashtext('afspraken.build'))"
        ).fetchone()
    assert free == (False,)


def test_without_a_publication_there_is_nothing_to_compare(warehouse: Settings) -> None:
    with pytest.raises(DiffError, match="run a night first"):
        diff(warehouse, is_built=True)
