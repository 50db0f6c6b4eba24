"""One Starlette app that speaks for CBS, EP-Online and PDOK, from the sample's files.

Shapes, paging, errors and quirks are those of the real services; the ingestion can't tell. All
files are read from `<sample>/publishers`; the network address and the clock come from outside.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import re
import secrets
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local.publishers.faults import Behaviour, Misbehave
from local.publishers.odata import FilterError, answer

EXAMPLE_KEY: Final = "voorbeeld-sleutel"
EP_FILE: Final = "v20261001_v4_csv.zip"
PUBLISHED: Final = datetime(2026, 10, 1, 4, 0, tzinfo=UTC)
LINK_MINUTES: Final = 15
UNAUTHORIZED: Final = {
    "status": 401,
    "title": "Unauthorized",
    "detail": "Valid API key required to access this resource.",
}
V4_ENTITIES: Final = (
    "Properties",
    "Dimensions",
    "MeasureCodes",
    "MeasureGroups",
    "WijkenEnBuurtenCodes",
    "WijkenEnBuurtenGroups",
    "Observations",
)
V3_ENTITIES: Final = (
    "TableInfos",
    "DataProperties",
    "CategoryGroups",
    "WijkenEnBuurten",
    "TypedDataSet",
    "UntypedDataSet",
)
Clock = Callable[[], datetime]


class Shelf:
    """The sample's files, read again only when they changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._json: dict[Path, tuple[int, Any]] = {}
        self._certificates: tuple[int, dict[str, list[dict[str, str]]]] | None = None

    def bytes(self, *parts: str) -> bytes | None:
        path = self._folder.joinpath(*parts)
        return path.read_bytes() if path.is_file() else None

    def json(self, *parts: str) -> Any:
        path = self._folder.joinpath(*parts)
        if not path.is_file():
            return None
        stamp = path.stat().st_mtime_ns
        if path not in self._json or self._json[path][0] != stamp:
            self._json[path] = (stamp, json.loads(path.read_text(encoding="utf-8")))
        return self._json[path][1]

    def certificates(self) -> dict[str, list[dict[str, str]]]:
        """Rows of the total file by BAG id and by `postcode number`."""
        path = self._folder / "ep-online" / EP_FILE
        stamp = path.stat().st_mtime_ns
        if self._certificates is None or self._certificates[0] != stamp:
            index: dict[str, list[dict[str, str]]] = {}
            with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as raw:
                lines = io.TextIOWrapper(raw, "utf-8-sig", newline="")
                next(lines)
                next(lines)
                for row in csv.DictReader(lines, delimiter=";"):
                    place = f"{row['Postcode']} {row['Huisnummer']}"
                    for key in (row["BAGVerblijfsobjectID"], place):
                        if key:
                            index.setdefault(key, []).append(row)
            self._certificates = (stamp, index)
        return self._certificates[1]


