"""Open data of the Leefbaarometer: true buurten, invented scores, in the shape of 2024's zip."""

from __future__ import annotations

import csv
import io
from typing import Final

import numpy as np

from local.sample import areas, story
from local.sample.addresses import zip_bytes
from local.sample.seeds import Dice

ZIP: Final = "open-data-leefbaarometer-meting-2024.zip"
FOLDER: Final = "Leefbaarometer 3.0 - Meting 2024 - open data"
YEARS: Final = (2014, 2016, 2018, 2020, 2022, 2024)
PARTS: Final = ("fys", "onv", "soc", "vrz", "won")
# what parts contribute to the deviation from the country, on average
LEVEL: Final = {"fys": 0.01, "onv": -0.05, "soc": 0.0, "vrz": 0.03, "won": -0.06}
COUNTRY: Final = 4.15
# a buurt of Goirle whose code holds the digits of Heerlen, and one of Amsterdam with letters
ELSEWHERE: Final = (("BU07850917", "Rivieren"), ("BU0363AF01", "Uilenburg"))
# too few inhabitants for a score
WITHOUT_SCORE: Final = 2


def open_data(dice: Dice) -> bytes:
    """The zip: scores of buurten, of wijken, and a text that says what this is."""
    rng = dice.stream("leefbaarometer")
    own = areas.buurten()
    places = [*zip(own["code"], own["naam"], strict=True), *ELSEWHERE]
    base = {code: rng.normal(0, 0.03, len(PARTS)) for code, _ in places}
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(["jaar", "bu_code", "bu_naam", "lbm", "kl_lbm", "afw", *PARTS])
    for year in YEARS:
        for number, (code, name) in enumerate(places):
            trend = (year - YEARS[0]) * 0.002
            drawn = base[code] + rng.normal(0, 0.005, len(PARTS)) + trend
            parts = [LEVEL[part] + value for part, value in zip(PARTS, drawn, strict=True)]
            deviation = float(np.sum(parts))
            if len(own) - WITHOUT_SCORE <= number < len(own):
                rows.writerow([year, code, name, *["NA"] * (3 + len(PARTS))])
                continue
            score = COUNTRY + deviation
            figures = [f"{value:.6f}" for value in (deviation, *parts)]
            rows.writerow([year, code, name, f"{score:.6f}", round(score * 2 - 2), *figures])
    return zip_bytes(
        {
            f"{FOLDER}/Leefbaarometer-scores buurten 2002-2024.csv": text.getvalue().encode(),
            f"{FOLDER}/Leefbaarometer-scores wijken 2002-2024.csv": b"jaar,wk_code,wk_naam,lbm\r\n",
            f"{FOLDER}/leesmij.txt": f"{story.VOORBEELD}; codes en namen: CBS.\r\n".encode(),
        }
    )
