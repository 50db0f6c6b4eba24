"""Whole numbers that add up to given margins."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class UnreachableMarginsError(ValueError):
    """No table of whole numbers has these margins under these caps."""


def largest_remainder(weights: npt.ArrayLike, total: int) -> Ints:
    """Split `total` over `weights`: rounded down, the largest remainders get the rest."""
    share = np.asarray(weights, dtype=float)
    if total == 0:
        return np.zeros(share.size, dtype=np.int64)
    if share.sum() <= 0:
        raise UnreachableMarginsError(f"{total} to divide over nothing")
    ideal = share / share.sum() * total
    parts = np.floor(ideal).astype(np.int64)
    order = np.argsort(-(ideal - parts), kind="stable")
    parts[order[: total - int(parts.sum())]] += 1
    return parts


def fit_table(
    seed: npt.ArrayLike,
    rows: npt.ArrayLike,
    columns: npt.ArrayLike,
    cap: npt.ArrayLike | None = None,
) -> Ints:
    """A whole-number table close to `seed` with exactly these row and column sums.

    Iterative proportional fitting gives the ideal table of fractions. It is rounded down, and the
    units that are then missing are handed out one by one: to the cell with the largest fraction
    whose row and column both still lack one, and where no such cell is left, along an augmenting
    path (a unit more here, one less there) as in a transport problem. Cells with seed 0 stay 0;
    no cell exceeds its cap.

    Raises UnreachableMarginsError when the margins cannot be met.
    """
    start = np.asarray(seed, dtype=float)
    row_sum = np.asarray(rows, dtype=np.int64)
    column_sum = np.asarray(columns, dtype=np.int64)
    limit = (
        np.full(start.shape, row_sum.sum(), dtype=np.int64)
        if cap is None
        else np.asarray(cap, dtype=np.int64)
    )
    limit = np.where(start > 0, limit, 0)
    if row_sum.sum() != column_sum.sum():
        raise UnreachableMarginsError(f"rows {row_sum.sum()}, columns {column_sum.sum()}")
    ideal = _proportional(start, row_sum.astype(float), column_sum.astype(float), limit)
    table = np.minimum(np.floor(ideal + 1e-9).astype(np.int64), limit)
    while (missing := int(row_sum.sum() - table.sum())) > 0:
        short_rows = np.flatnonzero(table.sum(axis=1) < row_sum)
        short_columns = np.flatnonzero(table.sum(axis=0) < column_sum)
        block = np.ix_(short_rows, short_columns)
        gain = np.where(table[block] < limit[block], (ideal - table)[block], -np.inf)
        if gain.size and gain.max() > -np.inf:
            i, j = np.unravel_index(int(np.argmax(gain)), gain.shape)
            table[short_rows[i], short_columns[j]] += 1
        elif not _augment(table, limit, set(short_rows.tolist()), set(short_columns.tolist())):
            raise UnreachableMarginsError(f"{missing} units find no place")
    return table


def _proportional(start: Floats, rows: Floats, columns: Floats, limit: Ints) -> Floats:
    table = start.copy()
    for _ in range(200):
        for axis, wanted in ((1, rows), (0, columns)):
            have = table.sum(axis=axis)
            factor = np.divide(wanted, have, out=np.zeros_like(wanted), where=have > 0)
            table = table * (factor[:, None] if axis == 1 else factor[None, :])
        table = np.minimum(table, limit)
    over_row = np.maximum(table.sum(axis=1) / np.maximum(rows, 1e-9), 1.0)
    table = table / over_row[:, None]
    over_column = np.maximum(table.sum(axis=0) / np.maximum(columns, 1e-9), 1.0)
    return table / over_column[None, :]


def _augment(table: Ints, limit: Ints, sources: set[int], sinks: set[int]) -> bool:
    """One unit from a short row to a short column, moving units of other rows out of the way."""
    came_from: dict[tuple[str, int], tuple[str, int] | None] = {("r", i): None for i in sources}
    queue = deque(came_from)
    while queue:
        kind, here = queue.popleft()
        if kind == "c" and here in sinks:
            node: tuple[str, int] = (kind, here)
            while (previous := came_from[node]) is not None:
                if node[0] == "c":
                    table[previous[1], node[1]] += 1
                else:
                    table[node[1], previous[1]] -= 1
                node = previous
            return True
        reachable = (
            np.flatnonzero(table[here] < limit[here])
            if kind == "r"
            else np.flatnonzero(table[:, here] > 0)
        )
        other = "c" if kind == "r" else "r"
        for there in reachable.tolist():
            if (other, there) not in came_from:
                came_from[(other, there)] = (kind, here)
                queue.append((other, there))
    return False
