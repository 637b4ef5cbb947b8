"""The film's file holds what it was given, as data, and refuses parts that could not hold together."""

import json
import re

import pytest

from playground.export.film_html import film_html

JS = "const a = 1;\nexport default function ({ data }) {\n  return data;\n}\n"
HOSTILE = "</script><!-- \u2028 & é"


def made(payload=None, title="Title", words=("one",), html="<p></p>", css="p {}", js=JS):
    return film_html(payload or {"run": "a"}, title, words, html=html, css=css, js=js)


def data_of(page):
    return json.loads(re.search(r'id="film-payload">(.*?)</script>', page, re.DOTALL)[1])


def test_the_data_come_back_as_they_were_whatever_they_hold():
    payload = {"run": HOSTILE, "values": [1.5, None], "alive": True}
    assert data_of(made(payload)) == {**payload, "alive": False}


def test_the_data_are_ascii_without_a_tag():
    page = made({"run": HOSTILE})
    text = re.search(r'id="film-payload">(.*?)</script>', page, re.DOTALL)[1]
    assert text.isascii()
    assert not set("<>&") & set(text)


def test_title_and_words_are_text():
    page = made(title="<b>&", words=["<i>", "", "two"])
    assert "<title>&lt;b&gt;&amp;</title>" in page
    assert page.count('class="words"') == 2
    assert "<i>" not in page


def test_nothing_in_it_points_to_another_machine():
    assert not re.search(r"(src|href)\s*=|https?://|@import|url\(", made())


def test_numbers_that_json_does_not_know_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        made({"loss": float("nan")})


@pytest.mark.parametrize("js", ["", JS + JS, JS + "// </script>", JS + "// <!--"])
def test_a_script_that_is_no_such_module_or_would_end_early_is_refused(js):
    with pytest.raises(ValueError, match="script"):
        made(js=js)


def test_a_style_that_would_end_early_is_refused():
    with pytest.raises(ValueError, match="style"):
        made(css="</style>")


def test_it_is_the_same_file_every_time():
    assert made() == made()
