"""What is made from the delivery contracts is in step with them, and says what they say."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
import yaml

from afspraken.settings import ROOT
from ingestion.contract import entities, load_contract, manifest_fields
from ingestion.deliveries import Manifest
from ingestion.publish_contracts import made, out_of_step, publish
from ingestion.reading import SentFile, UnreadableFileError, read_delivery
from ingestion.rendering.workbooks import FOLDER

PARTIES = ("corporatie", "gemeente", "huurdersorganisatie")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return made()


def test_everything_that_is_made_from_the_contracts_is_in_step_with_them() -> None:
    assert out_of_step() == [], "run `afspraken contracts`"


def test_every_entity_has_a_page_a_staging_model_and_a_source(files: dict[str, bytes]) -> None:
    sources = yaml.safe_load(files["dbt_project/models/staging/levering/_sources.yml"])
    tables = {table["name"] for table in sources["sources"][0]["tables"]}
    for contract in map(load_contract, entities()):
        assert f"docs/leveren/{contract.entity}.md" in files
        assert f"dbt_project/models/staging/levering/{contract.staging_model}.sql" in files
        assert contract.table in tables


def test_what_differs_is_named_and_mended_and_what_has_no_contract_any_more_is_removed(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    assert sorted(publish(tmp_path)) == sorted(files)
    assert out_of_step(tmp_path) == []
    page, template = "docs/leveren/telling.md", f"{FOLDER}/afsprakenmonitor-sjabloon-gemeente.xlsx"
    old = "dbt_project/models/staging/levering/stg_levering__oud.sql"
    for path in (page, template, old):
        (tmp_path / path).write_bytes(b"met de hand veranderd")
    assert out_of_step(tmp_path) == sorted([page, template, old])
    publish(tmp_path)
    assert out_of_step(tmp_path) == []
    assert not (tmp_path / old).exists()


def test_a_template_is_the_same_to_the_last_byte_when_it_is_made_again(
    files: dict[str, bytes],
) -> None:
    again = made()
    templates = [path for path in files if path.endswith(".xlsx")]
    assert len(templates) == len(PARTIES)
    for path in templates:
        assert files[path] == again[path]
        assert len(files[path]) < 100_000


@pytest.mark.parametrize("party", PARTIES)
def test_a_template_has_a_sheet_for_each_entity_its_party_may_deliver(
    files: dict[str, bytes], party: str
) -> None:
    book = _template(files, party)
    own = {e for e in entities() if party.upper() in load_contract(e).senders}
    assert set(book.sheetnames) == own | {"uitleg", "levering", "codes"}
    assert book["codes"].sheet_state == "hidden"
    for entity in own:
        contract, sheet = load_contract(entity), book[entity]
        assert tuple(cell.value for cell in sheet[1]) == contract.columns
        assert all(cell.comment for cell in sheet[1])
        assert sheet.max_row == 1


def test_a_spreadsheet_keeps_the_leading_zero_of_an_id_and_offers_the_codes(
    files: dict[str, bytes],
) -> None:
    book = _template(files, "corporatie")
    sheet, contract = book["eenheid"], load_contract("eenheid")
    place = contract.columns.index("bag_object_id") + 1
    letter = openpyxl.utils.get_column_letter(place)
    assert sheet.column_dimensions[letter].number_format == "@"
    offered = {}
    for validation in sheet.data_validations.dataValidation:
        column = re.match(r"[A-Z]+", str(validation.sqref))
        assert column is not None
        area = validation.formula1.removeprefix("codes!").replace("$", "")
        cells = [row[0].value for row in book["codes"][area]]
        offered[sheet[f"{column[0]}1"].value] = cells
    assert offered["status"] == ["VEH", "LEE", "UIT", "ADM"]
    single = [field for field in contract.fields if field.codes and field.type != "list"]
    assert offered == {field.name: list(field.codes) for field in single}


def test_the_letter_in_a_template_has_the_fields_of_the_manifest(files: dict[str, bytes]) -> None:
    fields = {field.name: field for field in manifest_fields()}
    assert set(fields) == set(Manifest.model_fields)
    required = {name for name, field in Manifest.model_fields.items() if field.is_required()}
    required -= {"bestanden"}  # a workbook is its own list of files
    assert {name for name, field in fields.items() if field.presence == "ja"} == required
    sheet = _template(files, "gemeente")["levering"]
    assert {cell.value for cell in sheet["A"]} == set(fields) - {"bestanden"}
    values = {row[0].value: row[1].value for row in sheet.iter_rows(max_col=2)}
    assert values["contractversie"] == "1.0.0"


@pytest.mark.parametrize("party", PARTIES)
def test_a_template_that_is_filled_in_with_the_examples_is_read_without_a_word(
    files: dict[str, bytes], party: str
) -> None:
    book = _template(files, party)
    own = [entity for entity in book.sheetnames if entity in entities()]
    for entity in own:
        contract = load_contract(entity)
        for number, example in enumerate(contract.example_rows, start=2):
            for place, column in enumerate(contract.columns, start=1):
                book[entity].cell(number, place, example.get(column))
    delivered = read_delivery([_sent(book)])
    rows = {table.entity: [values for _, values in table.rows()] for table in delivered.tables}
    assert set(rows) == set(own)
    assert delivered.remarks == () and all(not table.mends for table in delivered.tables)
    for entity in own:
        contract = load_contract(entity)
        expected = [
            tuple(example.get(column, "") for column in contract.columns)
            for example in contract.example_rows
        ]
        assert [tuple(value or "" for value in values) for values in rows[entity]] == expected


def test_a_sheet_of_a_template_that_is_left_empty_was_not_delivered(
    files: dict[str, bytes],
) -> None:
    book = _template(files, "huurdersorganisatie")
    with pytest.raises(UnreadableFileError, match="geen werkblad heeft rijen"):
        read_delivery([_sent(book)])
    contract = load_contract("telling")
    for place, column in enumerate(contract.columns, start=1):
        book["telling"].cell(2, place, contract.example_rows[0].get(column))
    delivered = read_delivery([_sent(book)])
    assert [table.entity for table in delivered.tables] == ["telling"]
    assert delivered.manifest == {"contractversie": "1.0.0"}


def _sent(book: openpyxl.Workbook) -> SentFile:
    saved = io.BytesIO()
    book.save(saved)
    data = saved.getvalue()
    return SentFile("sjabloon.xlsx", len(data), lambda: io.BytesIO(data))


def test_nothing_in_a_template_comes_from_the_clock(files: dict[str, bytes]) -> None:
    for party in PARTIES:
        packed = zipfile.ZipFile(io.BytesIO(_bytes(files, party)))
        assert {info.date_time for info in packed.infolist()} == {(2026, 1, 1, 0, 0, 0)}
        assert b"2026-01-01T00:00:00Z</dcterms:modified>" in packed.read("docProps/core.xml")


def test_every_page_for_suppliers_can_be_reached_from_the_first_one() -> None:
    folder = ROOT / "docs" / "leveren"
    overview = (folder / "overzicht.md").read_text("utf-8")
    first = (folder / "README.md").read_text("utf-8")
    assert "overzicht.md" in first
    for party in PARTIES:
        assert f"afsprakenmonitor-sjabloon-{party}.xlsx" in first
    for entity in entities():
        assert f"({entity}.md)" in overview


def _bytes(files: dict[str, bytes], party: str) -> bytes:
    return files[f"{FOLDER}/afsprakenmonitor-sjabloon-{party}.xlsx"]


def _template(files: dict[str, bytes], party: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(_bytes(files, party)))
