"""CBS: OData v4 and v3 over the sample's documents, and the postcode file."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local.publishers.answers import Shelf, file_answer, json_answer, public, rezip, spoiled
from local.publishers.faults import Behaviour
from local.publishers.odata import FilterError, answer

# what every table has; each dimension adds its own Codes and Groups
V4_ENTITIES: Final = ("Properties", "Dimensions", "MeasureCodes", "MeasureGroups", "Observations")
_SPOILED_COLUMN: Final = {
    "cbs": "AantalInwoners_5",
    "cbs-dataderden": "GeregistreerdeMisdrijven_1",
}


def routes(shelf: Shelf, behaviour: Behaviour, *, page_v4: int, page_v3_feed: int) -> list[Route]:
    """Routes below /cbs, /cbs-dataderden and /cbs-download."""

    async def cbs_v4(request: Request) -> Response:
        table, entity = request.path_params["table"], request.path_params["entity"]
        document = shelf.json("cbs", "v4", table, f"{entity}.json")
        revised = shelf.json("cbs", "v4-herzien", table, f"{entity}.json")
        if revised is not None and behaviour.takes("cbs", "revised"):
            document = revised
        if document is None:
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
            return json_answer(request, body)
        rows = spoiled(document, fault, "Value")
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
        return json_answer(request, body)

    async def cbs_v4_root(request: Request) -> Response:
        table = request.path_params["table"]
        if shelf.json("cbs", "v4", table, "Properties.json") is None:
            return _v4_error(404, f"The table {table} was not found.")
        here = f"{public(request)}{request.url.path}".rstrip("/")
        names = [d["Identifier"] for d in shelf.json("cbs", "v4", table, "Dimensions.json")]
        listed = (
            *V4_ENTITIES,
            *(f"{name}{kind}" for name in names for kind in ("Codes", "Groups")),
        )
        entries = [{"name": e, "kind": "EntitySet", "url": e} for e in listed]
        return json_answer(request, {"@odata.context": f"{here}/$metadata", "value": entries})

    async def cbs_v3(request: Request) -> Response:
        publisher = request.url.path.split("/")[1]
        table, entity = request.path_params["table"], request.path_params["entity"]
        feed = request.path_params["kind"] == "ODataFeed"
        document = shelf.json(publisher, "v3", table, f"{entity}.json")
        if document is None and entity == "CategoryGroups":
            document = []
        if document is None:
            return HTMLResponse("<html><body>Resource not found.</body></html>", 404)
        here = f"{public(request)}{request.url.path}"
        context = f"{here.rsplit('/', 1)[0]}/$metadata#Cbs.OData.WebAPI.{entity}"
        fault = None
        if entity.endswith("DataSet"):
            fault = behaviour.takes(publisher, "empty", "repeat-page", "missing-column")
        rows = spoiled(document, fault, _SPOILED_COLUMN[publisher])
        if entity == "DataProperties" and behaviour.takes(publisher, "missing-column"):
            rows = [row for row in rows if row["Key"] != _SPOILED_COLUMN[publisher]]
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
        return json_answer(request, body)

    async def postcode_file(request: Request) -> Response:
        content = shelf.bytes("cbs-download", request.path_params["name"])
        if content is None:
            return HTMLResponse("<html><body>404 - File not found</body></html>", 404)
        fault = behaviour.takes(
            "cbs-download", "missing-column", "empty", "no-range", "wrong-range"
        )
        if fault in ("missing-column", "empty"):
            content = rezip(content, fault, 0, ("Buurt2025", "Buurt"))
        return file_answer(request, content, "application/x-zip-compressed", fault)

    v4 = "/cbs/odata/v1/CBS/{table}"
    return [
        Route(v4, cbs_v4_root),
        Route(f"{v4}/{{entity}}", cbs_v4),
        Route("/cbs/{kind}/odata/{table}/{entity}", cbs_v3),
        Route("/cbs-dataderden/{kind}/odata/{table}/{entity}", cbs_v3),
        Route("/cbs-download/postcode/{name}", postcode_file),
    ]


def _v4_error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"code": "", "message": message}}, status)
