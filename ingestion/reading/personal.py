"""Personal data in what was delivered: found by the kind of data, never repeated.

Names of columns are judged by the contract. Values are searched by what a column is for: free
text for anything, keys and codes for a column full of citizens' numbers or telephone numbers.
One in eleven nine-digit numbers passes the eleven-test, so numbers are judged by the column: a few
among many prove nothing. Values that have the form of their field (a code, a date, an amount) hold
nothing to find.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from ingestion.errors import PersonalDataError

ColumnKind = Literal["free", "key"]

BSN = "burgerservicenummers (BSN)"
EMAIL = "e-mailadressen"
PHONE = "telefoonnummers"
IBAN = "rekeningnummers (IBAN)"
NAME = "namen van personen"
BIRTH = "geboortedatums"
INCOME = "inkomens"
PRIORITY = "redenen van voorrang"

# of the keys in a column, and of the nine-digit numbers in its sentences
KEY_SHARE, FEWEST_KEYS = 0.8, 3
SENTENCE_SHARE = 0.5

_PARTICLE = r"(?:(?:van|de|der|den|ten|ter|te|in|het|'t|op)\s+){0,3}"
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_IBAN = re.compile(
    r"(?<![A-Z0-9])(?:NL|BE|DE)\d{2}(?: ?[A-Z0-9]{4}){2,5}(?: ?[A-Z0-9]{1,3})?(?!\w)"
)
_PHONE = re.compile(
    r"(?<![\w+.-])(?:(?:\+|00)31[\s-]?(?:\(0\))?[\s-]?[1-9](?:[\s-]?\d){8}"
    r"|0[\s-]?6(?:[\s-]?\d){8}"
    r"|\(?0[1-9]\d\)?[\s-]\d{3}(?:[\s-]?\d){4}|\(?0[1-9]\d{2}\)?[\s-]\d{6})(?![\w-])"
)
_MOBILE = re.compile(r"^(?:(?:\+|00)31[\s-]?|0)6(?:[\s-]?\d){8}$")
_BSN = re.compile(r"(?<![\w.,/-])(?:\d{9}|\d{4}\.\d{2}\.\d{3})(?![\w/-])")
_SAID = re.compile(r"(?i)\bbsn|burgerservice|sofi")
_NAME = re.compile(
    r"\b(?:(?i:dhr|mevr|mw|mej|fam|wed)\b\.?|(?i:meneer|mevrouw|de heer|familie|weduwe|gezin"
    r"|huurder|huurster|bewoner|bewoonster)\b:?)\s*"
    rf"(?:en\s+\w+\.?\s+)?(?:[A-Z]\.\s*){{0,4}}{_PARTICLE}(?:[A-Z]\.\s*){{0,4}}[A-ZÀ-Þ][a-zà-ÿ]+"
)
_BIRTH = re.compile(
    r"(?i)\b(?:geb(?:oren)?\b\.?|geboortedatum)\D{0,12}\d{1,2}[-/. ]\w{1,9}[-/. ]\d{2,4}"
)
_INCOME = re.compile(r"(?i)(?:inkomen|\buitkering|salaris)\b\D{0,20}\d{1,3}[.\d]{2,}")
_PRIORITY = re.compile(
    r"(?i)\burgentie(?:verklaring|reden|grond)|\b(?:medische|sociale) (?:urgentie|indicatie)"
    r"|\bhuiselijk geweld\b|\bstatushouder\b|\bpsychiatri\w+|\bverslav\w+|\bmantelzorg\w*"
)
_ANYWHERE = ((EMAIL, _EMAIL), (PHONE, _PHONE), (NAME, _NAME), (BIRTH, _BIRTH))
_OF_HOMES = ((INCOME, _INCOME), (PRIORITY, _PRIORITY))


def passes_eleven_test(digits: str) -> bool:
    """Whether nine digits can be a citizen's number; eight have lost their leading zero."""
    if not 8 <= len(digits) <= 9 or not digits.isdecimal() or not int(digits):
        return False
    numbers = [int(digit) for digit in digits.zfill(9)]
    weighed = sum(w * n for w, n in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), numbers, strict=True))
    return weighed % 11 == 0


