"""EP-Online: total file and mutations behind signed addresses that expire, and look-ups."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import re
import secrets
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.publishers.answers import Clock, Shelf, file_answer, public, rezip
from local.publishers.faults import Behaviour

EP_FILE: Final = "v20261001_v4_csv.zip"
STRAY_FILE: Final = "alleen-opvraging.csv"
LINK_MINUTES: Final = 15
UNAUTHORIZED: Final = {
    "status": 401,
    "title": "Unauthorized",
    "detail": "Valid API key required to access this resource.",
}


class Register:
    """Rows of the total file, indexed; read again only when it changed."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._certificates: tuple[int, dict[str, list[dict[str, str]]]] | None = None

    def certificates(self) -> dict[str, list[dict[str, str]]]:
        """Rows by BAG id and by `postcode number`."""
        stamp = self._shelf.stamp("ep-online", EP_FILE)
        if self._certificates is None or self._certificates[0] != stamp:
            index: dict[str, list[dict[str, str]]] = {}
            for row in self._rows():
                place = f"{row['Postcode']} {row['Huisnummer']}"
                for key in (row["BAGVerblijfsobjectID"], place):
                    if key:
                        index.setdefault(key, []).append(row)
            self._certificates = (stamp, index)
        return self._certificates[1]

    def _rows(self) -> Iterator[dict[str, str]]:
        """Those of the total file below its preamble, and those that only a look-up gives."""
        content = io.BytesIO(self._shelf.bytes("ep-online", EP_FILE) or b"")
        with zipfile.ZipFile(content) as archive:
            total = archive.read(archive.namelist()[0]).decode("utf-8-sig").splitlines()[2:]
        stray = (self._shelf.bytes("ep-online", STRAY_FILE) or b"").decode().splitlines()
        for lines in (total, stray):
            yield from csv.DictReader(lines, delimiter=";")


def routes(shelf: Shelf, behaviour: Behaviour, *, key: str, now: Clock) -> list[Route]:
    """Routes below /ep-online; `key` is the one that may enter."""
    register = Register(shelf)
    signing_key = secrets.token_bytes(32)

    def may_enter(request: Request) -> bool:
        given = request.headers.get("authorization", "")
        wrong = behaviour.takes("ep-online", "wrong-key") is not None
        return not wrong and hmac.compare_digest(given.encode(), key.encode())

    def signature(name: str, expires: int) -> str:
        text = f"{name}|{expires}".encode()
        return hmac.new(signing_key, text, hashlib.sha256).hexdigest()

    def content_of(name: str) -> bytes | None:
        folder = ("ep-online", "mutaties") if name.startswith("d") else ("ep-online",)
        return shelf.bytes(*folder, name)

    async def download_info(request: Request) -> Response:
        if not may_enter(request):
            return JSONResponse(UNAUTHORIZED, 401)
        name = EP_FILE
        if (text := request.path_params.get("day")) is not None:
            try:
                name = f"d{date.fromisoformat(text):%Y%m%d}_v4.zip"
            except ValueError:
                return _ep_error(400, "Bad Request", f"The value '{text}' is not valid.")
            if behaviour.takes("ep-online", "day-gone") or content_of(name) is None:
                return _ep_error(404, "Not Found", "No mutation file for this date.")
        elif request.query_params.get("fileType", "csv") != "csv":
            return _ep_error(404, "Not Found", "No file of this type.")
        until = now() + timedelta(minutes=LINK_MINUTES)
        expires = int(until.timestamp())
        query = urlencode({"se": expires, "sig": signature(name, expires)})
        local = until.astimezone(ZoneInfo("Europe/Amsterdam"))
        body = {
            "bestandsnaam": name,
            "downloadUrl": f"{public(request)}/ep-online/download/{name}?{query}",
            "geldigTotEnMet": local.isoformat(timespec="microseconds"),
        }
        return JSONResponse(body)

    async def download(request: Request) -> Response:
        name = request.path_params["name"]
        expires = request.query_params.get("se", "0")
        given = request.query_params.get("sig", "")
        genuine = expires.isdigit() and hmac.compare_digest(
            given.encode(), signature(name, int(expires)).encode()
        )
        late = genuine and int(expires) < now().timestamp()
        if not genuine or late or behaviour.takes("ep-online", "expired-link"):
            body = "<Error><Code>AuthenticationFailed</Code></Error>"
            return Response(body, 403, media_type="application/xml")
        content = content_of(name)
        if content is None:
            return Response("<Error><Code>BlobNotFound</Code></Error>", 404)
        fault = behaviour.takes("ep-online", "missing-column", "empty", "no-range", "wrong-range")
        if fault in ("missing-column", "empty"):
            content = rezip(content, fault, 2, ("Energieklasse", "Klasse"))
        if name.startswith("d") and behaviour.takes("ep-online", "sequence-gap"):
            content = _without_the_first(content)
        return file_answer(request, content, "application/zip", fault)

    async def by_object(request: Request) -> Response:
        if not may_enter(request):
            return JSONResponse(UNAUTHORIZED, 401)
        wanted = request.path_params["id"]
        if not re.fullmatch(r"\d{16}", wanted):
            return _ep_error(400, "Bad Request", "The id must have 16 digits.")
        rows = register.certificates().get(wanted, [])
        return _certificates(rows)

    async def by_address(request: Request) -> Response:
        if not may_enter(request):
            return JSONResponse(UNAUTHORIZED, 401)
        query = request.query_params
        if "postcode" not in query or not query.get("huisnummer", "").isdigit():
            return _ep_error(400, "Bad Request", "postcode and huisnummer are required.")
        rows = register.certificates().get(f"{query['postcode']} {query['huisnummer']}", [])
        for name, column in (
            ("huisletter", "Huisletter"),
            ("huisnummertoevoeging", "Huisnummertoevoeging"),
            ("detailaanduiding", "Detailaanduiding"),
        ):
            if name in query:
                rows = [r for r in rows if r[column] == query[name]]
        return _certificates(rows)

    ep = "/ep-online/api/v5"
    return [
        Route(f"{ep}/Mutatiebestand/DownloadInfo", download_info),
        Route(f"{ep}/Mutatiebestand/DownloadInfo/{{day}}", download_info),
        Route(f"{ep}/PandEnergielabel/AdresseerbaarObject/{{id}}", by_object),
        Route(f"{ep}/PandEnergielabel/Adres", by_address),
        Route("/ep-online/download/{name}", download),
    ]


