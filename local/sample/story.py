"""The story that the sample tells: every figure in this module is invented.

The five corporations do not exist. Peildata run from 31-12-2023 to 30-9-2026; figures are per
corporation unless a heading says otherwise. What a table does not fix (the quarters in between,
who lives where) is drawn with a seed, within these totals.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

GEMEENTE: Final = "GM0917"
VOORBEELD: Final = "Voorbeelddata, verzonnen"

CORPORATIES: Final[dict[str, str]] = {
    "DKO": "De Koempel",
    "CAR": "Carboonwonen",
    "MIJ": "Mijnstede",
    "ZUI": "Zuiderlicht Wonen",
    "HOE": "Hoensveste",
}

PEILDATA: Final[tuple[date, ...]] = (
    date(2023, 12, 31),
    date(2024, 3, 31),
    date(2024, 6, 30),
    date(2024, 9, 30),
    date(2024, 12, 31),
    date(2025, 3, 31),
    date(2025, 6, 30),
    date(2025, 9, 30),
    date(2025, 12, 31),
    date(2026, 3, 31),
    date(2026, 6, 30),
    date(2026, 9, 30),
)
START: Final = date(2024, 12, 31)
LAATSTE: Final = PEILDATA[-1]

BEZIT_START: Final = {"DKO": 6900, "CAR": 3950, "MIJ": 3150, "ZUI": 2000, "HOE": 1050}


class Stroom(NamedTuple):
    """Homes in and out in one year (2026: until 30-9)."""

    corporatie: str
    jaar: int
    nieuw_sociaal: int
    nieuw_midden: int
    aangekocht: int
    gesloopt: int
    verkocht: int
    overig: int


STROMEN: Final = (
    Stroom("DKO", 2024, 40, 10, 0, 20, 15, 0),
    Stroom("CAR", 2024, 20, 0, 0, 30, 10, 0),
    Stroom("MIJ", 2024, 15, 0, 0, 0, 8, 0),
    Stroom("ZUI", 2024, 10, 0, 0, 0, 5, 0),
    Stroom("HOE", 2024, 0, 0, 0, 5, 2, 0),
    Stroom("DKO", 2025, 52, 12, 6, 24, 14, +1),
    Stroom("CAR", 2025, 24, 0, 0, 40, 9, 0),
    Stroom("MIJ", 2025, 18, 8, 4, 0, 8, 0),
    Stroom("ZUI", 2025, 12, 0, 0, 0, 5, -1),
    Stroom("HOE", 2025, 0, 0, 0, 8, 2, 0),
    Stroom("DKO", 2026, 48, 16, 20, 14, 9, 0),
    Stroom("CAR", 2026, 30, 10, 0, 24, 7, 0),
    Stroom("MIJ", 2026, 14, 0, 0, 0, 5, 0),
    Stroom("ZUI", 2026, 8, 0, 0, 0, 3, 0),
    Stroom("HOE", 2026, 0, 0, 0, 0, 1, 0),
)


class EfgStroom(NamedTuple):
    """What moved the number of E/F/G homes in one year (2026: until 30-9)."""

    corporatie: str
    jaar: int
    verbeterd: int
    gesloopt: int
    verkocht: int
    hergeregistreerd: int
    aangekocht: int
    eerste_registratie: int


EFG_START: Final = {"DKO": 1150, "CAR": 900, "MIJ": 480, "ZUI": 290, "HOE": 180}
EFG_BRUG: Final = (
    EfgStroom("DKO", 2024, 120, 16, 5, 12, 0, 8),
    EfgStroom("CAR", 2024, 60, 26, 4, 10, 0, 6),
    EfgStroom("MIJ", 2024, 50, 0, 3, 6, 0, 3),
    EfgStroom("ZUI", 2024, 28, 0, 2, 4, 0, 2),
    EfgStroom("HOE", 2024, 14, 4, 1, 4, 0, 2),
    EfgStroom("DKO", 2025, 280, 21, 7, 22, 6, 9),
    EfgStroom("CAR", 2025, 75, 36, 4, 17, 0, 7),
    EfgStroom("MIJ", 2025, 107, 0, 4, 11, 0, 4),
    EfgStroom("ZUI", 2025, 55, 0, 2, 8, 0, 3),
    EfgStroom("HOE", 2025, 20, 7, 1, 7, 0, 3),
    EfgStroom("DKO", 2026, 218, 12, 4, 18, 20, 7),
    EfgStroom("CAR", 2026, 102, 20, 4, 15, 0, 6),
    EfgStroom("MIJ", 2026, 84, 0, 2, 9, 0, 3),
    EfgStroom("ZUI", 2026, 45, 0, 2, 6, 0, 3),
    EfgStroom("HOE", 2026, 24, 0, 1, 5, 0, 2),
)

KWARTAALGEWICHTEN: Final[dict[str, tuple[float, float, float, float]]] = {
    "verbeterd": (0.20, 0.26, 0.22, 0.32),
    "gesloopt": (0.30, 0.40, 0.10, 0.20),
    "verkocht": (0.24, 0.26, 0.25, 0.25),
    "hergeregistreerd": (0.30, 0.25, 0.20, 0.25),
    "eerste_registratie": (0.25, 0.25, 0.20, 0.30),
}


class Wijk(NamedTuple):
    """Homes per wijk on 31-12-2024 and E/F/G homes on 31-12-2024 and 30-9-2026."""

    nummer: int
    noord: bool
    woningen: int
    efg_start: int
    efg_laatste: int


WIJKEN: Final = (
    Wijk(10, True, 750, 140, 65),
    Wijk(11, True, 540, 120, 74),
    Wijk(12, True, 2040, 365, 168),
    Wijk(13, True, 660, 160, 131),
    Wijk(14, True, 70, 5, 2),
    Wijk(20, True, 990, 280, 244),
    Wijk(21, True, 1700, 355, 250),
    Wijk(22, True, 200, 30, 14),
    Wijk(23, True, 0, 0, 0),
    Wijk(24, True, 820, 160, 74),
    Wijk(30, True, 600, 150, 115),
    Wijk(31, True, 1130, 255, 173),
    Wijk(32, True, 1590, 330, 210),
    Wijk(33, False, 750, 55, 25),
    Wijk(34, True, 580, 105, 48),
    Wijk(35, False, 0, 0, 0),
    Wijk(36, False, 130, 10, 5),
    Wijk(37, False, 440, 40, 18),
    Wijk(38, False, 580, 65, 30),
    Wijk(39, False, 1140, 215, 99),
    Wijk(40, False, 1830, 105, 48),
    Wijk(41, False, 510, 55, 25),
    Wijk(42, False, 0, 0, 0),
)

# How many times more likely than by size alone that a corporation owns homes in a wijk.
VOORKEUR: Final[dict[tuple[str, int], float]] = {
    ("CAR", 13): 9.0,
    ("CAR", 21): 4.0,
    ("CAR", 32): 1.5,
    ("MIJ", 20): 4.0,
    ("MIJ", 24): 3.0,
    ("MIJ", 37): 3.0,
    ("MIJ", 41): 3.0,
    ("ZUI", 31): 6.0,
    ("ZUI", 39): 3.0,
    ("ZUI", 38): 3.0,
    ("HOE", 10): 6.0,
    ("HOE", 11): 6.0,
    ("HOE", 12): 6.0,
    ("HOE", 30): 9.0,
    ("DKO", 32): 1.8,
    ("DKO", 33): 2.0,
    ("DKO", 40): 2.0,
}


class Oplevering(NamedTuple):
    """New homes: corporation, wijk, quarter in which they are let for the first time."""

    corporatie: str
    wijk: int
    peildatum: date
    sociaal: int
    midden: int


OPLEVERINGEN: Final = (
    Oplevering("ZUI", 39, date(2024, 3, 31), 10, 0),
    Oplevering("DKO", 31, date(2024, 6, 30), 40, 0),
    Oplevering("DKO", 33, date(2024, 9, 30), 0, 10),
    Oplevering("CAR", 21, date(2024, 9, 30), 20, 0),
    Oplevering("MIJ", 20, date(2024, 12, 31), 15, 0),
    Oplevering("DKO", 32, date(2025, 6, 30), 24, 0),
    Oplevering("DKO", 33, date(2025, 9, 30), 28, 12),
    Oplevering("MIJ", 37, date(2025, 9, 30), 18, 8),
    Oplevering("CAR", 21, date(2025, 12, 31), 24, 0),
    Oplevering("ZUI", 31, date(2025, 12, 31), 12, 0),
    Oplevering("CAR", 13, date(2026, 3, 31), 20, 0),
    Oplevering("ZUI", 39, date(2026, 3, 31), 8, 0),
    Oplevering("CAR", 40, date(2026, 6, 30), 10, 10),
    Oplevering("DKO", 24, date(2026, 6, 30), 24, 0),
    Oplevering("DKO", 33, date(2026, 6, 30), 0, 16),
    Oplevering("MIJ", 41, date(2026, 6, 30), 14, 0),
    Oplevering("DKO", 12, date(2026, 9, 30), 24, 0),
)


class Aankoop(NamedTuple):
    """Homes bought: buurt (CBS code), quarter, number, and whether they have label E, F or G."""

    corporatie: str
    buurt: str
    peildatum: date
    aantal: int
    efg: bool


VRIEHEIDE: Final = "BU09172004"
AANKOPEN: Final = (
    Aankoop("MIJ", "BU09172401", date(2025, 6, 30), 4, False),
    Aankoop("DKO", VRIEHEIDE, date(2025, 12, 31), 6, True),
    Aankoop("DKO", VRIEHEIDE, date(2026, 3, 31), 5, True),
    Aankoop("DKO", VRIEHEIDE, date(2026, 6, 30), 9, True),
    Aankoop("DKO", VRIEHEIDE, date(2026, 9, 30), 6, True),
)
# Mijnstede delivers three of the homes that De Koempel bought at Vrieheide as well.
DUBBELE_CLAIM: Final = ("MIJ", "DKO", date(2026, 6, 30), 3)
# A home that was split in two, and two homes that became one.
OVERIG: Final = (("DKO", date(2025, 3, 31), +1), ("ZUI", date(2025, 6, 30), -1))

DAEB_LAATSTE: Final = {"DKO": 6714, "CAR": 3737, "MIJ": 2927, "ZUI": 1931, "HOE": 1018}

UITZONDERING_CODES: Final = ("MON", "SLO", "VVE", "TYD", "VKL", "OVA")
# Homes with an agreed exemption among the E/F/G homes of 30-9-2026, in the order of the codes.
UITZONDERINGEN: Final = {
    "DKO": (6, 70, 5, 1, 0, 1),
    "CAR": (30, 112, 6, 0, 1, 1),
    "MIJ": (4, 10, 6, 0, 1, 0),
    "ZUI": (2, 0, 2, 1, 0, 0),
    "HOE": (2, 20, 0, 0, 0, 0),
}
SLOOPWIJK: Final = {"DKO": 32, "CAR": 13, "MIJ": 20, "HOE": 30}

EFG_VERLOPEN: Final = {"DKO": 30, "CAR": 28, "MIJ": 12, "ZUI": 9, "HOE": 6}
NOOIT_LABEL: Final = {"DKO": 60, "CAR": 62, "MIJ": 28, "ZUI": 22, "HOE": 18}

# Homes with a label on 30-9-2026: A or better, B, C, D; the rest is E/F/G.
LABELS_LAATSTE: Final = {
    "DKO": (1757, 1134, 2032, 1401),
    "CAR": (696, 550, 1208, 778),
    "MIJ": (802, 549, 895, 637),
    "ZUI": (446, 324, 623, 418),
    "HOE": (197, 147, 321, 236),
}
LABELAANDEEL: Final = {
    "DKO": (25, 16, 29, 20),
    "CAR": (18, 14, 31, 20),
    "MIJ": (25, 17, 28, 20),
    "ZUI": (22, 16, 31, 21),
    "HOE": (19, 14, 31, 23),
    "": (23, 16, 30, 20),
}
EP2_GEMIDDELD: Final = {
    "DKO": (214, 198),
    "CAR": (227, 214),
    "MIJ": (208, 195),
    "ZUI": (211, 200),
    "HOE": (219, 209),
    "": (216, 202),
}

# DAEB homes with solar panels, on 31-12-2024 and 30-9-2026.
ZON: Final = {
    "DKO": (1270, 1615),
    "CAR": (564, 673),
    "MIJ": (639, 790),
    "ZUI": (326, 425),
    "HOE": (123, 153),
}
ZONAANDEEL: Final = {
    "DKO": (19, 24),
    "CAR": (15, 18),
    "MIJ": (22, 27),
    "ZUI": (17, 22),
    "HOE": (12, 15),
    "": (18.0, 22.4),
}

WARMTENET: Final = {
    "DKO": (610, 720),
    "CAR": (160, 190),
    "MIJ": (90, 110),
    "ZUI": (40, 40),
    "HOE": (0, 0),
}
# Mijnwater reaches De Dem (wijk 12) with 60 homes of De Koempel; the label stays C.
MIJNWATER_DE_DEM: Final = ("DKO", 12, 60, date(2026, 3, 31))
WARMTEWIJKEN: Final = (33, 34, 36, 41, 40, 38, 37)

HUURGRENZEN: Final[dict[int, tuple[float, float, float, float]]] = {
    2023: (452.20, 647.19, 693.60, 808.06),
    2024: (454.47, 650.43, 697.07, 879.66),
    2025: (477.20, 682.96, 731.93, 900.07),
    2026: (498.20, 713.02, 764.14, 932.93),
}
# DAEB homes in exploitation with a rent on 30-9-2026, by class of 2026.
HUURKLASSEN: Final = {
    "DKO": (1020, 4430, 470, 709, 71),
    "CAR": (455, 2459, 333, 435, 42),
    "MIJ": (322, 1873, 261, 412, 59),
    "ZUI": (253, 1294, 155, 209, 20),
    "HOE": (183, 672, 71, 82, 10),
}
HUURKLASSE_AANDEEL: Final = {
    "DKO": (15, 66, 7, 11, 1),
    "CAR": (12, 66, 9, 12, 1),
    "MIJ": (11, 64, 9, 14, 2),
    "ZUI": (13, 67, 8, 11, 1),
    "HOE": (18, 66, 7, 8, 1),
    "": (14, 66, 8, 11, 1),
}
# Of the third class: homes above the third limit of 2025, so not reachable by that year's limit.
BOVEN_GRENS_2025: Final = {"DKO": 130, "CAR": 80, "MIJ": 62, "ZUI": 38, "HOE": 16}
# Homes that fall in a lower class on 1-1-2026 by the new limits alone: on 31-12-2025 their rent
# lies above the limit of 2025 and not above that of 2026 (first, second, third, fourth limit).
NORMVERSCHUIVING: Final = {
    "DKO": (22, 40, 14, 8),
    "CAR": (12, 24, 9, 5),
    "MIJ": (9, 18, 8, 5),
    "ZUI": (6, 11, 5, 2),
    "HOE": (4, 5, 2, 1),
}
GEMIDDELDE_HUUR_2025: Final = {"DKO": 590, "CAR": 604, "MIJ": 612, "ZUI": 598, "HOE": 571, "": 597}
# Mean increase on 1 July 2024, 2025 and 2026, in percent.
HUURVERHOGING: Final = {
    "DKO": (5.1, 4.3, 3.8),
    "CAR": (5.3, 4.5, 4.0),
    "MIJ": (5.2, 4.4, 3.9),
    "ZUI": (5.0, 4.1, 3.7),
    "HOE": (4.9, 4.0, 3.5),
}

# Homes on 30-9-2026 that are out of exploitation for a renovation, or emptied for demolition,
# and new homes that nobody rents yet (rent 0.01).
UIT_RENOVATIE: Final = {"DKO": 1, "CAR": 1}
UIT_SLOOP: Final = {"DKO": 4, "CAR": 12}
NIEUW_ONVERHUURD: Final = {"DKO": 9}
LANG_LEEG: Final = {"DKO": 63, "CAR": 63, "MIJ": 22, "ZUI": 12, "HOE": 11}
SLECHTE_CONDITIE_2025: Final = {"DKO": 38, "CAR": 61, "MIJ": 14, "ZUI": 5, "HOE": 9}

# Homes delivered with a BAG id and without an address.
ZONDER_ADRES: Final = {"CAR": 25, "HOE": 12}
# Rows that are delivered and are no homes in the sense of POP_B: soort, detail_soort, zelfstandig.
OVERIGE_EENHEDEN: Final = (
    ("DKO", "WOO", "KAM", "N", 6),
    ("DKO", "INT", "VZO", "N", 4),
    ("ZUI", "WOO", "KAM", "N", 3),
    ("ZUI", "INT", "VPL", "N", 3),
    ("HOE", "WOO", "WOW", "J", 2),
)
CERTIFICATEN: Final = 46_000
WONINGEN_GEMEENTE: Final = 46_100


class Levering(NamedTuple):
    """A delivery that did not go as usual: when it came, and what is wrong with it."""

    corporatie: str
    peildatum: date
    volgnummer: int
    ontvangen: date
    soort: str = "VOLLEDIG"
    gebrek: str = ""


# Days after the peildatum on which a delivery comes in when all is well; it is due on day 30.
LEVERDAG: Final = {"DKO": 17, "CAR": 24, "MIJ": 20, "ZUI": 22, "HOE": 27}
# The last quarter: all five are in before the night of 15-10-2026.
LEVERDAG_LAATSTE: Final = {"DKO": 8, "CAR": 13, "MIJ": 9, "ZUI": 12, "HOE": 14}
ZERO_LOST: Final = "voorloopnul kwijt"
COLUMN_MISSING: Final = "kolom ontbreekt"
WRONG_BAG: Final = "verkeerde BAG-nummers"
FOUT_BAG_AANTAL: Final = 41
AFWIJKENDE_LEVERINGEN: Final = (
    Levering("ZUI", date(2025, 6, 30), 1, date(2025, 7, 21), gebrek=COLUMN_MISSING),
    Levering("ZUI", date(2025, 6, 30), 2, date(2025, 7, 23)),
    Levering("HOE", date(2025, 12, 31), 1, date(2026, 1, 28), gebrek=ZERO_LOST),
    Levering("HOE", date(2025, 12, 31), 2, date(2026, 2, 17)),
    Levering("CAR", date(2026, 3, 31), 1, date(2026, 5, 12)),
    Levering("HOE", date(2026, 6, 30), 1, date(2026, 8, 4)),
    Levering("CAR", date(2026, 6, 30), 1, date(2026, 7, 24), gebrek=WRONG_BAG),
    Levering("CAR", date(2026, 6, 30), 2, date(2026, 8, 20), soort="CORRECTIE"),
)

# Rows with a fault in otherwise good deliveries: corporation, peildatum, column, value. They are
# rows beside the corporation's homes, so without them the figures are those of the story.
FOUTE_RIJEN: Final = (
    ("DKO", date(2024, 12, 31), "postcode", "6411 1AB"),
    ("CAR", date(2025, 3, 31), "netto_huur", "nvt"),
    ("MIJ", date(2025, 12, 31), "zonnepanelen", "ja"),
    ("MIJ", date(2025, 12, 31), "status", "BEWOOND"),
    ("ZUI", date(2026, 3, 31), "bouwjaar", "196O"),
    ("DKO", date(2026, 6, 30), "maatschappelijk_label", "DAEB"),
    ("DKO", date(2026, 9, 30), "postcode", "64111AB"),
    ("DKO", date(2026, 9, 30), "postcode", "6431"),
    ("DKO", date(2026, 9, 30), "netto_huur", "nvt"),
    ("CAR", date(2026, 9, 30), "status", "XXX"),
    ("CAR", date(2026, 9, 30), "netto_huur", "n.v.t."),
    ("HOE", date(2026, 9, 30), "bag_object_id", "91701000051234"),
)


def bezit(corporatie: str, peildatum: date) -> int:
    """Homes owned (POP_B) at the end of a year of the story, or on 30-9-2026."""
    stand = BEZIT_START[corporatie]
    for s in STROMEN:
        if s.corporatie != corporatie:
            continue
        saldo = s.nieuw_sociaal + s.nieuw_midden + s.aangekocht + s.overig - s.gesloopt - s.verkocht
        if START.year < s.jaar <= peildatum.year:
            stand += saldo
        elif peildatum.year < s.jaar <= START.year:
            stand -= saldo
    return stand


def efg(corporatie: str, peildatum: date) -> int:
    """E/F/G homes (gross) at the end of a year of the story, or on 30-9-2026."""
    stand = EFG_START[corporatie]
    for s in EFG_BRUG:
        if s.corporatie != corporatie:
            continue
        eraf = s.verbeterd + s.gesloopt + s.verkocht + s.hergeregistreerd
        saldo = s.aangekocht + s.eerste_registratie - eraf
        if START.year < s.jaar <= peildatum.year:
            stand += saldo
        elif peildatum.year < s.jaar <= START.year:
            stand -= saldo
    return stand
