"""A receipt as a workbook: what to mend, then each file's rows with the wrong cells marked."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Columns = Mapping[str, Sequence[str]]
Rows = Mapping[str, Mapping[int, Sequence[str | None]]]
Note = tuple[str, str]

_REJECTED = PatternFill("solid", fgColor="F8CBCB")
_REMARK = PatternFill("solid", fgColor="FFE699")
_MENDED = PatternFill("solid", fgColor="CFE2F3")
_FILLS = {"blocks": _REJECTED, "warns": _REMARK, "mended": _MENDED}
_ORDER = ("blocks", "warns", "mended")
_BOLD = Font(bold=True)
_WRAP = Alignment(wrap_text=True, vertical="top")


def workbook(content: Mapping[str, Any], columns: Columns, rows: Rows) -> bytes:
    """The workbook of a receipt's content, with the rows that have something in them.

    `columns` and `rows` are of each file or sheet by its name on the receipt; rows by the number
    that the delivered file shows.
    """
    book = Workbook(write_only=True)
    _summary(book.create_sheet("Samenvatting"), content)
    titles: set[str] = {"samenvatting"}
    for place, found in rows.items():
        sheet = book.create_sheet(_title(place, titles))
        _marked(sheet, columns[place], found, _notes(content, place))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _summary(sheet: WriteOnlyWorksheet, content: Mapping[str, Any]) -> None:
    sheet.column_dimensions["A"].width = 18
    sheet.column_dimensions["B"].width = 10
    for letter in "CDE":
        sheet.column_dimensions[letter].width = 50
    if content["voorbeelddata"]:
        sheet.append(["VOORBEELDDATA: deze levering is verzonnen."])
    sheet.append([_cell(sheet, f"{content['teken']} {content['oordeel']}", font=_BOLD)])
    sheet.append([_text(content["toelichting"]), None, None])
    sheet.append([_text(content["wat_nu"])])
    for reason in (*content["redenen"], *content["opmerkingen"]):
        sheet.append([_text(reason)])
    sheet.append([])
    facts = (
        ("Levering", content["levering_id"]),
        ("Afzender", content["afzender_code"]),
        ("Peildatum", content["peildatum"]),
        ("Rijen", content["rijen"]),
        ("Afgekeurd", content["afgekeurde_rijen"]),
    )
    for name, value in facts:
        if value is not None:
            sheet.append([name, _text(value)])
    if content["regels"]:
        sheet.append([])
        headings = ("gevolg", "aantal", "bestand", "regel", "zo herstelt u het")
        sheet.append([_cell(sheet, name, font=_BOLD) for name in headings])
    for rule in content["regels"]:
        what = "afgekeurd" if rule["severity"] == "blocks" else "opmerking"
        values = (what, rule["failed"], rule["file_name"], rule["message"], rule["remedy"])
        sheet.append([_cell(sheet, value, fill=_FILLS[rule["severity"]]) for value in values])
    for mended in content["hersteld"]:
        told = f"{mended['message']} Bijvoorbeeld {mended['given']} → {mended['used']}"
        values = ("hersteld", mended["count"], mended["file_name"], mended["column"], told)
        sheet.append([_cell(sheet, value, fill=_MENDED) for value in values])


def _marked(
    sheet: WriteOnlyWorksheet,
    columns: Sequence[str],
    rows: Mapping[int, Sequence[str | None]],
    notes: Mapping[tuple[int, str], Sequence[Note]],
) -> None:
    sheet.freeze_panes = "C2"
    sheet.column_dimensions["B"].width = 60
    sheet.append(
        [_cell(sheet, name, font=_BOLD) for name in ("rij", "wat er niet klopt", *columns)]
    )
    for number in sorted(rows):
        told = [
            f"{column}: {text}" for column in columns for _, text in notes.get((number, column), ())
        ]
        cells = [_cell(sheet, number), _cell(sheet, "\n".join(told), wrap=True)]
        for column, value in zip(columns, rows[number], strict=True):
            marks = notes.get((number, column), ())
            cell = _cell(sheet, value)
            if marks:
                worst = min((kind for kind, _ in marks), key=_ORDER.index)
                cell.fill = _FILLS[worst]
                cell.comment = Comment("\n".join(text for _, text in marks), "Afsprakenmonitor")
            cells.append(cell)
        sheet.append(cells)


def _notes(content: Mapping[str, Any], place: str) -> dict[tuple[int, str], list[Note]]:
    notes: dict[tuple[int, str], list[Note]] = {}
    for fault in content["fouten"]:
        if fault["file_name"] == place:
            text = f"{fault['message']} {fault['remedy']}".strip()
            key = fault["row"], fault["column"]
            notes.setdefault(key, []).append((fault["severity"], text))
    for mended in content["hersteld"]:
        if mended["file_name"] == place:
            for row in mended["rows"]:
                text = f"Hersteld: {mended['message']}"
                notes.setdefault((row, mended["column"]), []).append(("mended", text))
    return notes


def _cell(
    sheet: WriteOnlyWorksheet,
    value: object,
    *,
    font: Font | None = None,
    fill: PatternFill | None = None,
    wrap: bool = False,
) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=_text(value))
    if isinstance(value, str):
        # what a supplier wrote stays text, also where it looks like a formula
        cell.data_type = "s"
    if font:
        cell.font = font
    if fill:
        cell.fill = fill
    if wrap:
        cell.alignment = _WRAP
    return cell


def _text(value: object) -> object:
    """A cell's value without the signs that a workbook can't hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value) if isinstance(value, str) else value


def _title(place: str, taken: set[str]) -> str:
    """A sheet's name: at most 31 signs, none that a workbook forbids, not used before."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", place)[-31:].strip() or "blad"
    title, number = plain, 2
    while title.lower() in taken:
        title = f"{plain[:27]} ({number})"
        number += 1
    taken.add(title.lower())
    return title
