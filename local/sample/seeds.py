"""Random streams by name, so that a change in one part leaves the draws of the others alone."""

from __future__ import annotations

import zlib

import numpy as np


class Dice:
    """Named random generators of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def stream(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, zlib.crc32(name.encode())])
