"""Serve the simulated publishers: `python -m local.publishers --sample DIR --port N`."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from local.publishers.app import EXAMPLE_KEY, create_app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--key", default=EXAMPLE_KEY, help="the EP-Online key that is accepted")
    options = parser.parse_args()
    app = create_app(options.sample, key=options.key)
    # The access log would hold signed links; /_requests has what may be known.
    uvicorn.run(app, host=options.host, port=options.port, log_level="critical", access_log=False)


if __name__ == "__main__":
    main()
