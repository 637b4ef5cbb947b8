"""The film of a run as one HTML file that runs in any browser, without a network and without Streamlit.

It holds the film's own component (the very script of the train page) and the data that the page gives it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

ENTRY = re.compile(r"^export default function \(", re.MULTILINE)

# What Streamlit's light and dark theme give the component, and a few lines for the page around it.
PAGE_STYLE = """\
:root {
  color-scheme: light dark;
  --st-text-color: #31333f;
  --st-background-color: #ffffff;
  --st-secondary-background-color: #f0f2f6;
  --st-border-color: rgba(49, 51, 63, 0.2);
  --st-primary-color: #6a35c4;
  --st-font: "Source Sans", "Source Sans 3", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  --st-button-radius: 0.5rem;
  --st-base-radius: 0.5rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --st-text-color: #fafafa;
    --st-background-color: #0e1117;
    --st-secondary-background-color: #262730;
    --st-border-color: rgba(250, 250, 250, 0.2);
    --st-primary-color: #8658e8;
  }
}
body {
  max-width: 76rem;
  margin: 0 auto;
  padding: 1.5rem 1rem 2rem;
  color: var(--st-text-color);
  background: var(--st-background-color);
  font-family: var(--st-font);
  line-height: 1.45;
}
h1 { margin: 0 0 0.4rem; font-size: 1.6rem; line-height: 1.2; overflow-wrap: anywhere; }
.words { margin: 0 0 0.3rem; overflow-wrap: anywhere; }
.film-place { margin-top: 1.2rem; }
"""

# Starts the component as Streamlit would, and again when the visitor's colours change: it then paints anew.
START = """
const place = document.getElementById("film-place");
const payload = JSON.parse(document.getElementById("film-payload").textContent);
const startFilm = () =>
  runFilm({ data: payload, parentElement: place, setStateValue() {}, setTriggerValue() {} });
startFilm();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", startFilm);
"""


def film_html(payload: Mapping[str, Any], title: str, words: Sequence[str], *, html: str, css: str, js: str) -> str:
    """One self-contained page with the film, its scrubber and everything that moves with it.

    The page forbids itself every request and every script but its own, so that nothing in a data set's names can run.

    Args:
        payload: what `film_payload` gives, of all frames; it is shown as a run that has ended.
        title: the heading, such as the data set's title; plain text, as are the
        words: lines below it: the settings, the verdict.
        html: the film component's elements,
        css: its style and
        js: its script, a module with one default function, as the component itself has them.

    Raises:
        ValueError: a payload that JSON cannot hold, or a script that is no such module.
    """
    script = _script(js)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data: blob:"
    lines = "\n".join(f'<p class="words">{escape(line)}</p>' for line in words if line)
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{_style(css)}
</style>
</head>
<body>
<h1>{escape(title)}</h1>
{lines}
<div id="film-place" class="film-place">
{html}
</div>
<script type="application/json" id="film-payload">{_json(payload)}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def _json(payload: Mapping[str, Any]) -> str:
    """JSON in which no tag and no comment can begin or end: `<`, `>` and `&` stand only as escapes."""
    text = json.dumps({**payload, "alive": False}, allow_nan=False, separators=(",", ":"))  # ASCII only
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _script(js: str) -> str:
    """The component's module as a script that starts itself."""
    if len(ENTRY.findall(js)) != 1:
        raise ValueError("the film's script needs exactly one line that begins with 'export default function ('")
    script = f"\n{ENTRY.sub('function runFilm(', js)}\n{START}"
    if re.search(r"</script|<!--", script, re.IGNORECASE):
        raise ValueError("the film's script holds a tag that would end it early")
    return script.replace("\r\n", "\n")  # a browser reads it so, and the policy's digest is of what it reads


def _style(css: str) -> str:
    if re.search(r"</style", css, re.IGNORECASE):
        raise ValueError("the film's style holds a tag that would end it early")
    return f"{PAGE_STYLE}{css}"
