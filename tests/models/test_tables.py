"""Tables in the models: shares for categories, a loss that counts columns alike, missing cells that cost nothing."""

import numpy as np
import pytest
import torch
from sklearn import decomposition

from playground import PCA, Mean, RunSpec, Trainer, compare
from playground.analysis.errors import sample_errors
from playground.data import Column, Dataset
from playground.errors import SpecError
from playground.models.autoencoder import FillIn, TableOutput, build
from playground.models.losses import Mixed, loss_of
from playground.training.linear_fit import fit_linear

SETTINGS = {"data": "t", "hidden": (16,), "output": "table", "loss": "mixed", "latent_dim": 2, "learning_rate": 1e-2}


def table(n_samples=300, seed=0, missing=True):
    """One hidden number drives a mass, a species and a skewed count; some cells are missing."""
    rng = np.random.default_rng(seed)
    t = rng.normal(size=n_samples)
    level = np.digitize(t + rng.normal(0, 0.2, n_samples), [-0.5, 0.5]).astype(float)
    x = np.stack([4000 + 500 * t, level, np.exp(2 * t)], axis=1)
    if missing:
        x[rng.random(n_samples) < 0.1, 0] = np.nan
        x[rng.random(n_samples) < 0.1, 1] = np.nan
    columns = (
        Column("mass", unit="g", decimals=0, has_missing=missing, weight=2.0),
        Column("species", "category", levels=("a", "b", "c"), has_missing=missing),
        Column("count", scaling="log"),
    )
    return Dataset("t", "Table", x, ("mass", "species", "count"), kind="table", columns=columns)


@pytest.fixture(scope="module")
def split():
    return RunSpec(**SETTINGS).split(table())


def test_the_output_of_a_category_is_shares_that_add_up(split):
    block = split.layout.blocks[1]
    x_hat = TableOutput(split.layout)(torch.randn(7, 5) * 10)
    np.testing.assert_allclose(x_hat[:, block.features].sum(dim=1), block.height, rtol=1e-5)
    assert (x_hat[:, block.features] >= 0).all()


def test_the_output_of_a_number_is_what_the_network_says(split):
    raw = torch.randn(7, 5)
    x_hat = TableOutput(split.layout)(raw)
    np.testing.assert_array_equal(x_hat[:, [0, 4]], raw[:, [0, 4]])


def test_the_mixed_loss_of_the_baseline_is_one(split):
    """Answering with every column's mean, or with the shares of its levels, costs 1 on the training rows."""
    x = torch.tensor(split.x_train)
    baseline = torch.tensor(split.layout.fill).expand(len(x), -1)
    assert float(Mixed(split.layout)(baseline, x)) == pytest.approx(1.0, abs=1e-4)


def test_the_mixed_loss_of_a_perfect_answer_is_zero(split):
    x = torch.tensor(split.x_train)
    assert float(Mixed(split.layout)(torch.nan_to_num(x), x)) == pytest.approx(0.0, abs=1e-6)


def test_the_mixed_loss_is_the_weighted_mean_over_columns_computed_by_hand(split):
    mass, species, counts = split.layout.blocks
    x = split.x_train[:40]
    x_hat = TableOutput(split.layout)(torch.randn(40, 5, generator=torch.Generator().manual_seed(0))).numpy()
    squares = np.nanmean(np.square(x - x_hat), axis=0)
    known = np.isfinite(x[:, 1])
    shares = (x_hat[known, 1:4] / species.height)[np.arange(known.sum()), x[known, 1:4].argmax(axis=1)]
    by_hand = (
        2.0 * squares[0] / mass.variance + -np.log(shares).mean() / species.entropy + squares[4] / counts.variance
    ) / 4.0
    assert float(Mixed(split.layout)(torch.tensor(x_hat), torch.tensor(x))) == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("name", ["sum_squares", "mean_squares", "absolute", "mixed"])
def test_a_missing_cell_has_no_part_in_a_loss_or_its_gradient(split, name):
    loss = loss_of(name, split.layout)
    x = torch.tensor(split.x_train[:30])
    x_hat = TableOutput(split.layout)(torch.randn(30, 5)).detach().requires_grad_()
    value = loss(x_hat, x)
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(x_hat.grad).all()
    assert (x_hat.grad[torch.isnan(x)] == 0).all()
    assert (x_hat.grad[~torch.isnan(x)] != 0).any()


def test_a_wrong_answer_given_with_certainty_still_has_a_finite_loss_and_gradient(split):
    raw = torch.tensor([[0.0, 60.0, 0.0, 0.0, 0.0]], requires_grad=True)
    x = torch.tensor([[0.0, 0.0, split.layout.blocks[1].height, 0.0, 0.0]])
    loss = Mixed(split.layout)(TableOutput(split.layout)(raw), x)
    loss.backward()
    assert torch.isfinite(loss)
    assert raw.grad.abs().sum() > 0


