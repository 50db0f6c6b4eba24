"""Great Expectations' own pages of the last validations, as plain HTML files."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def write_data_docs(folder: Path, results: Sequence[Any]) -> None:
    """One page a suite, and a list of them; pages of suites that did not run now stay."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    folder.mkdir(parents=True, exist_ok=True)
    renderer, view = ValidationResultsPageRenderer(), DefaultJinjaPageView()
    for result in results:
        page = view.render(renderer.render(result))
        name = str(result.suite_name).replace(" ", "-")
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    pages = sorted(path.name for path in folder.glob("*.html") if path.name != "index.html")
    listed = "".join(
        f'<li><a href="{html.escape(name)}">{html.escape(name.removesuffix(".html"))}</a></li>'
        for name in pages
    )
    (folder / "index.html").write_text(
        f'<!doctype html><html lang="nl"><meta charset="utf-8"><title>Controles</title>'
        f"<h1>Controles</h1><ul>{listed}</ul></html>",
        encoding="utf-8",
    )
