"""The one palette: the same colour means the same thing on every page, in light and in dark.

Each of the four differs from the others in lightness as well as in hue, so that they stay apart for colour-blind
readers, and each keeps a contrast of at least 3:1 against both the white and the near-black page.
"""

from __future__ import annotations

ENCODER = "#D03B47"  # red: the encoder, and what is special to the autoencoder
DECODER = "#2FA36B"  # green: the decoder, and what it makes (reconstructions)
PCA = "#3D7DD8"  # blue: everything of PCA
MEAN = "#8B8F99"  # grey: the mean baseline, and originals where they only serve as a reference
BOTTLENECK = "#B8860B"  # amber: the code between the two

# Ten classes (Okabe and Ito 2008 first, then Paul Tol's muted set), none of them the four above.
CLASSES = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#CC79A7",
    "#0072B2",
    "#D55E00",
    "#9467BD",
    "#7F6A3F",
    "#17A2A2",
    "#999933",
)

# A perceptually even scale for numbers (Viridis, Smith and van der Walt 2015), from low to high.
SEQUENTIAL = ("#440154", "#414487", "#2A788E", "#22A884", "#7AD151", "#FDE725")

# Differences: below the original blue, no difference neutral, above it orange (ColorBrewer PuOr, turned).
DIVERGING = ("#2166AC", "#92C5DE", "#F7F7F7", "#F4A582", "#B2182B")


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255 each, of a colour of this palette ("#D03B47")."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def translucent(colour: str, opacity: float) -> str:
    """A colour of this palette for CSS and Plotly, letting the page shine through; opacity 0 to 1."""
    red, green, blue = rgb(colour)
    return f"rgba({red}, {green}, {blue}, {opacity:g})"
