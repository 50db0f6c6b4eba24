"""Mending: what can be read in one way only, what can't, and that twice is the same as once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.contract import load_contract
from ingestion.reading import mending
from tests.deliveries import home
from tests.sent import as_cells, csv_of, manifest_of, read, rows_of, sent

CONTRACT = load_contract("eenheid")


def used(column: str, value: str) -> str | None:
    """What a value is mended to; None when it is left as it is."""
    field = CONTRACT.field(column)
    assert field is not None
    mended = mending.mender(field, CONTRACT)(value)
    return mended.used if mended else None


@pytest.mark.parametrize(
    ("column", "given_", "read_"),
    [
        ("bag_object_id", "917010000000001", "0917010000000001"),
        ("bag_object_id", "'0917010000000001", "0917010000000001"),
        ("bag_object_id", "0917 0100 0000 0001", "0917010000000001"),
        ("bag_object_id", "NL.IMBAG.Verblijfsobject.0917010000000001", "0917010000000001"),
        ("bag_object_id", "http://bag/id/verblijfsobject/0917010000000001", "0917010000000001"),
        ("bag_object_id", "917100000000001", None),  # a building
        ("bag_object_id", "91701000000001", None),
        ("bag_object_id", "9,17010000000001E+14", None),
        ("bag_object_id", "1,98001000012345E+15", None),
        ("postcode", "6411 AB", "6411AB"),
        ("postcode", "6411ab", "6411AB"),
        ("postcode", "6411", None),
        ("label_klasse", "A++", "APP"),
        ("label_klasse", "a+++", "AP3"),
        ("label_klasse", "A +", "AP"),
        ("label_klasse", "A+++++", None),
        ("label_klasse", "unknown", None),
        ("status", "veh", "VEH"),
        ("status", "Verhuurd", None),
        ("zelfstandig", "ja", "J"),
        ("zelfstandig", "WAAR", "J"),
        ("zelfstandig", "0", "N"),
        ("aardgasaansluiting", "onbekend", "ONB"),
        ("zonnepanelen", "ja", None),
        ("conditiescore", "3,0", "3"),
        ("monument", "rij, gem", "RIJ|GEM"),
        ("monument", "RIJ ; GEM", "RIJ|GEM"),
        ("monument", "RIJ, XXX", None),
        ("netto_huur", "€ 612,50", "612,50"),
        ("netto_huur", "612.50 EUR", "612.50"),
        ("netto_huur", "1.234,56", "1234,56"),
        ("netto_huur", "1,234.56", "1234.56"),
        ("netto_huur", "1 234,56", "1234,56"),
        ("netto_huur", "€ 612,-", "612"),
        ("netto_huur", "€ 1.234", None),
        ("netto_huur", "612,50", None),
        ("bouwjaar", "1975,0", "1975"),
        ("bouwjaar", "1.975", "1975"),
        ("gebruiksoppervlakte", "71 m2", "71"),
        ("gebruiksoppervlakte", "1.000", None),
        ("eigendomspercentage", "100%", "100"),
        ("peildatum", "30-9-2026", "2026-09-30"),
        ("peildatum", "30-09-26", "2026-09-30"),
        ("peildatum", "30 sep 2026", "2026-09-30"),
        ("peildatum", "wo 30 september 2026", "2026-09-30"),
        ("peildatum", "20260930", "2026-09-30"),
        ("peildatum", "46295", "2026-09-30"),
        ("peildatum", "30/09/2026", "2026-09-30"),
        ("peildatum", "01/09/2026", None),
        ("peildatum", "31-9-2026", None),
        ("peildatum", "2026-09-30 00:00:00", "2026-09-30"),
        ("label_registratiedatum", "2018-01-30T23:30:00Z", "2018-01-31"),
        ("label_registratiedatum", "01-02-95", "1995-02-01"),
        ("in_exploitatie_datum", "01-01-25", None),  # a hundred years ago, or last year
        ("in_exploitatie_datum", "01-01-75", "1975-01-01"),
        ("huisletter", "-a", "a"),
    ],
)
def test_a_value_is_mended_only_when_one_reading_fits(
    column: str, given_: str, read_: str | None
) -> None:
    assert used(column, given_) == read_


def test_two_zeros_are_put_back_only_for_the_municipality_they_belong_to() -> None:
    table = csv_of(as_cells([home(1, bag_object_id="34010000000001")]))
    for gemeente, id_ in (("GM0034", "0034010000000001"), ("GM0917", "34010000000001")):
        letter = sent("manifest.json", manifest_of(gemeente_code=gemeente))
        assert rows_of(read(letter, sent("eenheid.csv", table)))[0]["bag_object_id"] == id_


@pytest.mark.parametrize(
    ("number", "given_", "parts"),
    [
        ("12-A", {}, ("12", "A", None)),
        ("12 A", {}, ("12", "A", None)),
        ("12a", {}, ("12", "A", None)),
        ("12 A 3", {}, ("12", "A", "3")),
        ("12-2", {}, ("12", None, "2")),
        ("12 bis", {}, ("12", None, "bis")),
        ("12-14", {}, ("12-14", None, None)),
        ("12-A", {"huisletter": "B"}, ("12-A", "B", None)),
        ("12", {}, ("12", None, None)),
    ],
)
def test_a_house_number_gives_its_letter_and_addition_to_their_own_columns(
    number: str, given_: dict[str, str], parts: tuple[str | None, ...]
) -> None:
    table = read(sent("eenheid.csv", csv_of(as_cells([home(1, huisnummer=number, **given_)]))))
    (row,) = rows_of(table)
    assert tuple(row[name] for name in mending.HOUSE_NUMBER) == parts
    assert len(table.mends) == (parts[0] != number)


def test_a_mend_says_row_column_what_was_given_what_was_used_and_why() -> None:
    rows = [home(1), home(2, netto_huur="€ 612,50")]
    table = read(sent("eenheid.csv", csv_of(as_cells(rows))))
    (mend,) = table.mends
    assert (mend.row, mend.column, mend.given, mend.used) == (3, "netto_huur", "€ 612,50", "612,50")
    assert mend.kind == "getal"
    assert mend.message.startswith("€ 612,50 is gelezen als 612,50.")


def test_a_second_reading_tells_each_mend_once() -> None:
    table = read(sent("eenheid.csv", csv_of(as_cells([home(1, postcode="6411 aa")]))))
    list(table.rows())
    assert (table.count, len(table.mends)) == (1, 1)


def test_outer_spaces_go_without_a_word() -> None:
    table = read(sent("eenheid.csv", csv_of(as_cells([home(1, status=" VEH\u00a0")]))))
    assert rows_of(table)[0]["status"] == "VEH" and table.mends == []


def test_an_amount_of_two_readings_is_no_value() -> None:
    table = read(sent("eenheid.csv", csv_of(as_cells([home(1, netto_huur="1.234")]))))
    (fault,) = table.faults
    assert (fault.row, fault.column, fault.given) == (2, "netto_huur", "1.234")
    assert fault.message == "1.234 kan 1,234 en 1234 betekenen."
    assert rows_of(table)[0]["netto_huur"] is None


MESSY = st.one_of(
    st.text(max_size=20),
    st.from_regex(r"[0-9]{1,4}[-./ ,][0-9]{1,4}([-./ ,][0-9]{1,4})?", fullmatch=True),
    st.from_regex(r"\A(€ ?)?-?[0-9]{1,3}([.,][0-9]{3}){0,2}([.,][0-9]{1,3})?\Z"),
    st.from_regex(r"\A[A-Ga-g]\+{0,5}\Z"),
    st.from_regex(r"\A[0-9]{14,17}\Z"),
)


@given(st.sampled_from(CONTRACT.columns), MESSY)
@example("peildatum", "1 mrt 2024")
def test_mending_twice_is_mending_once(column: str, value: str) -> None:
    once = used(column, value.strip())
    if once is not None:
        assert used(column, once) is None
        field = CONTRACT.field(column)
        assert field is not None and mending.form(field, CONTRACT)(once)


@given(st.dates(date(1951, 1, 1), date(2050, 12, 31)))
def test_every_way_to_write_a_day_means_that_day(day: date) -> None:
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    month = "janfebmrtaprmeijunjulaugsepoktnovdec"[day.month * 3 - 3 : day.month * 3]
    for text in (
        f"{day.day}-{day.month}-{day.year}",
        f"{day:%d.%m.%Y}",
        f"{day:%d-%m-%y}",
        f"{day:%Y/%m/%d}",
        f"{day.day} {month} {day.year}",
        f"{day:%d}-{month}-{day:%y}",
        f"{day.isoformat()} 00:00:00",
        str(serial),
    ):
        assert mending.dates(text) == {day}, text
