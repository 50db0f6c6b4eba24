"""The template of each kind of party: a workbook with a sheet for every entity it may deliver.

What is made twice is the same to the last byte: nothing in it comes from the clock.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ingestion.contract import Contract, Field, manifest_fields
from ingestion.reading.delivery import CODE_SHEET, EXPLANATION_SHEET
from ingestion.rendering.words import PARTIES, PRESENCE, cadence_of, form_of

FOLDER: Final = "docs/leveren/sjablonen"
COVERING_SHEET: Final = "levering"
_NEVER: Final = datetime(2026, 1, 1)  # noqa: DTZ001
_MOMENT: Final = (2026, 1, 1, 0, 0, 0)
_LAST_ROW: Final = 50_000
_TEXT: Final = "@"
# a spreadsheet turns what looks like a number or a day into one, and drops leading zeros
_AS_NUMBER: Final = ("integer", "number")
_FILLS: Final = {"ja": "FFD9E8F5", "voorwaardelijk": "FFFFF2CC", "nee": "FFF2F2F2"}
_HOW: Final = (
    "Vul eerst het werkblad levering in en daarna de werkbladen die u levert.",
    "Een werkblad dat u niet levert, laat u leeg of haalt u weg. Verander geen kolomnamen.",
    "Blauwe kolommen zijn verplicht, gele zijn soms nodig, grijze mogen leeg blijven.",
    "Plak gegevens als waarden (Plakken speciaal), dan blijven voorloopnullen staan.",
    "Controleer het bestand voor u het verstuurt; hoe dat gaat staat in docs/leveren/README.md.",
    "Lever geen namen van personen, geboortedatums, BSN, telefoonnummers of e-mailadressen.",
)
_COLUMNS: Final = (
    ("Werkblad", 16),
    ("Kolom", 30),
    ("Betekenis", 60),
    ("Verplicht", 10),
    ("Vorm", 28),
    ("Codes", 60),
    ("Voorbeeld 1", 22),
    ("Voorbeeld 2", 22),
)
# what a supplier of many sheets fills in first
_FIRST: Final = ("eenheid", "mutatie", "project", "projecteenheid", "afspraak", "doel")


def workbook_files(contracts: Sequence[Contract]) -> dict[str, bytes]:
    """Path below the root and bytes of each template."""
    return {
        f"{FOLDER}/afsprakenmonitor-sjabloon-{kind.lower()}.xlsx": _workbook(
            [contract for contract in _in_order(contracts) if kind in contract.senders]
        )
        for kind in PARTIES
    }


def _in_order(contracts: Iterable[Contract]) -> list[Contract]:
    def place(contract: Contract) -> tuple[int, str]:
        first = contract.entity in _FIRST
        return (_FIRST.index(contract.entity) if first else len(_FIRST), contract.entity)

    return sorted(contracts, key=place)


def _workbook(contracts: Sequence[Contract]) -> bytes:
    book = Workbook()
    book.properties.creator = "Afsprakenmonitor"
    book.properties.created = book.properties.modified = _NEVER
    explanation = book.worksheets[0]
    explanation.title = EXPLANATION_SHEET
    _explain(explanation, contracts)
    codes = _Codes(book.create_sheet(CODE_SHEET))
    _cover(book.create_sheet(COVERING_SHEET), codes, contracts)
    for contract in contracts:
        _entity(book.create_sheet(contract.entity), contract, codes)
    book.move_sheet(codes.sheet, len(contracts) + 1)
    codes.sheet.sheet_state = "hidden"
    made = io.BytesIO()
    book.save(made)
    return _without_clock(made.getvalue())


class _Codes:
    """The hidden sheet that drop-downs read: a column for each different list."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self._known: dict[tuple[str, ...], str] = {}

    def drop_down(self, field: Field) -> DataValidation:
        codes = tuple(field.codes)
        if codes not in self._known:
            letter = get_column_letter(len(self._known) + 1)
            for row, code in enumerate(codes, start=1):
                cell = self.sheet[f"{letter}{row}"]
                cell.value, cell.number_format = code, _TEXT
            self._known[codes] = f"{CODE_SHEET}!${letter}$1:${letter}${len(codes)}"
        validation = DataValidation(
            type="list",
            formula1=self._known[codes],
            allow_blank=True,
            showErrorMessage=True,
        )
        validation.errorTitle = field.name[:32]
        validation.error = "Kies een code uit de lijst; het werkblad uitleg zegt wat zij betekent."
        return validation


