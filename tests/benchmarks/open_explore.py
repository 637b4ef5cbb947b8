"""How long Explore takes to open, until its pad decodes: `python tests/benchmarks/open_explore.py`.

Trains two small runs on pictures of 28×28, of 5,000 rows (MNIST-5000) and of 60,000 (the same, repeated with noise), in
a store of its own, starts the app on it, and opens each with a browser that has nothing in its cache, four times: the
first time nothing of the run is in the server's memory either. Needs the tests' requirements and a Chromium.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from click_latency import ROOT, browsing
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(ROOT))

from playground.data.builtin import load
from playground.data.reading.read import read
from playground.models.spec import RunSpec
from playground.runs.runner import InlineRunner, start
from playground.runs.store import Store
from playground.training.recipe import recommended

SETTINGS = {"hidden": (256, 64), "epochs": 2}
VISITS = 4


def main() -> None:
    tools = browsing()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Store(Path(folder) / "store")
        runs = {"5,000 rows": trained(store, "mnist5000"), "60,000 rows": trained(store, many(store, Path(folder)))}
        with tools.serve(ROOT / "app.py", store.folder, Path(folder) / "app.log") as server:
            chromium = playwright.chromium.launch(executable_path=str(tools.CHROMIUM), args=tools.CHROMIUM_FLAGS)
            warm = chromium.new_page()
            warm.goto(server.url)
            warm.get_by_text("Done. Epoch").wait_for(timeout=120_000)  # the welcome run has ended
            warm.close()
            for name, run in runs.items():
                first, *others = (seconds_to_open(chromium, f"{server.url}/explore?run={run}") for _ in range(VISITS))
                again = ", ".join(f"{seconds:.2f}" for seconds in others)
                sys.stdout.write(f"{name}: {first:.2f} s at first, then {again} s\n")
            chromium.close()


def trained(store: Store, data: str) -> str:
    spec = RunSpec.from_json(recommended(store.dataset(data)).to_json() | SETTINGS)
    return start(InlineRunner(store), spec)


def many(store: Store, folder: Path) -> str:
    """60,000 pictures as a visitor's file."""
    few = load("mnist5000").x.reshape(-1, 28, 28).astype(np.int16)
    noise = np.random.default_rng(0).integers(-16, 17, (12, *few.shape), dtype=np.int16)
    np.save(folder / "many.npy", np.clip(few + noise, 0, 255).astype(np.uint8).reshape(-1, 28, 28))
    dataset = read(folder / "many.npy")
    store.add_data(dataset)
    return dataset.name


def seconds_to_open(chromium: Browser, address: str) -> float:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address)
    page.get_by_test_id("near").filter(has_text="nearest training code").wait_for(timeout=120_000)
    seconds = time.perf_counter() - began
    context.close()
    return seconds


if __name__ == "__main__":
    main()
