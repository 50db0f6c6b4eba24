"""Leefbaarometer: one zip of open data at a fixed address."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from local.publishers.answers import Shelf, file_answer, rezip
from local.publishers.faults import Behaviour


def routes(shelf: Shelf, behaviour: Behaviour) -> list[Route]:
    """Routes below /leefbaarometer."""

    async def open_data(request: Request) -> Response:
        content = shelf.bytes("leefbaarometer", request.path_params["name"])
        if content is None:
            return HTMLResponse("<html><body>Pagina niet gevonden</body></html>", 404)
        fault = behaviour.takes(
            "leefbaarometer", "missing-column", "empty", "no-range", "wrong-range"
        )
        if fault in ("missing-column", "empty"):
            content = rezip(content, fault, 0, ("lbm", "score"), ",")
        return file_answer(request, content, "application/zip", fault)

    return [Route("/leefbaarometer/resources/{name}", open_data)]
