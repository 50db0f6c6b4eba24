"""The simulated publishers speak as the real ones do."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.publishers.app import EXAMPLE_KEY, create_app
from local.publishers.faults import PUBLISHERS
from local.publishers.odata import FilterError, select_rows

KEY = {"Authorization": EXAMPLE_KEY}
V4 = "/cbs/odata/v1/CBS/84583NED"
V3 = "/cbs/ODataFeed/odata/84799NED"
INFO = "/ep-online/api/v5/Mutatiebestand/DownloadInfo"
BUURTEN = "/pdok/cbs/wijken-en-buurten-2024/ogc/v1/collections/buurten/items"
LEEFBAAROMETER = "/leefbaarometer/resources/open-data-leefbaarometer-meting-2024.zip"
CRIME = "/cbs-dataderden/ODataApi/odata/47018NED/TableInfos"
POSTCODES = "/cbs-download/postcode/2025-cbs-pc6huisnr20250801_buurt.zip"


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 15, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Hand:
    return Hand()


@pytest.fixture(scope="module")
def all_publishers(sample: Path, clock: Hand) -> Iterator[httpx.Client]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient
    with TestClient(create_app(sample, now=clock, page_v3_feed=50)) as client:
        yield client


@pytest.fixture
def client(all_publishers: httpx.Client) -> Iterator[httpx.Client]:
    all_publishers.delete("/_requests")
    yield all_publishers
    all_publishers.delete("/_control")


def misbehave(client: httpx.Client, publisher: str, fault: str, times: int | None = 1) -> None:
    answer = client.post("/_control", json={"publisher": publisher, "fault": fault, "times": times})
    assert answer.status_code == 200


def all_pages(client: httpx.Client, url: str, link: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    following: str | None = url
    while following:
        body = client.get(following).raise_for_status().json()
        rows += body["value"]
        following = body.get(link)
    return rows


def test_v4_properties_are_one_object_with_the_fields_of_the_real_ones(
    client: httpx.Client, real_data: Path
) -> None:
    ours = client.get(f"{V4}/Properties").json()
    real = json.loads((real_data / "cbs/metadata_v4.json").read_text(encoding="utf-8"))
    assert list(ours) == list(real)
    assert ours["Identifier"] == "84583NED"
    assert ours["ObservationsModified"].startswith("2021-")


def test_v4_codes_have_the_columns_of_the_real_ones(client: httpx.Client, real_data: Path) -> None:
    import pandas as pd

    folder = real_data / "cbs/83765NED_v4"
    for entity in ("MeasureCodes", "MeasureGroups", "WijkenEnBuurtenCodes", "Dimensions",
                   "WijkenEnBuurtenGroups"):  # fmt: skip
        real = pd.read_parquet(folder / f"cbs.v4.83765NED_{entity}.parquet")
        rows = client.get(f"/cbs/odata/v1/CBS/83765NED/{entity}").json()["value"]
        assert list(rows[0]) == list(real.columns)
        if entity.endswith("Codes"):
            known = real.set_index("Identifier")
            for row in rows:
                if row["Identifier"] != "GM0882":
                    assert row["Title"] == known.at[row["Identifier"], "Title"]
            if entity == "MeasureCodes":
                for row in rows:
                    assert row["Unit"] == known.at[row["Identifier"], "Unit"]


def test_v4_observations_come_in_pages_and_add_up_to_the_count(client: httpx.Client) -> None:
    rows = all_pages(client, f"{V4}/Observations", "@odata.nextLink")
    assert len(rows) == client.get(f"{V4}/Properties").json()["ObservationCount"]
    assert len({row["Id"] for row in rows}) == len(rows)
    assert list(rows[0]) == [
        "Id", "Measure", "ValueAttribute", "Value", "StringValue", "WijkenEnBuurten",
    ]  # fmt: skip
    missing = [row for row in rows if row["ValueAttribute"] != "None"]
    assert missing
    assert all(row["Value"] is None for row in missing)


def test_v4_filters_count_and_bounds(client: httpx.Client) -> None:
    query = {
        "$filter": "contains(WijkenEnBuurten,'0917') and Measure in ('T001036','M000297')",
        "$count": "true",
        "$top": "3",
        "$skip": "2",
    }
    body = client.get(f"{V4}/Observations", params=query).json()
    assert body["@odata.count"] == 162
    assert len(body["value"]) == 3
    assert "@odata.nextLink" not in body
    wrong = client.get(f"{V4}/Observations", params={"$filter": "Mesure eq 'T001036'"})
    assert wrong.status_code == 400
    assert "Mesure" in wrong.json()["error"]["message"]


def test_a_careless_filter_lets_in_a_buurt_of_goirle(client: httpx.Client) -> None:
    query = {"$filter": "contains(WijkenEnBuurten,'0917') and Measure eq 'T001036'"}
    rows = client.get("/cbs/odata/v1/CBS/84799NED/Observations", params=query).json()["value"]
    assert "BU07850917" in {row["WijkenEnBuurten"] for row in rows}


def test_the_next_page_keeps_the_filter(client: httpx.Client) -> None:
    query = {"$filter": "startswith(WijkenEnBuurten,'BU0917')"}
    first = client.get(f"{V4}/Observations", params=query).json()
    second = client.get(first["@odata.nextLink"]).json()
    assert all(row["WijkenEnBuurten"].startswith("BU0917") for row in second["value"])


def test_v3_rows_have_the_keys_types_and_padding_of_the_real_ones(
    client: httpx.Client, real_data: Path
) -> None:
    rows = all_pages(client, f"{V3}/TypedDataSet", "odata.nextLink")
    folder = real_data / "cbs/84799NED_v3"
    real = json.loads((folder / "heerlen_rows.json").read_text(encoding="utf-8"))
    by_key = {row["WijkenEnBuurten"]: row for row in rows}
    for row in real:
        ours = by_key[row["WijkenEnBuurten"]]
        assert {k: v for k, v in ours.items() if k != "ID"} == {
            k: row[k] for k in ours if k != "ID"
        }
    places = client.get(f"{V3}/WijkenEnBuurten").json()["value"]
    assert list(places[0]) == ["Key", "Title", "Description", "Municipality", "DetailRegionCode"]


def test_v3_topics_agree_with_the_real_ones(client: httpx.Client, real_data: Path) -> None:
    import pandas as pd

    path = real_data / "cbs/84799NED_v3/cbs.v3.84799NED_DataProperties.parquet"
    real = pd.read_parquet(path).set_index("Key")
    for topic in client.get(f"{V3}/DataProperties").json()["value"]:
        if topic["Type"] == "Topic":
            expected = real.loc[topic["Key"]]
            for field in ("ID", "Title", "Unit", "Datatype", "ParentID", "Position", "Decimals"):
                assert topic[field] == expected[field], (topic["Key"], field)


def test_v3_shares_its_rows_over_api_and_feed(client: httpx.Client) -> None:
    api = client.get("/cbs/ODataApi/odata/84799NED/TypedDataSet").json()
    assert "odata.nextLink" not in api
    assert api["odata.metadata"].endswith("#Cbs.OData.WebAPI.TypedDataSet")
    assert len(api["value"]) == len(all_pages(client, f"{V3}/TypedDataSet", "odata.nextLink"))
    query = {"$filter": "WijkenEnBuurten eq 'GM0917    '"}
    one = client.get(f"{V3}/TypedDataSet", params=query).json()["value"]
    assert one[0]["AantalInwoners_5"] == 87_086
    loose = client.get(f"{V3}/UntypedDataSet", params=query).json()["value"]
    assert loose[0]["AantalInwoners_5"] == "   87086"
    assert loose[0]["Woningvoorraad_34"] == "       ."


def test_unknown_tables_and_a_v4_path_on_the_v3_host(client: httpx.Client) -> None:
    assert client.get("/cbs/odata/v1/CBS/99999NED/Properties").status_code == 404
    answer = client.get(f"{V3}/Observations")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("given", [None, "verkeerd", f"Bearer {EXAMPLE_KEY}"])
def test_ep_online_asks_for_a_key_in_the_words_of_the_real_one(
    client: httpx.Client, real_data: Path, given: str | None
) -> None:
    headers = {"Authorization": given} if given else {}
    answer = client.get(INFO, params={"fileType": "csv"}, headers=headers)
    real = json.loads((real_data / "ep_online/api_records/v5_401.json").read_text())
    assert answer.status_code == 401
    assert answer.json() == real


def test_ep_online_gives_a_signed_link_that_runs_out(
    client: httpx.Client, clock: Hand, real_data: Path
) -> None:
    info = client.get(INFO, params={"fileType": "csv"}, headers=KEY).json()
    real = json.loads((real_data / "ep_online/api_records/v5_downloadinfo_totaal.json").read_text())
    assert set(info) == {*real, "downloadUrl"}
    assert info["bestandsnaam"] == "v20261001_v4_csv.zip"
    assert info["geldigTotEnMet"].startswith("2026-10-15T02:45:00.000000+02:00")
    content = client.get(info["downloadUrl"]).raise_for_status().content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["v20261001_v4_csv.csv"]
    assert client.get(info["downloadUrl"].replace("sig=", "sig=0")).status_code == 403
    clock.now += timedelta(minutes=20)
    assert client.get(info["downloadUrl"]).status_code == 403
    clock.now -= timedelta(minutes=20)


def test_ep_online_answers_for_one_home(client: httpx.Client, real_data: Path) -> None:
    info = client.get(INFO, headers=KEY).json()
    with zipfile.ZipFile(io.BytesIO(client.get(info["downloadUrl"]).content)) as archive:
        lines = archive.read(archive.namelist()[0]).decode("utf-8-sig").splitlines()
    names = lines[2].split(";")
    rows = (dict(zip(names, line.split(";"), strict=True)) for line in lines[3:])
    row = next(
        r
        for r in rows
        if r["Berekeningstype"].startswith("NTA") and r["BAGVerblijfsobjectID"].startswith("0917")
    )
    base = "/ep-online/api/v5/PandEnergielabel"
    found = client.get(
        f"{base}/AdresseerbaarObject/{row['BAGVerblijfsobjectID']}", headers=KEY
    ).json()
    assert isinstance(found, list)
    same = client.get(
        f"{base}/Adres",
        params={"postcode": row["Postcode"], "huisnummer": row["Huisnummer"]},
        headers=KEY,
    ).json()
    assert any(record in same for record in found)
    real = json.loads((real_data / "ep_online/api_records/v5_rotterdam.json").read_text())[0]
    ours = next(r for r in found if "PrimaireFossieleEnergie" in r)
    for field, value in real.items():
        if field in ours:
            assert type(ours[field]) in (
                type(value),
                float if isinstance(value, int) else type(value),
            )
    assert set(real) - {"Gebouwsubtype"} <= set(ours)
    assert client.get(f"{base}/AdresseerbaarObject/12", headers=KEY).status_code == 400
    assert client.get(f"{base}/AdresseerbaarObject/{'9' * 16}", headers=KEY).status_code == 404
    assert client.get(f"{INFO}/2026-08-27", headers=KEY).status_code == 404
    assert client.get(f"{INFO}/gisteren", headers=KEY).status_code == 400


def test_pdok_pages_and_true_codes(client: httpx.Client, real_data: Path) -> None:
    features: list[dict[str, Any]] = []
    url: str | None = f"{BUURTEN}?gemeentecode=GM0917&f=json&limit=20"
    while url:
        body = client.get(url).raise_for_status().json()
        features += body["features"]
        url = next((k["href"] for k in body["links"] if k["rel"] == "next"), None)
    real = json.loads((real_data / "geo/heerlen_buurten.geojson").read_text())
    assert {f["properties"]["buurtcode"] for f in features} == {
        f["properties"]["statcode"] for f in real["features"]
    }
    assert all(f["properties"]["geometrie"] == "schematisch" for f in features)
    for feature in features:
        for polygon in feature["geometry"]["coordinates"]:
            assert polygon[0][0] == polygon[0][-1]
            assert len(polygon[0]) >= 4
    wijken = client.get(BUURTEN.replace("buurten/items", "wijken/items"), params={"limit": 1000})
    assert len(wijken.json()["features"]) == 23
    assert client.get(f"{BUURTEN}?gemeentecode=GM0363").json()["features"] == []


def test_what_has_not_changed_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get(POSTCODES)
    again = client.get(POSTCODES, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert first.headers["last-modified"] == "Thu, 01 Oct 2026 04:00:00 GMT"


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_a_fault_is_of_one_publisher_and_ends_after_its_times(
    client: httpx.Client, publisher: str
) -> None:
    urls = {"cbs": f"{V4}/Properties", "ep-online": INFO, "pdok": BUURTEN,
            "cbs-download": POSTCODES, "cbs-dataderden": CRIME,
            "leefbaarometer": LEEFBAAROMETER}  # fmt: skip
    misbehave(client, publisher, "status-500")
    for name, url in urls.items():
        expected = 500 if name == publisher else 200
        assert client.get(url, headers=KEY).status_code == expected
    assert client.get(urls[publisher], headers=KEY).status_code == 200


def test_transport_faults(client: httpx.Client) -> None:
    url = f"{V4}/Observations"
    misbehave(client, "cbs", "html-200")
    page = client.get(url)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    misbehave(client, "cbs", "429")
    assert client.get(url).headers["retry-after"] == "1"
    misbehave(client, "cbs", "truncated")
    with pytest.raises(json.JSONDecodeError):
        client.get(url).json()
    misbehave(client, "cbs", "down")
    with pytest.raises(ConnectionError):
        client.get(url)
    client.post("/_control", json={"publisher": "cbs", "fault": "slow", "times": 1, "seconds": 0.1})
    assert client.get(url).status_code == 200


def test_content_faults(client: httpx.Client) -> None:
    url = f"{V4}/Observations"
    misbehave(client, "cbs", "missing-column")
    assert "Value" not in client.get(url).json()["value"][0]
    misbehave(client, "cbs", "empty")
    assert client.get(url).json()["value"] == []
    misbehave(client, "cbs", "count-mismatch")
    wrong = client.get(f"{V4}/Properties").json()["ObservationCount"]
    assert wrong == client.get(f"{V4}/Properties").json()["ObservationCount"] + 1000
    misbehave(client, "cbs", "repeat-page", None)
    first = client.get(url).json()
    assert client.get(first["@odata.nextLink"]).json()["value"] == first["value"]
    misbehave(client, "ep-online", "wrong-key")
    assert client.get(INFO, headers=KEY).status_code == 401
    link = client.get(INFO, headers=KEY).json()["downloadUrl"]
    misbehave(client, "ep-online", "expired-link")
    assert client.get(link).status_code == 403
    misbehave(client, "ep-online", "missing-column")
    with zipfile.ZipFile(io.BytesIO(client.get(link).content)) as archive:
        header = archive.read(archive.namelist()[0]).split(b"\r\n")[2]
    assert b"Energieklasse" not in header
    misbehave(client, "pdok", "missing-column")
    assert "buurtcode" not in client.get(BUURTEN).json()["features"][0]["properties"]


def test_unknown_faults_are_refused(client: httpx.Client) -> None:
    for wish in ({"publisher": "cbs", "fault": "moe"}, {"publisher": "kvk", "fault": "down"}, {}):
        assert client.post("/_control", json=wish).status_code == 400


def test_the_log_of_requests_holds_no_secrets(client: httpx.Client) -> None:
    link = client.get(INFO, params={"fileType": "csv"}, headers=KEY).json()["downloadUrl"]
    client.get(link)
    log = client.get("/_requests").json()
    assert [entry["publisher"] for entry in log] == ["ep-online", "ep-online"]
    assert log[0]["with_key"]
    assert log[1]["query"]["sig"] == "***"
    text = json.dumps(log)
    assert EXAMPLE_KEY not in text
    assert httpx.URL(link).params["sig"] not in text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a eq 'x'", [0]),
        ("a ne 'x'", [1, 2]),
        ("contains(a,'y') or b eq 3", [1, 2]),
        ("not contains(a,'y')", [0, 2]),
        ("(a eq 'x' or a eq 'y') and b in (1, 2)", [0, 1]),
        ("substringof('z',a)", [2]),
        ("c eq null", [0, 1]),
        ("c eq 'it''s'", [2]),
    ],
)
def test_filters(text: str, kept: list[int]) -> None:
    rows = [
        {"a": "x", "b": 1, "c": None},
        {"a": "y", "b": 2, "c": None},
        {"a": "z", "b": 3, "c": "it's"},
    ]
    assert select_rows(rows, text) == [rows[i] for i in kept]


@pytest.mark.parametrize("text", ["a eq", "a like 'x'", "a in ('x'", "a eq 'x' b", "d eq 1", "#"])
def test_filters_that_cbs_would_refuse(text: str) -> None:
    with pytest.raises(FilterError):
        select_rows([{"a": "x"}], text)
