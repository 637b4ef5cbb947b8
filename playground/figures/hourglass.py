"""The picture of the network: an hourglass drawn to scale, encoder red, decoder green, the bottleneck between them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from playground.figures import palette
from playground.figures.numbers import count

WIDTH, HEIGHT = 720.0, 270.0
TOP, BOTTOM = 44.0, 222.0  # the tallest layer reaches from here to there
LEAST_HEIGHT = 4.0  # so that two units can be seen beside 784
COLUMN = 12.0
MARGIN = 34.0
MOST_DOTS = 24
LEAST_LABEL_DISTANCE = 52.0


def hourglass(layers: Sequence[int], latent_index: int, *, parameters: int | None = None) -> str:
    """The network as an SVG that fills its container's width; its text takes the page's colour.

    Every layer is a bar as tall as it has units, on one linear scale; bars that would be thinner than four points of the
    picture are drawn at four, and its description says so.

    Args:
        layers: units per layer, from the input to the output.
        latent_index: which of them is the bottleneck.
        parameters: written above the picture.
    """
    widest = max(layers)
    heights = [max(units / widest * (BOTTOM - TOP), LEAST_HEIGHT) for units in layers]
    step = (WIDTH - 2 * MARGIN) / max(len(layers) - 1, 1)
    centres = [MARGIN + place * step for place in range(len(layers))]
    parts = [_trapezoid(centres, heights, place, place < latent_index) for place, _ in enumerate(pairwise(layers))]
    parts += [_layer(x, height, layers[place], _colour(place, latent_index)) for place, (x, height) in
              enumerate(zip(centres, heights, strict=True))]  # fmt: skip
    parts += _labels(layers, latent_index, centres, step)
    if parameters is not None:
        parts.append(_text(WIDTH / 2, 16, f"{count(parameters)} parameters", "middle", "opacity:.75"))
    return _svg(parts, layers, latent_index, any(units / widest * (BOTTOM - TOP) < LEAST_HEIGHT for units in layers))


def _svg(parts: Sequence[str], layers: Sequence[int], latent_index: int, enlarged: bool) -> str:
    widths = ", ".join(map(str, layers))
    said = f"Layers of {widths} units; the bottleneck has {layers[latent_index]}. Heights are to scale."
    said += " Layers of very few units are drawn a little taller than scale, to be seen." if enlarged else ""
    return (
        f'<svg role="img" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'style="width:100%;height:auto;max-height:340px;display:block;font-family:inherit;font-size:15px" '
        f'fill="currentColor"><title>Autoencoder: hourglass network</title><desc>{escape(said)}</desc>'
        + "".join(parts)
        + "</svg>"
    )


def _colour(place: int, latent_index: int) -> str:
    if place == latent_index:
        return palette.BOTTLENECK
    return palette.ENCODER if place < latent_index else palette.DECODER


def _trapezoid(centres: Sequence[float], heights: Sequence[float], place: int, in_encoder: bool) -> str:
    """All connections between two layers, as the area that they fill."""
    middle = (TOP + BOTTOM) / 2
    left, right = centres[place] + COLUMN / 2, centres[place + 1] - COLUMN / 2
    a, b = heights[place] / 2, heights[place + 1] / 2
    points = f"{left:.1f},{middle - a:.1f} {right:.1f},{middle - b:.1f} {right:.1f},{middle + b:.1f} {left:.1f},{middle + a:.1f}"
    colour = palette.ENCODER if in_encoder else palette.DECODER
    return f'<polygon points="{points}" fill="{colour}" fill-opacity=".28"/>'


def _layer(x: float, height: float, units: int, colour: str) -> str:
    """A bar as tall as the layer is wide; single units as dots where they are few enough and have room."""
    middle = (TOP + BOTTOM) / 2
    bar = (
        f'<rect class="layer" x="{x - COLUMN / 2:.1f}" y="{middle - height / 2:.2f}" width="{COLUMN:g}" '
        f'height="{height:.2f}" rx="2" fill="{colour}"/>'
    )
    distance = height / units
    if units > MOST_DOTS or distance < 6:
        return bar
    dots = (
        f'<circle cx="{x:.1f}" cy="{middle - height / 2 + (unit + 0.5) * distance:.2f}" '
        f'r="{min(distance * 0.32, 3.6):.2f}" fill="#fff" fill-opacity=".9"/>'
        for unit in range(units)
    )
    return bar + "".join(dots)


def _labels(layers: Sequence[int], latent_index: int, centres: Sequence[float], step: float) -> list[str]:
    """Units below the layers (thinned out where they are many), and the names of the parts above."""
    every = max(1, round(LEAST_LABEL_DISTANCE / step + 0.49))
    last = len(layers) - 1
    shown = {place for place in range(len(layers)) if abs(place - latent_index) % every == 0} | {0, last}
    crowded = {place for place in shown - {0, last, latent_index}
               if min(place, last - place) * step < LEAST_LABEL_DISTANCE}  # fmt: skip
    texts = []
    for place in sorted(shown - crowded):
        x = min(max(centres[place], 26), WIDTH - 26)
        if place == latent_index:
            texts.append(_text(x, 244, f"m = {layers[place]}", "middle", f"font-weight:700;fill:{palette.BOTTLENECK}"))
        else:
            texts.append(_text(x, 244, count(layers[place]), "middle"))
    encoder = (centres[0] + centres[latent_index]) / 2
    decoder = (centres[latent_index] + centres[-1]) / 2
    texts += [
        _text(4, 264, "input x", "start", "opacity:.75"),
        _text(WIDTH - 4, 264, "output x̂", "end", "opacity:.75"),
        _text(centres[latent_index], 264, "code z", "middle", "opacity:.75"),
        _text(encoder, 36, "encoder", "middle", f"font-weight:600;fill:{palette.ENCODER}"),
        _text(decoder, 36, "decoder", "middle", f"font-weight:600;fill:{palette.DECODER}"),
    ]
    return texts


def _text(x: float, y: float, words: str, anchor: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:g}" text-anchor="{anchor}" style="{style}">{escape(words)}</text>'
