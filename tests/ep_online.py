"""EP-Online in a few lines, for tests: a register that answers like the real one, in memory."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.sample.certificates import COLUMNS

NAMESPACE = "http://schemas.ep-online.nl/EpbdExportTypesV4"
BASE = "http://ep-online.test/api/v5"
Row = Mapping[str, str]

V4 = COLUMNS


def certificate(number: int, **changed: str) -> dict[str, str]:
    """A certificate of home `number` in the columns of the v4 file."""
    row = dict.fromkeys(V4, "") | {
        "Registratiedatum": "20220115",
        "Opnamedatum": "20220101",
        "GeldigTot": "20320101",
        "Berekeningstype": "NTA 8800:2022 (basisopname woningbouw)",
        "Gebouwklasse": "W",
        "Postcode": "6411AA",
        "Huisnummer": str(number),
        "BAGVerblijfsobjectID": f"091701{number:010d}",
        "Energieklasse": "C",
        "PrimaireFossieleEnergie": "201,50",
    }
    return row | changed


def total_file(
    rows: Sequence[Row],
    *,
    last: int | None = 100,
    published: str = "01-10-2026",
    names: Sequence[str] = V4,
    mark: str = "\ufeff",
    end: str = "\r\n",
) -> bytes:
    """The zipped CSV; without preamble when `last` is None, as files were until 2024."""
    lines = []
    if last is not None:
        lines += [f"PublicatieDatum;{published}", f"LaatstVerwerkteMutatievolgnummer;{last}"]
    lines += [";".join(names), *(";".join(row.get(name, "") for name in names) for row in rows)]
    return _zip("certificaten.csv", mark + end.join([*lines, ""]))


def day_file(first: int, *messages: tuple[int, Row]) -> bytes:
    """The zipped XML of a day: messages are `(stuurcode, fields)`, numbered from `first`."""
    parts = []
    for number, (code, fields) in enumerate(messages, start=first):
        record = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items() if text)
        parts.append(
            f"<Mutatiebericht><Mutatievolgnummer>{number}</Mutatievolgnummer>"
            f"<Stuurcode>{code}</Stuurcode><Pandcertificaat>{record}</Pandcertificaat>"
            "</Mutatiebericht>"
        )
    body = f'<MutationMessage xmlns="{NAMESPACE}">{"".join(parts)}</MutationMessage>'
    return _zip("mutaties.xml", body)


def _zip(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


@dataclass
class EpOnline:
    """What EP-Online has: a total file by name, files by day, answers by BAG id or address.

    An answer that is a number is a status. `asked` is every question that it got.
    """

    total: tuple[str, bytes]
    days: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v5")
        if request.url.host == "signed.test":
            content = self.total[1] if path == "/totaal" else self.days[path.removeprefix("/")]
            return httpx.Response(200, content=content)
        query = request.url.query.decode()
        self.asked.append(path + (f"?{query}" if query else ""))
        if path.startswith("/PandEnergielabel"):
            answer = self.answers.get(self.asked[-1].rsplit("/", 1)[-1], 404)
            if isinstance(answer, int):
                return httpx.Response(answer)
            return httpx.Response(200, json=answer)
        day = path.removeprefix("/Mutatiebestand/DownloadInfo").strip("/")
        if day and day not in self.days:
            return httpx.Response(404)
        name = f"d{day.replace('-', '')}_v4.zip" if day else self.total[0]
        offer = {
            "bestandsnaam": name,
            "downloadUrl": f"http://signed.test/{day or 'totaal'}?sig=geheim",
        }
        return httpx.Response(
            200, content=json.dumps(offer), headers={"content-type": "application/json"}
        )
