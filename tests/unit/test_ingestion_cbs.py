"""CBS in its shapes: OData v4 and v3 from the network, real v3 documents and StatLine exports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from ingestion import cbs
from ingestion.cards import (
    Card,
    Edition,
    Fetched,
    HeaderDriftError,
    Measure,
    load_card,
    source_names,
)
from ingestion.cbs.asked import chosen_topics
from ingestion.cbs.described import Topic
from ingestion.fetch import Patience, SourceUnavailableError, http_client
from ingestion.load import Rows
from tests.cbs import real_areas, resources_of_84799

CARD = load_card("cbs_kwb")
EDITION = Edition(part="84583NED", year=2019)
PROPERTIES = {
    "Identifier": "84583NED",
    "Version": "202001010000",
    "Modified": "2021-03-04T02:00:00+01:00",
    "ObservationsModified": "2021-03-04T02:00:00+01:00",
    "ObservationCount": 500,
}
DIMENSIONS = [{"Identifier": "WijkenEnBuurten", "Title": "Wijken en buurten", "Kind": "GeoDetail"}]
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
Tables = dict[str, Rows]
Change = Callable[[str, dict[str, Any]], None]


def fetch(
    root: Path, change: Change = lambda entity, body: None, known: str | None = None
) -> Fetched | None:
    """Fetch the edition from a CBS of three rows; `change` spoils an answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        entity = request.url.path.rsplit("/", 1)[-1]
        rows: list[dict[str, Any]] = {
            "Dimensions": DIMENSIONS,
            "MeasureCodes": MEASURES,
            "MeasureGroups": [],
            "WijkenEnBuurtenCodes": AREAS,
        }.get(entity, OBSERVATIONS)
        if "$top" in request.url.params:
            return httpx.Response(200, json={"value": [], "@odata.count": 500})
        body: dict[str, Any] = {"value": [dict(row) for row in rows], "@odata.count": len(rows)}
        if entity == "Properties":
            body = dict(PROPERTIES)
        change(entity, body)
        return httpx.Response(200, json=body)

    return _fetch(CARD, EDITION, "http://cbs/v1", answer, root, known)


def _fetch(
    card: Card,
    edition: Edition,
    base: str,
    answer: Callable[[httpx.Request], httpx.Response],
    root: Path,
    known: str | None = None,
) -> Fetched | None:
    patience = Patience(attempts=2, first_wait=0.01, timeout=1)
    with http_client(httpx.MockTransport(answer), patience) as http:
        description = cbs.describe(card, edition, base, http)
        return cbs.fetch(card, edition, description, "GM0917", http, root, known)


def rows_of(fetched: Fetched | None, card: Card = CARD, edition: Edition = EDITION) -> Tables:
    assert fetched is not None
    return cbs.tables(card, edition, cbs.archived(fetched.path), "GM0917")


def frame(tables: Tables, name: str) -> pd.DataFrame:
    rows = tables[name]
    return pd.DataFrame([values for _, values in rows.rows], columns=list(rows.columns))


def long(tables: Tables) -> pd.DataFrame:
    """Observations with the subject of their measure."""
    return frame(tables, "cbs_waarneming").merge(
        frame(tables, "cbs_maat")[["identifier", "onderwerp"]],
        left_on="measure",
        right_on="identifier",
    )


def values(tables: Tables, subject: str, kind: str) -> pd.Series:
    """Values by area code; `kind` is GM, WK or BU."""
    found = long(tables)
    found = found[(found.onderwerp == subject) & found.gebied.str.startswith(kind)]
    return found.set_index("gebied").value.astype(float)


def test_codes_lose_their_padding_and_a_lookalike_of_another_municipality_stays_out(
    tmp_path: Path,
) -> None:
    tables = rows_of(fetch(tmp_path))
    assert sorted(long(tables).gebied) == ["GM0917", "WK091710"]
    assert list(frame(tables, "cbs_code").identifier) == ["GM0917", "WK091710"]


def test_no_two_rows_of_a_table_have_the_same_number(tmp_path: Path) -> None:
    # a row that is set aside takes only itself away
    fetched = fetch(tmp_path)
    assert fetched is not None
    resources = dict(cbs.archived(fetched.path))
    resources["Observations"] = [(n, row) for n, (_, row) in enumerate(resources["Observations"])]
    tables = cbs.tables(CARD, EDITION, resources, "GM0917")
    numbers = [number for rows in tables.values() for number, _ in rows.rows]
    assert len(numbers) > 5
    assert len(set(numbers)) == len(numbers)


