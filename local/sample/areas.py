"""The true areas of Heerlen with their CBS codes and names, and schematic shapes for the map."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from local.sample import story

FACTS = Path(__file__).with_name("facts")
SOURCE = "Bron: CBS, Kerncijfers wijken en buurten, CC BY 4.0"

Point = tuple[float, float]

# A rough outline of the municipality; the true borders are CBS/Kadaster's.
OUTLINE: tuple[Point, ...] = (
    (5.896, 50.918),
    (5.935, 50.884),
    (5.980, 50.850),
    (6.004, 50.832),
    (6.020, 50.822),
    (6.024, 50.828),
    (6.024, 50.870),
    (6.012, 50.926),
    (5.964, 50.934),
    (5.928, 50.936),
    (5.904, 50.928),
)


def read_areas() -> pd.DataFrame:
    """Areas as in facts/gebieden.csv, text throughout, with coordinates as numbers."""
    areas = pd.read_csv(FACTS / "gebieden.csv", sep=";", dtype=str, keep_default_na=False)
    for column in ("lengtegraad", "breedtegraad", "oppervlakte_ha"):
        areas[column] = pd.to_numeric(areas[column], errors="coerce")
    return areas


def read_figures() -> pd.DataFrame:
    """Key figures 2016 to 2020 as in facts/kerncijfers.csv; missing is NaN."""
    return pd.read_csv(FACTS / "kerncijfers.csv", sep=";", dtype={"gebied": str, "jaar": int})


def buurten() -> pd.DataFrame:
    areas = read_areas()
    own = areas["gemeente"].eq(story.GEMEENTE) & areas["soort"].eq("buurt")
    return areas[own].reset_index(drop=True)


def wijk_code(number: int) -> str:
    return f"WK0917{number:02d}"


def pdok_collections() -> dict[str, dict[str, Any]]:
    """GeoJSON collections as PDOK serves them: gemeenten, wijken, buurten.

    The shapes are Voronoi cells around the true centres: recognisable, and not the real borders.
    """
    areas = read_areas()
    own = areas[areas["gemeente"].eq(story.GEMEENTE)]
    centres = {
        row.code: (float(row.lengtegraad), float(row.breedtegraad))
        for row in own[own["soort"].eq("buurt")].itertuples()
    }
    cells = _voronoi(centres)
    wijk_of = dict(zip(own["code"], own["wijk"], strict=True))
    wijken: dict[str, list[list[Point]]] = {}
    for code, cell in cells.items():
        wijken.setdefault(wijk_of[code], []).append(cell)

    def feature(
        number: int, shapes: list[list[Point]], properties: dict[str, Any]
    ) -> dict[str, Any]:
        return {
            "type": "Feature",
            "id": number,
            "properties": properties | {"jrstatcode": f"2024{properties['_code']}"},
            "geometry": {"type": "MultiPolygon", "coordinates": [[s] for s in shapes]},
        }

    collections: dict[str, dict[str, Any]] = {}
    for name, soort in (("gemeenten", "gemeente"), ("wijken", "wijk"), ("buurten", "buurt")):
        features = []
        for number, row in enumerate(own[own["soort"].eq(soort)].itertuples(), start=1):
            common = {
                "_code": row.code,
                "gemeentecode": story.GEMEENTE,
                "gemeentenaam": "Heerlen",
                "jaar": 2024,
                "water": "NEE",
                "oppervlakte_totaal_in_ha": int(row.oppervlakte_ha),
                "geometrie": "schematisch",
                "herkomst": story.VOORBEELD + " (codes en namen: CBS)",
            }
            if soort == "buurt":
                shapes = [cells[row.code]]
                common |= {"buurtcode": row.code, "buurtnaam": row.naam, "wijkcode": row.wijk}
            elif soort == "wijk":
                shapes = _dissolve(wijken[row.code])
                common |= {"wijkcode": row.code, "wijknaam": row.naam}
            else:
                shapes = [[*OUTLINE, OUTLINE[0]]]
            made = feature(number, shapes, common)
            del made["properties"]["_code"]
            features.append(made)
        collections[name] = {"type": "FeatureCollection", "features": features}
    return collections


def _voronoi(centres: dict[str, Point]) -> dict[str, list[Point]]:
    """The part of the outline that is nearer to each centre than to any other."""
    squeeze = 0.63  # a degree of longitude is that much shorter than one of latitude here
    flat = {code: (x * squeeze, y) for code, (x, y) in centres.items()}
    outline = [(x * squeeze, y) for x, y in OUTLINE]
    cells = {}
    for code, (x, y) in flat.items():
        cell = outline
        for other, (u, v) in flat.items():
            if other != code:
                a, b = u - x, v - y
                cell = _keep_side(cell, a, b, a * (x + u) / 2 + b * (y + v) / 2)
        ring = [(round(px / squeeze, 5), round(py, 5)) for px, py in cell]
        ring = [p for i, p in enumerate(ring) if p != ring[i - 1]]
        cells[code] = [*ring, ring[0]]
    return cells


def _keep_side(polygon: list[Point], a: float, b: float, c: float) -> list[Point]:
    """The polygon's part where a*x + b*y <= c."""
    kept: list[Point] = []
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        d0, d1 = a * x0 + b * y0 - c, a * x1 + b * y1 - c
        if d0 <= 0:
            kept.append((x0, y0))
        if (d0 < 0 < d1) or (d1 < 0 < d0):
            t = d0 / (d0 - d1)
            kept.append((x0 + t * (x1 - x0), y0 + t * (y1 - y0)))
    return kept


def _dissolve(cells: list[list[Point]]) -> list[list[Point]]:
    """Outer rings of adjoining cells: an edge that two cells share is no border."""
    edges: dict[Point, list[Point]] = {}
    drawn = {edge for cell in cells for edge in pairwise(cell)}
    for start, end in sorted(drawn):
        if (end, start) not in drawn:
            edges.setdefault(start, []).append(end)
    rings = []
    while edges:
        first = min(edges)
        ring, here = [first], first
        while True:
            there = edges[here].pop()
            if not edges[here]:
                del edges[here]
            ring.append(there)
            here = there
            if here == first or here not in edges:
                break
        if ring[0] == ring[-1] and len(ring) > 3:
            rings.append(ring)
    return rings or cells
