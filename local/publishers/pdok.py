"""PDOK: areas as an OGC API, page by page."""

from __future__ import annotations

import json
from datetime import UTC
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.publishers.answers import Clock, Shelf, public
from local.publishers.faults import Behaviour


def routes(shelf: Shelf, behaviour: Behaviour, *, now: Clock) -> list[Route]:
    """Routes below /pdok."""

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

    return [Route("/pdok/cbs/{edition}/ogc/v1/collections/{collection}/items", pdok_items)]
