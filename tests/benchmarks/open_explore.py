"""How long Explore takes to open, until its pad decodes: `python tests/benchmarks/open_explore.py URL RUN [RUN…]`.

The app runs at URL already; each run is opened three times by new visitors, the first of whom finds nothing cached.
"""

from __future__ import annotations

import sys
import time

from playwright.sync_api import sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    url, *runs = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for place, run in enumerate(["", *runs]):
            for visit in range(3):
                page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
                start = time.perf_counter()
                page.goto(f"{url}/explore?run={run}" if run else url)
                if place == 0:  # the browser and the server get warm
                    page.get_by_role("heading", level=1).wait_for()
                    continue
                page.get_by_test_id("near").filter(has_text="nearest training code").wait_for(timeout=60_000)
                usable = time.perf_counter() - start
                sys.stdout.write(f"{run} visit {visit + 1}: usable {usable:.2f} s\n")
                page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
