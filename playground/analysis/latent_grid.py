"""Points spread evenly over a map of codes, for the decoder to show what it makes of them."""

from __future__ import annotations

import numpy as np

from playground.data.dataset import FloatArray

CENTRAL = (0.01, 0.99)  # quantiles of the codes between which the points lie: a few far ones would stretch it


def latent_shape(latent_dim: int, *, fine: bool) -> tuple[int, int]:
    """Rows and columns of the points: one row where there is only one unit.

    Args:
        latent_dim: units of the code.
        fine: for a curve or surface through 2-D or 3-D points; else for a few pictures, waves or rows.
    """
    if latent_dim == 1:
        return 1, 64 if fine else 12
    return (16, 16) if fine else (6, 6)


def latent_points(
    z: FloatArray,
    turn: FloatArray | None = None,
    shift: FloatArray | None = None,
    *,
    fine: bool = False,
) -> FloatArray:
    """Codes (rows * columns, m), row by row from the top left of the map; all units but the shown two at their median.

    Columns go right along the map's first direction, rows down along its second, over the central 98 % of the codes.
    They are straight along units 1 and 2, or along the directions of the turned map, so that pictures flip as little
    as the map does. Codes that are not finite are left out; where there are none, all points are 0.

    Args:
        z: codes (k, m).
        turn: of the map (d, d), d = min(2, m), as `procrustes` gives it; not turned if left out.
        shift: of the map (d,).
        fine: see `latent_shape`.
    """
    m = z.shape[1]
    rows, columns = latent_shape(m, fine=fine)
    finite = z[np.isfinite(z).all(axis=1)].astype(np.float64)
    if not len(finite):
        return np.zeros((rows * columns, m), np.float32)
    d = min(2, m)
    axes = np.eye(d) if turn is None else turn.astype(np.float64)
    start = np.zeros(d) if shift is None else shift.astype(np.float64)
    low, high = np.quantile(finite[:, :d] @ axes + start, CENTRAL, axis=0)
    across = np.linspace(low[0], high[0], columns)
    if d == 1:
        on_map = across[:, None]
    else:
        down = np.linspace(high[1], low[1], rows)
        on_map = np.stack([np.tile(across, rows), np.repeat(down, columns)], axis=1)
    points = np.tile(np.median(finite, axis=0), (rows * columns, 1))
    points[:, :d] = (on_map - start) @ axes.T
    return points.astype(np.float32)
