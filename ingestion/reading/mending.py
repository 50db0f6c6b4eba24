"""Values that can be read in one way only are read that way; all others stay as they were given.

A field has a form: its type, its codes and its pattern, all from the contract. A value that fits
is never touched. One that does not is held against the readings below; it is mended when exactly
one of them fits. So mending is idempotent, and what is ambiguous is left for the rules to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ingestion.contract import LIST_SEPARATOR, Contract, Field

HOUSE_NUMBER = ("huisnummer", "huisletter", "huisnummertoevoeging")

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_MONTH_NAMES = {
    **{name: number for number, name in enumerate(_MONTHS, start=1)},
    **{"maa": 3, "maart": 3, "januari": 1, "februari": 2, "april": 4, "juni": 6, "juli": 7},
    **{"augustus": 8, "september": 9, "sept": 9, "oktober": 10, "november": 11, "december": 12},
}
_WORDS = {
    **dict.fromkeys(("ja", "yes", "true", "waar", "1"), "J"),
    **dict.fromkeys(("nee", "neen", "no", "false", "onwaar", "0"), "N"),
    **dict.fromkeys(("onbekend", "onb.", "?"), "ONB"),
}
_LABELS = {"A+": "AP", "A++": "APP", "A+++": "AP3", "A++++": "AP4"}
# homes from 1925 are still let, so a year of two digits has two readings here and one elsewhere
_OLD_DATES = frozenset({"in_exploitatie_datum"})
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(10_000, 73_051)  # 1927 to 2099; smaller numbers may be years
_MONEY_DIGITS = 10
_LONGEST = 200

_DAY_FIRST = re.compile(r"^(\d{1,2})([-./ ])(\d{1,2})\2(\d{4}|\d{2})$")
_YEAR_FIRST = re.compile(r"^(\d{4})([-./ ]?)(\d{1,2})\2(\d{1,2})$")
_NAMED = re.compile(r"^(?:[a-z]{2,9}\.?,? )?(\d{1,2})[-. ]*([a-z]{3,9})\.?[-., ]*(\d{4}|\d{2})$")
_MONTH_OF_YEAR = re.compile(r"^(\d{1,2})[-./ ](\d{4})$")
_YEAR_AND_MONTH = re.compile(r"^(\d{4})[-./ ]?(\d{1,2})$")
_NAMED_MONTH = re.compile(r"^([a-z]{3,9})\.?[-, ]*(\d{4})$")
_THOUSANDS = re.compile(r"^-?\d{1,3}(?:\.\d{3})+$")
_DUTCH_NUMBER = re.compile(r"^-?\d{1,3}(?:\.\d{3})+,\d{1,6}$")
_ENGLISH_NUMBER = re.compile(r"^-?\d{1,3}(?:,\d{3})+\.\d{1,6}$")
_THREE_DECIMALS = re.compile(r"^-?[1-9]\d{0,2}[.,]\d{3}$")
_HOUSE = re.compile(
    r"^(\d{1,5})\s*[-/]?\s*([A-Za-z])(?:(?:\s*[-/]\s*|\s+)([0-9A-Za-z]{1,4})|(\d{1,4}))?$"
)
_HOUSE_ADDITION = re.compile(r"^(\d{1,5})\s*[-/ ]\s*([0-9A-Za-z]{1,4})$|^(\d{1,5})([A-Za-z]{2,4})$")


@dataclass(frozen=True)
class Mended:
    """What was read, and why, in Dutch."""

    used: str
    kind: str
    why: str


Fits = Callable[[str], bool]
Readings = Callable[[str], Iterable[str]]


def form(field: Field, contract: Contract) -> Fits:
    """Whether a value has the form that the contract asks of a field."""
    patterns = [
        re.compile(rule.params["regex"])
        for rule in contract.rules
        if rule.kind == "pattern" and rule.columns == (field.name,)
    ]
    codes = set(field.codes)
    if field.type == "list" and codes:
        return lambda value: all(item in codes for item in value.split(LIST_SEPARATOR))
    if codes:
        return lambda value: value in codes
    if field.form:
        patterns = [re.compile(field.form)]
    if field.type == "date":
        return lambda value: patterns[0].search(value) is not None and _is_day(value)
    return lambda value: all(pattern.search(value) for pattern in patterns)


def mender(
    field: Field, contract: Contract, gemeente_code: str | None = None
) -> Callable[[str], Mended | None]:
    """The mending of one field: what to use instead of a value, or None to leave it.

    Ids of the oldest municipalities (GM0034) begin with two zeros; both are put back only in a
    delivery for that municipality.
    """
    fits = form(field, contract)
    kind, why, readings = _readings(field, fits, gemeente_code)

    def mend(value: str) -> Mended | None:
        # nothing that can be mended is longer, and patterns are slow on what is
        if len(value) > _LONGEST or fits(value):
            return None
        found = {reading for reading in readings(value) if reading != value and fits(reading)}
        return Mended(found.pop(), kind, why) if len(found) == 1 else None

    return mend


def is_ambiguous_amount(field: Field, value: str) -> bool:
    """An amount such as 1.234, which the contract reads as 1,234 and its writer may not."""
    digits, decimals = field.precision or (0, 0)
    is_money = digits >= _MONEY_DIGITS and decimals == 2
    return is_money and _THREE_DECIMALS.match(value) is not None


def house_number(value: str) -> tuple[str, str | None, str | None] | None:
    """`12-A` as number, letter and addition; None for a plain number or what may be a range."""
    if found := _HOUSE.match(value):
        number, letter, apart, joined = found.groups()
        return number, letter.upper(), apart or joined
    if found := _HOUSE_ADDITION.match(value):
        number, addition = found[1] or found[3], found[2] or found[4]
        # 12-14 may be two homes
        if addition.isdigit() and int(addition) > int(number):
            return None
        return number, None, addition
    return None


def dates(value: str, old: bool = False) -> set[date]:
    """Every day that a text may mean. `old` when a year of two digits may be a century back."""
    text = value.strip().lower()
    if found := _YEAR_FIRST.match(text):
        if found[2] or len(text) == 8:
            return set(_days([(found[1], found[3], found[4])]))
        return set()
    if found := _DAY_FIRST.match(text):
        day, separator, month, year = found.groups()
        # Dutch dates have their day first; only slashes are used the other way round too
        orders = [(day, month), (month, day)] if separator == "/" else [(day, month)]
        return set(_days((y, m, d) for d, m in orders for y in _years(year, old)))
    if found := _NAMED.match(text):
        named = _MONTH_NAMES.get(found[2])
        return set(_days((y, named or 0, found[1]) for y in _years(found[3], old)))
    if re.match(r"^\d{5}(?:[.,]0+)?$", text) and int(text[:5]) in _SERIALS:
        return {_EXCEL_EPOCH + timedelta(days=int(text[:5]))}
    if re.match(r"^\d{4}-\d\d-\d\d[t ]\d\d:\d\d", text):
        return set(_moments(value.strip()))
    if found := re.match(r"^(\d{1,2}[-./]\d{1,2}[-./]\d{4}) 0?0:00(?::00)?$", text):
        return dates(found[1], old)
    return set()


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _years(digits: str, old: bool) -> list[int]:
    if len(digits) == 4:
        return [int(digits)]
    year = int(digits)
    if year > 50:
        return [1900 + year]
    return [2000 + year, 1900 + year] if old else [2000 + year]


def _days(parts: Iterable[tuple[str | int, str | int, str | int]]) -> Iterator[date]:
    for year, month, day in parts:
        try:
            yield date(int(year), int(month), int(day))
        except ValueError:
            continue


def _moments(value: str) -> Iterator[date]:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return
    yield (moment.astimezone(_AMSTERDAM) if moment.tzinfo else moment).date()


def _readings(field: Field, fits: Fits, gemeente_code: str | None) -> tuple[str, str, Readings]:
    name = field.name
    if field.type == "list" and field.codes:
        return "lijst", "Codes worden gescheiden door een |.", _lists(field)
    if field.codes:
        return "code", "Zo staat de code in het contract.", _codes(field)
    if field.type == "date":
        old = name in _OLD_DATES
        return (
            "datum",
            "Een datum wordt geschreven als 2026-09-30.",
            lambda value: (day.isoformat() for day in dates(value, old)),
        )
    if field.type == "integer":
        return "getal", "Een geheel getal heeft geen punt, komma of eenheid.", _integers
    if field.type == "number":
        return "getal", "Een bedrag heeft geen euroteken en geen duizendpunt.", _numbers
    if name.startswith("bag_"):
        why = "Een BAG-id heeft 16 cijfers; Excel laat de voorloopnul weg."
        return "BAG-id", why, lambda value: _bag_ids(value, gemeente_code)
    if name.startswith("postcode"):
        return "postcode", "Een postcode wordt geschreven als 6411AA.", _postcodes
    if field.type == "month":
        return "maand", "Een maand wordt geschreven als 2026-09.", _months
    return "schrijfwijze", "Zo vraagt het contract het.", lambda value: _trimmed(value, fits)


def _trimmed(value: str, fits: Fits) -> Iterator[str]:
    bare = value.strip(" -./'")
    yield bare if fits(bare) else bare.upper()


def _codes(field: Field) -> Readings:
    codes = {code.upper(): code for code in field.codes}
    has_labels = "AP3" in field.codes

    def readings(value: str) -> Iterator[str]:
        text = re.sub(r"\s+", "", value).upper() if has_labels else value.strip().upper()
        if has_labels:
            text = _LABELS.get(text, text)
        yield codes.get(text, value)
        yield codes.get(re.sub(r"[.,]0+$", "", text), value)
        word = _WORDS.get(value.strip().lower(), "")
        # only where the question is yes or no
        if "J" in field.codes and "N" in field.codes:
            yield codes.get(word, value)

    return readings


def _lists(field: Field) -> Readings:
    one = _codes(field)

    def readings(value: str) -> Iterator[str]:
        given = [item for item in re.split(r"[|,;/\s]+", value) if item]
        read = [next((r for r in one(item) if r in field.codes), item) for item in given]
        yield LIST_SEPARATOR.join(dict.fromkeys(read))

    return readings


def _integers(value: str) -> Iterator[str]:
    text = re.sub(r"\s*(?:m2|m²|%)$", "", value.strip(), flags=re.IGNORECASE)
    yield text
    if _THOUSANDS.match(text):
        yield text.replace(".", "")
    if re.match(r"^-?\d+[.,]0+$", text):
        yield re.sub(r"[.,]0+$", "", text)
        # 1,000 is a thousand to an Englishman
        if re.match(r"^-?\d{1,3}[.,]000$", text):
            yield re.sub(r"[.,]", "", text)


def _numbers(value: str) -> Iterator[str]:
    text = re.sub(r"€|\bEUR\b|\s", "", value, flags=re.IGNORECASE)
    text = re.sub(r"[.,]-{1,2}$", "", text)
    if _DUTCH_NUMBER.match(text) or re.match(r"^-?\d{1,3}(?:\.\d{3}){2,}$", text):
        yield text.replace(".", "")
    elif _ENGLISH_NUMBER.match(text) or re.match(r"^-?\d{1,3}(?:,\d{3}){2,}$", text):
        yield text.replace(",", "")
    elif not _THREE_DECIMALS.match(text):
        yield text


def _bag_ids(value: str, gemeente_code: str | None) -> Iterator[str]:
    # as linked data writes it: .../verblijfsobject/0917..., NL.IMBAG.Verblijfsobject.0917...
    text = re.sub(r"\s", "", re.split(r"[/.](?=\d+$)", value)[-1]).lstrip("'")
    whole = text.zfill(16)
    own = gemeente_code is not None and whole.startswith(gemeente_code.removeprefix("GM"))
    if re.match(r"^[1-9]\d{14}$", text) or (own and re.match(r"^[1-9]\d{12,13}$", text)):
        text = whole
    yield text


def _postcodes(value: str) -> Iterator[str]:
    yield re.sub(r"[\s.-]", "", value).upper()


def _months(value: str) -> Iterator[str]:
    text = value.strip().lower()
    for day in dates(text):
        yield f"{day:%Y-%m}"
    if found := _MONTH_OF_YEAR.match(text):
        yield f"{found[2]}-{int(found[1]):02}"
    if found := _YEAR_AND_MONTH.match(text):
        yield f"{found[1]}-{int(found[2]):02}"
    if (found := _NAMED_MONTH.match(text)) and found[1] in _MONTH_NAMES:
        yield f"{found[2]}-{_MONTH_NAMES[found[1]]:02}"
