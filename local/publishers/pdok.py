"""PDOK: areas and BAG objects as an OGC API, page by page."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.publishers.answers import Clock, Shelf, public
from local.publishers.faults import Behaviour

EDITIONS: Final = ("2024", "2025", "2026")
LIMIT: Final = 1000
CODES: Final = {"gemeenten": "gemeentecode", "wijken": "wijkcode", "buurten": "buurtcode",
                "verblijfsobject": "oppervlakte", "pand": "identificatie"}  # fmt: skip

Feature = dict[str, Any]
Row = list[Any]


class BadRequestError(ValueError):
    """A query that the service refuses, in its own words."""


def routes(shelf: Shelf, behaviour: Behaviour, *, now: Clock) -> list[Route]:
    """Routes below /pdok."""
    boxes: dict[tuple[str, str, int], list[Row]] = {}

    async def areas(request: Request) -> Response:
        name = request.path_params["collection"]
        document = shelf.json("pdok", f"{name}.json")
        year = request.path_params["edition"].removeprefix("wijken-en-buurten-")
        if document is None or name not in CODES or year not in EDITIONS:
            return _not_found()
        query = request.query_params
        found = document["features"]
        for field in ("gemeentecode", "wijkcode", "buurtcode"):
            if field in query:
                found = [f for f in found if f["properties"].get(field) == query[field]]

        def of_the_year(feature: Feature) -> Feature:
            code = feature["properties"][CODES[name]]
            own = {"jaar": int(year), "jrstatcode": year + code}
            return {**feature, "properties": feature["properties"] | own}

        return answer(request, name, found, of_the_year)

    async def bag(request: Request) -> Response:
        name = request.path_params["collection"]
        document = shelf.json("pdok", f"bag_{name}.json")
        if document is None:
            return _not_found()
        columns = document["columns"]
        query = request.query_params
        try:
            rows = _within(document, query.get("bbox"), boxes, name,
                           shelf.stamp("pdok", f"bag_{name}.json"))  # fmt: skip
        except BadRequestError as error:
            return _bad_request(str(error))
        if "identificatie" in query:
            place = columns.index("identificatie")
            rows = [row for row in rows if row[place] == query["identificatie"]]
        here = f"{public(request)}/pdok/kadaster/bag/ogc/v2/collections"
        make = _vbo if name == "verblijfsobject" else _pand
        return answer(request, name, rows, lambda row: make(dict(zip(columns, row, strict=True)),
                                                            here))  # fmt: skip

    def answer(
        request: Request, name: str, found: list[Any], feature: Callable[[Any], Feature]
    ) -> Response:
        fault = behaviour.takes(
            "pdok", "missing-column", "empty", "repeat-page", "skip-page", "loop-page",
            "count-mismatch",
        )  # fmt: skip
        if fault == "empty":
            found = []
        query = request.query_params
        try:
            limit, start = _page(query)
        except BadRequestError as error:
            return _bad_request(str(error))
        first = 0 if fault == "repeat-page" else start
        page = [feature(item) for item in found[first : first + limit]]
        if fault == "missing-column":
            gone = CODES[name]
            for item in page:
                item["properties"] = {k: v for k, v in item["properties"].items() if k != gone}
        here = f"{public(request)}{request.url.path}"
        links = [{"rel": "self", "type": "application/geo+json", "href": f"{here}?{query}"}]
        onward = start + limit + (10 if fault == "skip-page" else 0)
        if onward < len(found) or fault == "loop-page":
            following = dict(query) | {"cursor": _cursor(start if fault == "loop-page" else onward)}
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

    return [
        Route("/pdok/cbs/{edition}/ogc/v1/collections/{collection}/items", areas),
        Route("/pdok/kadaster/bag/ogc/v2/collections/{collection}/items", bag),
    ]


def _not_found() -> Response:
    detail = {"code": "NotFound", "description": "The requested resource does not exist."}
    return JSONResponse(detail, 404)


def _bad_request(description: str) -> Response:
    return JSONResponse({"code": "BadRequest", "description": description}, 400)


def _page(query: QueryParams) -> tuple[int, int]:
    """Limit and position; a cursor means something to the service only."""
    if not query.get("limit", "10").isdigit():
        raise BadRequestError("limit must be a whole number")
    try:
        position = base64.urlsafe_b64decode(query.get("cursor", "")).decode()
        start = int(position.removeprefix("na:") or 0)
    except (binascii.Error, ValueError) as error:
        raise BadRequestError("cursor is not valid") from error
    return min(int(query.get("limit", "10")), LIMIT), start


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"na:{position}".encode()).decode()


def _within(
    document: dict[str, Any],
    text: str | None,
    boxes: dict[tuple[str, str, int], list[Row]],
    name: str,
    stamp: int,
) -> list[Row]:
    """The rows in a box; that of the last question is remembered, since its pages follow."""
    if text is None:
        rows: list[Row] = document["rows"]
        return rows
    if not re.fullmatch(r"-?[\d.]+(,-?[\d.]+){3}", text):
        raise BadRequestError("bbox should have 4 numbers")
    west, south, east, north = map(float, text.split(","))
    if west >= east or south >= north:
        raise BadRequestError("bbox has no surface area")
    key = (name, text, stamp)
    if key not in boxes:
        x, y = (document["columns"].index(c) for c in ("lengtegraad", "breedtegraad"))
        for other in [known for known in boxes if known[0] == name]:
            del boxes[other]
        boxes[key] = [
            row for row in document["rows"] if west <= row[x] <= east and south <= row[y] <= north
        ]
    return boxes[key]


def _vbo(row: dict[str, Any], here: str) -> Feature:
    point = [row.pop("lengtegraad"), row.pop("breedtegraad")]
    pand, own = row.pop("pand"), row.pop("id")
    filled = {name: value for name, value in row.items() if value != ""}
    filled |= {"geconstateerd": "N", "pand.href": [f"{here}/pand/items/{pand}"]}
    return {
        "type": "Feature",
        "id": own,
        "properties": filled,
        "geometry": {"type": "Point", "coordinates": point},
    }


def _pand(row: dict[str, Any], here: str) -> Feature:
    x, y = row.pop("lengtegraad"), row.pop("breedtegraad")
    own, half = row.pop("id"), 0.00005
    ring = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    return {
        "type": "Feature",
        "id": own,
        "properties": row | {"geconstateerd": "N"},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