def test_the_encoder_sees_the_mean_and_a_flag_where_a_cell_is_missing(split):
    x = torch.tensor(split.x_train[:50])
    seen = FillIn(split.layout, flags=True)(x)
    missing = torch.isnan(x)
    np.testing.assert_array_equal(seen[:, :5][~missing], x[~missing])
    np.testing.assert_array_equal(seen[:, :5][missing], torch.tensor(split.layout.fill).expand(50, -1)[missing])
    np.testing.assert_array_equal(seen[:, 5], missing[:, 0].float())
    np.testing.assert_array_equal(seen[:, 6], missing[:, 1].float())


def test_a_flag_changes_nothing_before_training(split):
    model = build(RunSpec(**SETTINGS), split.n_features, split.layout)
    x = np.nan_to_num(split.x_train[:20], nan=0.0)
    x[:, 0] = split.layout.fill[0]
    gone = x.copy()
    gone[:, 0] = np.nan
    np.testing.assert_allclose(model.reconstruct(gone), model.reconstruct(x), atol=1e-6)


def test_the_parameters_said_before_training_are_those_of_the_model(split):
    linear = {"model": "linear", "output": "linear", "loss": "absolute"}
    for changes in ({}, {"hidden": ()}, {"batch_norm": True}, linear):
        spec = RunSpec(**SETTINGS | changes)
        assert build(spec, split.n_features, split.layout).n_parameters == spec.n_parameters(5, n_flags=2)


def test_pca_with_missing_cells_is_pca_of_the_cells_filled_with_the_mean(split):
    x = split.x_train
    pca = PCA.fit(x, 2)
    filled = np.where(np.isnan(x), np.nanmean(x, axis=0), x)
    reference = decomposition.PCA(2, svd_solver="full").fit(filled)
    np.testing.assert_allclose(pca.reconstruct(x), reference.inverse_transform(reference.transform(filled)), atol=1e-4)
    np.testing.assert_allclose(pca.explained_variance_ratio, reference.explained_variance_ratio_, rtol=1e-4)


def test_a_linear_autoencoder_finds_pca_with_missing_cells_too(split):
    linear = fit_linear(split.x_train, 2, 0, split.layout)
    pca = PCA.fit(split.x_train, 2)
    filled = np.where(np.isnan(split.x_train), pca.mean, split.x_train)
    errors = [sample_errors(filled, codec.reconstruct(split.x_train)).mean() for codec in (linear, pca)]
    assert errors[1] <= errors[0] * (1 + 1e-6)
    assert errors[0] == pytest.approx(errors[1], rel=1e-2)


def test_a_mixed_table_is_learnt_and_comes_back_in_its_own_units():
    dataset = table()
    spec = RunSpec(**SETTINGS | {"epochs": 150, "latent_dim": 1, "batch_size": 16, "schedule": "constant"})
    split = spec.split(dataset)
    trainer = Trainer(spec, split)
    losses = [end.val_loss for end in trainer]
    assert min(losses) < 0.3  # 1 is the baseline
    scores = {
        score.name: score.error["variance_unexplained"]
        for score in compare(
            {"mean": Mean.fit(split.x_train), "pca": PCA.fit(split.x_train, 1), "autoencoder": trainer.best},
            split.x_test,
        )
    }
    assert scores["autoencoder"] < scores["pca"] < scores["mean"] == pytest.approx(1.0)
    own = split.scaler.undo(trainer.best.reconstruct(split.x_test))
    given = dataset.x[split.test_rows]
    known = np.isfinite(given)
    assert np.abs(own[known[:, 0], 0] - given[known[:, 0], 0]).mean() < 250  # grams, of a spread of 500
    assert (own[known[:, 1], 1] == given[known[:, 1], 1]).mean() > 0.8
    assert np.isfinite(own).all()  # a missing cell is filled in


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"output": "linear"}, "loss=mixed needs output=table"),
        ({"model": "linear"}, "loss=mixed needs output=table and a model that is not linear"),
    ],
)
def test_the_mixed_loss_refuses_what_cannot_give_shares(changes, sentence):
    with pytest.raises(SpecError, match=sentence):
        RunSpec(**SETTINGS | changes)


def test_the_mixed_loss_is_for_tables_only():
    plain = Dataset("p", "Plain", np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32), tuple("abc"))
    with pytest.raises(SpecError, match="are for tables whose columns have types, which Plain has not"):
        RunSpec(**SETTINGS).split(plain)
