"""How a sample is drawn: told by the data's form, and the same from the data set and from what the model sees of it."""

import pytest

from playground.data import load
from playground.data.shown import kind_of
from playground.models.spec import RunSpec

EXPECTED = {
    "digits": "image",
    "smileys": "image",
    "heartbeats": "series",
    "swiss_roll": "points",
    "wine": "table",
    "penguins": "table",
    "circle": "table",
}


@pytest.mark.parametrize(("name", "kind"), EXPECTED.items())
def test_a_data_set_and_its_split_are_drawn_alike(name, kind):
    dataset = load(name)
    assert kind_of(dataset) == kind
    assert kind_of(RunSpec(data=name).split(dataset)) == kind
