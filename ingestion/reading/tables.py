"""Cells into rows of the contract: the heading checked, values mended and searched on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from ingestion.contract import Contract, Field
from ingestion.errors import UnreadableFileError
from ingestion.reading import mending, personal
from ingestion.reading.heading import SEARCHED_ROWS, Heading, find_heading, is_heading_again
from ingestion.reading.model import DeliveredTable, Fault, Mend, Row

# English and Dutch Excel, and LibreOffice
ERRORS = {
    *("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"),
    *("#N/B", "#VERW!", "#DEEL/0!", "#WAARDE!", "#NAAM?", "#GETAL!", "#LEEG!", "#OVERLOOP!"),
    *("Err:502", "Err:504", "Err:508", "Err:522"),
}
_REMEMBERED = 100_000
_NO_SIGNS = {0: None, 0x200B: None, 0x200E: None, 0xFEFF: None}


@dataclass(frozen=True)
class Grid:
    """A CSV or a sheet as cells of text, `(row number, cells)` from the first row on.

    By row and place: `errors` has what cells without a value show, `merged` the values that were
    taken over from a merged cell.
    """

    file_name: str
    sheet: str | None
    cells: Callable[[], Iterator[tuple[int, list[str]]]]
    errors: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    merged: Mapping[int, Mapping[int, str]] = field(default_factory=dict)

    @property
    def where(self) -> str:
        return f"{self.file_name}, werkblad {self.sheet}" if self.sheet else self.file_name

    def top(self) -> list[tuple[int, list[str]]]:
        """The rows in which a heading is looked for."""
        return list(islice(self.cells(), SEARCHED_ROWS))


def open_table(
    grid: Grid, contract: Contract, remarks: list[str], gemeente_code: str | None = None
) -> DeliveredTable:
    """A table whose heading fits the contract; raises UnreadableFileError, PersonalDataError.

    `gemeente_code` is the municipality that the delivery says it is for.
    """
    heading = find_heading(grid.top(), contract)
    if heading is None:
        raise UnreadableFileError(
            f"{grid.where}: er is geen kopregel gevonden in de eerste {SEARCHED_ROWS} rijen. "
            f"Zet de kolomnamen van {contract.entity} boven de gegevens: "
            f"{', '.join(contract.columns[:4])} en verder."
        )
    strange = [n for n, m in zip(heading.written, heading.meant, strict=True) if n and n == m]
    personal.refuse_columns(grid.where, contract.personal_columns(strange))
    if faults := contract.header_faults([name for name in heading.meant if name]):
        raise UnreadableFileError(*(f"{grid.where}: {fault}" for fault in faults))
    if heading.row > 1:
        remarks = [*remarks, f"De kopregel staat in rij {heading.row}; wat erboven staat is "
                   "overgeslagen."]  # fmt: skip
    remarks += [
        f"Kolom {written!r} is gelezen als {column}." for written, column in heading.renamed
    ]
    table = DeliveredTable(
        contract.entity, grid.file_name, grid.sheet, contract.columns, _nothing, remarks=remarks
    )
    table.rows = lambda: _rows(table, grid, heading, contract, gemeente_code)
    return table


def _nothing() -> Iterator[Row]:
    return iter(())


class _Outcome(NamedTuple):
    used: str | None
    mended: mending.Mended | None
    fault: tuple[str, str] | None
    kinds: tuple[str, ...]


class _Column(dict[str, _Outcome | None]):
    """What becomes of each value of one column, worked out once; None when it stays as it is."""

    def __init__(
        self, field_: Field, contract: Contract, in_workbook: bool, gemeente_code: str | None
    ) -> None:
        super().__init__()
        self.field = field_
        self.row = 0
        self._fits = mending.form(field_, contract)
        self._mend = mending.mender(field_, contract, gemeente_code)
        # a form that lets an address pass is no form
        self._open = field_.type == "text" and not field_.codes and self._fits("jan@huis.nl, 12")
        self._free = self._open and field_.is_free_text
        self.shares = personal.Shares(self._free)
        self._of_homes = bool({"eenheid_id", "toewijzing_nr"} & set(contract.columns))
        self._in_workbook = in_workbook

    def __missing__(self, given: str) -> _Outcome | None:
        if len(self) > _REMEMBERED:
            self.clear()
        outcome = self._work_out(given)
        self[given] = outcome
        return outcome

    def _work_out(self, given: str) -> _Outcome | None:
        text = given.translate(_NO_SIGNS).strip()
        if not text:
            return _Outcome(None, None, None, ())
        if text in ERRORS:
            return _Outcome(None, None, _no_outcome(text), ())
        if why := self.field.forbidden_values.get(text.upper()):
            return _Outcome(text, None, None, (f"code {text.upper()}, die {why.strip()}",))
        fits = self._fits(text)
        if self._open or not fits or self.field.type == "integer":
            self.shares.add(text, self.row)
        if self._open or not fits:
            kind: personal.ColumnKind = "key" if self._open and not self._free else "free"
            if kinds := tuple(personal.kinds_in_cell(text, kind, of_homes=self._of_homes)):
                return _Outcome(text, None, None, kinds)
        if mending.is_ambiguous_amount(self.field, text):
            return _Outcome(None, None, _two_amounts(text), ())
        if self._in_workbook and self._open and not self._free and _A_DAY.match(text):
            return _Outcome(None, None, _eaten_by_excel(), ())
        mended = None if fits else self._mend(text)
        if mended:
            return _Outcome(mended.used, mended, None, ())
        return None if text == given else _Outcome(text, None, None, ())


_A_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def _rows(
    table: DeliveredTable,
    grid: Grid,
    heading: Heading,
    contract: Contract,
    gemeente_code: str | None,
) -> Iterator[Row]:
    mends: list[Mend] = []
    faults: list[Fault] = []
    table.mends, table.faults, table.count = mends, faults, 0
    places = heading.places(contract.columns)
    in_workbook = grid.sheet is not None
    columns = [_Column(f, contract, in_workbook, gemeente_code) for f in contract.fields]
    finds = personal.Finds(grid.where)
    width = len(heading.written)
    nameless = [place for place, name in enumerate(heading.written) if not name]
    read = [(i, place, columns[i]) for i, place in enumerate(places) if place is not None]
    house = _house(contract)
    for number, cells in grid.cells():
        if number < heading.row:
            _search_title(cells, number, finds)
        if number <= heading.row or _is_empty(cells, grid.errors.get(number)):
            continue
        if len(cells) != width:
            cells = _fitted(cells, width, number, grid)
        for place in nameless:
            if cells[place].strip():
                raise UnreadableFileError(
                    f"{grid.where}: rij {number} heeft een waarde in kolom {letters(place)}, die "
                    "geen naam heeft. Geef de kolom een naam uit het contract of maak haar leeg."
                )
        if number == heading.row + 1 and is_heading_again(cells, heading, contract):
            continue
        values: list[str | None] = [None] * len(columns)
        for i, place, column in read:
            value = cells[place]
            if not value:
                continue
            column.row = number
            outcome = column[value]
            if outcome is None:
                values[i] = value
                continue
            used, mended, fault, kinds = outcome
            values[i] = used
            for kind in kinds:
                finds.add(column.field.name, kind, number)
            if mended:
                mends.append(_mend(number, column.field.name, value.strip(), mended))
            if fault:
                faults.append(Fault(number, column.field.name, value.strip(), *fault))
        if house and values[house[0]] and not str(values[house[0]]).isdecimal():
            _split_house_number(values, house, number, mends)
        if number in grid.errors:
            for i, place, column in read:
                if shown := grid.errors[number].get(place):
                    values[i] = None
                    faults.append(Fault(number, column.field.name, shown, *_no_outcome(shown)))
        if number in grid.merged:
            for i, place, column in read:
                if (shown := grid.merged[number].get(place)) and (used := values[i]):
                    mends.append(_mend(number, column.field.name, shown, _taken_over(used)))
        table.count += 1
        yield number, values
    for column in columns:
        finds.add_shares(column.field.name, column.shares)
        if in_workbook and _is_fraction(column) and _FRACTION not in table.remarks:
            table.remarks.append(_FRACTION)
    if finds.rows:
        mends.clear()
        faults.clear()
    finds.refuse()


def _is_empty(cells: Sequence[str], errors: object) -> bool:
    return not errors and not any(map(str.strip, cells))


_FRACTION = (
    "Alle waarden in eigendomspercentage zijn 1. Is de kolom in Excel opgemaakt als percentage? "
    "Schrijf dan 100 voor een woning die helemaal van u is."
)


def _is_fraction(column: _Column) -> bool:
    """Whether a whole share was written as 100%, which a workbook keeps as the number 1."""
    return column.field.name == "eigendomspercentage" and set(column) == {"1"}


def _search_title(cells: Sequence[str], row: int, finds: personal.Finds) -> None:
    for place, cell in enumerate(cells):
        for kind in personal.kinds_in(cell, "free"):
            finds.add(letters(place), kind, row)


def letters(place: int) -> str:
    """The letters above a column in a spreadsheet."""
    text, rest = "", place + 1
    while rest:
        rest, sign = divmod(rest - 1, 26)
        text = chr(ord("A") + sign) + text
    return text


def _fitted(cells: list[str], width: int, number: int, grid: Grid) -> list[str]:
    extra = cells[width:]
    if len(cells) < width or any(map(str.strip, extra)):
        hint = (
            "Er is een aanhalingsteken geopend dat niet wordt gesloten."
            if any("\n" in cell for cell in cells)
            else "Staat er een scheidingsteken in een tekst, zet die tekst dan tussen "
            "aanhalingstekens."
        )
        raise UnreadableFileError(
            f"{grid.where}: rij {number} heeft {len(cells)} cellen in plaats van {width}. {hint}"
        )
    return cells[:width]


def _house(contract: Contract) -> tuple[int, int, int] | None:
    if not set(mending.HOUSE_NUMBER) <= set(contract.columns):
        return None
    number, letter, addition = map(contract.columns.index, mending.HOUSE_NUMBER)
    return number, letter, addition


def _split_house_number(
    values: list[str | None], places: tuple[int, int, int], row: int, mends: list[Mend]
) -> None:
    number, letter, addition = places
    given = values[number] or ""
    if values[letter] or values[addition] or not (found := mending.house_number(given)):
        return
    values[number], values[letter], values[addition] = found
    used = " ".join(part for part in found if part)
    why = mending.Mended(
        used, "huisnummer", "Nummer, letter en toevoeging staan elk in hun eigen kolom."
    )
    mends.append(_mend(row, "huisnummer", given, why))


def _mend(row: int, column: str, given: str, mended: mending.Mended) -> Mend:
    message = f"{given} is gelezen als {mended.used}. {mended.why}"
    return Mend(row, column, given, mended.used, mended.kind, message)


def _taken_over(used: str) -> mending.Mended:
    return mending.Mended(
        used, "samengevoegde cel", "De waarde geldt voor alle rijen van de samengevoegde cel."
    )


def _no_outcome(shown: str) -> tuple[str, str]:
    return (
        f"De formule in deze cel geeft {shown}.",
        "Herstel de formule in uw spreadsheet, of maak de cel leeg.",
    )


def _two_amounts(text: str) -> tuple[str, str]:
    return (
        f"{text} kan {text.replace('.', ',')} en {re.sub('[.,]', '', text)} betekenen.",
        "Schrijf bedragen met twee decimalen en zonder duizendpunt.",
    )


def _eaten_by_excel() -> tuple[str, str]:
    return (
        "Excel heeft van deze code een datum gemaakt.",
        "Zet de kolom op Tekst en vul de code opnieuw in.",
    )
