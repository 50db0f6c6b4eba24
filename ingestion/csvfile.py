"""Delivered CSV files: where the header is, which file in a zip, and which rows are ours."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingestion.load import BLOCK, SEPARATOR, UnreadableFileError

Opener = Callable[[], BinaryIO]
_LONGEST_ROW = BLOCK


@dataclass(frozen=True)
class Header:
    """The heading names, the values of the lines above them, and the row data starts at."""

    names: tuple[str, ...]
    preamble: dict[str, str]
    first_row: int
    separator: str = SEPARATOR


def member(path: Path, is_wanted: Callable[[str], bool], max_bytes: int | None = None) -> Opener:
    """An opener of the one file in a zip that is wanted; raises UnreadableFileError.

    `max_bytes` is the most that it may unpack to: what a zip says of itself is also where reading
    stops, so a zip that says less than it holds is a damaged one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = [info for info in archive.infolist() if is_wanted(info.filename)]
    except zipfile.BadZipFile as error:
        raise UnreadableFileError("Het zipbestand is beschadigd of afgebroken.") from error
    if len(found) != 1:
        raise UnreadableFileError(f"Het zipbestand heeft {len(found)} passende bestanden, niet 1.")
    (wanted,) = found
    if max_bytes is not None and wanted.file_size > max_bytes:
        raise UnreadableFileError(
            f"{wanted.filename} wordt uitgepakt {wanted.file_size >> 20} MB, meer dan de "
            f"{max_bytes >> 20} MB die de kaart toestaat. Klopt dat, verhoog dan max_unpacked_mb "
            "op de kaart."
        )

    def open_member() -> BinaryIO:
        return zipfile.ZipFile(path).open(wanted)  # type: ignore[return-value]

    return open_member


def read_header(
    open_file: Opener, preamble: tuple[str, ...] = (), separators: tuple[str, ...] = (SEPARATOR,)
) -> Header:
    """Read the heading of a CSV. `preamble` are first cells of lines that may stand above it.

    Of the separators that a publisher has used, the one that is in the heading most is taken.
    """
    found: dict[str, str] = {}
    with closing(open_file()) as file:
        for number in range(1, len(preamble) + 2):
            line = file.readline(BLOCK)
            separator = max(separators, key=lambda mark: line.count(mark.encode()))
            cells = _cells(line, separator, first=number == 1)
            if cells and cells[0] in preamble:
                found[cells[0]] = cells[1] if len(cells) > 1 else ""
                continue
            if not any(cells):
                raise UnreadableFileError("Het bestand heeft geen kopregel.")
            return Header(tuple(cells), found, number + 1, separator)
    raise UnreadableFileError("Het bestand heeft geen kopregel.")


def data_after(open_file: Opener, header: Header) -> Opener:
    """An opener of the rows below the heading."""

    def open_data() -> BinaryIO:
        file = open_file()
        for _ in range(header.first_row - 1):
            file.readline(BLOCK)
        return file

    return open_data


def rows_with(
    open_data: Opener,
    header: Header,
    column: int,
    starts: Sequence[str],
    matches: Callable[[str], bool],
) -> Iterator[tuple[int, list[str | None]]]:
    """The rows whose `column` matches. `starts` are what such a cell begins with: a line in which
    no cell does is never parsed.

    They are found by bytes, except in rows with a quote: those are read as CSV, since a separator
    or a line end in quotes is none. Memory stays at a few blocks.
    """
    lead = re.escape(header.separator) if column else ""
    needle = re.compile(f"{lead}(?:{'|'.join(map(re.escape, starts))})".encode())
    width = len(header.names)

    def unclosed() -> UnreadableFileError:
        return UnreadableFileError(f"Rij {number} houdt niet op: er mist een aanhalingsteken.")

    def cells_of(line: bytes, number: int) -> list[str | None] | None:
        cells = _cells(line, header.separator)
        if len(cells) != width:
            raise UnreadableFileError(
                f"Rij {number} heeft {len(cells)} cellen in plaats van {width}."
            )
        return [cell or None for cell in cells] if matches(cells[column]) else None

    number, rest = header.first_row, b""
    with closing(open_data()) as file:
        while True:
            read = file.read(BLOCK)
            block = rest + read
            end = block.rfind(b"\n") + 1 if read else len(block)
            place = 0
            while place < end:
                quote = block.find(b'"', place, end)
                plain = end if quote < 0 else block.rfind(b"\n", place, quote) + 1 or place
                while hit := needle.search(block, place, plain):
                    start = block.rfind(b"\n", place, hit.start() + 1) + 1 or place
                    stop = block.find(b"\n", hit.start(), plain) + 1 or plain
                    number += block.count(b"\n", place, start)
                    if cells := cells_of(block[start:stop], number):
                        yield number, cells
                    number, place = number + 1, stop
                number += block.count(b"\n", place, plain)
                place = plain
                if quote >= 0:
                    try:
                        after = _end_of_record(block, place, end, header.separator)
                    except csv.Error as error:
                        raise unclosed() from error
                    if after is None:
                        break
                    if cells := cells_of(block[place:after], number):
                        yield number, cells
                    number, place = number + 1, after
            rest = block[place:]
            if rest and (not read or len(rest) > _LONGEST_ROW):
                raise unclosed()
            if not read:
                return


def _end_of_record(block: bytes, start: int, end: int, separator: str) -> int | None:
    """Where a record with quotes ends, past its line end; None when that is not before `end`.

    Raises csv.Error for a cell that is too long to be one.
    """
    stop = start
    while stop < end:
        stop = block.find(b"\n", stop, end) + 1 or end
        record = block[start:stop].decode("utf-8", "replace")
        try:
            list(csv.reader([record], delimiter=separator, strict=True))
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                continue
            if "field limit" in str(error):
                raise
        return stop
    return None


def _cells(line: bytes, separator: str, first: bool = False) -> list[str]:
    try:
        text = line.decode("utf-8-sig" if first else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            "Het bestand is geen UTF-8. Kies bij het exporteren 'CSV UTF-8'."
        ) from error
    # StatLine writes its byte order mark inside the first heading
    quoted = '"' in text
    cells = next(csv.reader([text], delimiter=separator), []) if quoted else text.split(separator)
    return [cell.strip().strip("\ufeff") for cell in cells]
