"""CBS in its three shapes: v4 from the network, v3 documents and StatLine exports from disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from ingestion import cbs
from ingestion.cards import Edition, Fetched, HeaderDriftError, load_card
from ingestion.fetch import Patience, SourceUnavailableError, http_client
from ingestion.load import Rows

CARD = load_card("cbs_kwb")
EDITION = Edition(part="84583NED", year=2019)
PROPERTIES = {
    "Identifier": "84583NED",
    "Version": "202001010000",
    "Modified": "2021-03-04T02:00:00+01:00",
    "ObservationsModified": "2021-03-04T02:00:00+01:00",
    "ObservationCount": 500,
}
MEASURES = [
    {"Identifier": "T001036", "Title": "Aantal inwoners", "Unit": "aantal", "Decimals": 0},
    {"Identifier": "M000297", "Title": "Woningvoorraad", "Unit": "aantal", "Decimals": 0},
]
AREAS = [
    {"Identifier": "GM0917    ", "Title": "Heerlen"},
    {"Identifier": "WK091710", "Title": "Wijk 10 Maria Gewanden en Terschuren"},
    {"Identifier": "BU07850917", "Title": "Goirle-Noord"},
]
OBSERVATIONS = [
    {"Id": 1, "Measure": "M000297", "ValueAttribute": "None", "Value": 45834.0,
     "StringValue": None, "WijkenEnBuurten": "GM0917    "},
    {"Id": 2, "Measure": "M000297", "ValueAttribute": "Confidential", "Value": None,
     "StringValue": None, "WijkenEnBuurten": "WK091710"},
    {"Id": 3, "Measure": "M000297", "ValueAttribute": "None", "Value": 7.0,
     "StringValue": None, "WijkenEnBuurten": "BU07850917"},
]  # fmt: skip
Change = Callable[[str, dict[str, Any]], None]


def fetch(
    root: Path, change: Change = lambda entity, body: None, known: str | None = None
) -> Fetched | None:
    """Fetch the edition from a CBS of three rows; `change` spoils an answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        entity = request.url.path.rsplit("/", 1)[-1]
        rows = {"MeasureCodes": MEASURES, "WijkenEnBuurtenCodes": AREAS}.get(entity, OBSERVATIONS)
        if "$top" in request.url.params:
            return httpx.Response(200, json={"value": [], "@odata.count": 500})
        body: dict[str, Any] = {"value": [dict(row) for row in rows], "@odata.count": len(rows)}
        if entity == "Properties":
            body = dict(PROPERTIES)
        change(entity, body)
        return httpx.Response(200, json=body)

    patience = Patience(attempts=2, first_wait=0.01, timeout=1)
    with http_client(httpx.MockTransport(answer), patience) as http:
        return cbs.fetch(CARD, EDITION, "http://cbs/v1", "GM0917", http, root, known)


def long(tables: dict[str, Rows]) -> pd.DataFrame:
    rows = tables["cbs_kwb_waarneming"]
    return pd.DataFrame([values for _, values in rows.rows], columns=list(rows.columns))


def values(tables: dict[str, Rows], measure: str, kind: str) -> pd.Series:
    """Values by area code; `kind` is GM, WK or BU."""
    frame = long(tables)
    frame = frame[(frame.measure == measure) & frame.wijken_en_buurten.str.startswith(kind)]
    return frame.set_index("wijken_en_buurten").value.astype(float)


def test_codes_lose_their_padding_and_a_lookalike_of_another_municipality_stays_out(
    tmp_path: Path,
) -> None:
    fetched = fetch(tmp_path)
    assert fetched is not None
    tables = cbs.tables(CARD, EDITION, fetched.path)
    assert sorted(long(tables).wijken_en_buurten) == ["GM0917", "WK091710"]
    areas = [row[2] for _, row in tables["cbs_kwb_gebied"].rows]
    assert areas == ["GM0917", "WK091710"]


def test_a_value_that_cbs_holds_back_is_not_zero(tmp_path: Path) -> None:
    fetched = fetch(tmp_path)
    assert fetched is not None
    frame = long(cbs.tables(CARD, EDITION, fetched.path)).set_index("wijken_en_buurten")
    assert frame.value["GM0917"] == "45834.0"
    assert frame.value["WK091710"] is None
    assert frame.value_attribute["WK091710"] == "Confidential"


def test_an_edition_that_did_not_change_is_recognised_from_its_properties(tmp_path: Path) -> None:
    fetched = fetch(tmp_path)
    assert fetched is not None

    def only_properties(entity: str, body: dict[str, Any]) -> None:
        assert entity == "Properties"

    assert fetch(tmp_path, only_properties, known=fetched.publisher_version) is None


def test_the_same_content_in_other_pages_is_the_same_bytes(tmp_path: Path) -> None:
    first = fetch(tmp_path)

    def reordered(entity: str, body: dict[str, Any]) -> None:
        for row in body.get("value", []):
            for key in sorted(row, reverse=True):
                row[key] = row.pop(key)

    again = fetch(tmp_path, reordered)
    assert first is not None and again is not None
    assert first.sha256 == again.sha256


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e, b: b.update({"@odata.count": 9}) if "value" in b else None, "9 aangekondigd"),
        (lambda e, b: b["value"].append(b["value"][0]) if "value" in b else None, "twee keer"),
        (
            lambda e, b: (
                b.update({"@odata.nextLink": "http://cbs/v1/x/Observations?$skip=1"})
                if e == "Observations"
                else None
            ),
            "twee keer",
        ),
        (lambda e, b: b.update(ObservationCount=1) if e == "Properties" else None, "noemt er 1"),
        (lambda e, b: b.pop("value", None), "geen OData"),
    ],
    ids=["count", "row twice", "page twice", "more than the table has", "no rows at all"],
)
def test_pages_that_do_not_add_up_are_refused(tmp_path: Path, change: Change, message: str) -> None:
    with pytest.raises(SourceUnavailableError, match=message):
        fetch(tmp_path, change)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_measure_that_disappeared_is_refused_by_name(tmp_path: Path) -> None:
    def gone(entity: str, body: dict[str, Any]) -> None:
        if entity == "MeasureCodes":
            body["value"].pop(0)
            body["@odata.count"] = 1

    with pytest.raises(HeaderDriftError, match=r"84583NED: missing \['T001036"):
        fetch(tmp_path, gone)