def _without_the_first(content: bytes) -> bytes:
    """The same mutation file as if its first two messages had been sent in another."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = archive.namelist()[0]
        xml = archive.read(name).decode()
    rest = re.sub(r"<Mutatiebericht>.*?</Mutatiebericht>", "", xml, count=2, flags=re.DOTALL)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, rest)
    return buffer.getvalue()


def _ep_error(status: int, title: str, detail: str) -> Response:
    return JSONResponse({"status": status, "title": title, "detail": detail}, status)


def _certificates(rows: list[dict[str, str]]) -> Response:
    if not rows:
        return _ep_error(404, "Not Found", "No energy label found.")
    return JSONResponse([_as_api_record(row) for row in rows])


# The API's names where they differ from those of the CSV file.
API_NAMES: Final = {
    "GeldigTot": "Geldig_tot",
    "SoortOpname": "Soort_opname",
    "OpBasisVanReferentiegebouw": "Op_basis_van_referentiegebouw",
    "SBICode": "SBIcode",
    "GebruiksoppervlakteThermischeZone": "Gebruiksoppervlakte_thermische_zone",
    "EnergieIndexEMGForfaitair": "EnergieIndex_EMG_forfaitair",
    "PrimaireFossieleEnergieEMGForfaitair": "Primaire_fossiele_energie_EMG_forfaitair",
    "AandeelHernieuwbareEnergie": "Aandeel_hernieuwbare_energie",
    "AandeelHernieuwbareEnergieEMGForfaitair": "Aandeel_hernieuwbare_energie_EMG_forfaitair",
    "EisEnergiebehoefte": "Eis_energiebehoefte",
    "EisPrimaireFossieleEnergie": "Eis_primaire_fossiele_energie",
    "EisAandeelHernieuwbareEnergie": "Eis_aandeel_hernieuwbare_energie",
    "EisTemperatuuroverschrijding": "Eis_temperatuuroverschrijding",
}


def _as_api_record(row: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for column, text in row.items():
        name = API_NAMES.get(column, column)
        if column in ("Projectnaam", "Projectobject") or (text == "" and column != "Huisletter"):
            continue
        if column in ("Registratiedatum", "Opnamedatum", "GeldigTot"):
            digits = text.replace("-", "")
            record[name] = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}T00:00:00"
        elif column == "Gebouwklasse":
            record[name] = {"W": "Woningbouw", "U": "Utiliteitsbouw"}[text]
        elif column == "BAGPandIDs":
            record[name] = text.split(",")
        elif column in ("Huisnummer", "Bouwjaar"):
            record[name] = int(text)
        elif column == "OpBasisVanReferentiegebouw":
            record[name] = text == "Ja"
        elif re.fullmatch(r"-?\d+,\d+", text):
            record[name] = float(text.replace(",", "."))
        else:
            record[name] = text
    record["IsVereenvoudigdLabel"] = "Definitief Energielabel" in row["Berekeningstype"]
    return record