def test_a_value_that_cbs_holds_back_is_not_zero(tmp_path: Path) -> None:
    found = long(rows_of(fetch(tmp_path))).set_index("gebied")
    assert found.value["GM0917"] == "45834.0"
    assert found.value["WK091710"] is None
    assert found.value_attribute["WK091710"] == "Confidential"


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

    with pytest.raises(HeaderDriftError, match=r"84583NED: missing inwoners \(Aantal inwoners"):
        fetch(tmp_path, gone)


def test_the_pattern_finds_letters_in_wijken_and_buurten() -> None:
    pattern = cbs.area_pattern("GM0363")
    found = [c for c in ("GM0363", "WK0363AF", "BU0363AF01", "BU10360363") if pattern.match(c)]
    assert found == ["GM0363", "WK0363AF", "BU0363AF01"]


def _export(real_data: Path, year: int) -> Tables:
    content = (real_data / "cbs" / "statline_export" / f"kwb_{year}_heerlen.csv").read_bytes()
    edition = next(e for e in CARD.editions if e.year == year)
    return cbs.tables_from_statline(CARD, edition, content, real_areas(real_data))


@pytest.mark.parametrize(
    ("year", "homes", "inhabitants"),
    [(2016, 45227, 87406), (2017, 45619, 87189), (2018, 45758, 86762), (2019, 45834, 86832)],
)
def test_statline_exports_give_the_figures_of_cbs(
    real_data: Path, year: int, homes: int, inhabitants: int
) -> None:
    tables = _export(real_data, year)
    assert values(tables, "woningvoorraad", "GM")["GM0917"] == homes
    assert values(tables, "inwoners", "GM")["GM0917"] == inhabitants
    assert values(tables, "corporatiewoningen", "GM")["GM0917"] == 37
    assert len(values(tables, "inwoners", "WK")) == 23
    assert len(values(tables, "inwoners", "BU")) == 57


def test_homes_of_2019_add_up_and_inhabitants_need_not(real_data: Path) -> None:
    tables = _export(real_data, 2019)
    assert values(tables, "woningvoorraad", "WK").sum() == 45834
    assert values(tables, "woningvoorraad", "BU").sum() == 45834
    assert values(tables, "inwoners", "WK").sum() == 86790
    assert values(tables, "inwoners", "BU").sum() == 86745


def test_areas_of_the_same_name_and_a_wijk_that_is_numbered_wrongly_get_their_own_code(
    real_data: Path,
) -> None:
    homes = values(_export(real_data, 2016), "woningvoorraad", "")
    # the export of 2016 writes "Wijk 41 De Beitel"
    assert homes["WK091742"] == 27
    assert homes["WK091741"] == 2450
    assert homes["WK091733"] == 3259
    assert homes["BU09173300"] == 1798


def test_an_area_that_no_one_knows_is_refused_by_name(real_data: Path) -> None:
    areas = [area for area in real_areas(real_data) if area[1] != "Terschuren"]
    content = (real_data / "cbs" / "statline_export" / "kwb_2019_heerlen.csv").read_bytes()
    with pytest.raises(HeaderDriftError, match="row 5: unknown area 'Terschuren'"):
        cbs.tables_from_statline(CARD, EDITION, content, areas)


def test_the_v3_edition_of_2020_gives_inhabitants_and_no_invented_homes(real_data: Path) -> None:
    folder = real_data / "cbs" / "84799NED_v3"
    tables = cbs.tables(
        CARD, Edition(part="84799NED", year=2020), resources_of_84799(folder), "GM0917"
    )
    assert values(tables, "inwoners", "GM")["GM0917"] == 87086
    assert values(tables, "huishoudens", "GM")["GM0917"] == 45247
    assert values(tables, "woningvoorraad", "").empty
    assert len(tables["cbs_code"].rows) == 81  # type: ignore[arg-type]