def test_the_pattern_finds_letters_in_wijken_and_buurten() -> None:
    pattern = cbs.area_pattern("GM0363")
    found = [c for c in ("GM0363", "WK0363AF", "BU0363AF01", "BU10360363") if pattern.match(c)]
    assert found == ["GM0363", "WK0363AF", "BU0363AF01"]


def _areas(real_data: Path) -> Sequence[tuple[str, str]]:
    listed = pd.read_parquet(
        real_data / "cbs" / "84799NED_v3" / "cbs.v3.84799NED_WijkenEnBuurten.parquet"
    )
    pattern = cbs.area_pattern("GM0917")
    return [
        (code.strip(), title.strip())
        for code, title in zip(listed.Key, listed.Title, strict=True)
        if pattern.match(code.strip())
    ]


def _export(real_data: Path, year: int) -> dict[str, Rows]:
    content = (real_data / "cbs" / "statline_export" / f"kwb_{year}_heerlen.csv").read_bytes()
    edition = next(e for e in CARD.editions if e.year == year)
    return cbs.tables_from_statline(CARD, edition, content, _areas(real_data))


@pytest.mark.parametrize(
    ("year", "homes", "inhabitants"),
    [(2016, 45227, 87406), (2017, 45619, 87189), (2018, 45758, 86762), (2019, 45834, 86832)],
)
def test_statline_exports_give_the_figures_of_cbs(
    real_data: Path, year: int, homes: int, inhabitants: int
) -> None:
    tables = _export(real_data, year)
    assert values(tables, "M000297", "GM")["GM0917"] == homes
    assert values(tables, "T001036", "GM")["GM0917"] == inhabitants
    assert values(tables, "A047047", "GM")["GM0917"] == 37
    assert len(values(tables, "T001036", "WK")) == 23
    assert len(values(tables, "T001036", "BU")) == 57


def test_homes_of_2019_add_up_and_inhabitants_need_not(real_data: Path) -> None:
    tables = _export(real_data, 2019)
    assert values(tables, "M000297", "WK").sum() == 45834
    assert values(tables, "M000297", "BU").sum() == 45834
    assert values(tables, "T001036", "WK").sum() == 86790
    assert values(tables, "T001036", "BU").sum() == 86745


def test_areas_of_the_same_name_and_a_wijk_that_is_numbered_wrongly_get_their_own_code(
    real_data: Path,
) -> None:
    homes = values(_export(real_data, 2016), "M000297", "")
    # the export of 2016 writes "Wijk 41 De Beitel"
    assert homes["WK091742"] == 27
    assert homes["WK091741"] == 2450
    assert homes["WK091733"] == 3259
    assert homes["BU09173300"] == 1798


def test_an_area_that_no_one_knows_is_refused_by_name(real_data: Path) -> None:
    areas = [area for area in _areas(real_data) if area[1] != "Terschuren"]
    content = (real_data / "cbs" / "statline_export" / "kwb_2019_heerlen.csv").read_bytes()
    with pytest.raises(HeaderDriftError, match="row 5: unknown area 'Terschuren'"):
        cbs.tables_from_statline(CARD, EDITION, content, areas)


def test_the_v3_edition_of_2020_gives_inhabitants_and_no_invented_homes(real_data: Path) -> None:
    folder = real_data / "cbs" / "84799NED_v3"
    rows = json.loads((folder / "heerlen_rows.json").read_text("utf-8"))
    properties = pd.read_parquet(folder / "cbs.v3.84799NED_DataProperties.parquet")
    areas = pd.read_parquet(folder / "cbs.v3.84799NED_WijkenEnBuurten.parquet")
    tables = cbs.tables_from_v3(
        CARD,
        Edition(part="84799NED", year=2020),
        "GM0917",
        rows,
        properties.to_dict("records"),
        areas.to_dict("records"),
    )
    assert values(tables, "T001036", "GM")["GM0917"] == 87086
    assert values(tables, "1050010_2", "GM")["GM0917"] == 45247
    assert values(tables, "M000297", "").empty
    assert len(tables["cbs_kwb_gebied"].rows) == 81


def test_the_measures_of_the_card_are_those_of_the_v4_edition_of_2017(real_data: Path) -> None:
    codes = pd.read_parquet(
        real_data / "cbs" / "83765NED_v4" / "cbs.v4.83765NED_MeasureCodes.parquet"
    ).set_index("Identifier")
    for measure_id, measure in CARD.measures.items():
        known = [i for i in (measure_id, *measure.aliases) if i in codes.index]
        assert len(known) == 1, measure.title
        assert codes.Title[known[0]] == measure.title
        assert codes.Unit[known[0]].replace(" ", "") == measure.unit.replace(" ", "")
    areas = pd.read_parquet(
        real_data / "cbs" / "83765NED_v4" / "cbs.v4.83765NED_WijkenEnBuurtenCodes.parquet"
    )
    pattern = cbs.area_pattern("GM0917")
    found = [code for code in areas.Identifier if pattern.match(code)]
    assert len(found) == 81
    assert "BU07850917" in set(areas.Identifier) and "BU07850917" not in found
