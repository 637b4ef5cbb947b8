"""Filling in, against what is known exactly."""

import dataclasses

import numpy as np
import pytest

from playground.analysis.imputation import (
    LIMIT,
    Columns,
    best_passes,
    by_codec,
    by_mean,
    hide,
    holed,
    overall,
    own_errors,
    unit_of,
)
from playground.data import load
from playground.data.columns import Column
from playground.data.split import Split
from playground.models.autoencoder import build
from playground.models.pca import PCA
from playground.training.recipe import recommended


@pytest.fixture(scope="module")
def penguins():
    return Split.of(load("penguins"))


@pytest.fixture(scope="module")
def sheet():
    return Split.of(load("flat_sheet"))


def test_hidden_cells_are_known_ones_of_the_wanted_share_and_some_cell_stays(penguins):
    columns, x = Columns.of(penguins), penguins.x
    for share in (0.1, 0.5, 0.9):
        hidden = hide(x, columns, share, 0)
        known = columns.known(x)
        assert not (hidden & ~known).any()
        assert (known & ~hidden)[known.any(axis=1)].any(axis=1).all()
        if share <= 0.5:
            assert hidden.sum() / known.sum() == pytest.approx(share, abs=0.02)
    assert (hide(x, columns, 0.2, 0) <= hide(x, columns, 0.4, 0)).all()
    assert not np.array_equal(hide(x, columns, 0.3, 0), hide(x, columns, 0.3, 1))


def test_known_cells_are_never_touched(penguins):
    columns, x = Columns.of(penguins), penguins.x_test
    given = holed(x, hide(x, columns, 0.5, 0), columns)
    spec = recommended(load("penguins"))
    codecs = [PCA.fit(penguins.x_train, 2), build(spec, penguins.n_features, penguins.layout).eval()]
    for filled in [by_mean(given, columns), *(by_codec(codec, given, columns, 3) for codec in codecs)]:
        known = ~np.isnan(given)
        assert np.array_equal(filled[known], given[known])
        assert np.isfinite(filled).all()


def test_the_first_pass_of_the_autoencoder_is_told_of_the_holes(penguins):
    columns, x = Columns.of(penguins), penguins.x_test
    given = holed(x, hide(x, columns, 0.4, 0), columns)
    flagged = np.where(np.isnan(given) & ~columns.told, columns.fill, given)
    model = build(recommended(load("penguins")), penguins.n_features, penguins.layout).eval()
    holes = np.isnan(given)
    assert np.array_equal(by_codec(model, given, columns)[holes], model.reconstruct(flagged)[holes])


def test_pca_until_nothing_moves_is_the_least_squares_fit_of_the_known_cells(sheet):
    pca, columns, x = PCA.fit(sheet.x_train, 3), Columns.of(sheet), sheet.x_test[:30]
    given = holed(x, hide(x, columns, 0.4, 0), columns)
    filled = by_codec(pca, given, columns, LIMIT)
    for row, got in zip(given, filled, strict=True):
        known = ~np.isnan(row)
        z, *_ = np.linalg.lstsq(pca.components[:, known].T, (row - pca.mean)[known], rcond=None)
        assert np.allclose(got[~known], (z @ pca.components + pca.mean)[~known], atol=1e-3)


def test_many_passes_of_pca_come_to_its_limit(sheet):
    pca, columns, x = PCA.fit(sheet.x_train, 3), Columns.of(sheet), sheet.x_test[:30]
    given = holed(x, hide(x, columns, 0.2, 0), columns)
    assert np.allclose(by_codec(pca, given, columns, 500), by_codec(pca, given, columns, LIMIT), atol=1e-2)


def test_a_flat_sheet_is_filled_in_by_many_passes_of_pca(sheet):
    pca, columns, x = PCA.fit(sheet.x_train, 3), Columns.of(sheet), sheet.x_val
    hidden = hide(x, columns, 0.3, 0)
    assert best_passes(pca, x, hidden, columns) in (20, 50, LIMIT)
    given = holed(x, hidden, columns)
    error, low, high = overall(columns.errors(x, by_codec(pca, given, columns, LIMIT)), hidden)
    assert low <= error <= high < 0.02
    assert overall(columns.errors(x, by_mean(given, columns)), hidden)[0] == pytest.approx(1, abs=0.1)


def test_the_error_of_the_mean_is_1_for_every_column_of_the_training_rows(penguins):
    columns, x = Columns.of(penguins), penguins.x_train
    errors = columns.errors(x, np.broadcast_to(columns.fill, x.shape))
    assert np.allclose(np.nanmean(errors, axis=0), 1, atol=1e-4)


def test_own_errors_are_in_the_unit_of_each_type():
    types = (
        Column("weight", unit="kg"),
        Column("kind", type="category", levels=("a", "b", "c")),
        Column("hour", type="time"),
        Column("day", type="date"),
    )
    truth = np.array([[1.0, 0, 60.0, 0.0], [2.0, 1, 0.0, 86_400.0]])
    filled = np.array([[4.0, 0, 86_340.0, 86_400.0], [6.0, 2, 0.0, 3 * 86_400.0]])
    hidden = np.array([[True, True, True, True], [True, True, False, True]])
    errors = own_errors(types, truth, filled, hidden)
    assert errors == pytest.approx([np.sqrt((9 + 16) / 2), 0.5, 2.0, np.sqrt((1 + 4) / 2)])
    assert [unit_of(column) for column in types] == ["kg", "of the levels wrong", "minutes", "days"]
    assert np.isnan(own_errors(types, truth, filled, np.zeros_like(hidden))).all()


def test_a_category_is_filled_by_its_most_common_level(penguins):
    columns, dataset = Columns.of(penguins), load("penguins")
    place = [column.name for column in dataset.columns].index("island")
    given = np.full((1, penguins.n_features), np.nan, np.float32)
    filled = penguins.scaler.undo(by_mean(given, columns))[0, place]
    train = dataset.x[penguins.train_rows, place]
    assert filled == np.bincount(train[np.isfinite(train)].astype(int)).argmax()


def test_the_interval_holds_its_mean_and_is_nothing_where_all_errors_are_alike():
    hidden = np.ones((40, 3), bool)
    assert overall(np.full((40, 3), 0.5), hidden) == (0.5, 0.5, 0.5)


def test_a_split_without_a_layout_has_a_column_per_feature():
    split = Split.of(load("wine"))
    columns = Columns.of(split)
    assert columns.n == split.n_features
    assert dataclasses.replace(columns).told.sum() == 0
