"""What was measured once: read where it is there, and silent where it is not."""

import json

import pytest

from playground.training.measured import Measured, conv_vs_dense


def test_an_entry_is_read_with_its_machine(tmp_path):
    file = tmp_path / "measured.json"
    entry = {"dense": 32.3, "convolutional": 30.1, "seconds": 10, "latent_dim": 2}
    file.write_text(json.dumps({"machine": "a 2-core CPU", "conv_vs_dense": {"mnist5000": entry}}))
    found = conv_vs_dense("mnist5000", file)
    assert found == Measured("a 2-core CPU", 32.3, 30.1, 10.0, 2)
    assert found.convolutions_win
    assert conv_vs_dense("digits", file) is None


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"machine": "x"}'])
def test_where_nothing_was_measured_there_is_nothing(tmp_path, text):
    file = tmp_path / "measured.json"
    if text is not None:
        file.write_text(text)
    assert conv_vs_dense("digits", file) is None
