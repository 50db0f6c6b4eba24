"""Dutch numbers, dates and texts for Superset.

Superset's own Dutch file holds 870 texts that a machine guessed ("Sign in" = "Niet in"). They are
left out, so that their English original shows, and what readers meet is translated in
`translations/nl.json`.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

D3_NUMBERS = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["€ ", ""]}
D3_DATES = {
    "dateTime": "%d-%m-%Y %H:%M",
    "date": "%d-%m-%Y",
    "time": "%H:%M:%S",
    "periods": ["", ""],
    "days": ["zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"],
    "shortDays": ["zo", "ma", "di", "wo", "do", "vr", "za"],
    "months": [
        "januari", "februari", "maart", "april", "mei", "juni",
        "juli", "augustus", "september", "oktober", "november", "december",
    ],
    "shortMonths": [
        "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
    ],
}  # fmt: skip

_LANGUAGE_PACK = "/superset/language_pack/nl/"


def guessed_texts(po: str) -> set[str]:
    """The English originals of the entries of a .po file that are marked `fuzzy`."""
    guessed = set()
    for entry in po.split("\n\n"):
        if re.search(r"^#,.*\bfuzzy\b", entry, re.MULTILINE):
            original = re.search(r'^msgid ((?:".*"\n?)+)', entry, re.MULTILINE)
            if original:
                parts = re.findall(r'"(.*)"', original.group(1))
                guessed.add(json.loads('"' + "".join(parts) + '"'))
    return guessed - {""}


def language_pack(ours: dict[str, str | list[str]]) -> dict[str, Any]:
    """Superset's Dutch texts without the guessed ones, with `ours` over them.

    A list is a text's singular and plural.
    """
    shipped = files("superset") / "translations" / "nl" / "LC_MESSAGES"
    pack: dict[str, Any] = json.loads((shipped / "messages.json").read_text("utf-8"))
    texts: dict[str, list[Any]] = pack["locale_data"]["superset"]
    for original in guessed_texts((shipped / "messages.po").read_text("utf-8")):
        texts.pop(original, None)
    texts |= {
        original: dutch if isinstance(dutch, list) else [dutch] for original, dutch in ours.items()
    }
    return pack


def serve_dutch_texts(app: Any, corrections: Path) -> None:
    """Answer the browser's question for texts with our own pack."""
    from flask import Response, request

    pack = language_pack(json.loads(corrections.read_text("utf-8")))
    body = json.dumps(pack, ensure_ascii=False)

    @app.before_request
    def _language_pack() -> Any:
        if request.path == _LANGUAGE_PACK:
            headers = {"Cache-Control": "private, max-age=3600"}
            return Response(body, mimetype="application/json", headers=headers)
        return None
