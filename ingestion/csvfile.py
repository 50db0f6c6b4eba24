"""Delivered CSV files: where the header is, which file in a zip, and which rows are ours."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingestion.load import BLOCK, SEPARATOR, UnreadableFileError

Opener = Callable[[], BinaryIO]


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
    needle: str,
    matches: Callable[[str], bool],
) -> Iterator[tuple[int, list[str | None]]]:
    """The rows whose `column` matches. `needle` is text that all of them have: a line without it
    is never parsed.
    """
    wanted, width = needle.encode(), len(header.names)
    number, rest = header.first_row, b""
    with closing(open_data()) as file:
        while True:
            read = file.read(BLOCK)
            block = rest + read
            end = block.rfind(b"\n") + 1 if read else len(block)
            rest, place = block[end:], 0
            while (hit := block.find(wanted, place, end)) >= 0:
                start = block.rfind(b"\n", 0, hit) + 1
                stop = block.find(b"\n", hit, end)
                stop = end if stop < 0 else stop + 1
                number += block.count(b"\n", place, start)
                cells = _cells(block[start:stop], header.separator)
                if len(cells) != width:
                    raise UnreadableFileError(
                        f"Rij {number} heeft {len(cells)} cellen in plaats van {width}."
                    )
                if matches(cells[column]):
                    yield number, [cell or None for cell in cells]
                number, place = number + 1, stop
            number += block.count(b"\n", place, end)
            if not read:
                return


def _cells(line: bytes, separator: str, first: bool = False) -> list[str]:
    try:
        text = line.decode("utf-8-sig" if first else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            "Het bestand is geen UTF-8. Kies bij het exporteren 'CSV UTF-8'."
        ) from error
    # StatLine writes its byte order mark inside the first heading
    cells = next(csv.reader([text], delimiter=separator), [])
    return [cell.strip().strip("\ufeff") for cell in cells]