def _explain(sheet: Worksheet, contracts: Sequence[Contract]) -> None:
    sheet["A1"] = "Afsprakenmonitor: sjabloon voor leveringen"
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["H1"] = f"contractversie {_version(contracts)}"
    for row, line in enumerate(_HOW, start=2):
        sheet.cell(row, 1, line)
    top = len(_HOW) + 3
    for place, (title, width) in enumerate(_COLUMNS, start=1):
        cell = sheet.cell(top, place, title)
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = width
    row = top
    for name, fields, examples in [
        (COVERING_SHEET, _letter_fields(), ()),
        *((c.entity, c.fields, c.example_rows) for c in contracts),
    ]:
        for field in fields:
            row += 1
            shown = [example.get(field.name, "") for example in examples[:2]]
            codes = "; ".join(f"{code}: {label}" for code, label in field.codes.items())
            values = (
                name,
                field.name,
                f"{field.title}. {field.description}",
                PRESENCE[field.presence],
                form_of(field),
                codes,
                *(shown or field.examples[:1]),
            )
            for place, value in enumerate(values, start=1):
                cell = sheet.cell(row, place, value or None)
                cell.number_format = _TEXT
                cell.alignment = Alignment(wrap_text=place in (3, 6), vertical="top")
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(_COLUMNS))}{row}"
    sheet.freeze_panes = f"C{top + 1}"


def _version(contracts: Iterable[Contract]) -> str:
    return max(contract.version for contract in contracts)


def _letter_fields() -> list[Field]:
    """A workbook is its own list of files, so the letter in it has none."""
    return [field for field in manifest_fields() if field.name != "bestanden"]


def _cover(sheet: Worksheet, codes: _Codes, contracts: Sequence[Contract]) -> None:
    sheet.column_dimensions["A"].width = 28
    sheet.column_dimensions["B"].width = 48
    for row, field in enumerate(_letter_fields(), start=1):
        name = sheet.cell(row, 1, field.name)
        _mark(name, field)
        value = sheet.cell(row, 2)
        value.number_format = _TEXT
        if field.name == "contractversie":
            value.value = _version(contracts)
        if field.codes:
            validation = codes.drop_down(field)
            validation.add(value.coordinate)
            sheet.add_data_validation(validation)


def _entity(sheet: Worksheet, contract: Contract, codes: _Codes) -> None:
    sheet.sheet_properties.tabColor = "FF1F5C99"
    for place, field in enumerate(contract.fields, start=1):
        letter = get_column_letter(place)
        dimension = sheet.column_dimensions[letter]
        dimension.width = max(14, len(field.name) + 2)
        if field.type not in _AS_NUMBER:
            dimension.number_format = _TEXT
        _mark(sheet.cell(1, place, field.name), field)
        if field.codes and field.type != "list":
            validation = codes.drop_down(field)
            validation.add(f"{letter}2:{letter}{_LAST_ROW}")
            sheet.add_data_validation(validation)
    sheet.freeze_panes = "A2"
    sheet.oddFooter.center.text = f"{contract.title}: {cadence_of(contract)}"


def _mark(cell: object, field: Field) -> None:
    """A heading with its colour and its note."""
    note = f"{field.title}. {field.description}\nVerplicht: {PRESENCE[field.presence]}. "
    cell.number_format = _TEXT  # type: ignore[attr-defined]
    cell.font = Font(bold=True)  # type: ignore[attr-defined]
    cell.fill = PatternFill("solid", start_color=_FILLS[field.presence])  # type: ignore[attr-defined]
    cell.comment = Comment(  # type: ignore[attr-defined]
        f"{note}Vorm: {form_of(field)}.", "Afsprakenmonitor", height=140, width=320
    )


def _without_clock(made: bytes) -> bytes:
    """The same workbook with a fixed moment where the library wrote the present one."""
    fixed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made)) as source,
        zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-01-01T00:00:00Z", content
                )
            target.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
