"""How long a click takes while a run trains: `python tests/benchmarks/click_latency.py`.

Starts the app on a store of its own, opens it in Chromium and clicks the links of the sidebar, in turn Data, Train and
Home, first with no run, then while MNIST-5000 trains in the worker; then, on the train page with that run live on it,
presets and budgets of time in turn. A click's time runs in the page itself, from the click to the moment at which
the new page's title, or what the control changes, stands in the document (a MutationObserver), so that nothing of the
driver is in it. Prints one JSON line: for both cases the number of clicks, the median, the 95th percentile and the
worst in milliseconds, and what the machine is. Needs the tests' requirements and a Chromium; `--clicks N` says how
many clicks in each case.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
TITLES = {"Data": "Data", "Train": "Train", "Home": "Meet an autoencoder"}  # link to title
LONG = "data=mnist5000&epochs=10000"
SETTLED_MS = 700  # between two clicks, so that one page's remaining work is not the next one's delay
CLICK = """
([link, title]) => new Promise((resolve, reject) => {
  const links = [...document.querySelectorAll('[data-testid=stSidebar] a')];
  const found = links.find((a) => a.textContent.trim().endsWith(link));
  const shows = () => document.querySelector('h1')?.textContent.trim().startsWith(title);
  if (shows()) return reject(new Error(`already at ${title}`));
  const began = performance.now();
  const observer = new MutationObserver(() => {
    if (!shows()) return;
    observer.disconnect();
    resolve(performance.now() - began);
  });
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  setTimeout(() => reject(new Error(`no ${title} within 10 s`)), 10000);
  found.click();
})
"""

# What is clicked on the train page, in turn; its answer is another sentence about the settings.
CONTROLS = ("preset_plain_tutorial", "epochs_for_20", "preset_keras_blog", "epochs_for_60")
CHANGE = """
(key) => new Promise((resolve, reject) => {
  const captions = () => [...document.querySelectorAll('[data-testid=stCaptionContainer]')].map((e) => e.textContent);
  const said = () => captions().filter((text) => text.includes("the best epoch is kept")).join();
  const before = said();
  const began = performance.now();
  const observer = new MutationObserver(() => {
    if (said() === before) return;
    observer.disconnect();
    resolve(performance.now() - began);
  });
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  setTimeout(() => reject(new Error(`no answer to ${key} within 10 s: ${before}`)), 10000);
  [...document.querySelectorAll(`.st-key-${key} button`)].find((button) => button.offsetParent).click();
})
"""


def main() -> None:
    """Measures without a run and with one, and prints the JSON line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clicks", type=int, default=40, help="clicks in each case (40)")
    clicks = parser.parse_args().clicks
    tools = browsing()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Path(folder) / "store"
        with tools.serve(ROOT / "app.py", store, Path(folder) / "app.log") as server:
            chromium = playwright.chromium.launch(executable_path=str(tools.CHROMIUM), args=tools.CHROMIUM_FLAGS)
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            page.goto(server.url)
            page.get_by_text("Done. Epoch").wait_for(timeout=120_000)  # the welcome run has ended
            idle = _clicks(page, clicks)
            _start_a_long_run(page, server.url)
            before, began = _epochs(store), time.perf_counter()
            training = _clicks(page, clicks)
            seconds, epochs = time.perf_counter() - began, _epochs(store) - before
            controls = _control_clicks(page, server.url, store, clicks)
            chromium.close()
    result = {
        "without_a_run": _summary(idle),
        "while_training": _summary(training),
        "controls_of_the_live_train_page": _summary(controls),
        "epochs_trained_meanwhile": epochs,
        "seconds_meanwhile": round(seconds, 1),
        "machine": _machine(),
    }
    sys.stdout.write(json.dumps(result) + "\n")


def browsing() -> ModuleType:
    """What the browser tests start the app and Chromium with."""
    path = ROOT / "tests" / "browser" / "conftest.py"
    spec = importlib.util.spec_from_file_location("browsing", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _clicks(page: Page, n: int) -> list[float]:
    """Milliseconds of n clicks, after one round that is not counted."""
    links = list(TITLES)
    times = []
    for place in range(n + len(links)):
        link = links[place % len(links)]
        times.append(float(page.evaluate(CLICK, [link, TITLES[link]])))
        page.wait_for_timeout(SETTLED_MS)
    return times[len(links) :]


def _control_clicks(page: Page, url: str, store: Path, n: int) -> list[float]:
    """Milliseconds of n clicks on the train page, where the run that trains is drawn live."""
    run = max(store.glob("runs/*/metrics.jsonl"), key=lambda path: path.stat().st_mtime).parent.name
    page.goto(f"{url}/train?run={run}")
    page.locator(".film .samples-title").wait_for()
    page.wait_for_timeout(2000)
    times = []
    for place in range(n + len(CONTROLS)):
        times.append(float(page.evaluate(CHANGE, CONTROLS[place % len(CONTROLS)])))
        page.wait_for_timeout(SETTLED_MS)
    return times[len(CONTROLS) :]


def _start_a_long_run(page: Page, url: str) -> None:
    page.goto(f"{url}/train?{LONG}")
    page.locator(".st-key-train button").locator("visible=true").click()
    page.get_by_test_id("epoch-text").filter(has_text="epoch 2 ").wait_for(timeout=60_000)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Home", exact=True).click()
    page.get_by_role("heading", name=TITLES["Home"]).wait_for()


def _epochs(store: Path) -> int:
    """Epochs trained so far, by all runs of the store."""
    return sum(path.read_bytes().count(b"\n") for path in store.glob("runs/*/metrics.jsonl"))


def _summary(times: list[float]) -> dict[str, float]:
    ranks = statistics.quantiles(times, n=20, method="inclusive")
    return {
        "clicks": len(times),
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(ranks[18], 1),
        "worst_ms": round(max(times), 1),
    }


def _machine() -> dict[str, Any]:
    return {
        "cpu_count": os.cpu_count(),
        "load_average_1_min": round(os.getloadavg()[0], 2),
        "processor": _processor(),
        "platform": platform.platform(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
