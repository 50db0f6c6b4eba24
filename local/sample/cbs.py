"""CBS tables as CBS serves them: OData v4, OData v3 and the postcode file, with true figures."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import pandas as pd

from local.sample import areas

V4_BASE: Final = "https://datasets.cbs.nl/odata/v1/CBS"
V3_BASE: Final = "https://opendata.cbs.nl/ODataApi/OData"
V3_TABLE: Final = "84799NED"


class Edition(NamedTuple):
    """A table of Kerncijfers wijken en buurten; Modified as CBS would stamp it.

    Up to TRUE_UNTIL its figures are CBS's, after that they are invented.
    """

    table: str
    year: int
    modified: str


EDITIONS: Final = (
    Edition("83487NED", 2016, "2019-09-27T02:00:00+02:00"),
    Edition("83765NED", 2017, "2020-11-06T00:00:00+01:00"),
    Edition("84286NED", 2018, "2021-03-26T02:00:00+01:00"),
    Edition("84583NED", 2019, "2021-09-24T02:00:00+02:00"),
    Edition("84799NED", 2020, "2021-03-26T02:00:00+01:00"),
    Edition("85039NED", 2021, "2023-11-24T02:00:00+01:00"),
    Edition("85318NED", 2022, "2024-11-26T02:00:00+01:00"),
    Edition("85618NED", 2023, "2025-11-25T02:00:00+01:00"),
    Edition("85984NED", 2024, "2026-03-27T02:00:00+01:00"),
    Edition("86165NED", 2025, "2026-08-28T02:00:00+02:00"),
    Edition("86358NED", 2026, "2026-09-25T02:00:00+02:00"),
)
TRUE_UNTIL: Final = 2020
# an edition that gives owners in homes instead of percentages, and one with padded codes
IN_HOMES: Final = 2022
PADDED: Final = 2023


class Measure(NamedTuple):
    """A CBS measure (facts/maten.csv): our column, v4 identifier and place, v3 key of 2020."""

    column: str
    identifier: str
    place: int
    title: str
    group: str
    datatype: str
    unit: str
    decimals: int
    presentation: str
    v3_key: str
    v3_parent: int


def read_measures() -> tuple[Measure, ...]:
    table = pd.read_csv(areas.FACTS / "maten.csv", sep=";", dtype={"identifier": str, "groep": str})
    return tuple(Measure(*row) for row in table.itertuples(index=False, name=None))


MEASURES: Final = read_measures()

GROUPS: Final = (
    ("M000352", 6, "Bevolking", None),
    ("1050010_1", 36, "Particuliere huishoudens", "M000352"),
    ("M000296", 43, "Wonen", None),
    ("T001132_1", 46, "Woningen naar type", "M000296"),
    ("T001477", 49, "Woningen naar bewoning", "M000296"),
    ("T001132_2", 52, "Woningen naar eigendom", "M000296"),
    ("1014850_1", 54, "Huurwoningen", "T001132_2"),
    ("T001018", 59, "Woningen naar bouwjaar", "M000296"),
    ("M000218", 62, "Energie", None),
    ("M000221_1", 63, "Gemiddeld elektriciteitsverbruik", "M000218"),
    ("M000219_1", 74, "Gemiddeld aardgasverbruik", "M000218"),
)

DESCRIPTION: Final = (
    "Kerncijfers wijken en buurten {year}. Voorbeeldserver: de cijfers van Heerlen zijn die van "
    "het CBS (Bron: CBS, CC BY 4.0), van de andere gebieden is alleen een enkel gebied opgenomen."
)


INVENTED: Final = (
    "Kerncijfers wijken en buurten {year}. Voorbeeldserver: de cijfers van dit jaar zijn verzonnen "
    "(doorgetrokken uit 2019), behalve het aantal inwoners van Heerlen in 2024 (Bron: CBS, CC BY "
    "4.0)."
)
# the columns of an edition that is still being filled
NOT_YET: Final = {
    2025: ("elektriciteit_kwh", "aardgas_m3", "stadsverwarming_pct", "aardgasvrij_pct"),
    2026: (
        "woningvoorraad",
        "woningwaarde",
        "eengezins_pct",
        "meergezins_pct",
        "koop_pct",
        "huur_pct",
        "corporatie_pct",
        "overige_verhuurders_pct",
        "elektriciteit_kwh",
        "aardgas_m3",
        "stadsverwarming_pct",
        "aardgasvrij_pct",
    ),
}
OWNERS: Final = ("koop_pct", "huur_pct", "corporatie_pct", "overige_verhuurders_pct")


def measures_of(year: int) -> tuple[Measure, ...]:
    """The measures of an edition: some come, some go, and one is renamed under another id."""
    if year <= TRUE_UNTIL:
        return MEASURES
    kept = [
        m
        for m in MEASURES
        if m.column
        not in (
            "bewoond_pct",
            "onbewoond_pct",
            "voor_2000_pct",
            "vanaf_2000_pct",
            "eigendom_onbekend_pct",
        )
    ]
    renamed = [
        m._replace(identifier="M001642", title="Gemiddelde WOZ-waarde van woningen")
        if m.column == "woningwaarde"
        else m
        for m in kept
    ]
    in_homes = [
        m._replace(unit="aantal") if year == IN_HOMES and m.column in OWNERS else m for m in renamed
    ]
    gasfree = next(m for m in MEASURES if m.column == "stadsverwarming_pct")._replace(
        column="aardgasvrij_pct", identifier="M008295", title="Aardgasvrije woningen"
    )
    return (*in_homes, gasfree)


def figures_of(year: int, known: pd.DataFrame) -> pd.DataFrame:
    """CBS's figures of a year, or invented ones that carry those of 2019 on.

    Homes of buurten add up to wijken and to the municipality; inhabitants are rounded to five.
    """
    if year <= TRUE_UNTIL:
        return known[known["jaar"].eq(year)]
    made = known[known["jaar"].eq(2019)].assign(jaar=year, aardgasvrij_pct=9.0)
    code = made["gebied"]
    small = code.str.startswith(("WK0917", "BU0917"))
    buurt = code.str.startswith("BU0917")
    homes = made["woningvoorraad"].mul(1 + 0.0025 * (year - 2019)).round()
    by_wijk = homes[buurt].groupby(code[buurt].str[2:8]).sum()
    wijk = code.str.startswith("WK0917")
    homes[wijk] = code[wijk].str[2:].map(by_wijk)
    homes[code.eq("GM0917")] = homes[buurt].sum()
    made["woningvoorraad"] = homes
    people = made["inwoners"].mul(1 + 0.0015 * (year - 2019))
    made["inwoners"] = people.round().where(~small, people.div(5).round().mul(5))
    made.loc[code.eq("GM0917") & (year == 2024), "inwoners"] = 87_461
    made["woningwaarde"] = made["woningwaarde"].mul(1 + 0.08 * (year - 2019)).round()
    if year == IN_HOMES:
        for column in OWNERS:
            made[column] = made[column].mul(homes).div(100).round()
    made[list(NOT_YET.get(year, ()))] = float("nan")
    return made


def v4_documents() -> dict[str, dict[str, Any]]:
    """Per table: Properties, Dimensions, MeasureCodes, MeasureGroups, area codes, Observations."""
    places = areas.read_areas()
    figures = areas.read_figures()
    return {e.table: _v4_table(e, places, figures_of(e.year, figures)) for e in EDITIONS}


def v4_properties(
    table: str, title: str, description: str, modified: str, observations: int
) -> dict[str, Any]:
    version = modified[:16].replace("-", "").replace("T", "").replace(":", "")
    return {
        "Identifier": table,
        "Title": title,
        "Description": description,
        "Language": "nl",
        "Authority": "https://standaarden.overheid.nl/owms/terms/"
        "Centraal_Bureau_voor_de_Statistiek",
        "Modified": modified,
        "TemporalCoverage": "",
        "Catalog": "CBS",
        "Publisher": "https://standaarden.overheid.nl/owms/terms/"
        "Centraal_Bureau_voor_de_Statistiek",
        "ContactPoint": "infoservice@cbs.nl",
        "Version": version,
        "VersionNotes": "",
        "VersionReason": "Actualisering",
        "Frequency": "Onregelmatig",
        "Status": "Regulier",
        "ObservationCount": observations,
        "ObservationsModified": modified,
        "DatasetType": "Numeric",
        "DefaultPresentation": "graphtype=Table&r=WijkenEnBuurten&k=Topics&_gu=WK",
        "GraphTypes": "Table,Map",
        "SearchPriority": "2",
        "License": "https://creativecommons.org/licenses/by/4.0/",
        "Source": "CBS.",
        "Summary": "Kerncijfers over demografische en sociaal-economische kenmerken\n"
        "Uitgesplitst naar gemeenten, wijken en buurten",
        "LongDescription": description,
        "Provenance": [],
        "RelatedSources": [],
    }


def _v4_table(edition: Edition, places: pd.DataFrame, figures: pd.DataFrame) -> dict[str, Any]:
    year, measures = edition.year, measures_of(edition.year)
    pad = 10 if year == PADDED else 0
    observations = _observations(places, figures, measures, pad)
    properties = v4_properties(
        edition.table,
        f"Kerncijfers wijken en buurten {year}",
        (DESCRIPTION if year <= TRUE_UNTIL else INVENTED).format(year=year),
        edition.modified,
        len(observations),
    )
    properties["TemporalCoverage"] = str(year)
    area_groups = [("NL", "Nederland", None), ("GM", "Gemeenten", None)] + [
        (row.code, row.naam, "WBGM") for row in places[places["soort"].eq("gemeente")].itertuples()
    ]
    return {
        "Properties": properties,
        "Dimensions": [
            {
                "Identifier": "WijkenEnBuurten",
                "Title": "Wijken en buurten",
                "Description": "",
                "Kind": "GeoDetail",
                "MapYear": edition.year,
                "ReleasePolicy": None,
            }
        ],
        "MeasureCodes": [
            {
                "Identifier": m.identifier,
                "Index": m.place,
                "Title": m.title,
                "Description": "",
                "MeasureGroupId": m.group,
                "DataType": m.datatype,
                "Unit": m.unit,
                "Format": None,
                "Decimals": m.decimals,
                "PresentationType": m.presentation,
            }
            for m in measures
        ],
        "MeasureGroups": [
            {"Id": g, "Index": i, "Title": title, "Description": "", "ParentId": parent}
            for g, i, title, parent in GROUPS
        ],
        "WijkenEnBuurtenCodes": [
            {
                "Identifier": row.code.ljust(pad),
                "Index": index,
                "Title": row.naam,
                "Description": "",
                "DimensionGroupId": _area_group(row.code, row.gemeente),
                "DetailRegionCode": None if row.soort == "land" else row.code,
            }
            for index, row in enumerate(_cbs_order(places).itertuples(), start=1)
        ],
        "WijkenEnBuurtenGroups": [
            {"Id": g, "Index": i, "Title": title, "Description": None, "ParentId": parent}
            for i, (g, title, parent) in enumerate(area_groups)
        ],
        "Observations": observations,
    }


def _cbs_order(places: pd.DataFrame) -> pd.DataFrame:
    order = {"NL00": 0, "GM0785": 1, "BU07850917": 2, "GM0917": 3, "GM0882": 5}
    return places.assign(order=places["code"].map(order).fillna(4)).sort_values(
        "order", kind="stable"
    )


def _area_group(code: str, gemeente: str) -> str:
    return {"NL": "NL", "GM": "GM"}.get(code[:2], gemeente)


def _observations(
    places: pd.DataFrame, figures: pd.DataFrame, measures: tuple[Measure, ...], pad: int
) -> list[dict[str, Any]]:
    """Long rows. A figure that CBS does not give has a row with ValueAttribute Impossible and no
    value in small areas, and no row at all where the whole column is missing in the edition."""
    by_area = figures.set_index("gebied").to_dict("index")
    given = {m.column for m in measures if figures[m.column].notna().any()}
    rows: list[dict[str, Any]] = []
    for area in _cbs_order(places)["code"]:
        for m in measures:
            if area not in by_area or m.column not in given:
                continue
            value = by_area[area][m.column]
            known = not math.isnan(value)
            rows.append(
                {
                    "Id": len(rows),
                    "Measure": m.identifier,
                    "ValueAttribute": "None" if known else "Impossible",
                    "Value": float(value) if known else None,
                    "StringValue": None,
                    "WijkenEnBuurten": area.ljust(pad),
                }
            )
    return rows


def v3_documents() -> dict[str, Any]:
    """84799NED in OData v3: wide rows, padded keys, housing columns null as CBS served them."""
    places = _cbs_order(areas.read_areas())
    figures = areas.read_figures()
    known = figures[figures["jaar"].eq(2020)].set_index("gebied")
    gemeenten = dict(
        zip(
            places.loc[places["soort"].eq("gemeente"), "code"],
            places.loc[places["soort"].eq("gemeente"), "naam"],
            strict=True,
        )
    )
    typed, keys = [], []
    for number, row in enumerate(places.itertuples()):
        line: dict[str, Any] = {
            "ID": number,
            "WijkenEnBuurten": row.code.ljust(10),
            "Gemeentenaam_1": gemeenten.get(row.gemeente, row.naam).ljust(40),
            "SoortRegio_2": row.soort.capitalize().ljust(10),
            "Codering_3": row.code.ljust(10),
            "IndelingswijzigingWijkenEnBuurten_4": "1" if row.soort in ("wijk", "buurt") else ".",
        }
        for m in MEASURES:
            value = known.at[row.code, m.column] if row.code in known.index else None
            if value is None or pd.isna(value):
                line[m.v3_key] = None
            else:
                line[m.v3_key] = int(value) if m.datatype == "Long" else float(value)
        line["OppervlakteTotaal_110"] = int(row.oppervlakte_ha)
        line["MeestVoorkomendePostcode_113"] = (row.postcode4 or ".").rjust(10)
        typed.append(line)
        keys.append(
            {
                "Key": row.code.ljust(10),
                "Title": row.naam,
                "Description": f"{row.soort.capitalize()} '{row.naam}' ({row.code})",
                "Municipality": row.gemeente,
                "DetailRegionCode": "" if row.soort == "land" else row.code,
            }
        )
    return {
        "TableInfos": [
            {
                **v3_table_info(
                    V3_TABLE, "Kerncijfers wijken en buurten 2020", "2021-03-26T02:00:00"
                ),
                "ShortDescription": DESCRIPTION.format(year=2020),
                "Description": DESCRIPTION.format(year=2020),
            }
        ],
        "DataProperties": _v3_properties(),
        "WijkenEnBuurten": keys,
        "TypedDataSet": typed,
        "UntypedDataSet": [_untyped(line) for line in typed],
    }


def v3_table_info(table: str, title: str, modified: str) -> dict[str, Any]:
    return {
        "ID": 0,
        "Title": title,
        "ShortTitle": title,
        "Identifier": table,
        "Summary": title,
        "Modified": modified,
        "ReasonDelivery": "Actualisering",
        "Frequency": "Onregelmatig",
        "Period": "",
        "ShortDescription": "",
        "Description": "",
        "DefaultPresentation": "",
        "DefaultSelection": "",
        "GraphTypes": "Table",
        "OutputStatus": "Regulier",
        "Source": "CBS.",
        "MetaDataModified": modified,
        "SearchPriority": "2",
        "Language": "nl",
        "Catalog": "CBS",
        "ExplanatoryText": "",
    }


def _v3_properties() -> list[dict[str, Any]]:
    def entry(kind: str, number: int, **values: Any) -> dict[str, Any]:
        empty = {
            "odata.type": f"Cbs.OData.{kind}",
            "ID": number,
            "Position": None,
            "ParentID": None,
            "Type": kind,
            "Key": "",
            "Title": "",
            "Description": "",
        }
        return empty | values

    def topic(number: int, position: int, parent: int, key: str, title: str, **values: Any) -> Any:
        common = {"Default": "Impossible", "PresentationType": "", "Decimals": 0}
        return entry(
            "Topic",
            number,
            Position=position,
            ParentID=parent,
            Key=key,
            Title=title,
            **(common | values),
        )

    properties = [
        entry(
            "GeoDetail",
            0,
            Position=0,
            Key="WijkenEnBuurten",
            Title="Wijken en buurten",
            MapYear=2020,
            ReleasePolicy=None,
            Datatype=None,
            Unit=None,
        ),
        entry("TopicGroup", 1, Title="Regioaanduiding"),
        topic(2, 1, 1, "Gemeentenaam_1", "Gemeentenaam", Datatype="String", Unit="naam"),
        topic(3, 2, 1, "SoortRegio_2", "Soort regio", Datatype="String", Unit="omschrijving"),
        topic(4, 3, 1, "Codering_3", "Codering", Datatype="String", Unit="code"),
        topic(
            5,
            4,
            1,
            "IndelingswijzigingWijkenEnBuurten_4",
            "Indelingswijziging wijken en buurten",
            Datatype="String",
            Unit="code",
        ),
    ]
    numbers = {g: i for g, i, _, _ in GROUPS}
    for _, index, title, parent in GROUPS:
        number = numbers.get(parent) if parent else None
        properties.append(entry("TopicGroup", index, ParentID=number, Title=title))
    for m in MEASURES:
        properties.append(
            topic(
                m.place,
                int(m.v3_key.rsplit("_", 1)[1]),
                m.v3_parent,
                m.v3_key,
                m.title,
                Datatype=m.datatype,
                Unit=m.unit,
                Decimals=m.decimals,
                PresentationType=m.presentation,
            )
        )
    properties += [
        entry("TopicGroup", 147, Title="Oppervlakte"),
        topic(
            148,
            110,
            147,
            "OppervlakteTotaal_110",
            "Oppervlakte totaal",
            Datatype="Long",
            Unit="ha",
            PresentationType="Absolute",
        ),
        entry("TopicGroup", 151, Title="Postcode"),
        topic(
            152,
            113,
            151,
            "MeestVoorkomendePostcode_113",
            "Meest voorkomende postcode",
            Datatype="String",
            Unit="code",
        ),
    ]
    return sorted(properties, key=lambda p: p["ID"])


def _untyped(line: dict[str, Any]) -> dict[str, Any]:
    """Everything as text, numbers padded to the left, a point for what is missing."""
    return {
        key: value
        if key == "ID" or isinstance(value, str)
        else ("." if value is None else str(value)).rjust(8)
        for key, value in line.items()
    }
