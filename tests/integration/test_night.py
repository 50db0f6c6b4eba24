"""Whole nights on a real Postgres, with the simulated publishers and the sample's deliveries."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from afspraken import readout
from afspraken.db import connect
from afspraken.settings import ROOT, Settings
from tests.conftest import copy_of, run_night, step

# CBS, Kerncijfers wijken en buurten (CC BY 4.0)
WONINGVOORRAAD = {2016: 45_227, 2017: 45_619, 2018: 45_758, 2019: 45_834}
INWONERS = {2016: 87_406, 2017: 87_189, 2018: 86_762, 2019: 86_832, 2020: 87_086}
CORPORATIEAANDEEL = {2016: 37, 2017: 37, 2018: 37, 2019: 37}


def figures(settings: Settings) -> str:
    """A fingerprint of everything that is published, but for the numbers that landings got."""
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
                f"from (select (to_jsonb(t) - 'landing_id')::text as r "
                f"from marts.{table} as t) as x".encode()
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
    # of later years the sample has invented figures
    found = {year: v for year, v in published(first_night, code).items() if year <= 2020}
    assert found == expected


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


@pytest.fixture(scope="module")
def bad_night(
    server: Settings,
    first_night: Settings,
    publishers: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Settings, list[str]]]:
    """A second night in which much goes wrong at once; with it the steps that failed."""

    def rename(rows: list[list[str]]) -> list[list[str]]:
        return [[name.replace("netto_huur", "huur") for name in rows[0]], *rows[1:]]

    def spoil(rows: list[list[str]]) -> list[list[str]]:
        rows[5][rows[0].index("zonnepanelen")] = "MISSCHIEN"
        return rows

    with copy_of(server, first_night, tmp_path_factory.mktemp("bad") / "state") as settings:
        again(a_delivery(settings, "CAR"), "CAR-kapot", rename)
        again(a_delivery(settings, "DKO"), "DKO-rij", spoil)
        fault = {"publisher": "ep-online", "fault": "down", "times": None}
        httpx.post(f"{publishers}/_control", json=fault).raise_for_status()
        try:
            tolerated = ("rvo", "deliveries")
            failed = run_night(settings, "tweede-nacht", tolerate=tolerated)
        finally:
            httpx.post(f"{publishers}/_control", json=fault | {"fault": "none"})
        yield settings, failed


def homes(settings: Settings, party: str) -> int:
    rows = readout.indicators(settings, code="K01", scope="GM0917", party=party)
    (row,) = [
        row
        for row in rows
        if row["onderdeel"] == "totaal" and row["peildatum"].isoformat() == "2026-09-30"
    ]
    return int(row["value"])


def test_a_delivery_with_a_renamed_column_is_refused_by_name_and_its_predecessor_stays(
    bad_night: tuple[Settings, list[str]],
) -> None:
    settings, _ = bad_night
    delivery = "from ops.delivery where delivery_id = 'CAR-kapot'"
    assert scalar(settings, f"select state {delivery}") == "refused"
    assert "netto_huur" in scalar(settings, f"select reason {delivery}")
    assert scalar(settings, "select count(*) from ops.landing where delivery_id = 'CAR-kapot'") == 0
    assert homes(settings, "CAR") == 3_934


def test_a_bad_row_is_quarantined_with_its_place_and_the_rest_goes_on(
    bad_night: tuple[Settings, list[str]],
) -> None:
    settings, _ = bad_night
    with connect(settings) as connection:
        quarantined = connection.execute(
            "select l.file_name, q.row_number, q.message from ops.quarantine as q "
            "join ops.landing as l using (landing_id) where l.delivery_id = 'DKO-rij' "
            "and q.column_name = 'zonnepanelen' and q.value = 'MISSCHIEN'"
        ).fetchall()
    ((file_name, row_number, message),) = quarantined
    assert "eenheid.csv" in file_name
    assert row_number > 0
    assert "zonnepanelen" in message.lower()
    assert homes(settings, "DKO") == 6_994 - 1


def test_a_publisher_that_is_down_costs_its_own_refresh_only(
    bad_night: tuple[Settings, list[str]],
) -> None:
    settings, failed = bad_night
    assert "rvo" in failed
    assert "publish" not in failed
    judgement = "select oordeel from monitor.bron_versheid where bron = "
    assert scalar(settings, f"{judgement}'ep_online'") == "niet bereikbaar"
    assert scalar(settings, f"{judgement}'cbs_pc6hnr'") == "actueel"
    wholly = readout.indicators(settings, code="K23", scope="GM0917", party="MIJ")
    assert 270 in {int(row["value"]) for row in wholly if row["onderdeel"] == "bruto"}


def test_kills_while_loading_building_and_publishing_leave_no_trace(
    server: Settings,
    first_night: Settings,
    tmp_path: Path,
) -> None:
    """A correction comes in and three nights on it are killed; then one is left in peace.

    What was shown stays until that one, and then is what an undisturbed night would show.
    """

    def sell_one(rows: list[list[str]]) -> list[list[str]]:
        return rows[:-1]

    def kill(settings: Settings, command: list[str], point: str) -> None:
        killed = subprocess.run(
            [sys.executable, "-m", *command],
            env=as_environment(settings) | {"AFSPRAKEN_CRASH_AT": point},
            cwd=ROOT,
            check=False,
            capture_output=True,
        )
        assert killed.returncode == 137, killed.stderr[-2000:]

    with copy_of(server, first_night, tmp_path / "calm") as calm:
        again(a_delivery(calm), "DKO-correctie", sell_one)
        run_night(calm, "tweede-nacht")
        expected = figures(calm)

    with copy_of(server, first_night, tmp_path / "killed") as settings:
        before = figures(settings)
        assert before != expected
        again(a_delivery(settings), "DKO-correctie", sell_one)

        step("open")(settings, "nacht-1")
        kill(settings, ["ingestion", "deliveries"], "load.before_commit")
        assert figures(settings) == before

        for name in ("open", "deliveries", "agreements", "judge"):
            step(name)(settings, "nacht-2")
        kill(settings, ["afspraken.build", "nacht-2"], "build.after_dbt")
        assert figures(settings) == before

        for name in ("open", "deliveries", "agreements", "judge", "build", "audit"):
            step(name)(settings, "nacht-3")
        kill(settings, ["afspraken.publish", "nacht-3"], "publish.before_commit")
        assert figures(settings) == before

        run_night(settings, "nacht-4")
        assert figures(settings) == expected
        loaded = "select count(*) from ops.landing where delivery_id = 'DKO-correctie'"
        assert scalar(settings, f"{loaded} and state like 'accepted%'") == 1


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


def test_the_figures_of_cbs_stand_in_one_table_with_their_table_unit_and_status(
    first_night: Settings,
) -> None:
    def figure(series: str, subject: str, period: str, part: str = "totaal") -> tuple[Any, ...]:
        with connect(first_night, "reader") as connection:
            row = connection.execute(
                "select waarde::numeric(18, 2), eenheid, status, tabel, gebied_naam "
                "from marts.mart_cbs_kerncijfers where reeks = %s and onderwerp = %s "
                "and periode = %s and uitsplitsing = %s and gebied_code = 'GM0917'",
                [series, subject, period, part],
            ).fetchone()
        assert row is not None, (series, subject, period)
        return tuple(row)

    assert figure("cbs_kwb", "woningvoorraad", "2019JJ00") == (
        45_834, "aantal", None, "84583NED", "Heerlen",
    )  # fmt: skip
    assert figure("cbs_kwb", "gemiddelde_woz_waarde", "2019JJ00")[:2] == (135_000, "euro")
    assert figure("cbs_kwb", "aardgasverbruik", "2019JJ00")[:2] == (1_170, "m3")
    assert figure("cbs_kwb", "inwoners", "2024JJ00")[0] == 87_461
    # the series runs from the old table into the new one, which counts where both speak
    owners = "cbs_woningvoorraad_eigendom"
    assert figure(owners, "woningvoorraad", "2019JJ00")[:4] == (
        45_834, "aantal", "Definitief", "82900NED",
    )  # fmt: skip
    assert figure(owners, "corporatiewoningen", "2024JJ00")[2:4] == ("Definitief", "86286NED")
    assert figure(owners, "corporatiewoningen", "2026JJ00")[2] == "Voorlopig"
    vacant = figure(owners, "woningvoorraad", "2026JJ00", "StatusVanBewoning=niet_bewoond")
    assert vacant[0] == round(46_639 * 0.05)
    assert figure("cbs_misdrijven_maand", "geregistreerde_misdrijven", "2026MM09")[2] == "Voorlopig"


def test_a_buurt_of_which_cbs_keeps_a_figure_back_has_no_row_and_no_other_area_slips_in(
    first_night: Settings,
) -> None:
    mart = "select count(*) from marts.mart_cbs_kerncijfers where "
    assert (
        scalar(first_night, f"{mart} reeks = 'cbs_aardgasvrij' and gebied_code = 'BU09172300'") == 0
    )
    assert (
        scalar(first_night, f"{mart} reeks = 'cbs_aardgasvrij' and gebied_soort = 'buurt'")
        == 56 * 3
    )
    assert scalar(first_night, f"{mart} gebied_code !~ '^(GM|WK|BU)0917'") == 0
