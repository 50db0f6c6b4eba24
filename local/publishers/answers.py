"""What the simulated publishers share: the sample's files, and answers as web servers give them."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

PUBLISHED: Final = datetime(2026, 10, 1, 4, 0, tzinfo=UTC)
Clock = Callable[[], datetime]


class Shelf:
    """The sample's files, read again only when they changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._json: dict[Path, tuple[int, Any]] = {}

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

    def stamp(self, *parts: str) -> int:
        """When a file was last written, in nanoseconds."""
        return self._folder.joinpath(*parts).stat().st_mtime_ns


def public(request: Request) -> str:
    """The address under which the client sees us."""
    return str(request.base_url).rstrip("/")


def json_answer(request: Request, body: dict[str, Any]) -> Response:
    return file_answer(
        request, json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8"
    )


def file_answer(
    request: Request, content: bytes, media_type: str, fault: str | None = None
) -> Response:
    """A body with ETag and Last-Modified; 304 when the client has it already.

    A client that has the first part of this very file gets the rest, unless the fault is
    `no-range`; with `wrong-range` it gets the beginning once more, called the rest.
    """
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Last-Modified": format_datetime(PUBLISHED, usegmt=True)}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if fault == "no-range":
        return Response(content, media_type=media_type, headers=headers)
    headers["Accept-Ranges"] = "bytes"
    wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
    if wanted and request.headers.get("if-range", tag) == tag:
        start, total = int(wanted[1]), len(content)
        if start >= total:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{total}"})
        headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        rest = content[: total - start] if fault == "wrong-range" else content[start:]
        return Response(rest, 206, media_type=media_type, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def spoiled(rows: Sequence[dict[str, Any]], fault: str | None, column: str) -> list[Any]:
    if fault == "empty":
        return []
    if fault == "missing-column":
        return [{k: v for k, v in row.items() if k != column} for row in rows]
    return list(rows)


def rezip(
    content: bytes, fault: str, preamble: int, renamed: tuple[str, str], separator: str = ";"
) -> bytes:
    """The same archive with a renamed heading, or with nothing below the heading."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = archive.namelist()[0]
        lines = archive.read(name).split(b"\r\n")
    if fault == "empty":
        lines = [*lines[: preamble + 1], b""]
    else:
        names = lines[preamble].split(separator.encode())
        before, after = (text.encode() for text in renamed)
        lines[preamble] = separator.encode().join(after if n == before else n for n in names)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"\r\n".join(lines))
    return buffer.getvalue()
