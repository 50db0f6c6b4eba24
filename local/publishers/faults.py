"""Misbehaviour on demand, and a log of requests without secrets."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PUBLISHERS: Final = ("cbs", "cbs-dataderden", "ep-online", "pdok", "cbs-download", "leefbaarometer")
# Handled here, before or after the publisher's own answer; the others change the answer itself.
TRANSPORT: Final = (
    "down",
    "status-401",
    "status-403",
    "status-404",
    "status-500",
    "429",
    "429-date",
    "html-200",
    "login",
    "truncated",
    "empty-body",
    "wrong-length",
    "gzip-garbage",
    "slow",
    "trickle",
    "endless",
    "reset",
)
CONTENT: Final = (
    "missing-column",
    "empty",
    "count-mismatch",
    "repeat-page",
    "skip-page",
    "loop-page",
    "expired-link",
    "wrong-key",
    "day-gone",
    "sequence-gap",
    "no-range",
    "wrong-range",
    "revised",
)
FAULTS: Final = ("none", *TRANSPORT, *CONTENT)
MAINTENANCE: Final = "<!DOCTYPE html><html><body><h1>Onderhoud</h1></body></html>"
LOGIN: Final = "/_login"
SECRETS: Final = ("sig", "se", "key", "apikey", "token")


@dataclass
class Fault:
    """What a publisher does wrong, how many more times (None: until told otherwise), and after
    how many good answers it begins.
    """

    fault: str = "none"
    times: int | None = None
    seconds: float = 5.0
    after: int = 0


class Behaviour:
    """The state of all publishers' faults, and the requests they received."""

    def __init__(self) -> None:
        self._faults = {publisher: Fault() for publisher in PUBLISHERS}
        self.requests: deque[dict[str, Any]] = deque(maxlen=5000)

    def set(self, publisher: str, fault: Fault) -> None:
        self._faults[publisher] = fault

    def shown(self) -> dict[str, dict[str, Any]]:
        return {publisher: asdict(fault) for publisher, fault in self._faults.items()}

    def seconds(self, publisher: str) -> float:
        return self._faults[publisher].seconds

    def takes(self, publisher: str, *kinds: str) -> str | None:
        """The fault in force if it is one of these kinds; counts as one time."""
        now = self._faults[publisher]
        if now.fault not in kinds:
            return None
        if now.after:
            now.after -= 1
            return None
        name = now.fault
        if now.times is not None:
            now.times -= 1
            if now.times <= 0:
                self._faults[publisher] = Fault()
        return name

    async def control(self, request: Request) -> Response:
        """POST: set a fault; GET: the faults in force; DELETE: everybody behaves again."""
        if request.method == "DELETE":
            for publisher in PUBLISHERS:
                self.set(publisher, Fault())
        if request.method == "POST":
            try:
                wish = await request.json()
                publisher, fault = wish["publisher"], wish["fault"]
                times = wish.get("times")
                seconds = float(wish.get("seconds", 5.0))
                after = int(wish.get("after", 0))
            except (ValueError, KeyError, TypeError):
                return JSONResponse({"error": "publisher and fault are needed"}, 400)
            if publisher not in PUBLISHERS or fault not in FAULTS:
                known = {"publishers": PUBLISHERS, "faults": FAULTS}
                return JSONResponse({"error": "unknown", **known}, 400)
            self.set(publisher, Fault(fault, times, seconds, after))
        return JSONResponse(self.shown())

    async def show_requests(self, request: Request) -> Response:
        """GET: the log, oldest first (?publisher=); DELETE: start it anew."""
        if request.method == "DELETE":
            self.requests.clear()
        wanted = request.query_params.get("publisher")
        return JSONResponse(
            [r for r in self.requests if wanted is None or r["publisher"] == wanted]
        )


def publisher_of(path: str) -> str | None:
    first = path.lstrip("/").split("/", 1)[0]
    return first if first in PUBLISHERS else None


