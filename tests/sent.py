"""Files as parties send them, made in memory: each format, and the ways in which it goes wrong."""

from __future__ import annotations

import csv
import io
import json
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

from ingestion.reading import DeliveredTable, SentFile, first_reading, read_delivery
from tests.deliveries import COLUMNS

Cells = Sequence[Sequence[Any]]


def sent(name: str, content: bytes | str) -> SentFile:
    data = content.encode() if isinstance(content, str) else content
    return SentFile(name, len(data), lambda: io.BytesIO(data))


def read(*files: SentFile, **hints: str) -> DeliveredTable:
    """The only table of a delivery, after its first reading."""
    delivered = read_delivery(files, entities=hints)
    first_reading(delivered)
    (table,) = delivered.tables
    return table


def rows_of(table: DeliveredTable) -> list[dict[str, str | None]]:
    return [dict(zip(table.columns, values, strict=True)) for _, values in table.rows()]


def as_cells(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS
) -> list[list[Any]]:
    return [list(columns), *([row.get(column, "") for column in columns] for row in rows)]


def csv_of(cells: Cells, separator: str = ";", encoding: str = "utf-8", end: str = "\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(cells)
    return text.getvalue().encode(encoding)


def xlsx_of(**sheets: Cells) -> bytes:
    return saved(workbook_of(**sheets))


def workbook_of(**sheets: Cells) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append([None if cell == "" else cell for cell in row])
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def zip_of(method: int = zipfile.ZIP_DEFLATED, **members: bytes) -> bytes:
    return zip_named(members, method)


def zip_named(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return target.getvalue()


def manifest_of(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def ods_of(**sheets: Cells) -> bytes:
    """An OpenDocument spreadsheet; texts and numbers."""
    tables = []
    for name, cells in sheets.items():
        rows = "".join(
            "<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>"
            for row in cells
        )
        tables.append(f'<table:table table:name="{escape(name)}">{rows}</table:table>')
    namespaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {namespaces}><office:body>'
        f"<office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", content)
        packed.writestr("META-INF/manifest.xml", manifest)
    return target.getvalue()


def _ods_cell(value: Any) -> str:
    if value == "" or value is None:
        return "<table:table-cell/>"
    if isinstance(value, int | float):
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}">'
            f"<text:p>{value}</text:p></table:table-cell>"
        )
    return (
        '<table:table-cell office:value-type="string">'
        f"<text:p>{escape(str(value))}</text:p></table:table-cell>"
    )


def xls_of(name: str, cells: Cells) -> bytes:
    """A workbook of Excel 97: BIFF8 records in a compound file; texts, numbers, two errors."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def start(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 1996, 0, 6))

    sheet = start(0x0010)
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, 0)
            if value == "#REF!":
                sheet += record(0x0205, place + b"\x17\x01")
            elif value == "#N/A":
                # as the outcome of a formula
                sheet += record(0x0006, place + b"\x02\0\x2a\0\0\0\xff\xff" + bytes(8))
            elif isinstance(value, int | float):
                sheet += record(0x0203, place + struct.pack("<d", value))
            elif value:
                text = str(value).encode("utf-16-le")
                sheet += record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)
    sheet += record(0x000A, b"")
    label = name.encode("latin-1")
    entry_size = 4 + 8 + len(label)
    offset = len(start(5)) + entry_size + 4
    entry = struct.pack("<IBBBB", offset, 0, 0, len(label), 0) + label
    return compound("Workbook", start(5) + record(0x0085, entry) + record(0x000A, b"") + sheet)


def compound(name: str, stream: bytes) -> bytes:
    """An OLE compound file with one stream, as .xls and protected workbooks are."""
    size = max(len(stream), 4096)
    stream = stream.ljust(-(-size // 512) * 512, b"\0")
    sectors = len(stream) // 512
    fats = -(-(sectors + 2) // 127)
    chain = [0xFFFFFFFD] * fats + [0xFFFFFFFE]
    first = len(chain)
    chain += [*range(first + 1, first + sectors), 0xFFFFFFFE]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(fats * 512, b"\xff")

    def entry(called: str, kind: int, child: int, begin: int, length: int) -> bytes:
        text = called.encode("utf-16-le") + b"\0\0"
        return (
            text.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
            + bytes(36)
            + struct.pack("<IQ", begin, length)
        )

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
    directory += entry(name, 2, 0xFFFFFFFF, first, size)
    directory = directory.ljust(512, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fats, fats, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack(f"<{fats}I", *range(fats)).ljust(436, b"\xff")
    return header + table + directory + stream
