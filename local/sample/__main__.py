"""Make the sample: `python -m local.sample --out DIR [--seed 917]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from local.sample import DEFAULT_SEED, make_sample


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    options = parser.parse_args()
    summary = make_sample(options.out, options.seed)
    print(
        f"voorbeelddata in {options.out}: {summary.corporation_homes} corporatiewoningen, "
        f"{len(summary.deliveries)} leveringen, {summary.certificates} certificaten"
    )


if __name__ == "__main__":
    main()
