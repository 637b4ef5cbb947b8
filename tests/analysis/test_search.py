"""Rows found by words and by comparisons, against numpy's own."""

import numpy as np
import pytest

from playground.analysis.search import search
from playground.data import load
from playground.errors import DataError


def found(name, words, **more):
    dataset = load(name)
    return dataset, search(dataset, np.arange(dataset.n_samples), words, more)


def test_a_label_is_found_by_its_name_and_a_number_only_as_a_whole():
    dataset, rows = found("digits", "7")
    assert (rows == (dataset.labels == "7")).all()
    assert (found("digits", "digit 7")[1] == rows).all()
    assert not found("digits", "77")[1].any()


def test_a_word_finds_what_begins_so_and_not_what_holds_it():
    dataset, rows = found("penguins", "male")
    place = dataset.feature_names.index("sex")
    assert (rows == (dataset.shown(place) == "male")).all()  # "female" holds "male"


def test_a_comparison_is_numpys():
    dataset, rows = found("penguins", "Bill_Length (mm) > 45, island = biscoe")
    own = dataset.x[:, dataset.feature_names.index("bill length")]
    island = dataset.shown(dataset.feature_names.index("island"))
    assert (rows == ((own > 45) & (island == "Biscoe"))).all()
    assert 0 < rows.sum() < len(rows)


def test_missing_cells_are_found_and_meet_no_comparison():
    dataset, rows = found("penguins", "bill length = missing")
    assert (rows == np.isnan(dataset.x[:, dataset.feature_names.index("bill length")])).all()
    assert rows.any()
    assert not (found("penguins", "bill length > 0 and bill length = missing")[1]).any()


def test_columns_of_the_run_can_be_compared_too():
    error = np.linspace(0, 1, 150)
    assert (found("iris", "error >= 0.5", error=error)[1] == (error >= 0.5)).all()


def test_no_words_are_no_condition():
    assert found("iris", " , and ;")[1].all()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("weight > 3", "no column 'weight'"),
        ("petal length > big", "'big' is none"),
        ("petal length >", "'petal length >' is not a whole condition: write a column, one of .*'petal width > 3'"),
        ("petal length >=", "not a whole condition"),
        ("setosa, = 3", "'= 3' is not a whole condition"),
        ("petal length > >", "not a whole condition"),
    ],
)
def test_what_cannot_be_compared_is_said(words, sentence):
    with pytest.raises(DataError, match=sentence):
        found("iris", words)
