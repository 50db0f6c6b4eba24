"""CSV as parties send it: any of the usual encodings and separators, told apart by the contract."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice

from ingestion.contract import Contract, load_contract
from ingestion.errors import UnreadableFileError
from ingestion.reading.heading import SEARCHED_ROWS, find_heading, recognise
from ingestion.reading.model import DeliveredTable, SentFile
from ingestion.reading.tables import Grid, open_table

BLOCK = 1 << 20
SEPARATORS = {";": "puntkomma", ",": "komma", "\t": "tab"}


def read_csv(
    file: SentFile, entity: str | None, gemeente_code: str | None = None
) -> DeliveredTable:
    """The table in a CSV; `entity` when its name or manifest tells, else by its heading."""
    encoding = _encoding(file)
    remarks = []
    if encoding not in ("utf-8", "utf-8-sig"):
        named = "Windows-tekens (CP1252)" if encoding == "cp1252" else "UTF-16"
        remarks.append(
            f"Het bestand is gelezen als {named}. Kies bij het exporteren liever 'CSV UTF-8'."
        )
    tops = {sign: _top(file, encoding, sign) for sign in SEPARATORS}
    if entity is None:
        found = {sign: recognise(top) for sign, top in tops.items()}
        entity = next(filter(None, found.values()), None)
    if entity is None:
        raise UnreadableFileError(
            f"{file.name}: de kopregel past bij geen enkele tabel van het contract. "
            "Gebruik de kolomnamen uit het sjabloon."
        )
    contract = load_contract(entity)
    separator = _separator(tops, contract)
    if separator != ";":
        remarks.append(
            f"De kolommen zijn gescheiden met een {SEPARATORS[separator]}; "
            "het contract vraagt een puntkomma."
        )
    grid = Grid(file.name, None, lambda: _cells(file, encoding, separator))
    return open_table(grid, contract, remarks, gemeente_code)


def _separator(tops: dict[str, list[tuple[int, list[str]]]], contract: Contract) -> str:
    def fit(sign: str) -> float:
        heading = find_heading(tops[sign], contract)
        return heading.score if heading else 0.0

    return max(SEPARATORS, key=fit)


def _top(file: SentFile, encoding: str, separator: str) -> list[tuple[int, list[str]]]:
    with closing(_cells(file, encoding, separator)) as cells:
        return list(islice(cells, SEARCHED_ROWS))


def _encoding(file: SentFile) -> str:
    """The encoding in which the whole file can be read."""
    with closing(file.open()) as opened:
        first = opened.read(BLOCK)
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        decoder = codecs.getincrementaldecoder("utf-8")()
        block, is_utf8 = first, True
        while block:
            if b"\0" in block:
                raise UnreadableFileError(
                    f"{file.name} is geen tekstbestand. Lever CSV, xlsx of VERA-JSON."
                )
            if is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
            block = opened.read(BLOCK)
    if is_utf8:
        is_utf8 = not decoder.getstate()[0]
    if not is_utf8:
        return "cp1252"
    return "utf-8-sig" if first.startswith(codecs.BOM_UTF8) else "utf-8"


def _cells(
    file: SentFile, encoding: str, separator: str
) -> Generator[tuple[int, list[str]], None, None]:
    number = 0
    with closing(file.open()) as opened:
        text = io.TextIOWrapper(opened, encoding=encoding, newline="")
        try:
            reader = csv.reader(text, delimiter=separator)
            for number, cells in enumerate(_without_directive(reader), start=1):
                yield number, cells
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                f"{file.name}: na rij {number} staan tekens die wij niet kennen. "
                "Kies bij het exporteren 'CSV UTF-8'."
            ) from error
        except csv.Error as error:
            raise UnreadableFileError(
                f"{file.name}: na rij {number} is het bestand geen leesbare CSV. "
                "Misschien wordt een aanhalingsteken niet gesloten."
            ) from error


def _without_directive(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """`sep=;` on the first line is for Excel, which does not show it."""
    for number, cells in enumerate(rows):
        if number == 0 and cells and cells[0].lower().startswith("sep="):
            continue
        yield cells
