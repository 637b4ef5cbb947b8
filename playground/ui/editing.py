"""Edit, draw, see: the sample on the bench is changed in the browser, and everything that is made of it follows."""

from __future__ import annotations

import numpy as np
import streamlit as st

from playground.analysis.placement import Placement, placement
from playground.analysis.strange import place_among
from playground.data.dataset import FloatArray, OwnArray
from playground.data.shown import kind_of
from playground.data.table_scaler import TableScaler
from playground.figures.numbers import count, three
from playground.runs.run import Run
from playground.ui import bench, carried, codes, looks, messages, reproduce, state
from playground.ui.coded import coded
from playground.ui.components.bench import (
    Known,
    Results,
    bench_payload,
    carry_known,
    cells_payload,
    slider_ends,
)
from playground.ui.components.bench import bench as bench_component
from playground.ui.held_out import held_out, version
from playground.ui.moving import as_colour

MOST_CODES = 2000  # of held-out rows on the small map
MOST_CELLS = 64  # columns of plain numbers that can be edited one by one
MOST_PCA_NUMBERS = 2_000_000  # of its components
MOST_NAMED_UNITS = 64
PASSES = 64
_TOKEN = "_bench_token"  # (run's id, the edited sample, which edit of the browser's it was)

PYTHON = """import numpy as np

row = {row}  # in your own units; change any of it
x = split.scaler.apply(row[None])
for name, codec in codecs.items():
    x_hat = codec.reconstruct(x)
    print(name, np.nansum((x - x_hat) ** 2), dataset.in_words(split.scaler.undo(x_hat)))
again = x
for _ in range({passes}):  # passed through again and again
    again, before = trainer.best.reconstruct(again), again
    print(np.nansum((again - before) ** 2))
"""


def show(run: Run, network: str | None) -> None:
    """Draws the bench; call it outside of every fragment.

    Args:
        run: a finished one.
        network: the key that `carried.carry(run, encode=True)` gave; None where it is too large for a browser.
    """
    st.subheader("Edit, draw, see")
    with messages.shown():
        carry_known(key="bench_known", known=_known(str(run.folder), version(run), run))
        _bench(run, network)


@st.fragment
@messages.shown()
def _bench(run: Run, network: str | None) -> None:
    sample = bench.on_show(run)
    known = _known(str(run.folder), version(run), run)
    if network is None:
        st.caption(messages.plain(f"{carried.why_not(run, encode=True)}"))
    x = bench.scaled(run, sample)
    told = bench_component(
        key="bench",
        dataset=run.dataset,
        data=bench_payload(
            run=run.id,
            known=known.key,
            network=network,
            x=sample.x,
            origin=sample.origin,
            words=sample.words,
            token=_token(run, sample.x),
            is_held_out=sample.place is not None or place_among(x, held_out(run).x) is not None,
            results=None if network else _results(run, x),
        ),
    )
    if told.is_back:
        bench.back(run)
        st.rerun()
    if told.x is not None:
        bench.put(run, _edited(run, sample, told.x, told.origin))
        state.put({_TOKEN: (run.id, bench.on_show(run).x, told.token)}, only_missing=False)
        st.rerun()  # everything else on the page looks at it too
    st.caption(messages.plain(" ".join(_said(run, known))))
    reproduce.panel(run, PYTHON.format(row=_as_code(run, sample), passes=PASSES), key="reproduce_bench")


def _edited(run: Run, sample: bench.Sample, x: OwnArray, origin: str) -> bench.Sample:
    if origin == "drawn":
        return bench.Sample(x, "drawn", "your drawing")
    words = sample.words if sample.origin in ("edited", "drawn") else f"{sample.words}, edited"
    return bench.Sample(x, "edited", words if words.endswith("edited") else f"{words}, edited")


def _token(run: Run, x: OwnArray) -> str:
    """Which edit of the browser's the sample is; "" where it comes from elsewhere."""
    kept = state.got(_TOKEN)
    if isinstance(kept, tuple) and kept[0] == run.id and np.array_equal(kept[1], x, equal_nan=True):
        return str(kept[2])
    return ""


def _as_code(run: Run, sample: bench.Sample) -> str:
    """The sample for the Reproduce panel: a row of the data set where it is one, else its numbers."""
    if sample.place is not None:
        return f"dataset.x[{int(run.split.test_rows[sample.place])}]"
    values = ", ".join("np.nan" if np.isnan(value) else f"{value:.9g}" for value in sample.x.tolist())
    return f"np.array([{values}], dtype=np.{sample.x.dtype.name})"


