"""Workbooks (xlsx, xlsm, xls, ods) as sheets of text, with what a cell can't say for itself."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine as calamine

from ingestion.reading import packed
from ingestion.reading.inspection import BYTES, Places, damaged, has_password, look_through
from ingestion.reading.model import SentFile


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
    found = look_through(file.name, data)
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
    return Workbook(tuple(sheets), tuple(found.comments))


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
        raise has_password(name) from error
    except calamine.CalamineError as error:
        raise damaged(name) from error
    except BaseException as error:
        # the reader's own way of giving up on a file, which no except clause can name
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(name) from error


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