def create_app(
    sample_dir: Path,
    *,
    key: str = EXAMPLE_KEY,
    now: Clock = lambda: datetime.now(UTC),
    page_v4: int = 500,
    page_v3_feed: int = 50,
) -> Misbehave:
    """The app over `<sample_dir>/publishers`.

    Pages are smaller than the real ones (100,000 and 10,000) so that the sample has several.
    """
    shelf = Shelf(sample_dir / "publishers")
    behaviour = Behaviour()
    signing_key = secrets.token_bytes(32)

    def public(request: Request) -> str:
        return str(request.base_url).rstrip("/")

    async def cbs_v4(request: Request) -> Response:
        table, entity = request.path_params["table"], request.path_params["entity"]
        document = shelf.json("cbs", "v4", table, f"{entity}.json")
        if entity not in V4_ENTITIES or document is None:
            return _v4_error(404, f"The table or entity set {table}/{entity} was not found.")
        here = f"{public(request)}{request.url.path}"
        context = f"{here.rsplit('/', 1)[0]}/$metadata#{entity}"
        fault = None
        if entity == "Observations":
            fault = behaviour.takes("cbs", "empty", "repeat-page", "missing-column")
        if entity == "Properties":
            body = {"@odata.context": context} | document
            if behaviour.takes("cbs", "count-mismatch"):
                body["ObservationCount"] += 1000
            return _json(request, body)
        rows = _spoiled(document, fault, "Value")
        repeat = fault == "repeat-page" and "$skip" in request.query_params
        try:
            body = answer(
                rows,
                dict(request.query_params),
                address=here,
                context=context,
                page_size=page_v4 if entity == "Observations" else None,
                version=4,
                skip_ignored=repeat,
            )
        except FilterError as error:
            return _v4_error(400, f"The query specified in the URI is not valid. {error}")
        return _json(request, body)

    async def cbs_v4_root(request: Request) -> Response:
        table = request.path_params["table"]
        if shelf.json("cbs", "v4", table, "Properties.json") is None:
            return _v4_error(404, f"The table {table} was not found.")
        here = f"{public(request)}{request.url.path}".rstrip("/")
        entries = [{"name": e, "kind": "EntitySet", "url": e} for e in V4_ENTITIES]
        return _json(request, {"@odata.context": f"{here}/$metadata", "value": entries})

    async def cbs_v3(request: Request) -> Response:
        table, entity = request.path_params["table"], request.path_params["entity"]
        feed = request.path_params["kind"] == "ODataFeed"
        document = shelf.json("cbs", "v3", table, f"{entity}.json")
        if document is None and entity == "CategoryGroups":
            document = []
        if entity not in V3_ENTITIES or document is None:
            return HTMLResponse("<html><body>Resource not found.</body></html>", 404)
        here = f"{public(request)}{request.url.path}"
        context = f"{here.rsplit('/', 1)[0]}/$metadata#Cbs.OData.WebAPI.{entity}"
        fault = None
        if entity.endswith("DataSet"):
            fault = behaviour.takes("cbs", "empty", "repeat-page", "missing-column")
        rows = _spoiled(document, fault, "AantalInwoners_5")
        try:
            body = answer(
                rows,
                dict(request.query_params),
                address=here,
                context=context,
                page_size=page_v3_feed if feed and entity.endswith("DataSet") else None,
                version=3,
                skip_ignored=fault == "repeat-page" and "$skip" in request.query_params,
            )
        except FilterError as error:
            detail = {"code": "", "message": {"lang": "nl-NL", "value": str(error)}}
            return JSONResponse({"odata.error": detail}, 400)
        return _json(request, body)

    async def postcode_file(request: Request) -> Response:
        content = shelf.bytes("cbs-download", request.path_params["name"])
        if content is None:
            return HTMLResponse("<html><body>404 - File not found</body></html>", 404)
        fault = behaviour.takes("cbs-download", "missing-column", "empty")
        if fault:
            content = _rezip(content, fault, 0, ("Buurt2025", "Buurt"))
        return _file(request, content, "application/x-zip-compressed")

    def may_enter(request: Request) -> bool:
        given = request.headers.get("authorization", "")
        wrong = behaviour.takes("ep-online", "wrong-key") is not None
        return not wrong and hmac.compare_digest(given.encode(), key.encode())

    def signature(name: str, expires: int) -> str:
        text = f"{name}|{expires}".encode()
        return hmac.new(signing_key, text, hashlib.sha256).hexdigest()

    async def download_info(request: Request) -> Response:
        if not may_enter(request):
            return JSONResponse(UNAUTHORIZED, 401)
        if (text := request.path_params.get("day")) is not None:
            try:
                date.fromisoformat(text)
            except ValueError:
                return _ep_error(400, "Bad Request", f"The value '{text}' is not valid.")
            return _ep_error(404, "Not Found", "No mutation file for this date.")
        if request.query_params.get("fileType", "csv") != "csv":
            return _ep_error(404, "Not Found", "No file of this type.")
        until = now() + timedelta(minutes=LINK_MINUTES)
        expires = int(until.timestamp())
        query = urlencode({"se": expires, "sig": signature(EP_FILE, expires)})
        local = until.astimezone(ZoneInfo("Europe/Amsterdam"))
        body = {
            "bestandsnaam": EP_FILE,
            "downloadUrl": f"{public(request)}/ep-online/download/{EP_FILE}?{query}",
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
        content = shelf.bytes("ep-online", name)
        if content is None:
            return Response("<Error><Code>BlobNotFound</Code></Error>", 404)
        fault = behaviour.takes("ep-online", "missing-column", "empty")
        if fault:
            content = _rezip(content, fault, 2, ("Energieklasse", "Klasse"))
        return _file(request, content, "application/zip")

    async def by_object(request: Request) -> Response:
        if not may_enter(request):
            return JSONResponse(UNAUTHORIZED, 401)
        wanted = request.path_params["id"]
        if not re.fullmatch(r"\d{16}", wanted):
            return _ep_error(400, "Bad Request", "The id must have 16 digits.")
        rows = shelf.certificates().get(wanted, [])
        return _certificates(rows)

    async def by_address(request: Request) -> Response:
        if not may_enter(request):
            return JSONResponse(UNAUTHORIZED, 401)
        query = request.query_params
        if "postcode" not in query or not query.get("huisnummer", "").isdigit():
            return _ep_error(400, "Bad Request", "postcode and huisnummer are required.")
        rows = shelf.certificates().get(f"{query['postcode']} {query['huisnummer']}", [])
        for name, column in (
            ("huisletter", "Huisletter"),
            ("huisnummertoevoeging", "Huisnummertoevoeging"),
            ("detailaanduiding", "Detailaanduiding"),
        ):
            if name in query:
                rows = [r for r in rows if r[column] == query[name]]
        return _certificates(rows)

    async def pdok_items(request: Request) -> Response:
        name = request.path_params["collection"]
        document = shelf.json("pdok", f"{name}.json")
        if document is None or request.path_params["edition"] != "wijken-en-buurten-2024":
            detail = {"code": "NotFound", "description": "The requested resource does not exist."}
            return JSONResponse(detail, 404)
        query = request.query_params
        features = document["features"]
        for field in ("gemeentecode", "wijkcode", "buurtcode"):
            if field in query:
                features = [f for f in features if f["properties"].get(field) == query[field]]
        fault = behaviour.takes("pdok", "missing-column", "empty", "repeat-page", "count-mismatch")
        if fault == "empty":
            features = []
        if not (query.get("limit", "10") + query.get("cursor", "0")).isdigit():
            detail = {"code": "BadRequest", "description": "limit must be a whole number"}
            return JSONResponse(detail, 400)
        limit = min(int(query.get("limit", "10")), 1000)
        cursor = int(query.get("cursor", "0"))
        page = features[:limit] if fault == "repeat-page" else features[cursor : cursor + limit]
        if fault == "missing-column":
            code = {"gemeenten": "gemeentecode", "wijken": "wijkcode", "buurten": "buurtcode"}[name]
            page = [
                {**f, "properties": {k: v for k, v in f["properties"].items() if k != code}}
                for f in page
            ]
        here = f"{public(request)}{request.url.path}"
        links = [
            {"rel": "self", "type": "application/geo+json", "href": f"{here}?{query}"},
        ]
        if cursor + limit < len(features):
            following = dict(query) | {"cursor": str(cursor + limit)}
            links.append(
                {
                    "rel": "next",
                    "type": "application/geo+json",
                    "href": f"{here}?{urlencode(following)}",
                }
            )
        body = {
            "type": "FeatureCollection",
            "timeStamp": now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "links": links,
            "numberReturned": len(page) + (7 if fault == "count-mismatch" else 0),
            "features": page,
        }
        return Response(json.dumps(body, ensure_ascii=False), media_type="application/geo+json")

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    v4, v3, ep = "/cbs/odata/v1/CBS/{table}", "/cbs/{kind}/odata/{table}", "/ep-online/api/v5"
    pdok = "/pdok/cbs/{edition}/ogc/v1/collections/{collection}/items"
    routes = [
        Route("/_control", behaviour.control, methods=["GET", "POST", "DELETE"]),
        Route("/_requests", behaviour.show_requests, methods=["GET", "DELETE"]),
        Route("/_health", health),
        Route(v4, cbs_v4_root),
        Route(f"{v4}/{{entity}}", cbs_v4),
        Route(f"{v3}/{{entity}}", cbs_v3),
        Route("/cbs-download/postcode/{name}", postcode_file),
        Route(f"{ep}/Mutatiebestand/DownloadInfo", download_info),
        Route(f"{ep}/Mutatiebestand/DownloadInfo/{{day}}", download_info),
        Route(f"{ep}/PandEnergielabel/AdresseerbaarObject/{{id}}", by_object),
        Route(f"{ep}/PandEnergielabel/Adres", by_address),
        Route("/ep-online/download/{name}", download),
        Route(pdok, pdok_items),
    ]
    # Outermost, so that it reaches the connection itself.
    return Misbehave(Starlette(routes=routes), behaviour)


def _json(request: Request, body: dict[str, Any]) -> Response:
    return _file(
        request, json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8"
    )


def _file(request: Request, content: bytes, media_type: str) -> Response:
    """A body with ETag and Last-Modified; 304 when the client has it already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Last-Modified": format_datetime(PUBLISHED, usegmt=True)}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _spoiled(rows: Sequence[dict[str, Any]], fault: str | None, column: str) -> list[Any]:
    if fault == "empty":
        return []
    if fault == "missing-column":
        return [{k: v for k, v in row.items() if k != column} for row in rows]
    return list(rows)


def _rezip(content: bytes, fault: str, preamble: int, renamed: tuple[str, str]) -> bytes:
    """The same archive with a renamed heading, or with nothing below the heading."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = archive.namelist()[0]
        lines = archive.read(name).split(b"\r\n")
    if fault == "empty":
        lines = [*lines[: preamble + 1], b""]
    else:
        names = lines[preamble].split(b";")
        before, after = (text.encode() for text in renamed)
        lines[preamble] = b";".join(after if n == before else n for n in names)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"\r\n".join(lines))
    return buffer.getvalue()


def _v4_error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"code": "", "message": message}}, status)


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