class Misbehave:
    """ASGI layer around the app: breaks answers as told, and writes the request log."""

    def __init__(self, app: ASGIApp, behaviour: Behaviour) -> None:
        self._app = app
        self.behaviour = behaviour

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        publisher = publisher_of(scope["path"]) if scope["type"] == "http" else None
        if publisher is None:
            await self._app(scope, receive, send)
            return
        seconds = self.behaviour.seconds(publisher)
        fault = self.behaviour.takes(publisher, *TRANSPORT)
        entry = self._entry(scope, publisher, fault)
        self.behaviour.requests.append(entry)
        if fault == "down":
            _abort(send)
            return
        if fault == "slow":
            await asyncio.sleep(seconds)
        plain = _plain_answer(fault)
        if plain is not None:
            entry["status"] = plain.status_code
            await plain(scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start = messages[0]
        body = b"".join(m.get("body", b"") for m in messages[1:])
        entry["status"] = start["status"]
        if fault == "truncated":
            body = body[: len(body) // 2]
        if fault == "empty-body":
            body = b""
        headers = [(k, v) for k, v in start["headers"] if k != b"content-length"]
        if fault == "gzip-garbage":
            body = b"\x1f\x8b" + body[:500]
            headers.append((b"content-encoding", b"gzip"))
        if fault not in ("trickle", "endless"):
            length = len(body) + (1000 if fault == "wrong-length" else 0)
            headers.append((b"content-length", str(length).encode()))
        entry["bytes"] = 0 if scope["method"] == "HEAD" else len(body)
        await send({**start, "headers": headers})
        if fault in ("trickle", "endless"):
            await _never_ending(send, body or b" ", 0.02 if fault == "trickle" else 0)
        elif fault in ("reset", "wrong-length"):
            end = len(body) // 2 if fault == "reset" else len(body)
            await send({"type": "http.response.body", "body": body[:end], "more_body": True})
            await asyncio.sleep(0.05)
            _abort(send)
        else:
            head = scope["method"] == "HEAD"
            await send({"type": "http.response.body", "body": b"" if head else body})

    @staticmethod
    def _entry(scope: Scope, publisher: str, fault: str | None) -> dict[str, Any]:
        query = Request(scope).query_params
        shown = {k: "***" if k.lower() in SECRETS else v for k, v in query.items()}
        names = {k for k, _ in scope["headers"]}
        return {
            "publisher": publisher,
            "method": scope["method"],
            "path": scope["path"],
            "query": shown,
            "with_key": b"authorization" in names,
            "conditional": bool(names & {b"if-none-match", b"if-modified-since"}),
            "range": Request(scope).headers.get("range"),
            "bytes": 0,
            "fault": fault,
            "status": None,
        }


def _plain_answer(fault: str | None) -> Response | None:
    """What a publisher says without looking at what was asked."""
    match fault:
        case "status-500":
            return Response("Internal Server Error", 500, media_type="text/plain")
        case "status-401" | "status-403" | "status-404":
            return JSONResponse({"title": "No"}, int(fault.removeprefix("status-")))
        case "429":
            return Response("Too Many Requests", 429, {"Retry-After": "1"})
        case "429-date":
            later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
            return Response("Too Many Requests", 429, {"Retry-After": later})
        case "html-200":
            return HTMLResponse(MAINTENANCE)
        case "login":
            return RedirectResponse(LOGIN, 302)
    return None


async def _never_ending(send: Send, body: bytes, pause: float) -> None:
    """Byte by byte, or as much as the client takes; until it has had enough."""
    block = body[:1] if pause else body * (1 + (1 << 20) // len(body))
    transport = _transport(send)
    while transport is not None and not transport.is_closing():
        await send({"type": "http.response.body", "body": block, "more_body": True})
        await asyncio.sleep(pause)


def _abort(send: Send) -> None:
    """Cut the connection without a (further) word, as a publisher in trouble does."""
    transport = _transport(send)
    if transport is None:
        raise ConnectionResetError("connection reset by publisher")
    transport.abort()


def _transport(send: Send) -> Any:
    """The connection below the server, or None where a test calls the app without one."""
    return getattr(getattr(send, "__self__", None), "transport", None)
