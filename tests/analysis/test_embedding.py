"""The third map, computed in a process of its own."""

import numpy as np
import pytest

from playground.analysis import embedding
from playground.errors import RunError


@pytest.fixture
def clusters():
    rng = np.random.default_rng(0)
    return (rng.normal(size=(60, 5)) + 20 * np.repeat(np.eye(3, 5), 20, axis=0)).astype(np.float32)


def test_t_sne_keeps_clusters_apart_and_is_the_same_at_every_call(clusters):
    clusters[0, 0] = np.nan
    z = embedding.embedding(clusters, "tsne")
    assert z.shape == (60, 2)
    centres = z.reshape(3, 20, 2).mean(axis=1)
    spread = z.reshape(3, 20, 2).std(axis=1).max()
    assert min(np.linalg.norm(centres[i] - centres[j]) for i, j in ((0, 1), (0, 2), (1, 2))) > 2 * spread
    assert np.array_equal(z, embedding.embedding(clusters, "tsne"))


def test_one_that_takes_too_long_or_fails_says_so(clusters, monkeypatch):
    with pytest.raises(RunError, match=r"t-SNE took longer than 0 s and was given up"):
        embedding.embedding(clusters, "tsne", seconds=0.01)
    monkeypatch.setitem(embedding.METHODS, "none", ("Nothing", "no_such_package"))
    assert "none" not in embedding.available()
    monkeypatch.setattr(embedding.sys, "executable", "/bin/false")
    with pytest.raises(RunError, match="t-SNE could not be computed on these rows"):
        embedding.embedding(clusters, "tsne")


@pytest.mark.parametrize("n", [3, 1001])
def test_too_few_or_too_many_rows_are_refused(n):
    with pytest.raises(ValueError, match=f"{n} rows cannot be placed"):
        embedding.embedding(np.zeros((n, 2), np.float32), "tsne")
