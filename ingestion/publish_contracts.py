"""Everything that is made from the delivery contracts, written where it is committed.

    python -m ingestion.publish_contracts [--check]

`--check` writes nothing: it names what is out of step with the contracts and ends with 1.
"""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from pathlib import Path

from afspraken.settings import ROOT
from ingestion.contract import entities, load_contract
from ingestion.rendering import pages, staging, workbooks

# folders in which every file of these forms is made; what no contract makes any more is stale
_OURS = {staging.FOLDER: "stg_levering__*", workbooks.FOLDER: "*.xlsx"}


def made() -> dict[str, bytes]:
    """Path below the root and content of every file that follows from the contracts."""
    contracts = [load_contract(entity) for entity in entities()]
    texts = {**staging.staging_files(contracts), **pages.page_files(contracts)}
    return {
        **{path: text.encode() for path, text in texts.items()},
        **workbooks.workbook_files(contracts),
    }


def out_of_step(root: Path = ROOT) -> list[str]:
    """Paths of files that are missing, differ from their contract, or have none any more."""
    wanted = made()
    differing = [path for path, content in wanted.items() if not _is_there(root / path, content)]
    return sorted([*differing, *_stale(root, set(wanted))])


def publish(root: Path = ROOT) -> list[str]:
    """Write what is out of step and remove what is stale; returns those paths."""
    wanted = made()
    changed = out_of_step(root)
    for path in changed:
        if path in wanted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(wanted[path])
        else:
            (root / path).unlink()
    return changed


def _is_there(path: Path, content: bytes) -> bool:
    if not path.is_file():
        return False
    present = path.read_bytes()
    if present == content or path.suffix != ".xlsx":
        return present == content
    # another zlib packs the same parts into other bytes
    try:
        return _parts(present) == _parts(content)
    except zipfile.BadZipFile:
        return False


def _parts(workbook: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _stale(root: Path, wanted: set[str]) -> list[str]:
    present = [
        str(path.relative_to(root))
        for folder, pattern in _OURS.items()
        for path in (root / folder).glob(pattern)
    ]
    return [path for path in present if path not in wanted]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ingestion.publish_contracts", description=__doc__
    )
    parser.add_argument("--check", action="store_true", help="write nothing, tell what differs")
    asked = parser.parse_args(arguments)
    changed = out_of_step() if asked.check else publish()
    for path in changed:
        print(path)
    if asked.check and changed:
        print("Remedy: afspraken contracts", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