def kinds_in(text: str, kind: ColumnKind, *, of_homes: bool = True) -> Iterator[str]:
    """The kinds of personal data in one value. `of_homes`: rows are about single households.

    An agreement may speak of incomes and priority in general; a row about a home may not.
    """
    if _has_iban(text):
        yield IBAN
    if kind == "key":
        if "@" in text and _EMAIL.search(text):
            yield EMAIL
        return
    for name, pattern in (*_ANYWHERE, *(_OF_HOMES if of_homes else ())):
        if pattern.search(text):
            yield name
    if any(passes_eleven_test(found.replace(".", "")) for found in _BSN.findall(text)):
        yield BSN


def kinds_in_cell(text: str, kind: ColumnKind, *, of_homes: bool = True) -> Iterator[str]:
    """As `kinds_in`; whether a number is a citizen's is for `Shares`, unless the text says so."""
    for found in kinds_in(text, kind, of_homes=of_homes):
        if found != BSN or _SAID.search(text):
            yield found


@dataclass
class Shares:
    """How many different values of one column look like a citizen's or a telephone number.

    Of sentences (`free`) only the nine-digit numbers in them count.
    """

    free: bool = False
    values: int = 0
    looks: dict[str, int] = field(default_factory=lambda: {BSN: 0, PHONE: 0})
    first_row: dict[str, int] = field(default_factory=dict)

    def add(self, text: str, row: int) -> None:
        for value in _BSN.findall(text) if self.free else [text]:
            self.values += 1
            for kind, looks in (
                (BSN, passes_eleven_test(value.replace(".", ""))),
                (PHONE, _MOBILE.match(value) is not None),
            ):
                if looks:
                    self.looks[kind] += 1
                    self.first_row.setdefault(kind, row)

    def kinds(self) -> list[str]:
        """Kinds of which the column is full."""
        if self.free:
            return [BSN] if self.looks[BSN] > SENTENCE_SHARE * self.values else []
        return [
            kind
            for kind, found in self.looks.items()
            if found >= FEWEST_KEYS and found >= KEY_SHARE * self.values
        ]


@dataclass
class Finds:
    """What was found in one file or sheet: the first row of each column and kind, and how many."""

    where: str
    rows: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, column: str, kind: str, row: int, count: int = 1) -> None:
        found = self.rows.setdefault((column, kind), [row, 0])
        found[1] += count

    def add_shares(self, column: str, shares: Shares) -> None:
        """What a column is full of, where its cells did not tell it already."""
        for kind in shares.kinds():
            if (column, kind) not in self.rows:
                self.add(column, kind, shares.first_row[kind], shares.looks[kind])

    def refuse(self) -> None:
        """Raise PersonalDataError when anything was found."""
        if self.rows:
            raise PersonalDataError(
                *(
                    f"{self.where}: kolom {column}, rij {row}"
                    f"{_and_others(count - 1)}: {kind.rstrip('.')}. "
                    "De levering is niet bewaard. Haal deze gegevens weg en lever opnieuw."
                    for (column, kind), (row, count) in self.rows.items()
                )
            )


def _and_others(count: int) -> str:
    return f" en {count} andere {'rij' if count == 1 else 'rijen'}" if count else ""


def refuse_columns(where: str, names: Iterable[str]) -> None:
    """Raise PersonalDataError for columns whose names point at personal data."""
    if listed := ", ".join(repr(name) for name in names):
        raise PersonalDataError(
            f"{where}: deze kolommen wijzen op persoonsgegevens: {listed}. "
            "De levering is niet bewaard. Verwijder de kolommen en lever opnieuw."
        )


def _has_iban(text: str) -> bool:
    return any(_is_iban(found.replace(" ", "")) for found in _IBAN.findall(text.upper()))


def _is_iban(text: str) -> bool:
    moved = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
