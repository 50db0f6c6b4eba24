"""One Starlette app that speaks for all publishers, from the sample's files.

Shapes, paging, errors and quirks are those of the real services; the ingestion can't tell. All
files are read from `<sample>/publishers`; the network address and the clock come from outside.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local.publishers import cbs, ep_online, leefbaarometer, pdok
from local.publishers.answers import Clock, Shelf
from local.publishers.faults import LOGIN, Behaviour, Misbehave

EXAMPLE_KEY: Final = "voorbeeld-sleutel"


def create_app(
    sample_dir: Path,
    *,
    key: str = EXAMPLE_KEY,
    now: Clock = lambda: datetime.now(UTC),
    page_v4: int = 500,
    page_v3_feed: int = 500,
) -> Misbehave:
    """The app over `<sample_dir>/publishers`.

    Pages are smaller than the real ones (100,000 and 10,000) so that the sample has several.
    """
    shelf = Shelf(sample_dir / "publishers")
    behaviour = Behaviour()

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def login(_: Request) -> Response:
        return HTMLResponse("<html><body><form>Inloggen</form></body></html>")

    routes = [
        Route("/_control", behaviour.control, methods=["GET", "POST", "DELETE"]),
        Route("/_requests", behaviour.show_requests, methods=["GET", "DELETE"]),
        Route("/_health", health),
        Route(LOGIN, login),
        *cbs.routes(shelf, behaviour, page_v4=page_v4, page_v3_feed=page_v3_feed),
        *ep_online.routes(shelf, behaviour, key=key, now=now),
        *leefbaarometer.routes(shelf, behaviour),
        *pdok.routes(shelf, behaviour, now=now),
    ]
    # Outermost, so that it reaches the connection itself.
    return Misbehave(Starlette(routes=routes), behaviour)
