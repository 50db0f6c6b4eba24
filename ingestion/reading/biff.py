"""Workbooks of Excel 97 (.xls) looked through: error cells, and how far away the last cell is.

The reader underneath takes both for granted, and makes room for as many cells as the file claims.
Formats: [MS-CFB], the compound file a workbook is kept in, and [MS-XLS], its records.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADER = 512
_END = 0xFFFFFFFA  # and above: no sector
_STREAMS = ("Workbook", "Book")
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_BOF, _SHEET_NAME, _DIMENSIONS = 0x0809, 0x0085, 0x0200
_FORMULA, _BOOLERR = 0x0006, 0x0205
_CELLS = frozenset((_FORMULA, 0x00FD, 0x0203, 0x0204, _BOOLERR, 0x027E, 0x00D6))
_ROWS_OF_CELLS = frozenset((0x00BD, 0x00BE))


class NotBiffError(ValueError):
    """Bytes that are no workbook of this kind."""


@dataclass
class SheetShape:
    """How many rows and columns a sheet reaches, or says to, and its error cells by row, place."""

    name: str
    rows: int = 0
    columns: int = 0
    errors: dict[int, dict[int, str]] = field(default_factory=dict)


def stream_names(data: bytes) -> list[str]:
    """Names of what is in a compound file; raises NotBiffError."""
    return [name for name, _, _ in _Compound(data).entries()]


def sheet_shapes(data: bytes) -> list[SheetShape]:
    """The sheets of a workbook; raises NotBiffError."""
    compound = _Compound(data)
    found = {name: (start, size) for name, start, size in compound.entries()}
    name = next((name for name in _STREAMS if name in found), None)
    if name is None:
        raise NotBiffError("there is no workbook in it")
    return _shapes(compound.stream(*found[name]))


class _Compound:
    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            shift, mini_shift = struct.unpack_from("<HH", data, 30)
            self._fat_sectors, self._directory = struct.unpack_from("<II", data, 44)
            self._cutoff, self._mini_fat = struct.unpack_from("<II", data, 56)
            self._far_table, self._far_sectors = struct.unpack_from("<II", data, 68)
        except struct.error as error:
            raise NotBiffError("the header is cut off") from error
        if shift not in (9, 12) or mini_shift != 6:
            raise NotBiffError("the sectors have no size")
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        self._fat = self._table()

    def entries(self) -> list[tuple[str, int, int]]:
        """(name, first sector, bytes) of every stream; the first is the root."""
        content = self._chain(self._directory)
        found = []
        for place in range(0, len(content) - 127, 128):
            length, kind = struct.unpack_from("<HB", content, place + 64)
            start, size = struct.unpack_from("<II", content, place + 116)
            if kind and 2 <= length <= 64:
                text = content[place : place + length - 2].decode("utf-16-le", "replace")
                found.append((text, start, size))
        return found

    def stream(self, start: int, size: int) -> bytes:
        if size >= self._cutoff:
            return self._chain(start)[:size]
        _, root, _ = self.entries()[0]
        whole, table = self._chain(root), self._numbers(self._chain(self._mini_fat))
        parts = [
            whole[sector * self._mini_size : (sector + 1) * self._mini_size]
            for sector in _followed(start, table)
        ]
        return b"".join(parts)[:size]

    def _table(self) -> list[int]:
        sectors = [n for n in self._numbers(self._data[76:_HEADER]) if n < _END]
        sector = self._far_table
        for _ in range(min(self._far_sectors, len(self._data) // self._size)):
            if sector >= _END:
                break
            *more, sector = self._numbers(self._sector(sector)) or [_END]
            sectors += [n for n in more if n < _END]
        return [n for sector in sectors for n in self._numbers(self._sector(sector))]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        return self._data[start : start + self._size]

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(sector) for sector in _followed(start, self._fat))

    def _numbers(self, content: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4]))


def _followed(start: int, table: list[int]) -> Iterator[int]:
    seen = 0
    while start < _END:
        if start >= len(table) or seen > len(table):
            raise NotBiffError("a chain of sectors leads nowhere or in a circle")
        yield start
        start, seen = table[start], seen + 1


def _shapes(content: bytes) -> list[SheetShape]:
    starts: dict[int, SheetShape] = {}
    current: SheetShape | None = None
    for place, kind, body in _records(content):
        if kind == _SHEET_NAME and len(body) >= 8:
            (offset,) = struct.unpack_from("<I", body)
            starts[offset] = SheetShape(_name(body))
        elif kind == _BOF:
            current = starts.get(place)
        elif current is None:
            continue
        elif kind == _DIMENSIONS and len(body) >= 12:
            _, rows, _, columns = struct.unpack_from("<IIHH", body)
            _reach(current, rows, columns)
        elif kind in _ROWS_OF_CELLS and len(body) >= 6:
            row, _ = struct.unpack_from("<HH", body)
            (last,) = struct.unpack_from("<H", body, len(body) - 2)
            _reach(current, row + 1, last + 1)
        elif kind in _CELLS and len(body) >= 8:
            row, column = struct.unpack_from("<HH", body)
            _reach(current, row + 1, column + 1)
            if (shown := _error(kind, body)) is not None:
                current.errors.setdefault(row + 1, {})[column] = shown
    return list(starts.values())


def _records(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    place = 0
    while place + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, place)
        yield place, kind, content[place + 4 : place + 4 + length]
        place += 4 + length


def _name(body: bytes) -> str:
    length, is_wide = body[6], body[7] & 1
    text = body[8 : 8 + length * (1 + is_wide)]
    return text.decode("utf-16-le" if is_wide else "latin-1", "replace")


def _reach(shape: SheetShape, rows: int, columns: int) -> None:
    shape.rows, shape.columns = max(shape.rows, rows), max(shape.columns, columns)


def _error(kind: int, body: bytes) -> str | None:
    if kind == _BOOLERR and body[7] == 1:
        return _ERRORS.get(body[6], "#N/A")
    if kind == _FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
        return _ERRORS.get(body[8], "#N/A")
    return None
