"""Misbehaviour on demand, and a log of requests without secrets."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PUBLISHERS: Final = ("cbs", "ep-online", "pdok", "cbs-download")
# Handled here, before or after the publisher's own answer; the others change the answer itself.
TRANSPORT: Final = ("down", "status-500", "html-200", "truncated", "slow", "reset", "429")
CONTENT: Final = (
    "missing-column",
    "empty",
    "count-mismatch",
    "repeat-page",
    "expired-link",
    "wrong-key",
)
FAULTS: Final = ("none", *TRANSPORT, *CONTENT)
MAINTENANCE: Final = "<!DOCTYPE html><html><body><h1>Onderhoud</h1></body></html>"
SECRETS: Final = ("sig", "se", "key", "apikey", "token")


@dataclass
class Fault:
    """What a publisher does wrong, and how many more times (None: until told otherwise)."""

    fault: str = "none"
    times: int | None = None
    seconds: float = 5.0


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
            except (ValueError, KeyError, TypeError):
                return JSONResponse({"error": "publisher and fault are needed"}, 400)
            if publisher not in PUBLISHERS or fault not in FAULTS:
                known = {"publishers": PUBLISHERS, "faults": FAULTS}
                return JSONResponse({"error": "unknown", **known}, 400)
            self.set(publisher, Fault(fault, times, seconds))
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
        plain = {
            "status-500": Response("Internal Server Error", 500, media_type="text/plain"),
            "html-200": HTMLResponse(MAINTENANCE),
            "429": Response("Too Many Requests", 429, {"Retry-After": "1"}),
        }.get(fault or "")
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
        headers = [(k, v) for k, v in start["headers"] if k != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        if fault == "reset":
            await send({"type": "http.response.body", "body": body[: len(body) // 2],
                        "more_body": True})  # fmt: skip
            await asyncio.sleep(0.05)
            _abort(send)
            return
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
            "fault": fault,
            "status": None,
        }


def _abort(send: Send) -> None:
    """Cut the connection without a (further) word, as a publisher in trouble does."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("connection reset by publisher")
    transport.abort()
