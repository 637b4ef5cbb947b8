"""A warm process that trains one run after another: `python -m playground.runs.worker STORE`.

It imports torch once, takes a run's id per line on stdin (of a race all of them) and answers with that line on stdout
when the work is over. It leaves when stdin closes, which is also how it learns that its server has died.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading

from playground.runs.store import Store


def main() -> None:
    """Serves run ids until stdin closes."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with contextlib.suppress(AttributeError, OSError):  # not on Windows
        os.nice(15)  # the pages come first
    store = Store(sys.argv[1])
    ids: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read_ids, args=(ids,), name="stdin", daemon=True).start()
    _warm_up()
    _say("ready")
    while True:
        line = ids.get()
        _train(line, store)
        _say(line)


def _read_ids(ids: queue.Queue[str]) -> None:
    for line in sys.stdin:
        ids.put(line.strip())
    os._exit(0)  # the server is gone: whatever trains now is shown as interrupted, and can be resumed


def _warm_up() -> None:
    """Pays for torch's imports, the first optimiser and scikit-learn's data sets before a visitor waits for them."""
    import torch

    import playground.runs.execute  # noqa: F401 (imported to be warm)
    from playground.data.builtin import load

    torch.set_num_threads(1)
    parameter = torch.zeros(1, requires_grad=True)
    parameter.sum().backward()
    torch.optim.AdamW([parameter], fused=True).step()
    load("digits")


def _train(line: str, store: Store) -> None:
    from playground.runs.execute import execute, tell_incident

    run_id, *others = line.split()
    try:
        execute(run_id, store, others)
    except Exception:  # a bug of ours
        for each in (run_id, *others):
            tell_incident(each, store)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
