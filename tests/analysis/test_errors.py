"""The three units against a plain computation, the interval against simulations, and the verdict's sentences."""

import re

import numpy as np
import pytest

from playground.analysis.errors import UNITS, ScoredCodec, compare, feature_errors, in_units, sample_errors, verdict
from playground.data import load
from playground.models.codec import Codec
from playground.models.mean import Mean
from playground.models.pca import PCA
from playground.models.spec import RunSpec

SUM, MEAN, LEFT = UNITS


class Shifted(Codec):
    """A codec that keeps every sample but for what is added to it; so its errors can be chosen."""

    latent_dim = 1
    n_parameters = 0

    def __init__(self, added):
        self.added = added

    def encode(self, x):
        return x

    def decode(self, z):
        return (z + self.added).astype(np.float32)


@pytest.fixture(scope="module")
def split():
    return RunSpec(data="wine").split(load("wine"))


def test_the_three_units_are_what_they_say(split):
    x = split.x_test
    codecs = {"mean": Mean.fit(split.x_train), "pca": PCA.fit(split.x_train, 2)}
    mean, pca = compare(codecs, x)
    for score, codec in ((mean, codecs["mean"]), (pca, codecs["pca"])):
        squares = [
            [(float(a) - float(b)) ** 2 for a, b in zip(row, row_hat, strict=True)]
            for row, row_hat in zip(x, codec.reconstruct(x), strict=True)
        ]
        total = sum(map(sum, squares))
        against = sum((float(a) - float(b)) ** 2 for row in x for a, b in zip(row, codecs["mean"].mean, strict=True))
        assert score.error[SUM] == pytest.approx(total / len(x), rel=1e-9)
        assert score.error[MEAN] == pytest.approx(total / len(x) / 13, rel=1e-9)
        assert score.error[LEFT] == pytest.approx(total / against, rel=1e-9)
        assert score.n_parameters == codec.n_parameters
        assert all(score.low[unit] <= score.error[unit] <= score.high[unit] for unit in UNITS)
    assert mean.error[LEFT] == 1.0
    assert mean.low[LEFT] == mean.high[LEFT] == 1.0


def test_the_share_left_unexplained_is_1_minus_scikit_learns_r2_on_the_training_rows(split):
    """There the training mean is the mean of the rows that are scored, as R² takes it."""
    from sklearn.metrics import r2_score

    x = split.x_train
    pca = PCA.fit(x, 3)
    score = compare({"mean": Mean.fit(x), "pca": pca}, x)[1]
    r2 = r2_score(x, pca.reconstruct(x), multioutput="variance_weighted")
    assert score.error[LEFT] == pytest.approx(1 - r2, rel=1e-5)


def test_errors_per_sample_and_per_feature_add_up_to_the_same():
    rng = np.random.default_rng(0)
    x, x_hat = (rng.normal(size=(7, 3)).astype(np.float32) for _ in range(2))
    assert sample_errors(x, x_hat).shape == (7,)
    assert feature_errors(x, x_hat).shape == (3,)
    assert sample_errors(x, x_hat).sum() == pytest.approx(feature_errors(x, x_hat).sum() * 7)
    assert sample_errors(x, x_hat)[2] == pytest.approx(
        sum((float(a) - float(b)) ** 2 for a, b in zip(x[2], x_hat[2], strict=True))
    )


def test_large_values_do_not_lose_the_error():
    """Squares in float32 would stop at 16,777,216."""
    x = np.full((2, 3), 5000.0, np.float32)
    x_hat = x.copy()
    x_hat[0, 0] += 5000.0
    x_hat[0, 1] += 1.0
    assert sample_errors(x, x_hat).tolist() == [25_000_001.0, 0.0]


def test_one_error_in_all_units():
    assert in_units(12.0, 4, 48.0) == {SUM: 12.0, MEAN: 3.0, LEFT: 0.25}


def test_the_same_comparison_twice_gives_the_same_interval(split):
    codecs = {"mean": Mean.fit(split.x_train), "pca": PCA.fit(split.x_train, 2)}
    assert compare(codecs, split.x_test) == compare(codecs, split.x_test)


def test_the_interval_holds_the_true_error_about_95_times_of_100():
    """300 tables of 60 rows whose true error is known; 95 % is 285, and four standard deviations are 15."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        x = rng.normal(size=(60, 4)).astype(np.float32)  # the true error of the zero mean: 4
        codecs = {"mean": Mean(np.zeros(4, np.float32)), "pca": Shifted(np.float32(0.5))}
        score = compare(codecs, x)[0]
        held += score.low[SUM] <= 4.0 <= score.high[SUM]
    assert 270 <= held <= 297


def test_the_difference_from_pca_is_paired_row_by_row():
    """Both codecs err much on the same rows; the difference is small and sure, though each error is not."""
    rng = np.random.default_rng(0)
    size = rng.lognormal(0, 2, (80, 1))
    x = np.zeros((80, 4), np.float32)
    errors = {"mean": size, "pca": np.sqrt(size**2 + 0.25), "autoencoder": size}
    scores = {score.name: score for score in compare({n: Shifted(e) for n, e in errors.items()}, x)}
    difference, low, high = scores["autoencoder"].versus_pca
    assert difference == pytest.approx(-1.0, rel=1e-4)
    assert low <= difference <= high < -0.99
    assert low > -1.01
    assert scores["autoencoder"].high[SUM] > scores["pca"].low[SUM]
    assert scores["pca"].versus_pca == (0.0, 0.0, 0.0)


def score(name, error, versus_pca):
    units = dict.fromkeys(UNITS, error)
    return ScoredCodec(name, units, units, units, versus_pca, 1)


@pytest.mark.parametrize(
    ("pca", "versus_pca", "sentence"),
    [
        (10.0, (-4.0, -5.0, -3.0), "The autoencoder wins: its error on the test rows is 40.0 % below that of PCA."),
        (10.0, (10.0, 8.0, 12.0), "PCA wins: its error on the test rows is 50.0 % below that of the autoencoder."),
        (10.0, (-1.0, -2.5, 0.5), "Too close to call: "),
        (10.0, (1.0, -0.5, 2.5), "Too close to call: "),
        (10.0, (0.0, 0.0, 0.0), "Too close to call: "),
    ],
    ids=["the autoencoder", "PCA", "chance for it", "chance against it", "equal"],
)
def test_the_verdict_says_who_wins_and_by_how_much(pca, versus_pca, sentence):
    scores = [score("mean", 99.0, (0, 0, 0)), score("pca", pca, (0, 0, 0)), score("autoencoder", 0.0, versus_pca)]
    said = verdict(scores).replace("\u00a0", " ")
    assert said.startswith(sentence)
    assert re.fullmatch(r"[^.]+(\.\d[^.]*)?\.", said)


def test_resamples_in_which_the_mean_has_no_error_leave_every_number_finite():
    """Drawn from such rows alone, a resample has no variance to explain; JSON has no word for 0/0."""
    x = np.zeros((12, 2), np.float32)
    x[5] = 1.0
    scores = compare({"mean": Mean(np.zeros(2, np.float32)), "pca": Shifted(np.float32(0.1))}, x)
    for row in scores:
        assert np.isfinite(list(row.error.values())).all()
        assert np.isfinite([row.low[unit] for unit in UNITS]).all()
        assert np.isfinite([row.high[unit] for unit in UNITS]).all()
