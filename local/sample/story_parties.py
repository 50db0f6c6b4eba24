"""The story in the other deliveries of the parties: every figure in this module is invented.

Homes, labels, rents and the moments of receipt are in `story`; here is what the parties tell
beside them: lettings, works, projects, payments, expenses, counts, and what was agreed. Figures of
2026 run until 30-9-2026. Order of the corporations in a tuple: as in story.CORPORATIES.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

# The first quarter over which a party delivers more than its homes: stock events from here on,
# the rest from 31-12-2024.
EERSTE_MUTATIES: Final = date(2024, 3, 31)
EERSTE_CIJFERS: Final = date(2024, 12, 31)

MAX_VERHOGING: Final = {2025: 5.0, 2026: 4.1}
# Homes whose rent was frozen on 1-7-2026; delivered with the same rent twice.
BEVROREN: Final = 5

# Homes with works done in a year: renovated (REN), and all that were insulated (REN and ISO).
GERENOVEERD: Final = {
    2024: {"DKO": 90, "CAR": 44, "MIJ": 40, "ZUI": 22, "HOE": 10},
    2025: {"DKO": 205, "CAR": 96, "MIJ": 102, "ZUI": 54, "HOE": 22},
    2026: {"DKO": 158, "CAR": 88, "MIJ": 70, "ZUI": 38, "HOE": 18},
}
GEISOLEERD: Final = {
    2024: {"DKO": 120, "CAR": 60, "MIJ": 50, "ZUI": 28, "HOE": 14},
    2025: {"DKO": 310, "CAR": 150, "MIJ": 130, "ZUI": 70, "HOE": 30},
    2026: {"DKO": 230, "CAR": 116, "MIJ": 90, "ZUI": 50, "HOE": 26},
}
# Of the homes insulated in 2025: rent went up for the insulation itself; tenant changed.
ISOLATIE_INBREUK: Final = {"DKO": 4, "CAR": 0, "MIJ": 0, "ZUI": 0, "HOE": 0}
ISOLATIE_NIET_TE_BEOORDELEN: Final = {"DKO": 8, "CAR": 2, "MIJ": 2, "ZUI": 1, "HOE": 0}

# New homes that are clustered, fit for care or without steps, by year of delivery.
ZORGWONINGEN: Final = {
    2024: {"DKO": 10, "CAR": 0, "MIJ": 5, "ZUI": 0, "HOE": 0},
    2025: {"DKO": 24, "CAR": 0, "MIJ": 12, "ZUI": 8, "HOE": 0},
    2026: {"DKO": 18, "CAR": 0, "MIJ": 6, "ZUI": 4, "HOE": 0},
}
# Homes without steps among the homes that were classified, at the start and per quarter after.
NULTREDEN_START: Final = 0.31
NULTREDEN_GROEI: Final = 0.0017
# Mijnstede did not classify its homes yet.
ZONDER_TOEGANKELIJKHEID: Final = ("MIJ",)


class Project(NamedTuple):
    """A project that runs on 30-9-2026.

    `verbeteren` counts homes that are still E/F/G and are on the list of the project;
    `wijken` says where they are looked for; `voorkeur` which label first. `fase_sinds` is the day
    on which the present phase began, `getekend` the completion that was planned at signing.
    """

    corporatie: str
    code: str
    naam: str
    soort: str
    fase: str
    fase_sinds: date
    buurt: str
    start: date
    gereed: date
    getekend: date
    sociaal: int = 0
    midden: int = 0
    sloop: int = 0
    verbeteren: int = 0
    wijken: tuple[int, ...] = ()
    voorkeur: str = ""
    label: str = ""
    aangesproken: int = 0
    ingestemd: int = 0
    oorzaak: str = ""


# 9 in execution, 5 contracted, 4 permitted, 4 decided, 1 feasibility, 1 stopped.
PROJECTEN: Final = (
    Project("DKO", "DK-P101", "Vrieheide witte woningen fase 3 (De Koempel)", "REO", "UIT",
            date(2026, 2, 2), "BU09172004", date(2026, 2, 2), date(2027, 3, 31),
            date(2027, 3, 31), verbeteren=60, wijken=(20,), voorkeur="F", label="B",
            aangesproken=58, ingestemd=47),
    Project("DKO", "DK-P102", "De Dem: Mijnwater en 24 nieuwe woningen", "WNT", "UIT",
            date(2025, 6, 16), "BU09171200", date(2025, 6, 16), date(2026, 12, 18),
            date(2026, 12, 18), sociaal=24),
    Project("DKO", "DK-P103", "Centrum: nieuwbouw all-electric", "NIU", "UIT",
            date(2024, 5, 13), "BU09173300", date(2024, 5, 13), date(2026, 12, 31),
            date(2026, 9, 30), sociaal=44, midden=28, oorzaak="MARKT"),
    Project("DKO", "DK-P104", "Meezenbroek en Schaesbergerveld: isolatie", "ISO", "UIT",
            date(2026, 3, 9), "BU09173203", date(2026, 3, 9), date(2027, 9, 30),
            date(2027, 6, 30), verbeteren=150, wijken=(32, 31, 30, 24), label="B",
            aangesproken=139, ingestemd=112, oorzaak="BEWO"),
    Project("DKO", "DK-P105", "Heerlerheide: verduurzaming fase 1", "ISO", "CON",
            date(2026, 7, 6), "BU09172100", date(2026, 11, 2), date(2027, 10, 29),
            date(2027, 10, 29), verbeteren=60, wijken=(21, 10), label="A",
            aangesproken=57, ingestemd=45),
    Project("DKO", "DK-P106", "De Dem: verduurzaming", "ISO", "CON",
            date(2026, 8, 17), "BU09171200", date(2027, 1, 11), date(2027, 12, 17),
            date(2027, 12, 17), verbeteren=50, wijken=(12, 11), label="A",
            aangesproken=48, ingestemd=39),
    Project("DKO", "DK-P107", "Molenberg en Eikenderveld: renovatie", "REB", "BES",
            date(2026, 6, 22), "BU09173900", date(2027, 2, 1), date(2028, 5, 31),
            date(2028, 5, 31), verbeteren=90, wijken=(39, 34, 33, 40, 12, 38), label="A",
            aangesproken=84, ingestemd=66),
    Project("DKO", "DK-P108", "Schaesbergerveld: sloop", "SLO", "VER",
            date(2026, 5, 25), "BU09173203", date(2027, 4, 5), date(2028, 3, 31),
            date(2028, 3, 31), sloop=70),
    Project("DKO", "DK-P109", "Rennemig en omgeving: isolatie", "ISO", "BES",
            date(2026, 4, 13), "BU09172401", date(2027, 5, 3), date(2028, 9, 29),
            date(2028, 9, 29), verbeteren=60, wijken=(24, 31, 21, 22, 13, 36, 10, 37), label="B",
            aangesproken=56, ingestemd=41),
    Project("CAR", "40-2101", "Passart hoogbouw", "REB", "CON",
            date(2026, 1, 19), "BU09172101", date(2026, 12, 7), date(2027, 12, 31),
            date(2027, 3, 31), verbeteren=144, wijken=(21,), voorkeur="E", label="A",
            aangesproken=137, ingestemd=104, oorzaak="NET"),
    Project("CAR", "40-1301", "Nieuw Lotbroek: sloop en vervangende nieuwbouw", "SLN", "VER",
            date(2026, 5, 18), "BU09171300", date(2027, 1, 18), date(2028, 11, 30),
            date(2028, 11, 30), sociaal=72, midden=24, sloop=112),
    Project("CAR", "40-2001", "Verduurzaming één: Vrieheide en Hoensbroek", "ISO", "UIT",
            date(2026, 4, 7), "BU09172000", date(2026, 4, 7), date(2027, 6, 30),
            date(2027, 4, 30), verbeteren=96, wijken=(20, 12, 11), label="B",
            aangesproken=92, ingestemd=71, oorzaak="VERG"),
    Project("CAR", "40-3101", "Schandelen en Husken: isolatie", "ISO", "BES",
            date(2026, 3, 16), "BU09173100", date(2027, 6, 7), date(2028, 8, 31),
            date(2028, 8, 31), verbeteren=50, wijken=(31, 30), label="B",
            aangesproken=47, ingestemd=36),
    Project("CAR", "40-3201", "Meezenbroek: renovatie", "REB", "VER",
            date(2026, 8, 31), "BU09173201", date(2027, 3, 1), date(2028, 4, 28),
            date(2028, 4, 28), verbeteren=40, wijken=(32, 34, 39), label="A",
            aangesproken=38, ingestemd=31),
    Project("MIJ", "MP-011", "Vrieheide witte woningen fase 3 (Mijnstede)", "REO", "UIT",
            date(2026, 2, 2), "BU09172004", date(2026, 2, 2), date(2027, 3, 31),
            date(2027, 3, 31), verbeteren=36, wijken=(20,), voorkeur="F", label="B",
            aangesproken=35, ingestemd=29),
    Project("MIJ", "MP-012", "De Stack: verduurzaming", "ISO", "UIT",
            date(2026, 1, 12), "BU09172000", date(2026, 1, 12), date(2027, 4, 30),
            date(2027, 4, 30), verbeteren=84, wijken=(20, 24, 21), label="A",
            aangesproken=78, ingestemd=63),
    Project("MIJ", "MP-013", "Rennemig en Heerlerbaan: isolatie", "ISO", "CON",
            date(2026, 6, 1), "BU09172400", date(2026, 10, 19), date(2027, 11, 26),
            date(2027, 11, 26), verbeteren=70,
            wijken=(24, 41, 12, 39, 31, 32, 30, 21, 10, 11, 34), label="B",
            aangesproken=66, ingestemd=52),
    Project("MIJ", "MP-014", "Heerlerbaan: nieuwbouw", "NIU", "VER",
            date(2026, 7, 20), "BU09174100", date(2027, 1, 25), date(2028, 6, 30),
            date(2028, 6, 30), sociaal=30, midden=10),
    Project("ZUI", "ZW-G48", "Grasbroek: renovatie", "REB", "BES",
            date(2025, 10, 27), "BU09173102", date(2027, 2, 22), date(2028, 2, 29),
            date(2027, 11, 30), verbeteren=48, wijken=(31,), voorkeur="E", label="B",
            aangesproken=47, ingestemd=31, oorzaak="BEWO"),
    Project("ZUI", "ZW-M47", "Molenberg: isolatie", "ISO", "UIT",
            date(2026, 3, 2), "BU09173900", date(2026, 3, 2), date(2027, 3, 26),
            date(2027, 3, 26), verbeteren=47, wijken=(39, 31, 12, 20, 21), label="A",
            aangesproken=44, ingestemd=37),
    Project("ZUI", "ZW-S20", "Schandelen: nieuwbouw", "NIU", "CON",
            date(2026, 7, 13), "BU09173100", date(2026, 11, 16), date(2027, 12, 17),
            date(2027, 12, 17), sociaal=20),
    Project("HOE", "000801", "Husken: sloop (besluit volgt)", "SLO", "HAA",
            date(2026, 2, 9), "BU09173000", date(2027, 9, 6), date(2028, 8, 31),
            date(2028, 8, 31), sloop=20),
    Project("HOE", "000802", "Hoensbroek: verduurzaming", "ISO", "UIT",
            date(2026, 5, 11), "BU09171200", date(2026, 5, 11), date(2027, 5, 28),
            date(2027, 5, 28), verbeteren=35, wijken=(12, 11, 10), label="B",
            aangesproken=33, ingestemd=26),
    Project("CAR", "40-4001", "Heerlerbaan: zonnepanelen op flats", "ZON", "STO",
            date(2026, 6, 15), "BU09174000", date(2026, 9, 7), date(2027, 2, 26),
            date(2027, 2, 26)),
)  # fmt: skip


# Lettings per year: contracts, those of households below the income limit of passend toewijzen
# and how many of them got a fitting home, DAEB contracts with households, and how many of those
# belong to the DAEB group.
class Verhuur(NamedTuple):
    """Contracts that started in a year, and the counts behind two norms.

    Of the DAEB contracts with households (no organisations, not temporary): `passend_groep`
    households below the income limit, of which `passend` fit; `daeb_groep` of all `daeb`.
    """

    contracten: int
    passend_groep: int
    passend: int
    daeb: int
    daeb_groep: int


VERHUUR: Final = {
    ("DKO", 2025): Verhuur(520, 340, 332, 480, 452),
    ("CAR", 2025): Verhuur(310, 205, 199, 284, 265),
    ("MIJ", 2025): Verhuur(235, 150, 144, 208, 194),
    ("ZUI", 2025): Verhuur(150, 98, 96, 138, 131),
    ("HOE", 2025): Verhuur(75, 52, 52, 70, 67),
    ("DKO", 2026): Verhuur(394, 258, 252, 364, 343),
    ("CAR", 2026): Verhuur(236, 155, 151, 217, 202),
    ("MIJ", 2026): Verhuur(178, 114, 109, 158, 148),
    ("ZUI", 2026): Verhuur(113, 74, 73, 104, 98),
    ("HOE", 2026): Verhuur(56, 38, 38, 52, 50),
}
VERHUUR_NOORD: Final = 0.66
# Lettings to urgent and other special groups fall in Heerlen-Noord this many times as often as
# all lettings do, over the four quarters until 30-9-2026.
DRAAGKRACHT_NOORD: Final = 1.14

# Tenants in arrears on 30-9-2026 in percent: per corporation, Heerlen-Noord and the rest.
ACHTERSTAND: Final = {"DKO": 3.9, "CAR": 4.8, "MIJ": 3.6, "ZUI": 3.2, "HOE": 4.1, "": 4.0}
ACHTERSTAND_NOORD: Final = (4.6, 2.8)
# Each quarter before, this many percentage points more.
ACHTERSTAND_DALING: Final = 0.08
# Executed evictions for rent debt per quarter of 2025 and of 2026.
ONTRUIMINGEN: Final = {
    "DKO": (1, 1, 1, 1, 1, 1, 0),
    "CAR": (1, 2, 0, 1, 1, 1, 1),
    "MIJ": (0, 1, 0, 1, 0, 1, 0),
    "ZUI": (0, 0, 1, 0, 0, 0, 0),
    "HOE": (0, 0, 0, 0, 0, 0, 0),
}

# Expenses for liveability in euros per DAEB home (mean of the first and the last day of 2025),
# and in Heerlen-Noord and the rest.
LEEFBAARHEID: Final = {"DKO": 142, "CAR": 118, "MIJ": 131, "ZUI": 109, "HOE": 96, "": 128}
LEEFBAARHEID_NOORD: Final = (146, 88)
LEEFBAARHEID_SOORTEN: Final = {"PER": 0.38, "SOC": 0.24, "FYS": 0.38}

# Unique households reached with advice on energy and money: completed advices of the
# voorzieningenwijzer per year (goal 600 and 750) and households reached (goal 900 and 1,000).
VOORZIENINGENWIJZER: Final = {
    2025: {"DKO": 236, "CAR": 121, "MIJ": 108, "ZUI": 66, "HOE": 38},
    2026: {"DKO": 214, "CAR": 118, "MIJ": 104, "ZUI": 59, "HOE": 31},
}
ENERGIECOACH: Final = {
    2025: {"DKO": 310, "CAR": 148, "MIJ": 152, "ZUI": 96, "HOE": 44, "GEM": 190},
    2026: {"DKO": 265, "CAR": 131, "MIJ": 120, "ZUI": 82, "HOE": 35, "GEM": 168},
}
VOORDEEL_PER_ADVIES: Final = 412


class Telling(NamedTuple):
    """A count of one party over a period; `teller` is EUR for the codes in euros."""

    afzender: str
    code: str
    gebied: str
    corporatie: str
    van: date
    tot: date
    teller: float | None
    noemer: float | None = None
    bedrag: int | None = None
    mediaan: float | None = None
    n: int | None = None
    marge: tuple[float, float] | None = None


# Per quarter of 2025 and 2026: rent signals received by the municipality, followed up in time.
VROEGSIGNALEN: Final = ((96, 84), (88, 79), (91, 80), (104, 92), (99, 90), (85, 78), (87, 80))
# Per half-year: task in persons, housed, and arrears at the start.
VERGUNNINGHOUDERS: Final = {
    date(2025, 6, 30): (74, 61, 12),
    date(2025, 12, 31): (78, 82, 25),
    date(2026, 6, 30): (70, 72, 21),
}
UITSTROOM: Final = {
    date(2025, 6, 30): (30, 27),
    date(2025, 12, 31): (30, 31),
    date(2026, 6, 30): (32, 29),
}
# Median days of an adaptation under the Wmo, and how many.
WMO_DAGEN: Final = {
    date(2025, 6, 30): (96, 141),
    date(2025, 12, 31): (91, 152),
    date(2026, 6, 30): (84, 149),
}
# Neighbour mediation per year: intake, closed, solved.
BUURTBEMIDDELING: Final = {2025: (212, 188, 139), 2026: (161, 140, 106)}
KETENS: Final = {2025: (6, 6), 2026: (6, 7)}
# Survey: mark for the surroundings and score for cohesion, with margins, Noord and the rest, 2025.
LEEFOMGEVING: Final = ((6.4, 0.1), (7.1, 0.1))
COHESIE: Final = ((5.8, 0.2), (6.3, 0.2))
# From the housing portal, per year: median months of search, active seekers, successful ones.
WOONRUIMTE: Final = {2025: (27, 3_610, 1_118), 2026: (29, 3_742, 846)}
# Residents' initiatives per year: number and euros, of the municipality.
INITIATIEVEN: Final = {2025: (41, 118_400), 2026: (36, 97_250)}
# Homes with open points of safety at the end of 2025 and on 30-9-2026.
VEILIGHEID_OPEN: Final = {
    "DKO": (88, 61), "CAR": (74, 58), "MIJ": (35, 22), "ZUI": (19, 12), "HOE": (14, 11),
}  # fmt: skip
# Income-dependent increases on 1 July: how many, and the mean old rent and its rise in percent.
IAH: Final = {
    "DKO": (212, 702.0, 7.1), "CAR": (118, 711.0, 7.4), "MIJ": (104, 719.0, 7.0),
    "ZUI": (58, 705.0, 7.2), "HOE": (24, 688.0, 6.9),
}  # fmt: skip
# Over all municipalities of a corporation, 2025: fitting and DAEB group, numerator and denominator.
LANDELIJK: Final = {
    "DKO": ((702, 714), (1_004, 1_061)), "CAR": ((1_412, 1_448), (2_035, 2_166)),
    "MIJ": ((388, 403), (566, 604)), "ZUI": ((951, 972), (1_350, 1_412)),
    "HOE": ((52, 52), (67, 70)),
}  # fmt: skip
# Investments of 2025 in thousands of euros: budgeted and realised, per category.
INVESTERINGEN: Final = {
    "DKO": {"NBW": (21_400, 18_250), "VBT": (14_900, 14_320), "DUU": (9_800, 9_410),
            "OND": (12_300, 12_540), "LFB": (960, 948), "ZRG": (2_100, 2_060)},
    "CAR": {"NBW": (9_600, 6_120), "VBT": (10_200, 7_180), "DUU": (6_100, 4_350),
            "OND": (7_400, 7_290), "LFB": (470, 446), "ZRG": (0, 0)},
    "MIJ": {"NBW": (7_900, 7_310), "VBT": (6_700, 7_020), "DUU": (4_300, 4_480),
            "OND": (5_600, 5_510), "LFB": (390, 384), "ZRG": (1_100, 1_080)},
    "ZUI": {"NBW": (3_800, 3_120), "VBT": (3_500, 3_640), "DUU": (2_200, 2_280),
            "OND": (3_600, 3_570), "LFB": (215, 211), "ZRG": (760, 520)},
    "HOE": {"NBW": (0, 0), "VBT": (1_700, 1_520), "DUU": (1_050, 930),
            "OND": (1_900, 1_880), "LFB": (104, 98), "ZRG": (0, 0)},
}  # fmt: skip


class Plan(NamedTuple):
    """Planned homes: firmness, year, and number by segment."""

    code: str
    naam: str
    buurt: str
    hardheid: str
    fase: str
    jaar: int
    sociaal: int
    midden: int
    vrij: int
    koop_goedkoop: int
    koop_overig: int
    sloop: int
    soort: str
    corporatie: str = ""


PLANNEN: Final = (
    Plan("PL-001", "Centrum all-electric", "BU09173300", "HARD", "UIT", 2026, 44, 28, 0, 0, 0, 0,
         "CORPORATIE", "DKO"),
    Plan("PL-002", "Nieuw Lotbroek", "BU09171300", "HARD", "VER", 2028, 72, 24, 0, 0, 0, 112,
         "CORPORATIE", "CAR"),
    Plan("PL-003", "Heerlerbaan nieuwbouw", "BU09174100", "HARD", "VER", 2028, 30, 10, 0, 0, 0, 0,
         "CORPORATIE", "MIJ"),
    Plan("PL-004", "Schandelen nieuwbouw", "BU09173100", "HARD", "CON", 2027, 20, 0, 0, 0, 0, 0,
         "CORPORATIE", "ZUI"),
    Plan("PL-005", "De Dem", "BU09171200", "HARD", "UIT", 2026, 24, 0, 0, 0, 0, 0,
         "CORPORATIE", "DKO"),
    Plan("PL-006", "Schaesbergerveld", "BU09173203", "ZACHT", "BES", 2028, 60, 20, 0, 12, 0, 70,
         "CORPORATIE", "DKO"),
    Plan("PL-007", "Husken", "BU09173000", "POTENTIEEL", "HAA", 2029, 24, 0, 0, 0, 0, 20,
         "CORPORATIE", "HOE"),
    Plan("PL-008", "Stationsgebied", "BU09173300", "HARD", "CON", 2027, 0, 64, 22, 0, 40, 0,
         "MARKT"),
    Plan("PL-009", "Molenberg-Zuid", "BU09173900", "ZACHT", "HAA", 2029, 90, 40, 0, 30, 20, 0,
         "MARKT"),
    Plan("PL-010", "Heksenberg kavels", "BU09172200", "ZACHT", "BES", 2028, 0, 0, 0, 18, 26, 0,
         "PARTICULIER"),
    Plan("PL-011", "Passart", "BU09172101", "ZACHT", "HAA", 2029, 110, 36, 0, 0, 0, 0,
         "CORPORATIE", "CAR"),
    Plan("PL-012", "Welten", "BU09173600", "POTENTIEEL", "INI", 2030, 0, 24, 30, 0, 60, 0,
         "MARKT"),
)  # fmt: skip


class Mijlpaal(NamedTuple):
    """A milestone of an agreement: planned, done (or not), and what proves it."""

    code: str
    afspraak: str
    omschrijving: str
    partij: str
    gepland: date
    gereed: date | None
    bewijs: str = ""
    toelichting: str = ""
    gebied: str = "GM0917"


MIJLPALEN: Final = (
    Mijlpaal("M-BOD-DKO", "C01", "Bod van De Koempel ontvangen", "DKO", date(2026, 6, 30),
             date(2026, 6, 24), "ZAAK-2026-0611"),
    Mijlpaal("M-BOD-CAR", "C01", "Bod van Carboonwonen ontvangen", "CAR", date(2026, 6, 30),
             date(2026, 6, 30), "ZAAK-2026-0618"),
    Mijlpaal("M-BOD-MIJ", "C01", "Bod van Mijnstede ontvangen", "MIJ", date(2026, 6, 30),
             date(2026, 6, 19), "ZAAK-2026-0602"),
    Mijlpaal("M-BOD-ZUI", "C01", "Bod van Zuiderlicht Wonen ontvangen", "ZUI", date(2026, 6, 30),
             date(2026, 6, 29), "ZAAK-2026-0615"),
    Mijlpaal("M-BOD-HOE", "C01", "Bod van Hoensveste ontvangen", "HOE", date(2026, 6, 30),
             date(2026, 7, 8), "ZAAK-2026-0633", "Acht dagen na de afgesproken dag"),
    Mijlpaal("M-GETEKEND-2025", "C01", "Jaarschijf 2025 getekend", "GEM", date(2024, 12, 14),
             date(2024, 12, 12), "BESLUIT-2024-118"),
    Mijlpaal("M-GETEKEND-2026", "C01", "Jaarschijf 2026 getekend", "GEM", date(2025, 12, 14),
             date(2025, 12, 11), "BESLUIT-2025-131"),
    Mijlpaal("M-GETEKEND-2027", "C01", "Jaarschijf 2027 getekend", "GEM", date(2026, 12, 14),
             None),
    *(
        Mijlpaal(f"M-NOORD-{n:02d}", "C23", f"Gebiedsaanpak: {wat}", "GEM", gepland, gereed,
                 bewijs, gebied=gebied)
        for n, (wat, gepland, gereed, bewijs, gebied) in enumerate(
            (
                ("wijkteam Vrieheide gestart", date(2025, 2, 1), date(2025, 1, 27), "NPHLN-01",
                 "WK091720"),
                ("buurtpunt Passart open", date(2025, 3, 1), date(2025, 3, 3), "NPHLN-02",
                 "WK091721"),
                ("plan Nieuw Lotbroek vastgesteld", date(2025, 4, 1), date(2025, 3, 25),
                 "NPHLN-03", "WK091713"),
                ("schouw Meezenbroek gehouden", date(2025, 5, 1), date(2025, 4, 29), "NPHLN-04",
                 "WK091732"),
                ("aanpak leegstand Grasbroek", date(2025, 6, 1), date(2025, 6, 1), "NPHLN-05",
                 "WK091731"),
                ("huiskamer Mariarade open", date(2025, 7, 1), date(2025, 6, 20), "NPHLN-06",
                 "WK091711"),
                ("convenant sociale basis", date(2025, 8, 1), date(2025, 7, 30), "NPHLN-07",
                 "GM0917"),
                ("buurtplan De Dem", date(2025, 9, 1), date(2025, 8, 28), "NPHLN-08", "WK091712"),
                ("wijkconcierges aangesteld", date(2025, 10, 1), date(2025, 9, 30), "NPHLN-09",
                 "GM0917"),
                ("herinrichting plein Rennemig", date(2025, 11, 1), date(2025, 12, 19),
                 "NPHLN-10", "WK091724"),
                ("speelplek Husken", date(2025, 12, 1), date(2025, 11, 14), "NPHLN-11",
                 "WK091730"),
                ("evaluatie eerste jaar", date(2025, 12, 31), date(2025, 12, 18), "NPHLN-12",
                 "GM0917"),
                ("aankoopregeling Vrieheide verlengd", date(2026, 3, 1), date(2026, 2, 24),
                 "NPHLN-13", "WK091720"),
                ("buurtpunt Heksenberg open", date(2026, 6, 1), date(2026, 6, 8), "NPHLN-14",
                 "WK091722"),
                ("groen dak Passart", date(2026, 9, 1), None, "", "WK091721"),
            ),
            start=1,
        )
    ),
    Mijlpaal("M-KETEN-ZORG", "C24", "Samenwerking met zorgkantoor vastgelegd", "GEM",
             date(2026, 4, 1), date(2026, 3, 20), "ZAAK-2026-0233"),
    Mijlpaal("M-KETEN-VEILIG", "C24", "Samenwerking met politie vastgelegd", "GEM",
             date(2026, 10, 1), None),
    Mijlpaal("M-VERVANGING", "C19", "Kaart van draagkracht vastgesteld", "GEM",
             date(2026, 5, 1), date(2026, 4, 28), "ZAAK-2026-0288"),
    Mijlpaal("M-OMGEVING", "C18", "Woonomgeving geschikt: toets in tien buurten", "GEM",
             date(2026, 11, 1), None),
)  # fmt: skip


class Oordeel(NamedTuple):
    """A judgement of the officer beside the computed status, with its reason and its end."""

    afspraak: str
    peildatum: date
    rol: str
    oordeel: str
    reden: str
    geldig_tot: date


OORDELEN: Final = (
    # This one has lapsed on the night of the sample.
    Oordeel("C02", date(2026, 6, 30), "beleidsmedewerker wonen", "op koers",
            "De oplevering in Centrum valt drie weken na het kwartaal", date(2026, 9, 30)),
    Oordeel("C15", date(2026, 9, 30), "beleidsmedewerker duurzaamheid", "aandacht",
            "Het warmtebedrijf bouwt het net van 2027 pas na de zomer", date(2026, 12, 31)),
    Oordeel("C24", date(2026, 9, 30), "beleidsmedewerker veiligheid", "op koers",
            "De overeenkomst met de politie ligt klaar om te tekenen", date(2026, 12, 31)),
)  # fmt: skip

FOCUSWIJKEN: Final = (13, 20, 21, 30, 31, 32)


class Doel(NamedTuple):
    """A target: its value for the municipality and for each corporation, per year or once.

    `verdeling` in the order of the corporations; None where the target has no corporations.
    Path types, tolerance (percent, absolute) and direction as in the contract.
    """

    afspraak: str
    code: str
    indicator: str
    variant: str
    richting: str
    eenheid: str
    datum: date
    waarde: float
    verdeling: tuple[float, ...] | None
    pad: str
    tolerantie_pct: float | None = None
    tolerantie_abs: float | None = None
    baseline: float | None = None
    baseline_verdeling: tuple[float, ...] | None = None


def _jaar(
    afspraak: str, indicator: str, eenheid: str, pad: str,
    waarden: dict[int, tuple[float, tuple[float, ...] | None]],
    pct: float | None = None, absoluut: float | None = None, richting: str = "HOGER",
    variant: str = "",
) -> tuple[Doel, ...]:  # fmt: skip
    """Targets of one indicator for the years 2025 and 2026."""
    suffix = f"-{variant}" if variant else ""
    return tuple(
        Doel(afspraak, f"{afspraak}-{indicator}{suffix}-{jaar}", indicator, variant, richting,
             eenheid, date(jaar, 12, 31), waarde, verdeling, pad, pct, absoluut)
        for jaar, (waarde, verdeling) in waarden.items()
    )  # fmt: skip


EIND_2028: Final = date(2028, 12, 31)
DOELEN: Final = (
    *_jaar("C01", "K62", "procent", "MIJLPAAL", {2025: (100, None), 2026: (100, None)},
           absoluut=0),
    # The municipality asks ten homes more than the corporations promised together.
    *_jaar("C02", "K02", "woningen", "PLANNING",
           {2025: (140, (60, 40, 25, 15, 0)), 2026: (200, (70, 55, 35, 20, 10))}, 10, 5),
    *_jaar("C03", "K03", "woningen", "PLANNING",
           {2025: (45, (20, 15, 10, 0, 0)), 2026: (70, (30, 20, 15, 5, 0))}, 10, 5),
    *_jaar("C04", "K10", "woningen", "PLANNING",
           {2025: (520, (210, 140, 95, 50, 25)), 2026: (560, (225, 150, 100, 55, 30))}, 10),
    *_jaar("C05", "K11", "woningen", "STAPPEN",
           {2025: (100, (40, 35, 15, 6, 4)), 2026: (0, (0, 0, 0, 0, 0))}, absoluut=10,
           richting="LAGER"),
    *_jaar("C06", "K13", "procent", "NORM",
           {2025: (85, (85,) * 5), 2026: (85, (85,) * 5)}, absoluut=1),
    *_jaar("C07", "K14", "procent", "NORM",
           {2025: (4.5, (4.5,) * 5), 2026: (3.9, (3.9,) * 5)}, absoluut=0.1, richting="LAGER"),
    *_jaar("C08", "K17", "ontruimingen", "NORM",
           {2025: (12, (5, 3, 2, 1, 1)), 2026: (10, (4, 3, 2, 1, 0))}, absoluut=1,
           richting="LAGER"),
    *_jaar("C09", "K20", "adviezen", "STAPPEN",
           {2025: (600, (240, 140, 110, 70, 40)), 2026: (750, (300, 175, 140, 85, 50))}, 10),
    *_jaar("C10", "K22", "procent", "NORM",
           {2025: (100, (100,) * 5), 2026: (100, (100,) * 5)}, absoluut=0),
    *(Doel("C11", f"C11-K25-{j}", "K25", "", "LAGER", "kWh/m2.jr", date(j, 12, 31), w, None,
           "DAGEN", 20, None, 216) for j, w in ((2025, 208), (2026, 200))),
    Doel("C12", "C12-K23", "K23", "BRUTO", "LAGER", "woningen", EIND_2028, 0, (0,) * 5, "DAGEN",
         3, 10, 3000, (1150, 900, 480, 290, 180)),
    *_jaar("C13", "K28", "procent", "NORM",
           {2025: (100, (100,) * 5), 2026: (100, (100,) * 5)}, absoluut=0),
    *_jaar("C13", "K29", "procent", "NORM", {2025: (80, None), 2026: (85, None)}, 5),
    *_jaar("C14", "K30", "procent", "DAGEN",
           {2025: (20, (21, 17, 24, 19, 14)), 2026: (22, (23, 19, 26, 21, 16))}, absoluut=1),
    Doel("C14", "C14-K30-2030", "K30", "", "HOGER", "procent", date(2030, 12, 31), 30, None,
         "DAGEN", None, 1, 18),
    *_jaar("C15", "K32", "aansluitingen", "PLANNING",
           {2025: (120, (70, 30, 20, 0, 0)), 2026: (180, (100, 50, 30, 0, 0))}, 15),
    *_jaar("C16", "K33", "huishoudens", "STAPPEN", {2025: (900, None), 2026: (1000, None)}, 10),
    *_jaar("C16", "K34", "procent", "NORM", {2025: (90, None), 2026: (90, None)}, absoluut=0),
    *_jaar("C17", "K37", "woningen", "PLANNING",
           {2025: (48, (24, 0, 12, 12, 0)), 2026: (64, (24, 16, 12, 8, 4))}, 10),
    *_jaar("C18", "K35", "procent", "STAPPEN", {2025: (32, None), 2026: (34, None)},
           absoluut=0.5),
    *_jaar("C19", "K40", "verhouding", "NORM", {2025: (1.10, None), 2026: (1.00, None)},
           absoluut=0.1, richting="LAGER"),
    *_jaar("C21", "K42", "euro per woning", "EINDDATUM",
           {2025: (120, (120,) * 5), 2026: (125, (125,) * 5)}, 5),
    *_jaar("C22", "K44", "score", "EINDDATUM", {2026: (6.0, None)}, variant="COHESIE"),
    *_jaar("C23", "K49", "procent", "MIJLPAAL", {2025: (100, None), 2026: (100, None)},
           absoluut=0),
    *_jaar("C24", "K50", "ketens", "MIJLPAAL", {2025: (6, None), 2026: (7, None)}, absoluut=1),
    *_jaar("C25", "K64", "procent", "NORM", {2025: (95, None), 2026: (95, None)}, absoluut=5),
)  # fmt: skip

# Formal talks of a tenants' organisation with its corporation, and meetings for tenants
# (meetings, participants), per half-year.
HUURDERSORGANISATIES: Final = {
    "HKO": {date(2025, 12, 31): (4, 3, 121), date(2026, 6, 30): (3, 2, 88)},
    "HCA": {date(2025, 12, 31): (3, 2, 64), date(2026, 6, 30): (3, 2, 71)},
    "HMS": {date(2025, 12, 31): (4, 2, 58), date(2026, 6, 30): (2, 1, 33)},
    "HZH": {date(2025, 12, 31): (2, 1, 27), date(2026, 6, 30): (2, 2, 49)},
}

# How each party sends what it has: a folder of CSV files, a zip of them, or one workbook.
VORM: Final = {
    "DKO": "map", "CAR": "map", "MIJ": "zip", "ZUI": "werkboek", "HOE": "map", "GEM": "werkboek",
    "HKO": "werkboek", "HCA": "map", "HMS": "zip", "HZH": "werkboek",
}  # fmt: skip
# One quarter in which a corporation sent its homes and all the rest in one workbook.
ALLES_IN_EEN: Final = ("ZUI", date(2026, 6, 30))
HUURVERHOGING_ONTVANGEN: Final = {"DKO": 16, "CAR": 27, "MIJ": 19, "ZUI": 22, "HOE": 29}
GEMEENTE_ONTVANGEN: Final = 13
HUURDERS_ONTVANGEN: Final = {"HKO": 21, "HCA": 33, "HMS": 26, "HZH": 38}
# Hoensveste's first rent increases of 2025 named the income of households.
INKOMEN_GENOEMD: Final = ("HOE", 2025, 24)


class FouteRij(NamedTuple):
    """A row with a fault, beside the good ones: without it the figures are those of the story."""

    afzender: str
    peildatum: date
    entiteit: str
    sleutel: str
    kolom: str
    waarde: str


FOUTE_CIJFERS: Final = (
    FouteRij("DKO", date(2025, 7, 1), "huurverhoging", "eenheid_id", "wijzigingsreden", "INDEX"),
    FouteRij("MIJ", date(2026, 3, 31), "toewijzing", "toewijzing_nr", "netto_huur", "onbekend"),
    FouteRij("CAR", date(2026, 6, 30), "toewijzing", "toewijzing_nr", "contract_maand", "zomer"),
    FouteRij("DKO", date(2026, 9, 30), "mutatie", "mutatie_id", "mutatiesoort", "VERKOCHT"),
)
