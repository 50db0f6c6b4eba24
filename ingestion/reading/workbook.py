"""Workbooks (xlsx, xlsm, xls, ods) as sheets of text, with what a cell can't say for itself.

The reader underneath gives an error cell (`#N/A`) and a formula without an outcome as empty cells,
and makes room for every cell up to the last one. So the XML of an xlsx is looked through first:
for such cells, for a last cell that is absurdly far away, and for how much comes out of the file.
An xls does not tell, so there an error cell is empty; the delivery is told so.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine as calamine

from ingestion.errors import UnreadableFileError
from ingestion.reading import packed
from ingestion.reading.model import SentFile

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BYTES = 100 << 20
CELLS = 20_000_000

_USUAL_WIDTH = 104
_ROW = re.compile(rb'row [^>]*?\br="(\d+)"')
_FAR_COLUMN = re.compile(rb' r="([D-Z][A-Z]|[A-Z]{3})\d')
_ERROR = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(.{0,9000}?)</(?:\w+:)?c>', re.DOTALL)
_NO_OUTCOME = re.compile(
    rb'<(?:\w+:)?c\s((?:(?!t="str")[^>])*)>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_REF = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_SHOWN = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_OVERLAP = 20_000
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Places = dict[int, dict[int, str]]


@dataclass(frozen=True)
class Sheet:
    """A sheet: its rows as text, error cells, and cells that a merged cell above covers.

    Rows are numbered from 1, places in a row from 0, as in `Grid`.
    """

    name: str
    is_hidden: bool
    height: int
    source: calamine.CalamineSheet
    errors: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    merged: Mapping[int, Mapping[int, str]] = field(default_factory=dict)

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """Every row from the first on; merged cells repeat their value downwards."""
        for number, row in enumerate(self.source.iter_rows(), start=1):
            cells = [cell if type(cell) is str else as_text(cell) for cell in row]
            for place, value in self.merged.get(number, {}).items():
                cells[place] = value
            yield number, cells


@dataclass(frozen=True)
class Workbook:
    """The sheets of a workbook, and the text of its comments."""

    sheets: tuple[Sheet, ...]
    comments: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def is_workbook(names: set[str]) -> bool:
    """Whether the members of a zip make it a workbook."""
    return bool(names & {"xl/workbook.xml", "xl/workbook.bin"}) or {"mimetype", "content.xml"} <= (
        names
    )


def read_workbook(file: SentFile) -> Workbook:
    """Open a workbook; raises UnreadableFileError."""
    with closing(file.open()) as opened:
        data = opened.read(BYTES + 1)
    if len(data) > BYTES:
        raise packed.too_big(file.name)
    found = _look_through(file.name, data)
    with _in_words(file.name):
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = []
        for meta in book.sheets_metadata:
            if meta.typ is not calamine.SheetTypeEnum.WorkSheet:
                continue
            source = book.get_sheet_by_name(meta.name)
            sheets.append(
                Sheet(
                    meta.name,
                    meta.visible is not calamine.SheetVisibleEnum.Visible,
                    source.end[0] + 1 if source.end else 0,
                    source,
                    found.errors.get(meta.name, {}),
                    _merged(source),
                )
            )
    remarks = (
        (
            "De werkmap heeft de oude indeling .xls; cellen met een foutwaarde zijn daarin leeg. "
            "Lever liever .xlsx.",
        )
        if data.startswith(OLE)
        else ()
    )
    return Workbook(tuple(sheets), tuple(found.comments), remarks)


def as_text(cell: Any) -> str:
    """A cell as a Dutch spreadsheet shows it: whole numbers whole, decimals with a comma.

    A number of sixteen digits that ends in a zero may have lost its last digit in Excel, which
    keeps fifteen; it is given as 1,98001000012345E+15, which no form lets through.
    """
    if isinstance(cell, bool):
        return "WAAR" if cell else "ONWAAR"
    if isinstance(cell, int | float):
        return _number(float(cell))
    if isinstance(cell, datetime):
        if cell.time() == time(0):
            return cell.date().isoformat()
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _number(value: float) -> str:
    if value.is_integer() and (abs(value) < 1e15 or (abs(value) < 2**53 and value % 10)):
        return str(int(value))
    if abs(value) >= 1e15:
        return f"{value:.14E}".replace(".", ",")
    return f"{value:.15g}".replace(".", ",")


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except calamine.PasswordError as error:
        raise _has_password(name) from error
    except calamine.CalamineError as error:
        raise _damaged(name) from error
    except BaseException as error:
        # the reader's own way of giving up on a file, which no except clause can name
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(name) from error


def _has_password(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} is beveiligd met een wachtwoord. Haal de beveiliging weg en lever opnieuw; "
        "de verbinding is al beveiligd."
    )


def _damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} is geen werkmap die wij kunnen lezen, of is beschadigd. "
        "Open het bestand in Excel, bewaar het als .xlsx en lever het opnieuw."
    )


@dataclass
class _Found:
    errors: dict[str, Places] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)


def _look_through(name: str, data: bytes) -> _Found:
    """What the XML of a zipped workbook shows; raises UnreadableFileError."""
    found = _Found()
    if data.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _has_password(name)
        return found
    infos = {info.filename: info for info in packed.entries(name, data)}
    if "xl/workbook.bin" in infos:
        raise UnreadableFileError(
            f"{name} is een binaire werkmap (.xlsb). Bewaar het bestand als .xlsx."
        )
    if any(n in infos for n in ("META-INF/manifest.xml",)) and _is_encrypted_ods(name, data, infos):
        raise _has_password(name)
    sheets = _sheet_parts(name, data, infos)
    total = 0
    for part, info in infos.items():
        if not part.endswith((".xml", ".rels")):
            continue
        places: Places = {}
        rows, width, tail = 0, _USUAL_WIDTH, b""
        is_comment = "comment" in part.lower()
        text: list[bytes] = []
        for block in packed.inflated(name, data, info):
            total += len(block)
            if packed.WORKBOOK.are_passed(total, len(data)):
                raise packed.too_big(name)
            if is_comment:
                text.append(block)
            if part in sheets:
                window = tail + block
                rows = max((rows, *map(int, _ROW.findall(window))))
                width = max((width, *map(_place, _FAR_COLUMN.findall(window))))
                _note_errors(window, places)
                tail = window[-_OVERLAP:]
        if rows * width > CELLS:
            raise UnreadableFileError(
                f"{name}, werkblad {sheets[part]}: er staat een cel op rij {rows}, heel ver van de "
                "gegevens. Verwijder de lege rijen en kolommen onder en naast de gegevens."
            )
        if places:
            found.errors[sheets[part]] = places
        if text:
            found.comments.append(_plain_text(b"".join(text)))
    return found


def _note_errors(window: bytes, places: Places) -> None:
    if b't="e"' in window:
        for attributes, content in _ERROR.findall(window):
            shown = _SHOWN.search(content)
            _note(attributes, shown[1].decode("utf-8", "replace") if shown else "#N/A", places)
    if b"<f" in window or b":f" in window:
        for (attributes,) in ((m[1],) for m in _NO_OUTCOME.finditer(window)):
            _note(attributes, "geen uitkomst", places)


def _note(attributes: bytes, shown: str, places: Places) -> None:
    if ref := _REF.search(attributes):
        places.setdefault(int(ref[2]), {})[_place(ref[1])] = shown


def _place(letters: bytes) -> int:
    place = 0
    for sign in letters:
        place = place * 26 + sign - ord("A") + 1
    return place - 1


def _plain_text(xml: bytes) -> str:
    return re.sub(r"<[^>]*>", " ", xml.decode("utf-8", "replace"))


def _sheet_parts(name: str, data: bytes, infos: Mapping[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Which sheet each part of an xlsx is."""
    book, links = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if book not in infos or links not in infos:
        return {}
    targets = {
        link.get("Id"): (link.get("Target") or "").lstrip("/")
        for link in _tree(name, data, infos[links])
    }
    parts = {}
    for element in _tree(name, data, infos[book]).iter():
        if element.tag.endswith("}sheet"):
            target = targets.get(element.get(_RELATION)) or ""
            part = target if target.startswith("xl/") else f"xl/{target}"
            parts[part] = element.get("name") or ""
    return parts