def test_the_real_v4_description_of_2017_is_read_by_the_same_code(real_data: Path) -> None:
    folder = real_data / "cbs" / "83765NED_v4"
    resources: dict[str, list[Any]] = {
        name: pd.read_parquet(folder / f"cbs.v4.83765NED_{name}.parquet").to_dict("records")
        for name in ("Dimensions", "MeasureCodes", "MeasureGroups", "WijkenEnBuurtenCodes")
    }
    resources["Properties"] = [json.loads((folder / "cbs.v4.83765NED_Metadata.json").read_text())]
    assert "BU07850917" in {row["Identifier"] for row in resources["WijkenEnBuurtenCodes"]}
    tables = cbs.tables(
        CARD,
        Edition(part="83765NED", year=2017),
        {name: list(enumerate(rows, start=1)) for name, rows in resources.items()},
        "GM0917",
    )
    measures = frame(tables, "cbs_maat").set_index("onderwerp")
    # what came with later editions is not there yet
    assert set(CARD.measures) - set(measures.index) == {"aardgasvrij", "zonnestroom"}
    assert measures.identifier["koopwoningen"] == "1014800_1"
    assert measures.measure_group["aardgasverbruik"] == "Gemiddeld aardgasverbruik"
    codes = frame(tables, "cbs_code")
    assert len(codes) == 81
    assert "BU07850917" not in set(codes.identifier)
    (table,) = frame(tables, "cbs_tabel").to_dict("records")
    assert (table["tabel"], table["reeks"], table["volgorde"]) == ("83765NED", "cbs_kwb", "2")


CRIME = load_card("cbs_misdrijven_jaar")
CRIME_EDITION = CRIME.editions[0]


def fetch_crime(
    root: Path, change: Change = lambda entity, body: None
) -> tuple[Fetched | None, list[httpx.URL]]:
    """A v3 table of the police: two kinds of crime and two areas, one row a page."""
    dims = [
        {"ID": 0, "ParentID": None, "Type": "Dimension", "Key": "SoortMisdrijf"},
        {"ID": 1, "ParentID": None, "Type": "GeoDetail", "Key": "WijkenEnBuurten"},
        {"ID": 2, "ParentID": None, "Type": "TimeDimension", "Key": "Perioden"},
        {"ID": 3, "ParentID": None, "Type": "Topic", "Key": "GeregistreerdeMisdrijven_7",
         "Title": "Geregistreerde misdrijven", "Unit": "aantal", "Decimals": 0},
        {"ID": 4, "ParentID": None, "Type": "Topic", "Key": "SoortRegio_8",
         "Title": "Soort regio", "Unit": "omschrijving"},
    ]  # fmt: skip
    kinds = ("0.0.0 ", "1.1.1 ", "1.4.4 ", "1.4.5 ", "2.2.1 ", "9.9.9 ")
    typed = [
        {"ID": n, "SoortMisdrijf": "0.0.0 ", "WijkenEnBuurten": area, "Perioden": period,
         "GeregistreerdeMisdrijven_7": value}
        for n, (area, period, value) in enumerate(
            [("GM0917    ", "2024JJ00", 6012), ("BU09172300", "2024JJ00", None),
             ("WK091710  ", "2024JJ00", "."), ("GM0917    ", "2017JJ00", 7000)]
        )
    ]  # fmt: skip
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        entity = request.url.path.rsplit("/", 1)[-1]
        place = int(request.url.params.get("$skip", 0))
        rows: list[dict[str, Any]] = {
            "TableInfos": [{"Identifier": "47018NED", "Modified": "2026-03-02T02:00:00"}],
            "DataProperties": dims,
            "SoortMisdrijf": [{"Key": k, "Title": k} for k in kinds],
            "WijkenEnBuurten": [{"Key": row["WijkenEnBuurten"], "Title": "x"} for row in typed[:3]],
            "Perioden": [{"Key": "2024JJ00", "Title": "2024", "Status": "Voorlopig"},
                         {"Key": "2017JJ00", "Title": "2017", "Status": "Definitief"}],
        }.get(entity, typed[place : place + 1])  # fmt: skip
        body: dict[str, Any] = {"value": rows}
        if entity == "TypedDataSet" and place + 1 < len(typed):
            body["odata.nextLink"] = (
                f"http://cbs/ODataFeed/odata/47018NED/TypedDataSet?$skip={place + 1}"
            )
        change(entity, body)
        return httpx.Response(200, json=body)

    return _fetch(CRIME, CRIME_EDITION, "http://cbs", answer, root), asked


