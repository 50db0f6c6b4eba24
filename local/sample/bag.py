"""The BAG around the sample's homes: each stands in the buurt that the sample says.

Homes that were demolished are no longer in it. A few objects differ from what corporations deliver,
as they do in reality; beside homes there are shops, and objects of a neighbouring municipality.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.sample.seeds import Dice

VBO: Final = (
    "id",
    "identificatie",
    "postcode",
    "huisnummer",
    "huisletter",
    "toevoeging",
    "gebruiksdoel",
    "oppervlakte",
    "status",
    "woonplaats_naam",
    "pand",
    "lengtegraad",
    "breedtegraad",
)
PAND: Final = ("id", "identificatie", "bouwjaar", "status", "lengtegraad", "breedtegraad")
STATUSES: Final = (
    "Verblijfsobject in gebruik",
    "Verblijfsobject in gebruik (niet ingemeten)",
    "Verbouwing verblijfsobject",
)
SHOPS: Final = 400
NEIGHBOURS: Final = 300
# within the box around the municipality, and outside its border
NEIGHBOUR_BOX: Final = ((5.900, 5.920), (50.825, 50.845))
# how near to the border of its buurt a home may stand
NEAREST: Final = 0.97

Floats = npt.NDArray[np.float64]


def bag_documents(
    everything: pd.DataFrame, collections: dict[str, Any], dice: Dice
) -> dict[str, Any]:
    """`verblijfsobject` and `pand` as columns and rows, in the order in which the service pages."""
    rng = dice.stream("bag")
    homes = everything[everything["eind"].ne("gesloopt")].reset_index(drop=True)
    n = len(homes)
    panden = homes.drop_duplicates("pand").reset_index(drop=True)
    x, y = _points(panden["buurt"], collections["buurten"], rng)
    at = pd.Series(np.arange(len(panden)), index=panden["pand"])[homes["pand"]].to_numpy()
    surface = homes["gebruiksoppervlakte"].to_numpy()
    other = rng.uniform(0, 1, n) < 0.02
    surface = np.where(other, (surface * rng.uniform(0.7, 0.85, n)).round(), surface).astype(int)
    purpose = np.select(
        [rng.uniform(0, 1, n) < 0.003, rng.uniform(0, 1, n) < 0.001],
        ["woonfunctie,winkelfunctie", "kantoorfunctie"],
        "woonfunctie",
    )
    status = rng.choice(STATUSES, n, p=[0.985, 0.01, 0.005])
    objects = pd.DataFrame(
        {
            "identificatie": homes["vbo"],
            "postcode": homes["postcode"],
            "huisnummer": homes["huisnummer"],
            "huisletter": homes["huisletter"],
            "toevoeging": homes["toevoeging"],
            "gebruiksdoel": purpose,
            "oppervlakte": surface,
            "status": status,
            "woonplaats_naam": "Heerlen",
            "pand": homes["pand"],
            "lengtegraad": x[at],
            "breedtegraad": y[at],
        }
    )
    shops = objects.sample(SHOPS, random_state=rng).assign(
        identificatie=[f"091701{k:010d}" for k in range(900_000, 900_000 + SHOPS)],
        gebruiksdoel="winkelfunctie",
        toevoeging="W",
    )
    neighbours = objects.sample(NEIGHBOURS, random_state=rng).assign(
        identificatie=[f"088201{k:010d}" for k in range(900_000, 900_000 + NEIGHBOURS)],
        postcode="6372AB",
        woonplaats_naam="Landgraaf",
        lengtegraad=rng.uniform(*NEIGHBOUR_BOX[0], NEIGHBOURS).round(6),
        breedtegraad=rng.uniform(*NEIGHBOUR_BOX[1], NEIGHBOURS).round(6),
    )
    objects = pd.concat([objects, shops, neighbours], ignore_index=True)
    objects["id"] = _ids(objects["identificatie"])
    objects["pand"] = _ids(objects["pand"])
    built = panden["bouwjaar"].to_numpy() + np.where(rng.uniform(0, 1, len(panden)) < 0.01, 7, 0)
    buildings = pd.DataFrame(
        {
            "id": _ids(panden["pand"]),
            "identificatie": panden["pand"],
            "bouwjaar": built,
            "status": "Pand in gebruik",
            "lengtegraad": x,
            "breedtegraad": y,
        }
    )
    return {
        "bag_verblijfsobject": _table(objects, VBO),
        "bag_pand": _table(buildings, PAND),
    }


def _table(frame: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, Any]:
    return {"columns": list(columns), "rows": frame[list(columns)].to_numpy().tolist()}


def _ids(identifications: pd.Series[str]) -> list[str]:
    """Feature ids in the shape of PDOK's, made from the BAG id."""
    return [f"{i[:8]}-{i[8:12]}-5{i[12:15]}-8{i[15]}00-{i[:12]}" for i in identifications]


def _points(
    buurt: pd.Series[str], collection: dict[str, Any], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """A point in the shape of each buurt; the shapes are convex."""
    shapes = {
        feature["properties"]["buurtcode"]: np.array(feature["geometry"]["coordinates"][0][0])[:-1]
        for feature in collection["features"]
    }
    x, y = np.empty(len(buurt)), np.empty(len(buurt))
    for code, ring in shapes.items():
        here = np.flatnonzero(buurt.eq(code))
        centre = ring.mean(axis=0)
        one, two = ring - centre, np.roll(ring, -1, axis=0) - centre
        area = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
        triangle = rng.choice(len(ring), here.size, p=area / area.sum())
        away = NEAREST * np.sqrt(rng.uniform(0, 1, (here.size, 1)))
        along = rng.uniform(0, 1, (here.size, 1))
        spot = centre + away * ((1 - along) * one[triangle] + along * two[triangle])
        x[here], y[here] = spot.round(6).T
    return x, y
