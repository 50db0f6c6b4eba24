"""After a whole night the measures tell the sample's story, per corporation and per wijk."""

from __future__ import annotations

from datetime import date

import pytest

from afspraken.db import connect
from afspraken.settings import Settings

pytestmark = pytest.mark.night

START, YEAR_END, LATEST = date(2024, 12, 31), date(2025, 12, 31), date(2026, 9, 30)
CORPORATIONS = ("DKO", "CAR", "MIJ", "ZUI", "HOE")

STOCK = {
    START: (6900, 3950, 3150, 2000, 1050),
    YEAR_END: (6933, 3925, 3172, 2006, 1040),
    LATEST: (6994, 3934, 3181, 2011, 1039),
}
EFG = {
    START: (1150, 900, 480, 290, 180),
    YEAR_END: (835, 775, 362, 228, 148),
    LATEST: (610, 640, 270, 178, 120),
}
LATEST_COUNTS = {
    ("efg", "uitgezonderd_mon"): (6, 30, 4, 2, 2),
    ("efg", "uitgezonderd_slo"): (70, 112, 10, 0, 20),
    ("efg", "uitgezonderd_vve"): (5, 6, 6, 2, 0),
    ("efg", "uitgezonderd"): (83, 150, 21, 5, 22),
    ("efg", "verlopen"): (30, 28, 12, 9, 6),
    ("label_status", "nooit"): (60, 62, 28, 22, 18),
}
# shares of social homes, in whole percents
SOLAR = {START: (19, 15, 22, 17, 12), LATEST: (24, 18, 27, 22, 15)}
RENT_CLASSES = {
    "kwaliteitskorting": (15, 12, 11, 13, 18),
    "laag_aftop": (66, 66, 64, 67, 66),
    "hoog_aftop": (7, 9, 9, 8, 7),
    "daeb_grens": (11, 12, 14, 11, 8),
    "boven": (1, 1, 2, 1, 1),
}
# wijk: homes and E/F/G on 31-12-2024, E/F/G on 30-9-2026; wijken without corporation homes left out
WIJKEN = {
    "10": (750, 140, 65),
    "11": (540, 120, 74),
    "12": (2040, 365, 168),
    "13": (660, 160, 131),
    "14": (70, 5, 2),
    "20": (990, 280, 244),
    "21": (1700, 355, 250),
    "22": (200, 30, 14),
    "24": (820, 160, 74),
    "30": (600, 150, 115),
    "31": (1130, 255, 173),
    "32": (1590, 330, 210),
    "33": (750, 55, 25),
    "34": (580, 105, 48),
    "36": (130, 10, 5),
    "37": (440, 40, 18),
    "38": (580, 65, 30),
    "39": (1140, 215, 99),
    "40": (1830, 105, 48),
    "41": (510, 55, 25),
}

Counts = dict[tuple[str, str, date, str], int]


@pytest.fixture(scope="module")
def counts(first_night: Settings) -> Counts:
    """Sums by measure, part, peildatum and corporation."""
    with connect(first_night, "transformer") as connection:
        return {
            (maat, onderdeel, day, corporation): int(value)
            for maat, onderdeel, day, corporation, value in connection.execute(
                "select maat_code, onderdeel, periode_tot, corporatie_code, sum(waarde) "
                "from intermediate.int_maten where corporatie_code is not null "
                "group by 1, 2, 3, 4"
            )
        }


def _each(counts: Counts, maat: str, day: date, *onderdelen: str) -> tuple[int, ...]:
    return tuple(
        sum(counts.get((maat, part, day, corporation), 0) for part in onderdelen)
        for corporation in CORPORATIONS
    )


def _percents(numerator: tuple[int, ...], denominator: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(round(100 * n / d) for n, d in zip(numerator, denominator, strict=True))


@pytest.mark.parametrize("day", STOCK)
def test_the_stock_is_that_of_the_story(counts: Counts, day: date) -> None:
    assert _each(counts, "bezit", day, "daeb", "niet_daeb") == STOCK[day]


@pytest.mark.parametrize("day", EFG)
def test_the_homes_with_label_efg_are_those_of_the_story(counts: Counts, day: date) -> None:
    assert _each(counts, "efg", day, "bruto") == EFG[day]


@pytest.mark.parametrize(("maat", "onderdeel"), LATEST_COUNTS)
def test_exempt_expired_and_never_registered_are_those_of_the_story(
    counts: Counts, maat: str, onderdeel: str
) -> None:
    assert _each(counts, maat, LATEST, onderdeel) == LATEST_COUNTS[maat, onderdeel]


@pytest.mark.parametrize("day", SOLAR)
def test_solar_shares_are_those_of_the_story(counts: Counts, day: date) -> None:
    with_panels = _each(counts, "zon", day, "eigen", "collectief")
    assert _percents(with_panels, _each(counts, "bezit", day, "daeb")) == SOLAR[day]


def test_rent_classes_are_those_of_the_story(counts: Counts) -> None:
    all_classes = _each(counts, "huurklasse", LATEST, *RENT_CLASSES)
    shares = {
        name: _percents(_each(counts, "huurklasse", LATEST, name), all_classes)
        for name in RENT_CLASSES
    }
    assert shares == RENT_CLASSES


def test_homes_and_labels_per_wijk_are_those_of_the_story(first_night: Settings) -> None:
    with connect(first_night, "transformer") as connection:
        found = {
            wijk: (homes, at_start, latest)
            for wijk, homes, at_start, latest in connection.execute(
                "select substr(gebied_code, 7, 2), "
                "sum(waarde) filter (where maat_code = 'bezit' and periode_tot = %(start)s), "
                "sum(waarde) filter (where onderdeel = 'bruto' and periode_tot = %(start)s), "
                "sum(waarde) filter (where onderdeel = 'bruto' and periode_tot = %(latest)s) "
                "from intermediate.int_maten "
                "where maat_code in ('bezit', 'efg') and gebied_soort = 'buurt' group by 1",
                {"start": START, "latest": LATEST},
            )
        }
    assert found == WIJKEN


def test_a_home_of_two_owners_is_counted_once_and_listed(first_night: Settings) -> None:
    with connect(first_night, "transformer") as connection:
        listed = connection.execute(
            "select bag_object_id, count(*), count(*) filter (where telt_mee) "
            "from intermediate.int_dubbele_claims where peildatum = %s group by 1",
            [LATEST],
        ).fetchall()
    assert len(listed) == 3
    assert {(claims, counted) for _, claims, counted in listed} == {(2, 1)}
