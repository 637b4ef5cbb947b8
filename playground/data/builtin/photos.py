"""Small pieces of two photos, as they ship with scikit-learn."""

from __future__ import annotations

import numpy as np

from playground.data.builtin.registry import Made, builtin

SIDE = 8  # px, of a patch
BLOCK = 40  # px, of the squares that a photo falls into
PER_BLOCK = 25  # patches
PHOTOS = {"palace": "china.jpg", "flower": "flower.jpg"}


@builtin(
    "Photo patches",
    "images",
    size=(8000, SIDE, SIDE, 3),
    label_name="photo",
    first_latent_dim=12,
    lesson="Natural images at close range are almost linear: PCA keeps up with a deep autoencoder, and its filters are "
    "the waves of JPEG.",
    licence="china.jpg by danielbuechele (flickr.com/photos/danielbuechele/6061409035) and flower.jpg by vultilion "
    "(flickr.com/photos/vultilion/6056698931), some rights reserved, CC BY 2.0; as shipped by scikit-learn.",
)
def patches(seed: int) -> Made:
    """A block is a group: no patch reaches into another block, so that no test patch overlaps a training one."""
    from sklearn.datasets import load_sample_image

    rng = np.random.default_rng(seed)
    photos = np.stack([load_sample_image(file) for file in PHOTOS.values()])  # (2, 427, 640, 3) uint8
    down, across = photos.shape[1] // BLOCK, photos.shape[2] // BLOCK
    photo, block_row, block_column = np.indices((len(photos), down, across)).reshape(3, -1, 1)  # one row per block
    inside = BLOCK - SIDE + 1  # places of a patch along each side of its block
    place = np.stack([rng.choice(inside**2, PER_BLOCK, replace=False) for _ in photo])  # (n_blocks, PER_BLOCK)
    row, column = block_row * BLOCK + place // inside, block_column * BLOCK + place % inside
    windows = np.lib.stride_tricks.sliding_window_view(photos, (SIDE, SIDE), axis=(1, 2))  # (…, 3, SIDE, SIDE)
    cut = windows[photo, row, column].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    order = rng.permutation(len(cut))
    return {
        "x": cut.reshape(len(cut), -1)[order].astype(np.float32),
        "value_range": (0.0, 255.0),
        "labels": np.array(list(PHOTOS)).repeat(down * across * PER_BLOCK)[order],
        "factors": {
            "row": row.ravel()[order].astype(np.float32),
            "column": column.ravel()[order].astype(np.float32),
        },
        "groups": np.arange(len(photo)).repeat(PER_BLOCK)[order],
    }
