"""The archive, the CSV reader and HTTP: what is kept, what is found, what is tried again."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from python_calamine import load_workbook

from afspraken.settings import Settings
from ingestion import archive, bulk, ep_online, pdok
from ingestion.bag import Border
from ingestion.cards import Collection, HeaderDriftError, load_card
from ingestion.csvfile import Header, data_after, member, read_header, rows_with
from ingestion.download import download
from ingestion.fetch import (
    Http,
    KeyRefusedError,
    LinkExpiredError,
    Patience,
    SourceUnavailableError,
    get_json,
    http_client,
)
from ingestion.load import BLOCK, Rows, UnreadableFileError
from ingestion.municipality import Municipality, read_municipality

QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=0.5, timeout=2)
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def answers() -> Iterator[Callable[[Handler], Http]]:
    clients = []

    def client(handler: Handler) -> Http:
        context = http_client(httpx.MockTransport(handler), QUICK)
        clients.append(context)
        return context.__enter__()

    yield client
    for context in clients:
        context.__exit__(None, None, None)


def test_the_same_bytes_are_kept_once_and_never_rewritten(tmp_path: Path) -> None:
    first = archive.store(tmp_path, [b"een", b"twee"])
    before = first.path.stat()
    again = archive.store(tmp_path, [b"eentwee"])
    assert first.is_new and not again.is_new
    assert again.path == first.path
    assert again.path.stat().st_mtime_ns == before.st_mtime_ns
    assert first.path.read_bytes() == b"eentwee"


def test_a_truncated_body_leaves_nothing_in_the_archive(tmp_path: Path) -> None:
    with pytest.raises(archive.TruncatedError):
        archive.store(tmp_path, [b"half"], expected_bytes=8)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_each_time_that_bytes_come_in_is_noted_once(tmp_path: Path) -> None:
    kept = archive.store(tmp_path, [b"x"])
    for part, day in (("een", 1), ("twee", 1), ("een", 2), ("twee", 3)):
        archive.annotate(kept, "bron", {"part": part, "landed_at": f"2026-10-0{day}"})
    archive.record(tmp_path, "levering-1", {"state": "refused"})
    found = archive.notes(tmp_path)
    assert [(n.label, n.content.get("part"), n.path) for n in found] == [
        ("bron", "een", kept.path),
        ("bron", "twee", kept.path),
        ("levering-1", None, None),
    ]
    assert found[0].content["landed_at"] == "2026-10-01"


def test_an_archive_that_was_touched_says_which_file(tmp_path: Path) -> None:
    whole, touched, gone = (archive.store(tmp_path, [text]) for text in (b"a", b"b", b"c"))
    for kept in (whole, touched, gone):
        archive.annotate(kept, "bron", {})
    assert archive.verify(tmp_path) == archive.Verified(3, ())
    touched.path.chmod(0o640)
    touched.path.write_bytes(b"B")
    gone.path.unlink()
    found = archive.verify(tmp_path)
    assert found.files == 2
    assert len(found.faults) == 2
    assert any(touched.sha256 in fault and "now have" in fault for fault in found.faults)
    assert any(gone.sha256 in fault and "are gone" in fault for fault in found.faults)


def _csv(text: str) -> Callable[[], io.BytesIO]:
    return lambda: io.BytesIO(text.encode())


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_header_is_found_below_a_preamble_and_without_one(mark: str, end: str) -> None:
    preamble = ["PublicatieDatum;01-04-2026", "LaatstVerwerkteMutatievolgnummer;19345219"]
    long = _csv(mark + end.join([*preamble, "A;B", "1;2", ""]))
    short = _csv(mark + end.join(["A;B", "1;2", ""]))
    names = (bulk.PUBLISHED, bulk.SEQUENCE)
    header = read_header(long, names)
    assert header.names == ("A", "B") and header.first_row == 4
    assert header.preamble[bulk.SEQUENCE] == "19345219"
    assert read_header(short, names).first_row == 2
    assert data_after(long, header)().read().decode() == f"1;2{end}"


def test_rows_of_one_municipality_are_found_with_their_row_numbers_across_blocks() -> None:
    line = "6411AA;{n};09171000;091710;0917\n"
    other = "1011AB;{n};03630000;036300;0363\n"
    text = "".join((line if n % 40_000 == 7 else other).format(n=n) for n in range(200_000))
    # a house number that looks like the code is no row of ours
    text += "1011AB;0917;03630000;036300;0363\n" + line.format(n=999).rstrip("\n")
    assert len(text) > 5 * BLOCK
    header = Header(("PC6", "Huisnummer", "Buurt", "Wijk", "Gemeente"), {}, 2)
    found = list(rows_with(_csv(text), header, 4, ["0917"], lambda cell: cell == "0917"))
    assert [number for number, _ in found] == [9, 40_009, 80_009, 120_009, 160_009, 200_003]
    assert found[0][1] == ["6411AA", "7", "09171000", "091710", "0917"]


def test_a_broken_zip_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("een.csv", "A;B\n")
    os.truncate(path, 30)
    with pytest.raises(UnreadableFileError, match="beschadigd"):
        member(path, lambda name: True)


def test_a_total_file_with_a_renamed_column_is_refused_before_a_row_is_read(tmp_path: Path) -> None:
    card = load_card("ep_online")
    names = [c.name for c in card.columns.values()]
    names[names.index("Postcode")] = "PC6"
    path = tmp_path / "v20260801_v4_csv.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("v20260801_v4_csv.csv", ";".join(names) + "\n")
    with pytest.raises(ValueError, match=r"missing \['Postcode'\], not yet mapped \['PC6'\]"):
        bulk.tables(card, path, Municipality("GM0917", {}))


def test_a_publisher_that_recovers_is_read(answers: Callable[[Handler], Http]) -> None:
    given = iter(
        [
            httpx.Response(503),
            httpx.Response(200, html="<h1>Onderhoud</h1>"),
            httpx.Response(200, content=b'{"a": 1', headers={"content-type": "application/json"}),
        ]
    )
    http = answers(lambda request: next(given, httpx.Response(200, json={"a": 1})))
    with pytest.raises(SourceUnavailableError, match="afgebroken JSON"):
        get_json(http, "http://bron/x")
    assert get_json(http, "http://bron/x") == {"a": 1}


def test_retry_after_is_honoured_up_to_our_ceiling(answers: Callable[[Handler], Http]) -> None:
    calls = []

    def busy(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(429, headers={"Retry-After": "3600"})

    with pytest.raises(SourceUnavailableError, match="fout 429"):
        get_json(answers(busy), "http://bron/x")
    assert len(calls) == 1


def test_a_refused_key_is_not_tried_again(answers: Callable[[Handler], Http]) -> None:
    calls = []

    def refuse(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(401)

    with pytest.raises(KeyRefusedError, match="sleutel"):
        get_json(answers(refuse), "http://bron/x")
    assert len(calls) == 1


def test_a_signed_address_appears_in_no_message_and_no_log(
    answers: Callable[[Handler], Http], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    url = "http://bron/bestand.zip?sig=geheim"
    with pytest.raises(SourceUnavailableError) as down:
        download(answers(lambda r: httpx.Response(500)), url, tmp_path, "x")
    with pytest.raises(LinkExpiredError) as expired:
        download(answers(lambda r: httpx.Response(403)), url, tmp_path, "x")
    assert "geheim" not in f"{down.value} {expired.value} {caplog.text}"


def test_a_file_that_did_not_change_is_not_downloaded(
    answers: Callable[[Handler], Http], tmp_path: Path
) -> None:
    def conditional(request: httpx.Request) -> httpx.Response:
        assert request.headers["If-None-Match"] == '"v1"'
        return httpx.Response(304)

    url, known = "http://bron/x", '"v1"'
    assert download(answers(conditional), url, tmp_path, "x", known_version=known) is None
    by_date = answers(lambda r: httpx.Response(200, headers={"Last-Modified": "Mon"}))
    assert download(by_date, url, tmp_path, "x", known_version="Mon") is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_answers_of_the_api_become_rows_of_the_same_table(real_data: Path) -> None:
    card = load_card("ep_online")
    records = [
        record
        for name in ("v5_rotterdam.json", "v5_purmerend.json", "v2_amsterdam.json")
        for content in [json.loads((real_data / "ep_online/api_records" / name).read_text("utf-8"))]
        for record in (content if isinstance(content, list) else [content])
    ]
    rows = ep_online.tables_from_api(card, records)["ep_online_certificaat"]
    read = [dict(zip(rows.columns, values, strict=True)) for _, values in rows.rows]
    assert [row["energieklasse"] for row in read] == ["B", "A+++", "C"]
    assert [row["bag_verblijfsobject_id"] for row in read] == [
        "0599010000295420",
        "0439010000206342",
        "0363010000854460",
    ]
    assert read[2]["op_basis_van_referentiegebouw"] == "Nee"
    assert read[0]["primaire_fossiele_energie"] == "172,52"
    with pytest.raises(HeaderDriftError, match=r"not yet mapped \['Labelkleur'\]"):
        ep_online.tables_from_api(card, [{"Labelkleur": "groen"}])


@pytest.mark.parametrize(
    ("name", "homes", "without"), [("loenen", 1495, 736), ("Antoniapolder", 376, 265)]
)
def test_real_homes_joined_to_the_register_have_our_classes_and_unknown_is_none(
    real_data: Path, name: str, homes: int, without: int
) -> None:
    card = load_card("ep_online")
    path = real_data / "ep_online" / "joined" / f"residence_objects_{name}.xlsx"
    (sheet,) = load_workbook(path).sheet_names
    heading, *cells = load_workbook(path).get_sheet_by_name(sheet).to_python()
    # the first column is the home, the second of the same name the certificate's
    wanted = {
        "verblijfsobjectID": "BAGVerblijfsobjectID",
        "energieklasse": "Energieklasse",
        "gebouwtype": "Gebouwtype",
        "gebouwsubtype": "Gebouwsubtype",
        "postcode": "Postcode",
        "toevoeging": "Huisnummertoevoeging",
    }
    places = {ours: heading.index(theirs) for theirs, ours in wanted.items()}
    records = [{ours: row[place] for ours, place in places.items()} for row in cells]
    rows = ep_online.tables_from_api(card, records)["ep_online_certificaat"]
    read = [dict(zip(rows.columns, values, strict=True)) for _, values in rows.rows]
    classes = [row["energieklasse"] for row in read]
    (codes,) = [rule.codes for rule in card.rules if rule.column == "energieklasse"]
    assert len(read) == homes
    assert classes.count(None) == without
    assert set(classes) - {None} <= set(codes)
    assert all(re.fullmatch(r"[0-9]{16}", row["bag_verblijfsobject_id"]) for row in read)
    assert "unknown" not in {value for row in read for value in row.values()}


def test_quotes_around_separators_and_line_ends_do_not_move_a_row() -> None:
    header = Header(("Nummer", "Postcode", "Tekst"), {}, 4)
    lines = [
        "1;1011AB;gewoon",
        '2;1011AB;"een; twee"',
        '3;6411AA;"een\r\n;6411AA;twee"',
        '4;1011AB;"zegt ""6411"";\n;6411AA"',
        '5;"6411AB";x',
        '6;6433 ab;12" pijp',
        "7;1011AB;6411",
        "8;6412AA;laatste",
    ]
    filler = "".join(f"{n};1011AB;vulling\r\n" for n in range(100_000))
    text = filler + "\r\n".join(lines)
    found = list(
        rows_with(_csv(text), header, 1, ["6411", "6412", "6433"], lambda cell: cell[:2] == "64")
    )
    assert [(number - 100_000, cells[0]) for number, cells in found] == [
        (6, "3"),
        (8, "5"),
        (9, "6"),
        (11, "8"),
    ]
    assert found[0][1][2] == "een\r\n;6411AA;twee"


def test_a_quote_that_is_never_closed_is_told_with_its_row() -> None:
    header = Header(("Nummer", "Postcode"), {}, 2)
    text = '1;1011AB\n2;"6411AA\n' + "3;1011AB\n" * 200_000
    with pytest.raises(UnreadableFileError, match="Rij 3 houdt niet op"):
        list(rows_with(_csv(text), header, 1, ["6411"], lambda cell: True))


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ('<!DOCTYPE m [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><m>&b;</m>', "entiteiten"),
        ('<MutationMessage xmlns="http://schemas.ep-online.nl/EpbdExportTypesV3"/>', "versie 4"),
        ("<html><body>Onderhoud</body></html>", "versie 4"),
        (f'<MutationMessage xmlns="{ep_online.NAMESPACE}"><Mutatiebericht>', "afgebroken"),
        ("", "afgebroken"),
    ],
)
def test_a_mutation_file_that_is_something_else_is_refused_in_words(
    tmp_path: Path, xml: str, said: str
) -> None:
    path = tmp_path / "d20261001_v4.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("d20261001_v4.xml", xml)
    card = load_card("ep_online_mutations")
    tables = ep_online.tables_of_day(card, path, Municipality("GM0917", {}))
    with pytest.raises(UnreadableFileError, match=said):
        list(tables["ep_online_mutatie"].rows)


def test_postcodes_of_a_municipality_are_ranges_and_single_ones(tmp_path: Path) -> None:
    folder = tmp_path / "municipalities" / "x"
    folder.mkdir(parents=True)
    content = "gemeente: {code: GM0917}\npartijen: []\npostcodes: [6411-6413, 6421, "
    settings = Settings(municipality=str(folder))
    (folder / "municipality.yml").write_text(content + "6431-6431]\n")
    assert read_municipality(settings).postcodes == ("6411", "6412", "6413", "6421", "6431")
    (folder / "municipality.yml").write_text(content + "Heerlen]\n")
    with pytest.raises(ValueError, match="'Heerlen' is not like 6411 or 6411-6419"):
        read_municipality(settings)


@pytest.mark.parametrize(
    ("files", "through", "until", "gap"),
    [
        ([], 100, date(2026, 9, 29), None),
        ([(1, 101, 110), (3, 111, 120)], 120, date(2026, 10, 3), None),
        ([(1, 90, 100)], 100, date(2026, 10, 1), None),
        ([(1, 95, 110), (2, None, None)], 110, date(2026, 10, 2), None),
        ([(1, 101, 110), (2, 105, 112)], 112, date(2026, 10, 2), None),
        ([(1, 102, 110)], 100, date(2026, 9, 29), (101, 101)),
        ([(2, 111, 112), (1, 101, 105)], 105, date(2026, 10, 1), (106, 110)),
    ],
)
def test_days_follow_on_the_total_file_until_a_number_is_missing(
    files: list[tuple[int, int | None, int | None]],
    through: int,
    until: date,
    gap: tuple[int, int] | None,
) -> None:
    days = [ep_online.DayFile(date(2026, 10, day), first, last) for day, first, last in files]
    chain = ep_online.follow(100, date(2026, 9, 30), days)
    assert (chain.through, chain.until, chain.gap) == (through, until, gap)


def test_real_borders_become_rows_of_the_same_table(real_data: Path) -> None:
    content = json.loads((real_data / "geo" / "heerlen_buurten.geojson").read_text("utf-8"))
    card = load_card("pdok_gebieden")
    buurt = Collection(kind="buurt", code="statcode", name="statnaam")
    features = [(buurt, feature) for feature in content["features"]]
    rows = pdok.tables_from_features(card, card.editions[0], features)["pdok_gebied"]
    codes = [str(values[1]) for _, values in rows.rows]
    assert len(codes) == len(set(codes)) == 57
    assert all(re.fullmatch(r"BU0917[0-9]{4}", code) for code in codes)
    assert all(json.loads(str(values[6]))["type"].endswith("Polygon") for _, values in rows.rows)


OLDER = (
    "pc6,huisnummer,Buurt2023,Wijk2023,Gemeente2023\r\n"
    "6411AA,1,9171000,91710,917\r\n"
    "5051AA,917,7850917,78509,785\r\n"
    "1011AB,99,0363AF01,0363AF,363\r\n"
    "6411AB,2,9173302,91733,917\r\n"
)


def test_an_older_postcode_file_is_read_by_its_commas_its_names_and_its_codes_as_numbers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "2023-cbs-pc6huisnr20230801_buurt.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("pc6hnr20230801_gwb.csv", OLDER)
        packed.writestr("gem2023.csv", "917,Heerlen\r\n")
    tables = bulk.tables(load_card("cbs_pc6hnr"), path, Municipality("GM0917", {}))
    rows = tables["cbs_pc6hnr"]
    assert isinstance(rows, Rows)
    assert rows.columns == ("pc6", "huisnummer", "buurt", "wijk", "gemeente")
    assert list(rows.rows) == [
        (2, ["6411AA", "1", "9171000", "91710", "917"]),
        (5, ["6411AB", "2", "9173302", "91733", "917"]),
    ]


def test_of_the_leefbaarometer_only_buurten_of_the_municipality_are_kept(sample: Path) -> None:
    path = sample / "publishers/leefbaarometer/open-data-leefbaarometer-meting-2024.zip"
    card = load_card("leefbaarometer")
    rows = bulk.tables(card, path, Municipality("GM0917", {}))["leefbaarometer_buurt"]
    assert isinstance(rows, Rows)
    assert set(rows.columns) == set(card.columns)
    codes = [str(values[rows.columns.index("buurt_code")]) for _, values in rows.rows]
    assert len(set(codes)) == 57 and len(codes) == 57 * 6
    assert all(re.fullmatch("BU0917[0-9]{4}", code) for code in codes)


def test_a_zip_that_unpacks_beyond_the_card_is_refused_before_a_row_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bom.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("een.csv", b"A;B\n" + b"1;2\n" * (1 << 20))
    assert path.stat().st_size < 1 << 16
    with pytest.raises(UnreadableFileError, match="uitgepakt 4 MB, meer dan de 1 MB"):
        member(path, lambda name: True, 1 << 20)
    assert member(path, lambda name: True, 5 << 20)().read(3) == b"A;B"


def test_a_border_has_holes_and_parts_and_a_neighbour_begins_where_it_ends() -> None:
    square = [[5, 50], [6, 50], [6, 51], [5, 51], [5, 50]]
    hole = [[5.4, 50.4], [5.6, 50.4], [5.6, 50.6], [5.4, 50.6], [5.4, 50.4]]
    island = [[7, 50], [8, 50], [8, 51], [7, 50]]
    border = Border({"type": "MultiPolygon", "coordinates": [[square, hole], [island]]})
    assert (5.1, 50.1) in border and (7.9, 50.5) in border
    assert (5.5, 50.5) not in border and (6.5, 50.5) not in border and (7.1, 50.9) not in border
    one = Border({"type": "Polygon", "coordinates": [square]})
    other = Border({"type": "Polygon", "coordinates": [[[6, 50], [7, 50], [7, 51], [6, 51]]]})
    assert ((6.0, 50.5) in one) + ((6.0, 50.5) in other) == 1


def test_real_borders_hold_their_own_middle_and_share_no_point(real_data: Path) -> None:
    content = json.loads((real_data / "geo" / "heerlen_buurten.geojson").read_text("utf-8"))
    borders = [Border(feature["geometry"]) for feature in content["features"]]
    found = [
        sum((5.89 + x / 100, 50.82 + y / 100) in border for border in borders)
        for x in range(15)
        for y in range(13)
    ]
    assert set(found) == {0, 1} and sum(found) > 30
