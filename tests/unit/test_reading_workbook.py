"""Workbooks as they really are: what Excel does to ids, dates, formulas and headings."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.contract import load_contract
from ingestion.reading import (
    PersonalDataError,
    UnreadableFileError,
    first_reading,
    mending,
    read_delivery,
)
from ingestion.reading.workbook import as_text, read_workbook
from tests.deliveries import COLUMNS, home, homes
from tests.sent import (
    Cells,
    as_cells,
    compound,
    ods_of,
    read,
    rows_of,
    saved,
    sent,
    workbook_of,
    xls_of,
    xlsx_of,
    zip_named,
)

GOOD = [{name: value or None for name, value in row.items()} for row in homes(3)]


def one(**values: Any) -> Cells:
    """A sheet of one home, with cells of any type."""
    return as_cells([{**home(1), **values}])


@pytest.mark.parametrize("name", ["a.xlsx", "a.xlsm", "a.xls", "a.ods"])
def test_a_table_is_the_same_in_every_format(name: str) -> None:
    cells = as_cells(homes(3))
    made = {
        "a.xlsx": lambda: xlsx_of(eenheid=cells),
        "a.xlsm": lambda: xlsx_of(eenheid=cells),
        "a.xls": lambda: xls_of("eenheid", cells),
        "a.ods": lambda: ods_of(eenheid=cells),
    }[name]()
    table = read(sent(name, made))
    assert rows_of(table) == GOOD
    assert (table.sheet, table.count, table.mends, table.faults) == ("eenheid", 3, [], [])
    assert [number for number, _ in table.rows()] == [2, 3, 4]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("bag_object_id", 917010000000001, "0917010000000001"),
        ("bag_object_id", 917010000000001.0, "0917010000000001"),
        ("bag_object_id", 1980010000123457, "1980010000123457"),
        # Excel keeps fifteen digits: the last one of these may have been anything
        ("bag_object_id", 1980010000123450, "1,98001000012345E+15"),
        ("bouwjaar", 1975.0, "1975"),
        ("netto_huur", 612.5, "612,5"),
        ("netto_huur", 0.1 + 0.2, "0,3"),
        ("wws_punten", 1.234, "1,234"),
        ("bouwjaar", 1.975, "1,975"),
        ("peildatum", datetime.fromisoformat("2026-09-30"), "2026-09-30"),
        ("peildatum", date(2026, 9, 30), "2026-09-30"),
        ("peildatum", 46295, "2026-09-30"),
        ("zelfstandig", True, "J"),
        ("zelfstandig", False, "N"),
        ("eenheid_id", 10023, "10023"),
        ("conditiescore", 3, "3"),
    ],
)
def test_a_cell_of_any_type_becomes_the_text_the_contract_asks(
    column: str, cell: object, value: str
) -> None:
    (row,) = rows_of(read(sent("a.xlsx", xlsx_of(eenheid=one(**{column: cell})))))
    assert row[column] == value


@pytest.mark.parametrize("shown", ["#N/A", "#REF!", "#DIV/0!", "#NAME?"])
def test_a_formula_with_an_error_is_reported_and_never_a_value(shown: str) -> None:
    book = workbook_of(eenheid=one(bat_score="x"))
    cell = book["eenheid"].cell(2, COLUMNS.index("bat_score") + 1)
    cell.value, cell.data_type = shown, "e"
    table = read(sent("a.xlsx", saved(book)))
    assert rows_of(table)[0]["bat_score"] is None
    (fault,) = table.faults
    assert (fault.row, fault.column, fault.given) == (2, "bat_score", shown)
    assert shown in fault.message and "Herstel de formule" in fault.remedy


@pytest.mark.parametrize("shown", ["#N/A", "#REF!"])
def test_an_error_in_an_old_workbook_is_reported_too(shown: str) -> None:
    table = read(sent("a.xls", xls_of("eenheid", one(bat_score=shown))))
    assert rows_of(table)[0]["bat_score"] is None
    assert [(f.row, f.column, f.given) for f in table.faults] == [(2, "bat_score", shown)]


def test_a_row_of_nothing_but_errors_is_still_a_row() -> None:
    book = workbook_of(eenheid=as_cells(homes(1)))
    cell = book["eenheid"].cell(3, 1)
    cell.value, cell.data_type = "#N/A", "e"
    table = read(sent("a.xlsx", saved(book)))
    assert (table.count, [fault.row for fault in table.faults]) == (2, [3])


def test_a_formula_that_was_never_worked_out_is_reported() -> None:
    table = read(sent("a.xlsx", xlsx_of(eenheid=one(bat_score="=A1"))))
    (fault,) = table.faults
    assert (fault.column, fault.given) == ("bat_score", "geen uitkomst")


@pytest.mark.parametrize("shown", ["#N/B", "#VERW!", "Err:502"])
def test_the_words_for_an_error_are_no_value_in_any_format(shown: str) -> None:
    table = read(sent("a.ods", ods_of(eenheid=one(bat_score=shown))))
    assert [fault.given for fault in table.faults] == [shown]


def test_a_code_that_excel_made_a_date_of_is_reported() -> None:
    table = read(sent("a.xlsx", xlsx_of(eenheid=one(complex_code=date(2026, 3, 12)))))
    (fault,) = table.faults
    assert fault.column == "complex_code" and "een datum gemaakt" in fault.message


def test_a_share_that_excel_shows_as_a_percentage_is_asked_about() -> None:
    table = read(sent("a.xlsx", xlsx_of(eenheid=one(eigendomspercentage=1))))
    list(table.rows())
    (remark,) = table.remarks
    assert "opgemaakt als percentage" in remark
    assert read(sent("a.xlsx", xlsx_of(eenheid=one()))).remarks == []


def test_titles_and_merged_headings_are_read_as_people_see_them() -> None:
    cells = [["Levering DKO"], [], *as_cells(homes(3))]
    book = workbook_of(eenheid=cells)
    sheet = book["eenheid"]
    sheet.merge_cells("A1:F1")
    # a heading over two rows: merged ones beside groups with their names below
    sheet.insert_rows(3)
    for column, name in enumerate(COLUMNS, start=1):
        if name in mending.HOUSE_NUMBER:
            continue
        sheet.cell(3, column).value = name
        sheet.cell(4, column).value = None
        sheet.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
    sheet.cell(3, COLUMNS.index("huisnummer") + 1).value = "Adres"
    table = read(sent("a.xlsx", saved(book)))
    assert rows_of(table) == GOOD
    assert [number for number, _ in table.rows()] == [5, 6, 7]


def test_a_merged_cell_counts_for_each_of_its_rows() -> None:
    book = workbook_of(eenheid=as_cells(homes(3)))
    column = COLUMNS.index("complex_code") + 1
    sheet = book["eenheid"]
    sheet.merge_cells(start_row=2, end_row=4, start_column=column, end_column=column)
    table = read(sent("a.xlsx", saved(book)))
    assert rows_of(table) == GOOD
    assert [(m.row, m.kind, m.used) for m in table.mends] == [
        (3, "samengevoegde cel", "C1"),
        (4, "samengevoegde cel", "C1"),
    ]


def test_other_sheets_are_left_alone_and_said_and_the_letter_is_read() -> None:
    book = workbook_of(
        Levering=[["Veld", "Waarde"], ["levering_id", "DKO-1"], ["Peildatum", date(2026, 9, 30)]],
        Eenheid=as_cells(homes(1)),
        Grafiek=[["Aantal", "Wijk"], [12, "Heksenberg"]],
        Leeg=[],
        Reken=[["hulp"]],
    )
    book["Reken"].sheet_state = "hidden"
    delivered = read_delivery([sent("a.xlsx", saved(book))])
    assert delivered.manifest == {"levering_id": "DKO-1", "peildatum": "2026-09-30"}
    assert [(table.entity, table.sheet) for table in delivered.tables] == [("eenheid", "Eenheid")]
    assert delivered.remarks == (
        "a.xlsx: het werkblad Grafiek hoort niet bij het contract en is niet gelezen.",
        "a.xlsx: het verborgen werkblad Reken hoort niet bij het contract en is niet gelezen.",
    )


def test_a_sheet_of_any_name_is_known_by_its_heading() -> None:
    delivered = read_delivery(
        [sent("a.xlsx", xlsx_of(Blad1=as_cells(homes(1)), Blad2=[["x", "y"]]))]
    )
    assert [table.entity for table in delivered.tables] == ["eenheid"]


def test_a_workbook_without_a_table_of_ours_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="geen tabel gevonden"):
        read(sent("a.xlsx", xlsx_of(Blad1=[["x", "y"], [1, 2]])))


def test_personal_data_in_a_sheet_or_comment_that_is_not_read_refuses_the_workbook() -> None:
    from openpyxl.comments import Comment

    extra = xlsx_of(eenheid=as_cells(homes(1)), Blad2=[["Huurder", "E"], ["x", "a@b.nl"]])
    with pytest.raises(PersonalDataError, match=r"werkblad Blad2: .* 'Huurder'"):
        read(sent("a.xlsx", extra))
    book = workbook_of(eenheid=as_cells(homes(1)))
    book["eenheid"]["A2"].comment = Comment("bel mevr. Jansen op 06-12345678", "x")
    with pytest.raises(PersonalDataError, match="opmerkingen bij cellen") as refused:
        read(sent("a.xlsx", saved(book)))
    assert "Jansen" not in str(refused.value)


def test_a_password_is_named_as_such() -> None:
    locked = compound("EncryptedPackage", b"\x01" * 5000)
    with pytest.raises(UnreadableFileError, match=r"a\.xlsx is beveiligd met een wachtwoord"):
        read(sent("a.xlsx", locked))
    manifest = b'<manifest><file-entry full-path="content.xml"><encryption-data/></file-entry>'
    members = {"mimetype": b"", "content.xml": b"\x8a", "META-INF/manifest.xml": manifest}
    with pytest.raises(UnreadableFileError, match="wachtwoord"):
        read(sent("a.ods", zip_named(members)))


@pytest.mark.parametrize("kept", [100, 3_000, -40])
def test_a_broken_workbook_is_refused_in_words(kept: int) -> None:
    whole = xlsx_of(eenheid=as_cells(homes(30)))
    with pytest.raises(UnreadableFileError, match=r"a\.xlsx is .*beschadigd"):
        read(sent("a.xlsx", whole[:kept]))
    with pytest.raises(UnreadableFileError, match="beschadigd"):
        read(sent("a.xls", compound("Werkboek", b"\x01" * 5000)))


def test_a_cell_absurdly_far_away_is_refused_before_room_is_made_for_it() -> None:
    book = workbook_of(eenheid=as_cells(homes(1)))
    book["eenheid"]["XFD1048576"] = "x"
    with pytest.raises(UnreadableFileError, match=r"werkblad eenheid: .* rij 1048576"):
        read(sent("a.xlsx", saved(book)))


def test_an_old_workbook_that_claims_to_be_huge_is_refused() -> None:
    far = struct.pack("<HHHHH", 0x0203, 14, 65_535, 65_535, 0) + bytes(8)
    whole = xls_of("eenheid", as_cells(homes(1)))
    end = whole.rindex(struct.pack("<HH", 0x000A, 0))
    with pytest.raises(UnreadableFileError, match=r"werkblad eenheid: .* rij 65536"):
        read(sent("a.xls", whole[:end] + far + whole[end : -len(far)]))
    # and one whose sectors follow each other in a circle
    first = struct.pack("<I", 3)
    circle = whole.replace(first, struct.pack("<I", 2), 1)
    with pytest.raises(UnreadableFileError, match="beschadigd"):
        read(sent("a.xls", circle))


def test_a_cell_that_is_repeated_a_million_times_is_refused() -> None:
    content = ods_of(eenheid=as_cells(homes(1)))
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        members = {name: made.read(name) for name in made.namelist()}
    many = b'<table:table-cell table:number-columns-repeated="99000000" office:value-type="string">'
    cell = b'<table:table-cell office:value-type="string">'
    members["content.xml"] = members["content.xml"].replace(cell, many, 1)
    with pytest.raises(UnreadableFileError, match="heel ver naar rechts"):
        read(sent("a.ods", zip_named(members)))
    # empty ones to the edge of the sheet are what every office writes
    empty = b'<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    members["content.xml"] = members["content.xml"].replace(many, cell)
    members["content.xml"] = members["content.xml"].replace(b"</table:table-row>", empty)
    assert read(sent("a.ods", zip_named(members))).count == 1


def test_a_document_type_in_a_workbook_is_refused() -> None:
    members = {
        "xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>',
        "xl/_rels/workbook.xml.rels": b"<Relationships/>",
    }
    with pytest.raises(UnreadableFileError, match="beschadigd"):
        read(sent("a.xlsx", zip_named(members)))


@pytest.mark.parametrize(
    ("name", "homes_", "unknown", "unmendable"),
    [
        ("residence_objects_Antoniapolder.xlsx", 376, 265, 2),
        ("residence_objects_loenen.xlsx", 1495, 736, 0),
    ],
)
def test_real_workbooks_of_joined_registers_are_read_and_their_ids_and_labels_mended(
    real_data: Path, name: str, homes_: int, unknown: int, unmendable: int
) -> None:
    path = real_data / "ep_online" / "joined" / name
    (sheet,) = read_workbook(sent(name, path.read_bytes())).sheets
    (_, names), *numbered = sheet.cells()
    rows = [cells for _, cells in numbered]
    ids = [row[0] for row in rows]
    assert len(ids) == homes_ and numbered[-1][0] == homes_ + 1
    contract = load_contract("eenheid")
    id_field, label_field = contract.field("bag_object_id"), contract.field("label_klasse")
    assert id_field and label_field
    fits, mend = mending.form(id_field, contract), mending.mender(id_field, contract)
    assert all(map(fits, ids))
    # the same ids as linked data writes them, and as Excel leaves them
    linked = [mend(row[names.index("bagcode")]) for row in rows]
    eaten = [mend(as_text(float(id_))) for id_ in ids]
    assert [m and m.used for m in linked] == [m and m.used for m in eaten] == ids
    # who has no label is told apart by the rules: no code is made of it
    labels = [row[names.index("energieklasse")] for row in rows]
    read_label = mending.mender(label_field, contract)
    known = {label for label in labels if label != "unknown"}
    assert labels.count("unknown") == unknown and read_label("unknown") is None
    mended = {label: m.used for label in known if (m := read_label(label))}
    assert {"A+": "AP", "A++": "APP", "A+++": "AP3"}.items() <= mended.items()
    assert labels.count("A+++++") == unmendable and "A+++++" not in mended


def test_numbers_are_written_as_a_dutch_spreadsheet_shows_them() -> None:
    assert [as_text(cell) for cell in (0.0, -3.0, 1e14, 1e-5, 2.5, True)] == [
        *("0", "-3", "100000000000000", "1e-05", "2,5", "WAAR"),
    ]


def test_a_workbook_of_a_large_corporation_stays_small_in_memory() -> None:
    import tracemalloc

    content = xlsx_of(eenheid=as_cells(homes(2000)))
    tracemalloc.start()
    delivered = read_delivery([sent("a.xlsx", content)])
    assert first_reading(delivered) == 2000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # ten of these and what the reader underneath takes stay far below 500 MB
    assert peak < 20_000_000
