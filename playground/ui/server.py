"""What the server has once, for all visitors: the store, the runner, warm imports, and a collector of garbage."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from streamlit import cli_util, config
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.server import server_util

from playground.data.reading import apart
from playground.runs.runner import Runner, make_runner
from playground.runs.store import Store

log = logging.getLogger(__name__)

SECONDS_PER_COLLECTION = 5.0
SECONDS_TO_LISTEN = 0.5  # from the start of the app to the first answer of its server


@lru_cache(maxsize=1)
def store() -> Store:
    """The run folders of this server."""
    return Store()


@lru_cache(maxsize=1)
def runner() -> Runner:
    """What trains the runs of this server; starts its workers at the first call."""
    return make_runner(store())


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Gets everything ready before the first visitor comes, and ends the workers with the server."""
    boot()
    if not config.get_option("server.headless"):
        asyncio.get_running_loop().call_later(SECONDS_TO_LISTEN, _open_browser)
    yield
    runner().close()


@lru_cache(maxsize=1)
def boot() -> None:
    """Does once per process what must not wait for a visitor; safe to call again."""
    # Streamlit takes the folder `pages` beside app.py for its older kind of multipage app until st.navigation has run
    # once; a deep link that comes first would get a bare page.
    PagesManager.uses_pages_directory = False
    _answer_at_once()
    runner()
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _open_browser() -> None:
    """What `streamlit run` does for a plain script, and leaves to an app that is served like ours."""
    cli_util.open_browser(server_util.get_url(config.get_option("browser.serverAddress")))


def _warm_up() -> None:
    """Imports what the pages need, then keeps the garbage of reruns from piling up.

    `runner.postScriptGC` is off (a full collection after every rerun stops all visitors for 100 ms and more), so
    what exists after the imports is frozen and the rest is collected here, now and then.
    """
    import torch

    import playground.models.autoencoder
    import playground.models.plain
    import playground.ui.components
    import playground.ui.generating
    import playground.ui.mapping
    import playground.ui.other_world  # noqa: F401 (imported to be warm)
    from playground.data.builtin import load

    # Two threads that wait for each other collapse beside a training process; small networks win nothing by them.
    torch.set_num_threads(1)
    load("digits")
    apart.warm_up()
    gc.collect()
    gc.freeze()
    while True:
        time.sleep(SECONDS_PER_COLLECTION)
        gc.collect()


def _answer_at_once() -> None:
    """Sends small answers without waiting for more: 35 ms less per click under `streamlit run`."""
    accept = socket.socket.accept

    def accept_without_delay(self: socket.socket) -> tuple[socket.socket, Any]:
        connection, address = accept(self)
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    socket.socket.accept = accept_without_delay  # type: ignore[method-assign]
