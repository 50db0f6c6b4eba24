"""Whole nights on a real Postgres, with the simulated publishers and the sample's deliveries."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from afspraken import readout
from afspraken.db import connect
from afspraken.settings import ROOT, Settings
from tests.conftest import run_night, step

# CBS, Kerncijfers wijken en buurten (CC BY 4.0)
WONINGVOORRAAD = {2016: 45_227, 2017: 45_619, 2018: 45_758, 2019: 45_834}
INWONERS = {2016: 87_406, 2017: 87_189, 2018: 86_762, 2019: 86_832, 2020: 87_086}
CORPORATIEAANDEEL = {2016: 37, 2017: 37, 2018: 37, 2019: 37}


def figures(settings: Settings) -> str:
    """A fingerprint of everything that is published."""
    with connect(settings, "reader") as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "select table_name from information_schema.tables "
                "where table_schema = 'marts' order by 1"
            )
        ]
        assert "mart_indicator" in tables
        digest = hashlib.sha256()
        for table in tables:
            rows = connection.execute(
                f"select coalesce(string_agg(r, chr(10) order by r), '') "
                f"from (select t::text as r from marts.{table} as t) as x".encode()
            ).fetchone()
            assert rows is not None
            digest.update(f"{table}:{rows[0]}".encode())
    return digest.hexdigest()


def published(settings: Settings, code: str, scope: str = "GM0917") -> dict[int, Any]:
    rows = readout.indicators(settings, code=code, scope=scope, party="")
    return {row["peildatum"].year: row["value"] for row in rows}


def scalar(settings: Settings, query: str) -> Any:
    with connect(settings) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("CBS-WONINGVOORRAAD", WONINGVOORRAAD),
        ("CBS-INWONERS", INWONERS),
        ("CBS-CORPORATIEAANDEEL", CORPORATIEAANDEEL),
    ],
)
def test_the_figures_of_cbs_come_out_exactly(
    first_night: Settings, code: str, expected: dict[int, int]
) -> None:
    assert published(first_night, code) == expected


def test_the_homes_of_wijken_and_of_buurten_add_up_to_the_municipality(
    first_night: Settings,
) -> None:
    rows = readout.indicators(first_night, code="CBS-WONINGVOORRAAD", party="")
    of_2019 = [row for row in rows if row["peildatum"].year == 2019]
    for kind, areas in (("wijk", 23), ("buurt", 57)):
        of_kind = [row["value"] for row in of_2019 if row["scope_type"] == kind]
        assert len(of_kind) == areas
        assert sum(of_kind) == WONINGVOORRAAD[2019]


def test_inhabitants_of_wijken_do_not_add_up_because_cbs_rounds_them(
    first_night: Settings,
) -> None:
    rows = readout.indicators(first_night, code="CBS-INWONERS", party="")
    of_2019 = dict.fromkeys(("wijk", "buurt"), 0)
    for row in rows:
        if row["peildatum"].year == 2019 and row["scope_type"] in of_2019:
            of_2019[row["scope_type"]] += int(row["value"])
    assert of_2019 == {"wijk": 86_790, "buurt": 86_745}


def test_running_a_second_night_changes_nothing_and_loads_nothing(night: Settings) -> None:
    before = figures(night)
    landings = scalar(night, "select count(*) from ops.landing")
    versions = scalar(night, "select count(*) from history.indicator_waarde")
    run_night(night, "tweede-nacht")
    assert figures(night) == before
    assert scalar(night, "select count(*) from ops.landing") == landings
    assert scalar(night, "select count(*) from history.indicator_waarde") == versions
    assert scalar(night, "select count(*) from ops.publication") == 2


def a_delivery(settings: Settings, party: str = "DKO", peildatum: str = "2026-09-30") -> Path:
    """The folder of the delivery that is in use for a party and peildatum."""
    with connect(settings) as connection:
        row = connection.execute(
            "select delivery_id from ops.landing_in_use where source = 'levering_eenheid' "
            "and sender = %s and peildatum = %s",
            [party, peildatum],
        ).fetchone()
    assert row is not None
    for manifest in (settings.state_dir / "inbox" / party).rglob("manifest.json"):
        if json.loads(manifest.read_text(encoding="utf-8"))["levering_id"] == row[0]:
            return manifest.parent
    raise AssertionError(f"{row[0]} is not in the inbox")


def again(folder: Path, delivery_id: str, change: Any) -> Path:
    """A corrected copy of a delivery, with its rows changed and its manifest made right."""
    copy = folder.with_name(f"{folder.name}-{delivery_id}")
    shutil.copytree(folder, copy, copy_function=shutil.copy)
    file = copy / "eenheid.csv"
    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle, delimiter=";"))
    rows = change(rows)
    with file.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows(rows)
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest |= {
        "vervangt_levering_id": manifest["levering_id"],
        "levering_id": delivery_id,
        "soort": "CORRECTIE",
    }
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    manifest["bestanden"][0] |= {"rijen": len(rows) - 1, "sha256": digest}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return copy


def test_a_delivery_with_a_renamed_column_is_refused_and_yesterday_stays(night: Settings) -> None:
    before = figures(night)

    def rename(rows: list[list[str]]) -> list[list[str]]:
        return [[name.replace("netto_huur", "huur") for name in rows[0]], *rows[1:]]

    again(a_delivery(night), "DKO-kapot", rename)
    run_night(night, "tweede-nacht", tolerate=("deliveries",))
    reason = scalar(night, "select reason from ops.delivery where delivery_id = 'DKO-kapot'")
    state = scalar(night, "select state from ops.delivery where delivery_id = 'DKO-kapot'")
    assert state == "refused"
    assert "netto_huur" in reason
    assert figures(night) == before


def test_a_bad_row_is_quarantined_with_its_place_and_the_rest_goes_on(night: Settings) -> None:
    def spoil(rows: list[list[str]]) -> list[list[str]]:
        rows[5][rows[0].index("zonnepanelen")] = "MISSCHIEN"
        return rows

    again(a_delivery(night), "DKO-rij", spoil)
    run_night(night, "tweede-nacht")
    with connect(night) as connection:
        quarantined = connection.execute(
            "select q.row_number, q.column_name, q.value, q.message from ops.quarantine as q "
            "join ops.landing as l using (landing_id) where l.delivery_id = 'DKO-rij' "
            "and q.column_name = 'zonnepanelen' and q.value = 'MISSCHIEN'"
        ).fetchall()
    assert len(quarantined) == 1
    assert quarantined[0][3]
    homes = {
        row["peildatum"].isoformat(): row["value"]
        for row in readout.indicators(night, code="K01", scope="GM0917", party="DKO")
        if row["onderdeel"] == "totaal"
    }
    assert homes["2026-09-30"] == 6_994 - 1


def test_a_publisher_that_is_down_costs_its_own_refresh_only(
    night: Settings, publishers: str
) -> None:
    before = figures(night)
    fault = {"publisher": "ep-online", "fault": "down", "times": None}
    httpx.post(f"{publishers}/_control", json=fault).raise_for_status()
    try:
        failed = run_night(night, "tweede-nacht", tolerate=("ep_online",))
    finally:
        httpx.post(f"{publishers}/_control", json=fault | {"fault": "none"})
    assert failed == ["ep_online"]
    assert figures(night) == before
    judgement = scalar(night, "select oordeel from monitor.bron_versheid where bron = 'ep_online'")
    assert judgement == "niet bereikbaar"


@pytest.mark.parametrize(
    ("name", "command", "point"),
    [
        ("deliveries", ["ingestion", "deliveries"], "load.before_commit"),
        ("build", ["afspraken.build", "tweede-nacht"], "build.after_dbt"),
        ("publish", ["afspraken.publish", "tweede-nacht"], "publish.before_commit"),
    ],
)
def test_a_kill_in_the_night_and_a_next_night_give_the_figures_of_an_undisturbed_one(
    night: Settings, name: str, command: list[str], point: str
) -> None:
    """A correction comes in and its night is killed: what is shown stays, the next is right."""
    before = figures(night)

    def sell_one(rows: list[list[str]]) -> list[list[str]]:
        return rows[:-1]

    again(a_delivery(night), "DKO-correctie", sell_one)
    order = ["open", "cbs_kwb", "ep_online", "deliveries", "agreements", "judge", "build"]
    order += ["audit", "publish"]
    for earlier in order[: order.index(name)]:
        step(earlier)(night, "tweede-nacht")
    killed = subprocess.run(
        [sys.executable, "-m", *command],
        env=as_environment(night) | {"AFSPRAKEN_CRASH_AT": point},
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert killed.returncode == 137
    assert figures(night) == before

    run_night(night, "derde-nacht")
    after = figures(night)
    assert after != before
    run_night(night, "vierde-nacht")
    assert figures(night) == after
    assert (
        scalar(
            night,
            "select count(*) from ops.landing where delivery_id = 'DKO-correctie' "
            "and state like 'accepted%'",
        )
        == 1
    )


def as_environment(settings: Settings) -> dict[str, str]:
    given = {key.upper(): str(value) for key, value in settings.model_dump().items() if value}
    return os.environ | given


def test_e_f_g_equal_an_independent_count_from_the_sample_files(
    first_night: Settings, sample: Path
) -> None:
    from tests.integration.independent import efg_per_corporation

    counted = efg_per_corporation(sample, "2026-09-30")
    rows = readout.indicators(first_night, code="K23", scope="GM0917")
    ours = pd.DataFrame(
        [
            {"corporatie": row["party"], "onderdeel": row["onderdeel"], "n": int(row["value"])}
            for row in rows
            if row["peildatum"].isoformat() == "2026-09-30" and row["party"]
        ]
    ).drop_duplicates()
    table = ours.pivot(index="corporatie", columns="onderdeel", values="n").fillna(0)
    for kind in ("bruto", "uitgezonderd", "netto", "verlopen", "nooit"):
        assert table[kind].astype(int).to_dict() == counted[kind].to_dict(), kind
    assert table["bruto"].sum() == 1_818
