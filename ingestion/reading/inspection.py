"""A look through a workbook before it is read, for what the reader underneath does not tell.

It gives an error cell (`#N/A`) and a formula without an outcome as empty cells, makes room for
every cell up to the last one, and unpacks whatever there is.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from ingestion.errors import UnreadableFileError
from ingestion.reading import biff, packed

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
_REPEATED = re.compile(
    rb"<table:table-row\b([^>]*)>|<table:table-cell\b([^>]*office:value-type[^>]*)>"
)
_ROWS_REPEATED = re.compile(rb'number-rows-repeated="(\d{1,12})')
_COLUMNS_REPEATED = re.compile(rb'number-columns-repeated="(\d{1,12})')

Places = dict[int, dict[int, str]]


@dataclass
class Found:
    """What a workbook shows before it is read: error cells of each sheet, and its comments."""

    errors: dict[str, Places] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)


def look_through(name: str, data: bytes) -> Found:
    """Raises UnreadableFileError for what must not be read at all."""
    return _through_xls(name, data) if data.startswith(OLE) else _through_zip(name, data)


def has_password(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} is beveiligd met een wachtwoord. Haal de beveiliging weg en lever opnieuw; "
        "de verbinding is al beveiligd."
    )


def damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} is geen werkmap die wij kunnen lezen, of is beschadigd. "
        "Open het bestand in Excel, bewaar het als .xlsx en lever het opnieuw."
    )


def _through_xls(name: str, data: bytes) -> Found:
    try:
        if "EncryptedPackage" in biff.stream_names(data):
            raise has_password(name)
        shapes = biff.sheet_shapes(data)
    except biff.NotBiffError as error:
        raise damaged(name) from error
    for shape in shapes:
        if shape.rows * shape.columns > CELLS:
            raise _too_far(name, shape.name, shape.rows)
    return Found({shape.name: shape.errors for shape in shapes if shape.errors})


def _through_zip(name: str, data: bytes) -> Found:
    infos = {info.filename: info for info in packed.entries(name, data)}
    if "xl/workbook.bin" in infos:
        raise UnreadableFileError(
            f"{name} is een binaire werkmap (.xlsb). Bewaar het bestand als .xlsx."
        )
    if "META-INF/manifest.xml" in infos and _is_encrypted_ods(name, data, infos):
        raise has_password(name)
    sheets = _sheet_parts(name, data, infos)
    found, total = Found(), 0
    for part, info in infos.items():
        if not part.endswith((".xml", ".rels")):
            continue
        look = _look_at(part, sheets.get(part, part))
        for block in packed.inflated(name, data, info):
            total += len(block)
            if packed.WORKBOOK.are_passed(total, len(data)):
                raise packed.too_big(name)
            look.at(block)
            if look.cells > CELLS:
                raise _too_far(name, look.title, look.rows)
        if look.errors:
            found.errors[look.title] = look.errors
        if isinstance(look, _Comments):
            found.comments.append(_plain_text(b"".join(look.text)))
    return found


@dataclass
class _Look:
    """A part of a workbook, looked at block by block."""

    title: str
    rows: int = 0
    cells: int = 0
    errors: Places = field(default_factory=dict)
    rest: bytes = b""

    def at(self, block: bytes) -> None:
        """A part that holds no cells."""


class _ExcelSheet(_Look):
    width = _USUAL_WIDTH

    def at(self, block: bytes) -> None:
        window = self.rest + block
        self.rows = max((self.rows, *map(int, _ROW.findall(window))))
        self.width = max((self.width, *(_place(c) + 1 for c in _FAR_COLUMN.findall(window))))
        self.cells = self.rows * self.width
        _note_errors(window, self.errors)
        self.rest = window[-_OVERLAP:]


class _OpenDocument(_Look):
    repeated = 1

    def at(self, block: bytes) -> None:
        window = self.rest + block
        end = window.rfind(b"<")
        for found in _REPEATED.finditer(window, 0, end):
            if found[1] is not None:
                times = _ROWS_REPEATED.search(found[1])
                self.repeated = int(times[1]) if times else 1
                self.rows += self.repeated
            else:
                times = _COLUMNS_REPEATED.search(found[2])
                self.cells += self.repeated * (int(times[1]) if times else 1)
        self.rest = window[end:]


class _Comments(_Look):
    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.text: list[bytes] = []

    def at(self, block: bytes) -> None:
        self.text.append(block)


def _look_at(part: str, title: str) -> _Look:
    if "comment" in part.lower():
        return _Comments(title)
    if "worksheets/" in part.lower() or title != part:
        return _ExcelSheet(title)
    return _OpenDocument(title) if part == "content.xml" else _Look(title)


def _too_far(name: str, sheet: str, row: int) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name}, werkblad {sheet}: er staat een cel op rij {row} of heel ver naar rechts. "
        "Verwijder de lege rijen en kolommen onder en naast de gegevens."
    )


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
            raise damaged(name)
    try:
        return ElementTree.fromstring(b"".join(content))  # noqa: S314
    except ElementTree.ParseError as error:
        raise damaged(name) from error


def _is_encrypted_ods(name: str, data: bytes, infos: Mapping[str, zipfile.ZipInfo]) -> bool:
    manifest = b"".join(packed.inflated(name, data, infos["META-INF/manifest.xml"]))
    return b"encryption-data" in manifest
