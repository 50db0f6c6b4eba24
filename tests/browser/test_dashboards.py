"""Every chart of every dashboard, as the monitoring officer sees it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Request, Response

from afspraken import show
from afspraken.db import connect
from afspraken.settings import ROOT, Settings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

DASHBOARDS = sorted(
    path.parent.name for path in (ROOT / "superset" / "dashboards").glob("*/dashboard.yml")
)
DRAW_MILLISECONDS = 120_000

# what stands in a chart's place: an error, nothing, or a picture with hardly a colour in it
FAULT = """
holder => {
  const text = holder.innerText;
  const error = holder.querySelector('[role="alert"], .ant-alert, .missing-chart-container');
  if (error) return 'error: ' + error.innerText.slice(0, 200);
  if (holder.querySelector('.ant-empty')) return 'empty: ' + text.slice(0, 100);
  const canvas = holder.querySelector('canvas');
  if (canvas) {
    const image = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let i = 0; i < image.length; i += 4)
      if (image[i + 3]) seen.add((image[i] << 16) + (image[i + 1] << 8) + image[i + 2]);
    return seen.size > 5 ? '' : 'blank picture';
  }
  const figure = holder.querySelector('.header-line');
  if (figure) return figure.innerText.trim() ? '' : 'no figure';
  const cells = [...holder.querySelectorAll('tbody td')].filter(cell => cell.innerText.trim());
  return cells.length ? '' : 'nothing drawn';
}
"""


@dataclass
class Visit:
    """What went over the line while a dashboard was open."""

    answers: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def note(self, response: Response) -> None:
        if response.status >= 400:
            self.refused.append(f"{response.status} {response.url}")
        if "/api/v1/chart/data" not in response.url:
            return
        asked = json.loads(response.request.post_data or "{}").get("form_data", {})
        if "slice_id" in asked:
            result = response.json().get("result", [{}]) if response.ok else [{}]
            self.answers[asked["slice_id"]] = (response.status, result[0])

    def note_outside(self, request: Request) -> None:
        # what the page's own policy forbids never leaves the browser
        if request.failure == "csp" or request.url.startswith(("data:", "blob:")):
            return
        if not re.match(r"https?://127\.0\.0\.1[:/]", request.url):
            self.outside.append(request.url)


def visit(page: Page, slug: str) -> Visit:
    """Open a dashboard and wait until every chart on it has been drawn."""
    seen = Visit()
    page.on("response", seen.note)
    page.on("requestfinished", seen.note_outside)
    page.on("requestfailed", seen.note_outside)
    page.goto(f"/superset/dashboard/{slug}/")
    page.wait_for_selector(".dashboard-component-chart-holder")
    # charts far below are only asked for when they come into sight
    height = page.evaluate("() => document.querySelector('.grid-content').scrollHeight")
    page.set_viewport_size({"width": 1366, "height": height + 400})
    page.wait_for_function(
        "() => document.querySelectorAll('.chart-slice').length > 0"
        " && !document.querySelector('.chart-slice .loading, .chart-slice [aria-label=Loading]')",
        timeout=DRAW_MILLISECONDS,
    )
    # lines and bars move into place
    page.wait_for_timeout(2_000)
    return seen


def charts(http: httpx.Client, slug: str) -> dict[int, str]:
    found = show.charts_of(http, slug)
    assert len(found) >= 10, f"{slug} should have many charts, not {found}"
    return found


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_answers_with_rows_and_draws(
    page: Page, http: httpx.Client, slug: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seen = visit(page, slug)
    page.screenshot(path=tmp_path_factory.getbasetemp() / f"{slug}.png", full_page=True)
    faults = []
    for chart, title in charts(http, slug).items():
        status, result = seen.answers.get(chart, (0, {}))
        if status != 200:
            faults.append(f"{title}: answer {status}")
        elif not result.get("rowcount"):
            faults.append(f"{title}: no rows")
        holder = page.locator(f".dashboard-chart-id-{chart}")
        fault = holder.evaluate(FAULT)
        if fault:
            faults.append(f"{title}: {fault}")
    assert not faults, "\n".join(faults)
    assert not seen.refused, seen.refused


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<div role=alert>Column does not exist</div>", "error: Column does not exist"),
        ("<canvas width=50 height=50></canvas>", "blank picture"),
        ("<table><tbody><tr><td> </td></tr></tbody></table>", "nothing drawn"),
        ("<table><tbody><tr><td>12</td></tr></tbody></table>", ""),
    ],
)
def test_a_broken_chart_is_seen(page: Page, html: str, fault: str) -> None:
    page.set_content(f"<div id=chart>{html}</div>")
    assert page.locator("#chart").evaluate(FAULT) == fault


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_no_request_leaves_the_machine(page: Page, slug: str) -> None:
    seen = visit(page, slug)
    assert seen.answers
    assert not seen.outside


def test_the_officer_lands_on_the_start_page(page: Page) -> None:
    page.goto("/")
    page.wait_for_selector(".dashboard-component-chart-holder")
    assert page.url.endswith("/superset/dashboard/start/")


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_how_old_the_figures_are_and_that_they_are_invented_is_in_the_first_view(
    page: Page, stack: Settings, slug: str
) -> None:
    with connect(stack, "reader") as connection:
        row = connection.execute(
            "select gepubliceerd_tekst, is_voorbeelddata from monitor.publicatie"
        ).fetchone()
    assert row is not None
    page.goto(f"/superset/dashboard/{slug}/")
    page.wait_for_selector(f"text={row[0]}")
    place = page.locator(f"text={row[0]}").first.bounding_box()
    assert place is not None
    assert place["y"] < 700
    assert page.locator("text=VOORBEELDDATA").first.is_visible() == row[1]


def test_every_status_on_the_start_page_has_its_word_and_its_mark(
    page: Page, stack: Settings
) -> None:
    with connect(stack, "reader") as connection:
        expected = dict(
            connection.execute(
                "select nummer, status_teken || ' ' || status_woord from marts.mart_afspraak_stand"
            ).fetchall()
        )
    assert len(expected) == 25
    visit(page, "start")
    table = page.locator(".dashboard-component-chart-holder", has_text="Stand van alle afspraken")
    rows = table.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    assert {row[1]: row[3] for row in rows} == expected


def test_choosing_a_corporation_shows_its_own_figure(page: Page, stack: Settings) -> None:
    with connect(stack, "reader") as connection:
        rows = connection.execute(
            "select corporatie_naam, bruto from marts.mart_efg_stand "
            "where gebied_soort = 'gemeente' order by bruto desc"
        ).fetchall()
    everybody, one = rows[0], rows[1]
    visit(page, "efg-naar-nul")
    figure = page.locator(".dashboard-component-chart-holder", has_text="E, F of G nu").first
    shown = figure.locator(".header-line")
    assert shown.inner_text() == f"{everybody[1]:,}".replace(",", ".")
    page.locator('[data-test="form-item-value"] .ant-select').first.click()
    page.locator(".ant-select-item-option", has_text=one[0]).click()
    page.locator('[data-test="filter-bar__apply-button"]').click()
    page.wait_for_function(
        "([element, text]) => element.innerText === text",
        arg=[shown.element_handle(), f"{one[1]:,}".replace(",", ".")],
    )


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_the_pages_are_dutch(page: Page, slug: str) -> None:
    visit(page, slug)
    text = page.inner_text("body")
    english = re.findall(
        r"\b(?:options?|records?|entries|Apply|Clear all|Search|No results|Settings|Loading"
        r"|Sign in|rows|Total|Metric|hours? ago|minutes? ago)\b",
        text,
    )
    assert not english


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_what_is_warmed_up_is_what_the_browser_asks_for(
    page: Page, stack: Settings, slug: str
) -> None:
    warmed = show.warm(stack)
    assert warmed.charts >= 20
    seen = visit(page, slug)
    fresh = {chart for chart, (_, result) in seen.answers.items() if not result.get("is_cached")}
    assert seen.answers
    assert not fresh


def test_the_officer_does_not_reach_sql_lab_or_anybodys_settings(
    officer: BrowserContext, http: httpx.Client
) -> None:
    page = officer.new_page()
    page.goto("/sqllab/")
    assert page.locator(".ace_editor").count() == 0
    assert page.locator("text=SQL Lab").count() == 0
    page.close()
    token = http.get("/api/v1/security/csrf_token/").json()["result"]
    http.headers["X-CSRFToken"] = token
    http.headers["Referer"] = str(http.base_url)
    query = {"database_id": 1, "sql": "select 1", "client_id": "x"}
    refused = {
        "a query": http.post("/api/v1/sqllab/execute/", json=query),
        "databases": http.get("/api/v1/database/"),
        "users": http.get("/api/v1/security/users/"),
        "roles": http.get("/api/v1/security/roles/"),
        "a change": http.put("/api/v1/dashboard/1", json={"dashboard_title": "anders"}),
        "a removal": http.delete("/api/v1/chart/1"),
        "a new chart": http.post("/api/v1/chart/", json={"slice_name": "x"}),
        "everything as a file": http.get("/api/v1/assets/export/"),
    }
    assert {name: answer.status_code for name, answer in refused.items()} == dict.fromkeys(
        refused, 403
    )


def test_nobody_sees_anything_without_a_login(stack: Settings) -> None:
    with httpx.Client(base_url=show.base_url(stack), timeout=60) as nobody:
        assert nobody.get("/superset/dashboard/start/").status_code == 302
        assert nobody.get("/api/v1/chart/1/data/").status_code == 401
        assert nobody.get("/api/v1/dashboard/").json().get("count", 0) == 0
        assert nobody.get("/swagger/v1").status_code == 404


def test_superset_listens_on_this_machine_only_and_forbids_other_hosts(stack: Settings) -> None:
    answer = httpx.get(f"{show.base_url(stack)}/login/", timeout=60)
    policy = answer.headers["content-security-policy"]
    assert "http:" not in policy
    assert "https:" not in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy


def test_guessing_a_password_is_stopped(stack: Settings) -> None:
    """Last, for the limit holds for a minute."""
    with httpx.Client(base_url=show.base_url(stack), timeout=60) as guesser:
        guess = {"username": "niemand", "password": "raad", "provider": "db"}
        answers = [
            guesser.post("/api/v1/security/login", json=guess).status_code for _ in range(60)
        ]
    assert answers[0] in (401, 429)
    assert answers.count(429) >= 10


def test_screens_are_kept_for_whoever_wants_to_look(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    kept: list[Path] = sorted(tmp_path_factory.getbasetemp().glob("*.png"))
    assert [path.stem for path in kept] == DASHBOARDS