def _tree(name: str, data: bytes, info: zipfile.ZipInfo) -> ElementTree.Element:
    content, size = [], 0
    for block in packed.inflated(name, data, info):
        size += len(block)
        content.append(block)
        # entities are how XML explodes, and no workbook declares any
        if size > BYTES or b"<!" in block.replace(b"<!--", b""):
            raise _damaged(name)
    try:
        return ElementTree.fromstring(b"".join(content))  # noqa: S314
    except ElementTree.ParseError as error:
        raise _damaged(name) from error


def _is_encrypted_ods(name: str, data: bytes, infos: Mapping[str, zipfile.ZipInfo]) -> bool:
    manifest = b"".join(packed.inflated(name, data, infos["META-INF/manifest.xml"]))
    return b"encryption-data" in manifest


def _merged(sheet: calamine.CalamineSheet) -> Places:
    """The cells below the first of a merged cell, with its value."""
    ranges = [
        (top, left, min(bottom, sheet.end[0] if sheet.end else 0))
        for (top, left), (bottom, _) in sheet.merged_cell_ranges or []
        if bottom > top
    ]
    if not ranges:
        return {}
    wanted = {(top, left) for top, left, _ in ranges}
    tops = {top for top, _ in wanted}
    values = {
        (number, left): as_text(row[left])
        for number, row in enumerate(sheet.iter_rows())
        if number in tops
        for left in range(len(row))
        if (number, left) in wanted
    }
    places: Places = {}
    for top, left, bottom in ranges:
        if value := values.get((top, left)):
            for number in range(top + 1, bottom + 1):
                places.setdefault(number + 1, {})[left] = value
    return places
