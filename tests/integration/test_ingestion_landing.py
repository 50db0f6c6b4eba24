"""Publishers' sources on a real Postgres: landed once, and never worse for a bad night."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from afspraken.db import connect
from afspraken.settings import ROOT, Settings
from expectations import judge_sources
from ingestion import LandingFailedError, archive, cbs, land
from ingestion.cards import load_card
from ingestion.fetch import Patience
from ingestion.load import Landing, add_landing
from ingestion.tables import ensure_raw_tables

QUICK = Patience(attempts=2, first_wait=0.01, longest_wait=0.05, timeout=1.0)
SOURCES = ("cbs_kwb", "cbs_pc6hnr", "ep_online", "leefbaarometer", "pdok_gebieden")
PUBLISHER = {
    "cbs_kwb": "cbs",
    "cbs_pc6hnr": "cbs-download",
    "ep_online": "ep-online",
    "leefbaarometer": "leefbaarometer",
    "pdok_gebieden": "pdok",
}
TABLE = {
    "cbs_kwb": "cbs_kwb_waarneming",
    "cbs_pc6hnr": "cbs_pc6hnr",
    "ep_online": "ep_online_certificaat",
    "leefbaarometer": "leefbaarometer_buurt",
    "pdok_gebieden": "pdok_gebied",
}
Misbehave = Callable[..., None]


@pytest.fixture
def misbehave(publishers: str) -> Iterator[Misbehave]:
    """Tell a publisher to misbehave; afterwards everybody behaves again."""

    def tell(source: str, fault: str, times: int | None = None) -> None:
        wish = {"publisher": PUBLISHER[source], "fault": fault, "times": times, "seconds": 3}
        httpx.post(f"{publishers}/_control", json=wish).raise_for_status()

    yield tell
    httpx.delete(f"{publishers}/_control")


@pytest.fixture
def live(warehouse: Settings, publishers: str) -> Settings:
    """An empty warehouse whose publishers are the simulated ones."""
    return warehouse.model_copy(
        update={
            "cbs_odata4_url": f"{publishers}/cbs/odata/v1/CBS",
            "cbs_download_url": f"{publishers}/cbs-download",
            "ep_online_url": f"{publishers}/ep-online/api/v5",
            "ep_online_api_key": "voorbeeld-sleutel",
            "pdok_url": f"{publishers}/pdok",
            "leefbaarometer_url": f"{publishers}/leefbaarometer",
        }
    )


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def files(settings: Settings) -> set[Path]:
    return {path for path in settings.archive_dir.rglob("*") if path.is_file()}


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_is_landed_once_and_the_next_night_changes_nothing(
    live: Settings, source: str
) -> None:
    first = land(source, live, run_id="een", patience=QUICK)
    assert {item.outcome for item in first} == {"new"}
    kept = files(live)
    counted = rows(live, f"select count(*), max(_landing_id) from raw.{TABLE[source]}")
    assert counted[0][0] > 50
    again = land(source, live, run_id="twee", patience=QUICK)
    assert {item.outcome for item in again} == {"unchanged"}
    assert rows(live, f"select count(*), max(_landing_id) from raw.{TABLE[source]}") == counted
    assert files(live) == kept
    checks = rows(live, "select outcome from ops.source_check order by recorded_at")
    assert [outcome for (outcome,) in checks] == ["new"] * len(first) + ["unchanged"] * len(first)


def test_an_unchanged_source_costs_no_download(
    live: Settings, publishers: str, misbehave: Misbehave
) -> None:
    land("ep_online", live, patience=QUICK)
    httpx.delete(f"{publishers}/_requests")
    land("ep_online", live, patience=QUICK)
    asked = httpx.get(f"{publishers}/_requests", params={"publisher": "ep-online"}).json()
    assert [entry["path"].rsplit("/", 1)[-1] for entry in asked] == ["DownloadInfo"]


def test_every_row_says_from_which_landing_and_which_row_of_the_file_it_came(
    live: Settings, sample: Path
) -> None:
    land("ep_online", live, patience=QUICK)
    land("cbs_pc6hnr", live, patience=QUICK)
    # two lines of preamble and a heading stand above the first certificate
    with zipfile.ZipFile(sample / "publishers/ep-online/v20261001_v4_csv.zip") as packed:
        lines = packed.read(packed.namelist()[0]).decode().splitlines()
    loaded = rows(
        live,
        "select _row_number, registratiedatum, postcode, coalesce(bag_verblijfsobject_id, ''), "
        "_landing_id from raw.ep_online_certificaat order by 1",
    )
    assert len({landing for *_, landing in loaded}) == 1
    for number, registered, postcode, object_id, _ in loaded:
        cells = lines[number - 1].split(";")
        assert (cells[0], cells[12], cells[17]) == (registered, postcode, object_id)
    # certificates of other municipalities are archived, not loaded
    elsewhere = {line.split(";")[12] for line in lines[3:]} - {row[2] for row in loaded}
    assert elsewhere and all(postcode.startswith("6371") for postcode in elsewhere)
    assert rows(live, "select distinct gemeente from raw.cbs_pc6hnr") == [("0917",)]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("cbs_kwb", "down"),
        ("cbs_kwb", "html-200"),
        ("cbs_kwb", "truncated"),
        ("cbs_kwb", "count-mismatch"),
        ("cbs_kwb", "repeat-page"),
        ("cbs_kwb", "missing-column"),
        ("cbs_kwb", "429"),
        ("cbs_pc6hnr", "truncated"),
        ("cbs_pc6hnr", "html-200"),
        ("cbs_pc6hnr", "reset"),
        ("cbs_pc6hnr", "missing-column"),
        ("ep_online", "down"),
        ("ep_online", "status-500"),
        ("ep_online", "slow"),
        ("ep_online", "truncated"),
        ("ep_online", "missing-column"),
        ("ep_online", "expired-link"),
        ("ep_online", "wrong-key"),
        ("pdok_gebieden", "reset"),
        ("pdok_gebieden", "count-mismatch"),
        ("pdok_gebieden", "empty"),
    ],
)
def test_a_publisher_that_misbehaves_costs_its_refresh_and_writes_no_row(
    live: Settings, misbehave: Misbehave, source: str, fault: str
) -> None:
    misbehave(source, fault)
    with pytest.raises(LandingFailedError) as failure:
        land(source, live, run_id="slecht", patience=QUICK)
    failed = {item.part for item in failure.value.landed if item.outcome == "failed"}
    landed = {part for (part,) in rows(live, "select part from ops.landing")}
    # of a fault that shows on a second page, a part of one page knows nothing
    assert failed and not failed & landed
    assert fault == "repeat-page" or not landed
    (counted,) = rows(
        live,
        f"select count(*) from raw.{TABLE[source]} "
        "where _landing_id not in (select landing_id from ops.landing)",
    )
    assert counted == (0,)
    checks = rows(live, "select distinct part from ops.source_check where outcome = 'failed'")
    assert {part for (part,) in checks} == failed
    text = str(failure.value) + str(rows(live, "select message from ops.source_check"))
    assert "sig=" not in text and "voorbeeld-sleutel" not in text


def test_a_bad_night_keeps_what_was_landed_and_a_good_one_catches_up(
    live: Settings, misbehave: Misbehave
) -> None:
    land("pdok_gebieden", live, patience=QUICK)
    before = rows(live, "select count(*) from raw.pdok_gebied")
    misbehave("pdok_gebieden", "status-500")
    with pytest.raises(LandingFailedError, match="fout 500"):
        land("pdok_gebieden", live, patience=QUICK)
    assert rows(live, "select count(*) from raw.pdok_gebied") == before
    misbehave("pdok_gebieden", "none")
    assert [item.outcome for item in land("pdok_gebieden", live, patience=QUICK)] == ["unchanged"]


def test_a_publisher_that_stumbles_once_is_tried_again(
    live: Settings, misbehave: Misbehave
) -> None:
    misbehave("pdok_gebieden", "status-500", times=1)
    assert [item.outcome for item in land("pdok_gebieden", live, patience=QUICK)] == ["new"]


@pytest.mark.parametrize(
    ("point", "landed"),
    [
        ("land.after_archive", 0),
        ("load.during_copy", 0),
        ("load.before_commit", 0),
        ("load.after_commit", 1),
    ],
)
def test_a_landing_that_is_killed_leaves_nothing_half_and_runs_again(
    live: Settings, point: str, landed: int
) -> None:
    killed = _land_in_a_process(live, "ep_online", point)
    assert killed.returncode == 137, killed.stderr
    assert rows(live, "select count(*) from ops.landing") == [(landed,)]
    ((count,),) = rows(live, "select count(*) from raw.ep_online_certificaat")
    assert (count > 0) == bool(landed)
    land("ep_online", live, patience=QUICK)
    assert rows(live, "select count(*) from ops.landing") == [(1,)]
    assert rows(live, "select count(*) from raw.ep_online_certificaat") == rows(
        live, "select row_count from ops.landing"
    )


def _land_in_a_process(
    settings: Settings, source: str, point: str
) -> subprocess.CompletedProcess[str]:
    values = {
        name.upper(): str(value) for name, value in settings.model_dump().items() if value != ""
    }
    return subprocess.run(
        [sys.executable, "-m", "ingestion", "land", source],
        cwd=ROOT,
        env={**os.environ, **values, "AFSPRAKEN_CRASH_AT": point},
        capture_output=True,
        text=True,
        check=False,
    )


def test_real_statline_exports_and_the_v3_edition_load_and_are_accepted_like_v4(
    warehouse: Settings, real_data: Path
) -> None:
    card = load_card("cbs_kwb")
    v3 = real_data / "cbs" / "84799NED_v3"
    listed = pd.read_parquet(v3 / "cbs.v3.84799NED_WijkenEnBuurten.parquet").to_dict("records")
    properties = pd.read_parquet(v3 / "cbs.v3.84799NED_DataProperties.parquet").to_dict("records")
    pattern = cbs.area_pattern("GM0917")
    areas = [
        (row["Key"].strip(), row["Title"].strip())
        for row in listed
        if pattern.match(row["Key"].strip())
    ]
    with connect(warehouse, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        for edition in card.editions:
            if edition.year == 2020:
                path = v3 / "heerlen_rows.json"
                rows_ = json.loads(path.read_text("utf-8"))
                tables = cbs.tables_from_v3(card, edition, "GM0917", rows_, properties, listed)
            else:
                path = real_data / "cbs" / "statline_export" / f"kwb_{edition.year}_heerlen.csv"
                tables = cbs.tables_from_statline(card, edition, path.read_bytes(), areas)
            kept = archive.store(warehouse.archive_dir, [path.read_bytes()])
            landing = Landing(
                "cbs_kwb", edition.part, path.name, kept.sha256, kept.bytes, warehouse.now()
            )
            add_landing(connection, landing, tables)
    assert {verdict.state for verdict in judge_sources(warehouse)} == {"accepted"}
    figures = rows(
        warehouse,
        "select o.measure, o.jaar::int, o.value::numeric::int from raw.cbs_kwb_waarneming as o "
        "inner join ops.landing_in_use as l on o._landing_id = l.landing_id "
        "where o.wijken_en_buurten = 'GM0917' and o.measure in ('M000297', 'T001036', 'A047047') "
        "order by 1, 2",
    )
    assert figures == [
        *(("A047047", year, 37) for year in range(2016, 2020)),
        *(("M000297", 2016 + n, v) for n, v in enumerate((45227, 45619, 45758, 45834))),
        *(("T001036", 2016 + n, v) for n, v in enumerate((87406, 87189, 86762, 86832, 87086))),
    ]


def test_an_edition_that_came_empty_is_held_back_and_the_last_good_one_stays(
    live: Settings, misbehave: Misbehave
) -> None:
    land("cbs_kwb", live, patience=QUICK)
    judge_sources(live)
    in_use = rows(live, "select landing_id from ops.landing_in_use order by 1")
    with connect(live) as connection:
        # as if CBS had revised its tables since
        connection.execute("update ops.landing set publisher_version = 'vorige'")
    misbehave("cbs_kwb", "empty")
    with pytest.raises(LandingFailedError):
        land("cbs_kwb", live, patience=QUICK)
    judge_sources(live)
    assert rows(live, "select landing_id from ops.landing_in_use order by 1") == in_use
