"""CBS tables beside the key figures: invented series in true shapes, OData v4 and v3.

The codes, dimensions and measures are CBS's where they are known; the figures are ours, but for the
stock of homes of 2016 to 2019. Every table says so in its description.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final, Literal

from local.sample import areas, cbs

Kind = Literal["GeoDimension", "GeoDetail", "TimeDimension", "Dimension"]
Status = Literal["Definitief", "NaderVoorlopig", "Voorlopig"]
MONTHS: Final = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
DESCRIPTION: Final = (
    "{title}. Voorbeeldserver: de cijfers zijn verzonnen, behalve de woningvoorraad van Heerlen in "
    "2016 tot en met 2019 (Bron: CBS, CC BY 4.0)."
)
MUNICIPALITIES: Final = (("NL01", "Nederland"), ("GM0882", "Landgraaf"), ("GM0917", "Heerlen"))
STOCK: Final = {2016: 45_227, 2017: 45_619, 2018: 45_758, 2019: 45_834}


@dataclass(frozen=True)
class Topic:
    """A measure. Its identifier is that of v4; in v3 it numbers the column."""

    identifier: str
    title: str
    unit: str = "aantal"
    decimals: int = 0


@dataclass(frozen=True)
class Code:
    code: str
    title: str
    status: Status | None = None


@dataclass(frozen=True)
class Dimension:
    name: str
    title: str
    kind: Kind
    codes: tuple[Code, ...]


Value = Callable[[str, dict[str, str]], float | None]


@dataclass(frozen=True)
class Series:
    """A table of CBS. `value` gives a figure by measure and codes; None is a figure held back."""

    table: str
    title: str
    modified: str
    topics: tuple[Topic, ...]
    dimensions: tuple[Dimension, ...]
    value: Value
    status: str = "Regulier"
    padding: int = 0

    def rows(self) -> Iterator[dict[str, str]]:
        names = [d.name for d in self.dimensions]
        for codes in product(*([c.code for c in d.codes] for d in self.dimensions)):
            yield dict(zip(names, codes, strict=True))


def v4_documents() -> dict[str, dict[str, Any]]:
    return {series.table: _v4(series) for series in _v4_series()}


def revised_documents() -> dict[str, dict[str, Any]]:
    """The stock by owner once its last year is definitive: another Modified, other figures."""
    series = _stock_by_owner()
    periods = tuple(replace(c, status="Definitief") for c in series.dimensions[1].codes)
    revised = replace(
        series,
        modified="2026-10-14T02:00:00+02:00",
        dimensions=(
            series.dimensions[0],
            replace(series.dimensions[1], codes=periods),
            *series.dimensions[2:],
        ),
        value=lambda topic, at: (series.value(topic, at) or 0) + (at["Perioden"][:4] == "2026"),
    )
    return {revised.table: _v4(revised)}


def v3_documents() -> dict[str, dict[str, Any]]:
    return {series.table: _v3(series) for series in _v3_series()}


def _stock_by_owner() -> Series:
    titles = (
        ("A100001", "Totale woningvoorraad"),
        ("A100002", "Koopwoningen"),
        ("A100003", "Totaal huurwoningen"),
        ("A100004", "Eigendom natuurlijke personen"),
        ("A100005", "Eigendom woningcorporaties"),
        ("A100006", "Eigendom bv's en nv's"),
        ("A100007", "Eigendom overige rechtspersonen"),
        ("A100008", "Eigendom onbekend"),
    )
    status: dict[int, Status] = {2025: "NaderVoorlopig", 2026: "Voorlopig"}
    return Series(
        "86286NED",
        "Voorraad woningen; eigendom, type eigenaar, status van bewoning, regio",
        "2026-09-02T02:00:00+02:00",
        tuple(Topic(i, t) for i, t in titles),
        (
            _regions(),
            _years(range(2022, 2027), status),
            Dimension(
                "StatusVanBewoning",
                "Status van bewoning",
                "Dimension",
                (Code("T001742", "Totaal"), Code("A059383", "Niet bewoond")),
            ),
        ),
        _owners((1.0, 0.46, 0.54, 0.09, 0.37, 0.05, 0.03, 0.0), [i for i, _ in titles], "T001742"),
    )


def _v4_series() -> list[Series]:
    older = (
        ("B200001", "Totale woningvoorraad"),
        ("B200002", "Koopwoningen"),
        ("B200003", "Totaal huurwoningen"),
        ("B200004", "Eigendom woningcorporatie"),
        ("B200005", "Eigendom overige verhuurders"),
        ("B200006", "Eigendom onbekend"),
    )
    homes = Dimension(
        "Gebruiksfunctie",
        "Gebruiksfunctie",
        "Dimension",
        (Code("T001419", "Totaal gebruiksfuncties"), Code("A045364", "Woning")),
    )
    flows = (
        "Beginstand voorraad",
        "Vergunde nieuwbouw",
        "Bouw gestart",
        "Nieuwbouw totaal",
        "Toevoegingen totaal",
        "Sloop",
        "Onttrekkingen",
        "Saldo voorraad",
        "Eindstand voorraad",
    )
    earlier = ("Beginstand voorraad", "Nieuwbouw", "Sloop", "Saldo voorraad", "Eindstand voorraad")
    heating = Dimension(
        "TypeVerwarmingsinstallatie",
        "Type verwarmingsinstallatie",
        "Dimension",
        (
            Code("A050001", "Individuele CV"),
            Code("A050002", "Blokverwarming"),
            Code("A050003", "Stadsverwarming"),
            Code("A050004", "Elektrische verwarming"),
        ),
    )
    share = {"A050001": 71.0, "A050002": 9.0, "A050003": 14.0, "A050004": 6.0}
    solar = Dimension(
        "SectorEnVermogensklasse",
        "Sector en vermogensklasse",
        "Dimension",
        (
            Code("T001081", "Totaal alle sectoren"),
            Code("E006637", "Woningen"),
            Code("E006638", "Bedrijven"),
        ),
    )
    panels = (
        Topic("M002460", "Aantal installaties"),
        Topic("M002463", "Opgesteld vermogen van zonnepanelen", "kW"),
    )
    household = Dimension(
        "LeeftijdReferentiepersoon",
        "Leeftijd referentiepersoon",
        "Dimension",
        (Code("10000", "Totaal"), Code("71600", "75 tot 80 jaar")),
    )
    families = (
        "Totaal particuliere huishoudens",
        "Eenpersoonshuishouden",
        "Meerpersoonshuishoudens zonder kinderen",
        "Meerpersoonshuishoudens met kinderen",
    )
    owners = Dimension(
        "Eigendom",
        "Eigendom",
        "Dimension",
        (
            Code("T001132", "Totaal woningen"),
            Code("1014800", "Koopwoningen"),
            Code("A047047", "Eigendom woningcorporatie"),
            Code("A047048", "Eigendom overige verhuurders"),
        ),
    )
    dear = {"T001132": 1.0, "1014800": 1.3, "A047047": 0.75, "A047048": 0.85}
    gone = "Gediscontinueerd"
    return [
        _stock_by_owner(),
        Series(
            "82900NED",
            "Voorraad woningen; eigendom, type verhuurder, bewoning, regio",
            "2025-11-03T02:00:00+01:00",
            tuple(Topic(i, t) for i, t in older),
            (
                _regions(),
                _years(range(2012, 2026), {2025: "Voorlopig"}),
                Dimension(
                    "StatusVanBewoning",
                    "Status van bewoning",
                    "Dimension",
                    (
                        Code("T001235", "Totaal"),
                        Code("A028725", "Bewoonde woningen"),
                        Code("A028726", "Niet bewoonde woningen"),
                    ),
                ),
            ),
            _owners((1.0, 0.46, 0.54, 0.37, 0.16, 0.01), [i for i, _ in older], "T001235"),
            status=gone,
        ),
        Series(
            "86098NED",
            "Levensloop van woningen en niet-woningen; gebruiksfunctie, regio",
            "2026-09-30T02:00:00+02:00",
            tuple(Topic(f"C3000{n:02d}", t) for n, t in enumerate(flows, 1)),
            (_regions(), _months(range(2025, 2027), until=8), homes),
            _flows(flows),
        ),
        Series(
            "81955NED",
            "Voorraad woningen en niet-woningen; mutaties, gebruiksfunctie, regio",
            "2025-06-30T02:00:00+02:00",
            tuple(Topic(f"C2000{n:02d}", t) for n, t in enumerate(earlier, 1)),
            (_regions(), _years(range(2012, 2026), {2025: "Voorlopig"}), homes),
            _flows(earlier),
            status=gone,
        ),
        Series(
            "85036NED",
            "Gemiddelde WOZ-waarde van woningen; eigendom, regio",
            "2026-08-26T02:00:00+02:00",
            (Topic("M001642", "Gemiddelde WOZ-waarde van woningen", "x 1 000 euro"),),
            (_regions(), _years(range(2016, 2027), {2026: "Voorlopig"}), owners),
            lambda topic, at: round(
                (135 + 14 * (int(at["Perioden"][:4]) - 2019)) * dear[at["Eigendom"]]
            ),
            padding=10,
        ),
        Series(
            "84948NED",
            "Woningen; hoofdverwarmingsinstallaties, regio",
            "2024-01-31T02:00:00+01:00",
            (Topic("E400001", "Woningen", "%", 1),),
            (_regions(), _years(range(2018, 2023)), heating),
            lambda topic, at: share[at["TypeVerwarmingsinstallatie"]],
            status=gone,
        ),
        Series(
            "85677NED",
            "Woningen; hoofdverwarmingsinstallaties, wijken en buurten, 2022",
            "2024-01-31T02:00:00+01:00",
            (Topic("E400001", "Woningen", "%", 1),),
            (_neighbourhoods(), heating),
            lambda topic, at: (
                None
                if at["WijkenEnBuurten"] == "BU09172300"
                else share[at["TypeVerwarmingsinstallatie"]]
            ),
            status=gone,
        ),
        Series(
            "85005NED",
            "Zonnestroom; vermogen en vermogensklasse, bedrijven en woningen, regio",
            "2026-06-12T02:00:00+02:00",
            panels,
            (
                _regions(),
                _years(range(2018, 2026), {2024: "NaderVoorlopig", 2025: "Voorlopig"}),
                solar,
            ),
            _solar,
        ),
        Series(
            "84518NED",
            "Zonnestroom; vermogen bedrijven en woningen, regio, 2012-2018",
            "2020-05-29T02:00:00+02:00",
            panels,
            (_regions(), _years(range(2012, 2019)), solar),
            _solar,
            status=gone,
        ),
        Series(
            "84838NED",
            "Aardgasvrije woningen; regio, wijken en buurten",
            "2025-12-18T02:00:00+01:00",
            (Topic("M008295", "Aardgasvrije woningen", "%", 1),),
            (_neighbourhoods(), _years(range(2022, 2025), {2024: "Voorlopig"})),
            lambda topic, at: (
                None
                if at["WijkenEnBuurten"] == "BU09172300"
                else round(4 + 20 * _chance("gasvrij", at["WijkenEnBuurten"]), 1)
            ),
        ),
        Series(
            "71486ned",
            "Huishoudens; samenstelling, grootte, regio, 1 januari",
            "2026-08-31T02:00:00+02:00",
            tuple(Topic(f"H5000{n:02d}", t) for n, t in enumerate(families, 1)),
            (_regions(), _years(range(2012, 2027)), household),
            lambda topic, at: round(
                45_000
                * {"H500001": 1.0, "H500002": 0.46, "H500003": 0.29, "H500004": 0.25}[topic]
                * (1.0 if at["LeeftijdReferentiepersoon"] == "10000" else 0.07)
            ),
        ),
    ]


def _v3_series() -> list[Series]:
    kinds = Dimension(
        "SoortMisdrijf",
        "Soort misdrijf",
        "Dimension",
        (
            Code("0.0.0", "Totaal misdrijven"),
            Code("1.1.1", "Diefstal/inbraak woning"),
            Code("1.4.4", "Bedreiging"),
            Code("1.4.5", "Mishandeling"),
            Code("2.2.1", "Vernieling cq. zaakbeschadiging"),
        ),
    )
    topic = (Topic("1", "Geregistreerde misdrijven"),)
    wijken = replace(
        _neighbourhoods(),
        codes=tuple(c for c in _neighbourhoods().codes if not c.code.startswith("BU")),
    )
    return [
        Series(
            "47018NED",
            "Geregistreerde misdrijven; soort misdrijf, wijk, buurt, jaarcijfers",
            "2026-03-02T02:00:00",
            topic,
            (kinds, _neighbourhoods(), _years(range(2021, 2026), {2025: "Voorlopig"})),
            _crimes(1.0),
        ),
        Series(
            "47022NED",
            "Geregistreerde misdrijven; soort misdrijf, wijk, buurt, maandcijfers",
            "2026-10-07T02:00:00",
            topic,
            (kinds, wijken, _months(range(2025, 2027), until=9, whole_years=False)),
            _crimes(1 / 12),
        ),
    ]


def _owners(shares: Sequence[float], topics: Sequence[str], whole: str) -> Value:
    by_topic = dict(zip(topics, shares, strict=True))

    def value(topic: str, at: dict[str, str]) -> float:
        stock = _stock(at["RegioS"], int(at["Perioden"][:4]))
        lived_in = 1.0 if at["StatusVanBewoning"] == whole else 0.05
        if at["StatusVanBewoning"] == "A028725":
            lived_in = 0.95
        return round(stock * by_topic[topic] * lived_in)

    return value


def _stock(region: str, year: int) -> int:
    homes = STOCK.get(year, 45_834 + 115 * (year - 2019))
    return {"NL01": 8_000_000, "GM0882": 18_000}.get(region, homes)


def _flows(titles: Sequence[str]) -> Value:
    places = {f"C3000{n:02d}": t for n, t in enumerate(titles, 1)}
    places |= {f"C2000{n:02d}": t for n, t in enumerate(titles, 1)}

    def value(topic: str, at: dict[str, str]) -> float:
        title, period = places[topic], at["Perioden"]
        begin = _stock(at["RegioS"], int(period[:4]))
        part = 1.0 if period[4:6] == "JJ" else 1 / 12
        month = 0 if period[4:6] == "JJ" else int(period[6:]) - 1
        built, razed = round(190 * part), round(75 * part)
        by_title = {
            "Beginstand voorraad": begin + month * (built - razed),
            "Vergunde nieuwbouw": round(230 * part),
            "Bouw gestart": round(205 * part),
            "Nieuwbouw totaal": built,
            "Nieuwbouw": built,
            "Toevoegingen totaal": built,
            "Sloop": razed,
            "Onttrekkingen": razed,
            "Saldo voorraad": built - razed,
            "Eindstand voorraad": begin + (month + 1) * (built - razed),
        }
        return by_title[title]

    return value


def _solar(topic: str, at: dict[str, str]) -> float:
    homes = 1_500 + 1_350 * (int(at["Perioden"][:4]) - 2015)
    count = (
        homes * {"T001081": 1.08, "E006637": 1.0, "E006638": 0.08}[at["SectorEnVermogensklasse"]]
    )
    return round(count if topic == "M002460" else count * 3.6)


def _crimes(part: float) -> Value:
    """Figures by area; a quiet buurt has an empty cell, as the police deliver it."""
    weight = {"0.0.0": 1.0, "1.1.1": 0.03, "1.4.4": 0.04, "1.4.5": 0.05, "2.2.1": 0.09}
    size = {"NL": 780_000, "GM": 5_900, "WK": 250, "BU": 100}

    def value(_: str, at: dict[str, str]) -> float | None:
        area, period, kind = at["WijkenEnBuurten"], at["Perioden"], at["SoortMisdrijf"]
        figure = size[area[:2]] * weight[kind] * part * (0.7 + 0.6 * _chance(area, kind, period))
        return round(figure) or None

    return value


def _chance(*words: str) -> float:
    """A number between 0 and 1 that is always the same for the same words."""
    return zlib.crc32("|".join(words).encode()) % 1000 / 1000


def _regions() -> Dimension:
    return Dimension(
        "RegioS", "Regio's", "GeoDimension", tuple(Code(c, t) for c, t in MUNICIPALITIES)
    )


def _neighbourhoods() -> Dimension:
    """All areas of Heerlen, some outside it, and a buurt with letters, as there are since 2023."""
    places = areas.read_areas()
    listed = [Code(row.code, row.naam) for row in places.itertuples()]
    return Dimension(
        "WijkenEnBuurten",
        "Wijken en buurten",
        "GeoDetail",
        (*listed, Code("BU0363AF01", "Kop Zeedijk")),
    )


def _years(years: Sequence[int], status: dict[int, Status] | None = None) -> Dimension:
    known = status or {}
    codes = (Code(f"{y}JJ00", str(y), known.get(y, "Definitief")) for y in years)
    return Dimension("Perioden", "Perioden", "TimeDimension", tuple(codes))


def _months(years: Sequence[int], *, until: int, whole_years: bool = True) -> Dimension:
    """Months up to `until` of the last year; the months of that year are provisional."""
    last = years[-1]
    codes = []
    for year in years:
        status: Status = "Voorlopig" if year == last else "Definitief"
        months = until if year == last else 12
        codes += [
            Code(f"{year}MM{m:02d}", f"{year} {MONTHS[m - 1]}", status)
            for m in range(1, months + 1)
        ]
        if whole_years and year != last:
            codes.append(Code(f"{year}JJ00", str(year), status))
    return Dimension("Perioden", "Perioden", "TimeDimension", tuple(codes))


def _v4(series: Series) -> dict[str, Any]:
    padded = {
        d.name: series.padding if d.kind in ("GeoDimension", "GeoDetail") else 0
        for d in series.dimensions
    }
    observations: list[dict[str, Any]] = []
    for at, topic in product(series.rows(), series.topics):
        value = series.value(topic.identifier, at)
        observations.append(
            {
                "Id": len(observations),
                "Measure": topic.identifier,
                "ValueAttribute": "Impossible" if value is None else "None",
                "Value": None if value is None else float(value),
                "StringValue": None,
                **{name: code.ljust(padded[name]) for name, code in at.items()},
            }
        )
    properties = cbs.v4_properties(
        series.table,
        series.title,
        DESCRIPTION.format(title=series.title),
        series.modified,
        len(observations),
    )
    documents: dict[str, Any] = {
        "Properties": {**properties, "Status": series.status},
        "Dimensions": [
            {
                "Identifier": d.name,
                "Title": d.title,
                "Description": "",
                "Kind": d.kind,
                "MapYear": None,
                "ReleasePolicy": None,
            }
            for d in series.dimensions
        ],
        "MeasureCodes": [
            {
                "Identifier": t.identifier,
                "Index": place,
                "Title": t.title,
                "Description": "",
                "MeasureGroupId": None,
                "DataType": "Double" if t.decimals else "Long",
                "Unit": t.unit,
                "Format": None,
                "Decimals": t.decimals,
                "PresentationType": "Absolute",
            }
            for place, t in enumerate(series.topics, 1)
        ],
        "MeasureGroups": [],
        "Observations": observations,
    }
    for d in series.dimensions:
        documents[f"{d.name}Codes"] = [
            {
                "Identifier": c.code.ljust(padded[d.name]),
                "Index": place,
                "Title": c.title,
                "Description": "",
                "DimensionGroupId": None,
                **_v4_extra(d, c),
            }
            for place, c in enumerate(d.codes, 1)
        ]
        documents[f"{d.name}Groups"] = []
    return documents


def _v4_extra(dimension: Dimension, code: Code) -> dict[str, Any]:
    if dimension.kind == "TimeDimension":
        return {"Status": code.status}
    if dimension.kind == "Dimension":
        return {}
    return {"DetailRegionCode": code.code}


def _v3(series: Series) -> dict[str, Any]:
    """Wide rows with padded keys: areas to ten characters, other codes to six."""
    padded = {d.name: 10 if d.kind == "GeoDetail" else 6 for d in series.dimensions}
    keys = {t.identifier: f"GeregistreerdeMisdrijven_{t.identifier}" for t in series.topics}
    names = {c.code: c.title for d in series.dimensions for c in d.codes}
    typed: list[dict[str, Any]] = []
    for at in series.rows():
        area = at["WijkenEnBuurten"]
        typed.append(
            {
                "ID": len(typed),
                **{name: code.ljust(padded[name]) for name, code in at.items()},
                **{key: series.value(i, at) for i, key in keys.items()},
                "Gemeentenaam_2": names.get(f"GM{area[2:6]}", ".").ljust(40),
                "SoortRegio_3": {"GM": "Gemeente", "WK": "Wijk", "BU": "Buurt"}.get(
                    area[:2], "."
                ).ljust(10),
            }
        )
    documents: dict[str, Any] = {
        "TableInfos": [
            {
                **cbs.v3_table_info(series.table, series.title, series.modified),
                "ShortDescription": DESCRIPTION.format(title=series.title),
                "Description": DESCRIPTION.format(title=series.title),
                "Source": "Politie.",
                "Catalog": "Politie",
            }
        ],
        "DataProperties": _v3_properties(series, keys),
        "TypedDataSet": typed,
    }
    for d in series.dimensions:
        documents[d.name] = [
            {
                "Key": c.code.ljust(padded[d.name]),
                "Title": c.title,
                "Description": "",
                **({"Status": c.status} if d.kind == "TimeDimension" else {}),
            }
            for c in d.codes
        ]
    return documents


def _v3_properties(series: Series, keys: dict[str, str]) -> list[dict[str, Any]]:
    common: dict[str, Any] = {"Position": None, "ParentID": None, "Description": "", "Unit": None}
    entries = [
        {**common, "Type": d.kind, "Key": d.name, "Title": d.title} for d in series.dimensions
    ]
    topics = [
        *((keys[t.identifier], t.title, "Long", t.unit) for t in series.topics),
        ("Gemeentenaam_2", "Gemeentenaam", "String", "naam"),
        ("SoortRegio_3", "Soort regio", "String", "omschrijving"),
    ]
    entries += [
        {**common, "Type": "Topic", "Key": k, "Title": t, "Datatype": d, "Unit": u, "Decimals": 0}
        for k, t, d, u in topics
    ]
    return [
        {"odata.type": f"Cbs.OData.{entry['Type']}", "ID": number, **entry}
        for number, entry in enumerate(entries)
    ]
