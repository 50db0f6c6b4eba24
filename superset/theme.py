"""Colours, type and logo of the monitor. Status colours come from the data, not from here."""

from __future__ import annotations

from urllib.parse import quote

INK = "#1d2b36"
BLUE = "#154273"
PAPER = "#f4f6f8"

_LOGO_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="210" height="36" viewBox="0 0 210 36">'
    '<rect x="1" y="4" width="28" height="28" rx="6" fill="#154273"/>'
    '<path d="M7 20v-6l8-6 8 6v6" fill="none" stroke="#fff" stroke-width="2.2" '
    'stroke-linecap="round" stroke-linejoin="round"/>'
    '<path d="M8 24l5 4 9-11" fill="none" stroke="#8fd3a8" stroke-width="2.6" '
    'stroke-linecap="round" stroke-linejoin="round"/>'
    '<text x="38" y="24" font-family="Inter,Helvetica,Arial,sans-serif" font-size="17" '
    'font-weight="600" fill="#154273">Afsprakenmonitor</text></svg>'
)
LOGO = "data:image/svg+xml," + quote(_LOGO_SVG)

# without one of ours Superset looks for a file that its wheel does not have, at every page
_SPINNER = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 48 48">'
    '<circle cx="24" cy="24" r="18" fill="none" stroke="#d5dde5" stroke-width="5"/>'
    '<path d="M24 6a18 18 0 0 1 18 18" fill="none" stroke="#154273" stroke-width="5" '
    'stroke-linecap="round"><animateTransform attributeName="transform" type="rotate" '
    'from="0 24 24" to="360 24 24" dur="1s" repeatCount="indefinite"/></path></svg>'
)

TOKENS = {
    "brandAppName": "Afsprakenmonitor",
    "brandLogoAlt": "Afsprakenmonitor",
    "brandLogoUrl": LOGO,
    "brandLogoHref": "/superset/dashboard/start/",
    "brandLogoHeight": "36px",
    "brandLogoMargin": "8px 0",
    "brandIconMaxWidth": 220,
    "brandSpinnerSvg": _SPINNER,
    "colorPrimary": BLUE,
    "colorLink": "#01689b",
    "colorInfo": "#01689b",
    "colorSuccess": "#2e7d4f",
    "colorWarning": "#c77700",
    "colorError": "#b3261e",
    "colorTextBase": INK,
    "colorBgLayout": PAPER,
    "borderRadius": 6,
    "fontSize": 14,
    "fontUrls": [],
    "fontFamily": "Inter, Helvetica, Arial, sans-serif",
    "fontWeightStrong": "600",
    # "Alle" and "Omkeren" beside a legend of two lines only distract
    "echartsOptionsOverrides": {"legend": {"selector": False}},
}

# measured, agreed, expected, and the rest; readable for colour-blind eyes and in grey print
CATEGORICAL = {
    "id": "afsprakenmonitor",
    "label": "Afsprakenmonitor",
    "isDefault": True,
    "colors": ["#154273", "#8a949e", "#c77700", "#01689b", "#5b8c5a", "#8e6fae", "#a05a2c"],
}