def test_a_v3_table_is_read_page_by_page_and_a_point_is_no_value(tmp_path: Path) -> None:
    fetched, asked = fetch_crime(tmp_path)
    tables = rows_of(fetched, CRIME, CRIME_EDITION)
    (row,) = frame(tables, "cbs_waarneming").to_dict("records")
    assert (row["gebied"], row["periode"], row["value"], row["uitsplitsing"]) == (
        "GM0917", "2024JJ00", "6012", "totaal",
    )  # fmt: skip
    assert row["measure"] == "GeregistreerdeMisdrijven_7"
    codes = frame(tables, "cbs_code")
    assert dict(codes[codes.soort == "periode"][["identifier", "status"]].to_numpy()) == {
        "2024JJ00": "Voorlopig"
    }
    assert "9.9.9" not in set(codes.identifier)
    numbers = [number for rows in tables.values() for number, _ in rows.rows]
    assert len(set(numbers)) == len(numbers)
    (data, *following) = [url for url in asked if url.path.endswith("TypedDataSet")]
    assert len(following) == 3
    assert "/ODataFeed/" in data.path
    assert "startswith(WijkenEnBuurten,'BU0917')" in data.params["$filter"]
    assert "SoortMisdrijf eq '1.1.1 '" in data.params["$filter"]
    assert "startswith(Perioden,'2024')" in data.params["$filter"]
    assert "2017" not in data.params["$filter"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda e, b: b["value"].pop(3) if e == "DataProperties" else None,
            "missing geregistreerde_misdrijven",
        ),
        (
            lambda e, b: (
                b["value"].__setitem__(3, {**b["value"][3], "Unit": "x 1 000"})
                if e == "DataProperties"
                else None
            ),
            r"comes in 'x 1 000', the card knows \['aantal'\]",
        ),
        (
            lambda e, b: b["value"].pop(1) if e == "SoortMisdrijf" else None,
            r"SoortMisdrijf: missing \['woninginbraak'\]",
        ),
        (
            lambda e, b: (
                b["value"].append({"ID": 9, "Type": "Dimension", "Key": "Leeftijd"})
                if e == "DataProperties"
                else None
            ),
            r"not yet mapped \['Leeftijd'\]",
        ),
        (
            lambda e, b: (
                b["value"].append({**b["value"][3], "ID": 9, "Key": "Ander_9"})
                if e == "DataProperties"
                else None
            ),
            r"is given 2 times: \['GeregistreerdeMisdrijven_7', 'Ander_9'\]",
        ),
    ],
    ids=["measure gone", "other unit", "part gone", "new dimension", "title twice"],
)
def test_a_table_that_no_longer_fits_its_card_is_refused_by_name(
    tmp_path: Path, change: Change, message: str
) -> None:
    with pytest.raises(HeaderDriftError, match=message):
        fetch_crime(tmp_path, change)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_title_counts_by_its_letters_and_a_shared_title_by_its_group() -> None:
    topics = [
        Topic("A_55", "Appartement", "kWh", "0", "Elektriciteit naar woningtype"),
        Topic("A_63", "Appartement", "m³", "0", "Aardgas naar woningtype"),
        Topic("N_6", "Nieuwbouw, totaal", "aantal", "0", ""),
    ]
    wanted = {
        "gas": Measure(titles=("Appartement",), units=("m³",), group="Aardgas naar woningtype"),
        "nieuwbouw": Measure(titles=("Nieuwbouw totaal",), units=("aantal",)),
    }
    card = CARD.model_copy(update={"measures": wanted})
    chosen = chosen_topics(card, EDITION, topics)
    assert {subject: topic.key for subject, topic in chosen.items()} == {
        "gas": "A_63",
        "nieuwbouw": "N_6",
    }


def test_a_card_that_asks_something_else_is_another_version_of_the_same_table() -> None:
    less = CARD.model_copy(update={"levels": ("GM",)})
    assert cbs.asked_mark(CARD, "GM0917") != cbs.asked_mark(less, "GM0917")
    assert cbs.asked_mark(CARD, "GM0917") != cbs.asked_mark(CARD, "GM0882")


def test_every_table_of_the_issue_is_on_a_card() -> None:
    cards = [load_card(name) for name in source_names(publisher="cbs")]
    parts = {e.part: e for card in cards for e in card.editions}
    wanted = """
        83487 83765 84286 84583 84799 85039 85318 85618 85984 86165 86358
        86286 82900 86098 81955 85036 47018 47022 84948 85677 85005 84518 84838
    """
    assert {f"{number}NED" for number in wanted.split()} | {"71486ned"} <= set(parts)
    # a number from memory, or seen in other people's work only, says so
    assert not parts["85318NED"].verified and not parts["85618NED"].verified
    assert parts["85984NED"].verified
