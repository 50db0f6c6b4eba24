"""What EP-Online registered after the total file: a mutation file a day, and a few stray homes.

Nothing here moves a figure of the story: at homes of corporations only registrations of October,
after the last peildatum; corrections and withdrawals only at private homes; the rest lies in other
municipalities, since the files are of the whole country.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from local.sample.addresses import zip_bytes
from local.sample.certificates import COLUMNS, LAST_MUTATION
from local.sample.moments import staying
from local.sample.seeds import Dice

NAMESPACE: Final = "http://schemas.ep-online.nl/EpbdExportTypesV4"
DAYS: Final = tuple(date(2026, 10, 1) + timedelta(days=n) for n in range(14))
SUNDAY: Final = 6
STRAY_FILE: Final = "alleen-opvraging.csv"
STRAY_HOMES: Final = 6

# the names in the XML where they differ from those of the CSV
XML_NAMES: Final = {
    "GeldigTot": "Geldig_tot",
    "SoortOpname": "Soort_opname",
    "OpBasisVanReferentiegebouw": "Op_basis_van_referentiegebouw",
    "SBICode": "SBIcode",
    "GebruiksoppervlakteThermischeZone": "Gebruiksoppervlakte_thermische_zone",
    "EnergieIndex": "Energie_Index",
    "EnergieIndexEMGForfaitair": "Energieindex_EMG_forfaitair",
    "PrimaireFossieleEnergie": "Primaire_fossiele_energie",
    "PrimaireFossieleEnergieEMGForfaitair": "Primaire_fossiele_energie_EMG_forfaitair",
    "AandeelHernieuwbareEnergie": "Aandeel_hernieuwbare_energie",
    "AandeelHernieuwbareEnergieEMGForfaitair": "Aandeel_hernieuwbare_energie_EMG_forfaitair",
    "EisEnergiebehoefte": "Eis_energiebehoefte",
    "EisPrimaireFossieleEnergie": "Eis_primaire_fossiele_energie",
    "EisAandeelHernieuwbareEnergie": "Eis_aandeel_hernieuwbare_energie",
    "EisTemperatuuroverschrijding": "Eis_temperatuuroverschrijding",
}
KEYS: Final = (
    "Postcode", "Huisnummer", "Huisletter", "Huisnummertoevoeging", "BAGVerblijfsobjectID",
)  # fmt: skip

Row = Mapping[str, str]
Message = tuple[int, Row]
ADD, DELETE = 1, 2


def rows_of(total_file: bytes) -> list[dict[str, str]]:
    """The rows of the zipped total file, in its order."""
    with zipfile.ZipFile(io.BytesIO(total_file)) as archive:
        text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()[2:], delimiter=";"))


def day_files(register: pd.DataFrame, rows: Sequence[Row], dice: Dice) -> dict[str, bytes]:
    """Name and content of the zipped mutation file of each day; that of a Sunday is empty."""
    rng = dice.stream("mutaties")
    rol = register["rol"].to_numpy()
    modern = register["nta"].to_numpy(dtype=bool) & register["klasse"].ne("").to_numpy()
    private = rng.permutation(np.flatnonzero((rol == "particulier") & modern))
    corporate = rng.permutation(np.flatnonzero((rol == "nieuw") & modern))
    number = LAST_MUTATION
    files = {}
    for at, day in enumerate(DAYS):
        messages: list[Message] = []
        if day.weekday() != SUNDAY:
            own = [rows[i] for i in private[at * 12 : at * 12 + 12]]
            works = [rows[i] for i in corporate[at * 3 : at * 3 + 3]]
            messages = list(_day(own, works, day))
        name = f"d{day:%Y%m%d}_v4"
        files[f"{name}.zip"] = zip_bytes({f"{name}.xml": as_xml(messages, number + 1)})
        number += len(messages)
    return files


def stray_homes(
    everything: pd.DataFrame, register: pd.DataFrame, rows: Sequence[Row], dice: Dice
) -> bytes:
    """Certificates that only a single look-up gives, of homes that had none at the last peildatum.

    In the columns of the total file.
    """
    rng = dice.stream("alleen-opvraging")
    corporate = everything[everything["corporatie"].ne("")]
    never = corporate[staying(corporate) & corporate["klasse_nu"].fillna("").eq("")]
    never = never[~never["zonder_adres"] & ~never.index.isin(register["home"])]
    chosen = never.loc[np.sort(rng.permutation(never.index.to_numpy())[:STRAY_HOMES])]
    like = np.flatnonzero(register["rol"].eq("nieuw") & register["nta"])
    lines = [";".join(COLUMNS)]
    for at, home in enumerate(chosen.to_dict("records")):
        row = registered(rows[like[at]], date(2026, 10, 2 + at)) | {
            "Postcode": home["postcode"],
            "Huisnummer": str(int(home["huisnummer"])),
            "Huisletter": home["huisletter"],
            "Huisnummertoevoeging": home["toevoeging"],
            "BAGVerblijfsobjectID": home["vbo"],
            "BAGPandIDs": home["pand"],
        }
        lines.append(";".join(row[name] for name in COLUMNS))
    return ("\r\n".join(lines) + "\r\n").encode()


def _day(private: Sequence[Row], works: Sequence[Row], day: date) -> Iterator[Message]:
    """The messages of one day; the kinds of private homes go round by four."""
    for at, row in enumerate(private):
        match at % 4:
            case 0:
                yield ADD, registered(row, day)
            case 1:
                # a correction: the same certificate again, with another class
                yield DELETE, _keys(row, dated=at % 2 == 1)
                yield ADD, {**row, "Energieklasse": "C", "PrimaireFossieleEnergie": "201,50"}
            case 2:
                yield DELETE, _keys(row, dated=at % 8 == 2)
            case _:
                yield ADD, _elsewhere(registered(row, day), at)
                yield DELETE, _keys(_elsewhere(row, at), dated=False)
    for row in works:
        yield ADD, registered(row, day)


def registered(row: Row, day: date) -> dict[str, str]:
    """The same home, registered anew on a day after a survey a week before."""
    survey = day - timedelta(days=7)
    return {
        **row,
        "Registratiedatum": f"{day:%Y%m%d}",
        "Opnamedatum": f"{survey:%Y%m%d}",
        "GeldigTot": f"{survey.replace(year=survey.year + 10):%Y%m%d}",
        "Energieklasse": "A",
        "PrimaireFossieleEnergie": "140,00",
        "PrimaireFossieleEnergieEMGForfaitair": "",
        "AandeelHernieuwbareEnergieEMGForfaitair": "",
    }


def _elsewhere(row: Row, number: int) -> dict[str, str]:
    return {**row, "Postcode": "3011AB", "BAGVerblijfsobjectID": f"059901{number:010d}"}


def _keys(row: Row, *, dated: bool) -> dict[str, str]:
    names = (*KEYS, "Registratiedatum", "Opnamedatum") if dated else KEYS
    return {name: row[name] for name in names}


def as_xml(messages: Sequence[Message], first_number: int) -> bytes:
    """A mutation file with messages numbered from `first_number` on."""
    parts = [f'<?xml version="1.0" encoding="utf-8"?>\n<MutationMessage xmlns="{NAMESPACE}">']
    for number, (code, row) in enumerate(messages, start=first_number):
        fields = "".join(_element(name, value) for name, value in row.items() if value)
        parts.append(
            f"<Mutatiebericht><Mutatievolgnummer>{number}</Mutatievolgnummer>"
            f"<Stuurcode>{code}</Stuurcode><Pandcertificaat>{fields}</Pandcertificaat>"
            "</Mutatiebericht>"
        )
    parts.append("</MutationMessage>")
    return "\n".join(parts).encode()


def _element(name: str, value: str) -> str:
    if name == "BAGPandIDs":
        ids = "".join(f"<BAGPandID>{part}</BAGPandID>" for part in value.split(","))
        return f"<BAGPandIDs>{ids}</BAGPandIDs>"
    tag = XML_NAMES.get(name, name)
    return f"<{tag}>{escape(value)}</{tag}>"
