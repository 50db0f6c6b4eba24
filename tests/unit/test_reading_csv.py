"""Delivered CSV as it really is: encodings, separators, headings, rows that go wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ingestion.reading import UnreadableFileError, read_delivery
from tests.deliveries import COLUMNS, home, homes
from tests.sent import as_cells, csv_of, manifest_of, read, rows_of, sent

GOOD = [{name: value or None for name, value in row.items()} for row in homes(3)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_the_same_in_every_dialect(encoding: str, separator: str, end: str) -> None:
    rows = [home(1, complex_code="Één; twee, drie"), *homes(3)[1:]]
    table = read(sent("eenheid.csv", csv_of(as_cells(rows), separator, encoding, end)))
    assert rows_of(table) == [{k: v or None for k, v in row.items()} for row in rows]
    assert [number for number, _ in table.rows()] == [2, 3, 4]
    assert (table.count, table.mends, table.faults) == (3, [], [])
    assert any("komma" in r or "tab" in r for r in table.remarks) == (separator != ";")
    assert any("CP1252" in r for r in table.remarks) == (encoding == "cp1252")


def test_a_newline_in_a_cell_does_not_shift_the_row_numbers() -> None:
    cells = as_cells([home(1, complex_code="C1\nC2"), home(2)])
    table = read(sent("eenheid.csv", csv_of([*cells, [], cells[2]])))
    assert [number for number, _ in table.rows()] == [2, 3, 5]


def test_the_line_that_tells_excel_the_separator_is_no_row() -> None:
    table = read(sent("eenheid.csv", b"sep=,\r\n" + csv_of(as_cells(homes(1)), ",")))
    assert [number for number, _ in table.rows()] == [2]


def test_titles_above_the_heading_and_empty_rows_at_the_end_are_passed_over() -> None:
    titles = [["Levering eenheden", ""], [], ["peildatum", "2026-09-30"]]
    empty = [["" for _ in COLUMNS], [" ", "\u00a0"] + [""] * (len(COLUMNS) - 2), []]
    table = read(sent("eenheid.csv", csv_of([*titles, *as_cells(homes(3)), *empty])))
    assert rows_of(table) == GOOD
    assert [number for number, _ in table.rows()] == [5, 6, 7]
    assert table.remarks == ["De kopregel staat in rij 4; wat erboven staat is overgeslagen."]


def test_a_second_heading_in_other_words_is_no_row() -> None:
    names, *rows = as_cells(homes(1))
    titles = ["Corporatie", "Eenheid", "Peildatum", "BAG-id", *[""] * (len(names) - 4)]
    assert read(sent("eenheid.csv", csv_of([names, titles, *rows]))).count == 1


def test_a_heading_in_another_spelling_is_mapped_and_said() -> None:
    spelt = {"bag_object_id": "BAG-ID", "postcode": "Postcode ", "complex_code": "COMPLEX CODE"}
    names, *rows = as_cells(homes(3))
    cells = [[spelt.get(name, name) for name in names], *rows]
    table = read(sent("eenheid.csv", csv_of(cells)))
    assert rows_of(table) == GOOD
    assert table.remarks == [
        "Kolom 'BAG-ID' is gelezen als bag_object_id.",
        "Kolom 'Postcode' is gelezen als postcode.",
        "Kolom 'COMPLEX CODE' is gelezen als complex_code.",
    ]


def test_a_heading_that_means_two_columns_or_none_is_refused_by_name() -> None:
    names, *rows = as_cells(homes(1))
    strange = ["Toestand" if name == "status" else name for name in names]
    with pytest.raises(UnreadableFileError) as refused:
        read(sent("eenheid.csv", csv_of([strange, *rows])))
    assert "eenheid.csv: Deze kolommen ontbreken: status." in refused.value.reasons[0]
    assert "kennen wij niet: 'Toestand'" in refused.value.reasons[1]
    with pytest.raises(UnreadableFileError, match=r"meer dan één keer in: postcode"):
        read(sent("eenheid.csv", csv_of([[*names, "postcode"], [*rows[0], "6411AA"]])))
    # spelt twice, neither of them right: which one counts is not for us to say
    twice = ["POSTCODE" if name == "postcode" else name for name in names]
    with pytest.raises(UnreadableFileError, match="'POSTCODE', 'Post code'"):
        read(sent("eenheid.csv", csv_of([[*twice, "Post code"], [*rows[0], "6411AA"]])))


def test_a_file_without_any_heading_is_refused_with_the_names_it_should_have() -> None:
    with pytest.raises(UnreadableFileError, match=r"geen kopregel .* corporatie_code, eenheid_id"):
        read(sent("eenheid.csv", csv_of(as_cells(homes(3))[1:])))
    with pytest.raises(UnreadableFileError, match=r"los\.csv: de kopregel past bij geen enkele"):
        read(sent("los.csv", "a;b\n1;2\n"))


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        (lambda row: row[:-1], "rij 3 heeft 55 cellen in plaats van 56"),
        (lambda row: [*row, "x"], "rij 3 heeft 57 cellen in plaats van 56"),
        (lambda row: [*row, ""], None),
    ],
)
def test_a_row_with_other_cells_than_the_heading_is_named(spoilt, told) -> None:  # type: ignore[no-untyped-def]
    cells = as_cells(homes(3))
    cells[2] = spoilt(cells[2])
    file = sent("eenheid.csv", csv_of(cells))
    if told is None:
        assert read(file).count == 3
        return
    with pytest.raises(UnreadableFileError, match=rf"eenheid\.csv: {told}"):
        read(file)


def test_a_quote_that_is_never_closed_is_told_with_its_row() -> None:
    lines = csv_of(as_cells(homes(4))).decode().split("\n")
    lines[2] = lines[2].replace("C1", '"C1')
    with pytest.raises(UnreadableFileError, match=r"rij 3 .*aanhalingsteken"):
        read(sent("eenheid.csv", "\n".join(lines)))


def test_a_value_below_no_name_is_refused_with_its_place() -> None:
    names, row = as_cells(homes(1))
    with pytest.raises(UnreadableFileError, match="rij 2 heeft een waarde in kolom BE, die geen"):
        read(sent("eenheid.csv", csv_of([[*names, ""], [*row, "x"]])))


def test_the_manifest_or_the_name_or_the_heading_tells_what_a_file_holds() -> None:
    content = csv_of(as_cells(homes(1)))
    announced = manifest_of(bestanden=[{"naam": "woningen.csv", "entiteit": "eenheid"}])
    for files in (
        [sent("manifest.json", announced), sent("woningen.csv", content)],
        [sent("DKO_Eenheid_2026Q3.csv", content)],
        [sent("export.txt", content)],
    ):
        assert read(*files).entity == "eenheid"
    assert read(sent("x.csv", content), **{"x.csv": "eenheid"}).entity == "eenheid"


def test_two_tables_of_one_entity_are_refused_by_their_places() -> None:
    content = csv_of(as_cells(homes(1)))
    with pytest.raises(UnreadableFileError, match=r"eenheid staat er 2 keer in: a\.csv en b\.csv"):
        read_delivery([sent("a.csv", content), sent("b.csv", content)])


def test_everything_that_is_wrong_with_a_delivery_is_told_at_once() -> None:
    with pytest.raises(UnreadableFileError) as refused:
        read_delivery([sent("een.csv", b""), sent("twee.pdf", b"%PDF-1.7"), sent("drie.csv", b"a")])
    assert [reason.split()[0] for reason in refused.value.reasons] == [
        "een.csv",
        "twee.pdf",
        "drie.csv:",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n\0\0\0", "geen tekstbestand"),
        (b"<html><table><tr><td>eenheid_id", "webpagina"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "webpagina of XML"),
        (b"Rar!\x1a\x07", "geen zip"),
        (b"%PDF-1.7", "een document"),
        (b" \r\n", "is leeg"),
        (b"a;b\n\x81;\x8d\n", "kennen|past bij geen"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, told: str) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        read(sent("eenheid.xls", content))


def test_the_reader_comes_without_a_database() -> None:
    heavy = "psycopg,pandas,airflow,dbt,great_expectations,fsspec,afspraken.db"
    script = (
        "import sys, ingestion.reading;"
        f"print([name for name in '{heavy}'.split(',') if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
