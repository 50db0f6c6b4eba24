"""Deterministic sample: invented deliveries and registers around true areas and true CBS figures.

The same seed gives the same bytes. `story` holds the invented figures, `facts/` the true ones.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from local.sample import (
    addresses,
    areas,
    bag,
    cbs,
    cbs_series,
    certificates,
    deliveries,
    homes,
    leefbaarometer,
    municipal,
    mutations,
    parties,
    story,
)
from local.sample.seeds import Dice

STAMP = "sample.json"
DEFAULT_SEED = 917
POSTCODE_ZIP = "2025-cbs-pc6huisnr20250801_buurt.zip"


@dataclass(frozen=True)
class SampleSummary:
    """What was made: the hash of the generator and its facts, and how many rows of what."""

    inputs: str
    seed: int
    corporation_homes: int
    addresses: int
    certificates: int
    deliveries: dict[str, int]
    marked_as: str = story.VOORBEELD


def make_sample(out: Path, seed: int = DEFAULT_SEED) -> SampleSummary:
    """Write the sample to `out` (inbox/ and publishers/), or leave it when it is there already.

    A stamp holds the hash of the generator's own files; another generator or seed makes the whole
    sample anew, beside the old one, and then takes its place.
    """
    inputs = _inputs_hash()
    made = _read_stamp(out)
    if made and made.inputs == inputs and made.seed == seed:
        return made
    fresh = out.with_name(out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    summary = _generate(fresh, seed, inputs)
    text = json.dumps(asdict(summary), ensure_ascii=False, indent=2)
    (fresh / STAMP).write_text(text + "\n", encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    fresh.replace(out)
    return summary


@dataclass(frozen=True)
class World:
    """What the sample is made from: homes and addresses, certificates, and what is delivered."""

    dice: Dice
    corporate: pd.DataFrame
    everything: pd.DataFrame
    register: pd.DataFrame
    units: deliveries.Units


def make_world(seed: int = DEFAULT_SEED) -> World:
    dice = Dice(seed)
    corporate = homes.make_homes(dice)
    everything = addresses.add_private_homes(corporate, dice)
    everything = addresses.add_addresses(everything, dice)
    register = certificates.make_certificates(everything, dice)
    without = register.loc[register["rol"].eq("start") & register["zonder_vbo"], "home"]
    everything["zonder_vbo"] = everything.index.isin(without)
    return World(dice, corporate, everything, register, deliveries.make_units(everything, dice))


def _generate(out: Path, seed: int, inputs: str) -> SampleSummary:
    world = make_world(seed)
    dice, everything, register = world.dice, world.everything, world.register
    inbox = out / "inbox"
    delivered, homes_with_all = deliveries.write_deliveries(
        everything, register, world.units, inbox, dice
    )
    delivered |= parties.write_parties(world.units, register, homes_with_all, inbox, dice)

    publishers = out / "publishers"
    for table, documents in (cbs.v4_documents() | cbs_series.v4_documents()).items():
        _write_json(publishers / "cbs" / "v4" / table, documents)
    for table, documents in cbs_series.revised_documents().items():
        _write_json(publishers / "cbs" / "v4-herzien" / table, documents)
    for table, documents in cbs_series.v3_documents().items():
        _write_json(publishers / "cbs-dataderden" / "v3" / table, documents)
    _write_json(publishers / "cbs" / "v3" / cbs.V3_TABLE, cbs.v3_documents())
    collections = areas.pdok_collections()
    _write_json(publishers / "pdok", collections)
    _write_json(publishers / "pdok", bag.bag_documents(everything, collections, dice))
    (publishers / "cbs-download").mkdir()
    (publishers / "cbs-download" / POSTCODE_ZIP).write_bytes(addresses.postcode_file(everything))
    (publishers / "leefbaarometer").mkdir()
    (publishers / "leefbaarometer" / leefbaarometer.ZIP).write_bytes(leefbaarometer.open_data(dice))
    ep_online = publishers / "ep-online"
    (ep_online / "mutaties").mkdir(parents=True)
    total_file = certificates.certificate_file(register, dice)
    (ep_online / f"{certificates.FILE}.zip").write_bytes(total_file)
    rows = mutations.rows_of(total_file)
    for name, content in mutations.day_files(register, rows, dice).items():
        (ep_online / "mutaties" / name).write_bytes(content)
    (ep_online / mutations.STRAY_FILE).write_bytes(
        mutations.stray_homes(everything, register, rows, dice)
    )
    return SampleSummary(
        inputs=inputs,
        seed=seed,
        corporation_homes=len(world.corporate),
        addresses=len(everything),
        certificates=len(register),
        deliveries=delivered,
    )


def _write_json(folder: Path, documents: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _read_stamp(out: Path) -> SampleSummary | None:
    if not all((out / part).is_dir() for part in ("inbox", "publishers")):
        return None
    try:
        return SampleSummary(**json.loads((out / STAMP).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _inputs_hash() -> str:
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    own = sorted([*folder.glob("*.py"), *folder.glob("facts/*.csv")])
    for path in [*own, *municipal.register_files()]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