def _said(run: Run, known: Known) -> list[str]:
    n = len(held_out(run).rows)
    said = [
        "Errors are sums of squares over the features in scaled units, as on the compare page; the thin mark is the "
        f"mean over all {count(n)} held-out rows."
    ]
    if len(known.codes) < n:
        said.append(f"The map shows {count(len(known.codes))} of them, drawn by chance.")
    if kind_of(run.dataset) == "table":
        said.append(
            "In the blend and the passes each cell is a column: blue below its mean, orange above, a category's levels "
            "as stripes."
        )
    if known.placement is not None:
        said.append(_placed(known.placement))
    if not run.dataset.columns and kind_of(run.dataset) == "table" and run.dataset.n_features > MOST_CELLS:
        said.append(f"The first {MOST_CELLS} of {count(run.dataset.n_features)} columns can be edited.")
    return said


def _placed(place: Placement) -> str:
    spread, centre = max(place.spread), " and ".join(three(each) for each in place.centre)
    if place.is_centred:
        return (
            f"A drawing is placed as the training pictures are: their longer side is {three(place.side)} pixels in "
            f"the mean, and their centres of mass vary by only {three(spread)} pixels about row and column {centre}."
        )
    return (
        f"A drawing stays where it is drawn, for the training pictures are not centred: their centres of mass vary by "
        f"{three(spread)} pixels, or their ground is not even."
    )


# ---- what is computed


def _results(run: Run, x: FloatArray) -> Results:
    model = run.codec()
    z = model.encode(x[None])
    passes, changes = [], []
    now = x
    for done in range(1, PASSES + 1):
        after = model.reconstruct(now[None])[0]
        changes.append(float(np.nansum(np.square(after.astype(np.float64) - now))))
        now = after
        if done & (done - 1) == 0:
            passes.append(now)
    return Results(z[0], model.decode(z)[0], run.pca().reconstruct(x[None])[0], np.stack(passes), np.array(changes))


@st.cache_resource(max_entries=4, show_spinner=False)
def _known(folder: str, changed: int, _run: Run) -> Known:
    dataset, split = _run.dataset, _run.split
    held, train = held_out(_run), coded(_run, "train")
    look = looks.look(_run)
    kind, m = kind_of(dataset), train.z.shape[1]
    rows = np.sort(np.random.default_rng(0).permutation(len(held.z))[:MOST_CODES])
    units = sorted(int(unit) for unit in np.argsort(-train.z.std(axis=0), kind="stable")[:2])
    own = dataset.x[split.train_rows]
    pca = _run.pca()
    name, column = next(iter(dataset.colours.items()), ("", None))
    domain = dataset.value_range or ((look["low"], look["high"]) if kind == "image" else None)
    return Known(
        key=f"{_run.id}-{changed}",
        look=look,
        cells=_cells(_run, own),
        is_table=bool(dataset.columns),
        mean=_run.mean().mean,
        pca=(pca.mean, pca.components) if pca.components.size <= MOST_PCA_NUMBERS else None,
        codes=held.z[rows][:, units],
        units=units,
        names=[codes.unit_name(unit) for unit in range(min(m, max(MOST_NAMED_UNITS, *units) + 1))],
        colour=None if column is None else as_colour(name, column, split.test_rows[rows]),
        ranges=np.quantile(train.z, (0.01, 0.99), axis=0).T,
        errors=held.errors,
        usual={codec: float(held_out(_run, codec).errors.mean()) for codec in ("autoencoder", "pca", "mean")},
        placement=placement(own, dataset.grid or (), look["low"], look["high"]) if kind == "image" else None,
        domain=domain,
    )


def _cells(run: Run, train: OwnArray) -> list[dict[str, object]]:
    """The columns that can be edited one by one: of tables and points."""
    dataset = run.dataset
    if isinstance(run.split.scaler, TableScaler):
        return cells_payload(dataset.columns, looks.columns_payload(run.split.scaler), train)
    if kind_of(dataset) not in ("table", "points"):
        return []
    units = dataset.units or ("",) * dataset.n_features
    return [
        {"name": name, "unit": unit, "start": place} | slider_ends(train[:, place])
        for place, (name, unit) in enumerate(zip(dataset.feature_names[:MOST_CELLS], units, strict=False))
    ]
