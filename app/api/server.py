"""The one server process: FastAPI and the Streamlit screens behind the one gate (R14).

Decides what is mounted where and how Streamlit is set; address, limits and sessions are the gate's, and the store, the
bus and the sessions are handed in by `app/bootstrap.py`. There is one Streamlit application a process.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import streamlit
from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles
from streamlit import config

from app.api import cookies
from app.api.address import PublicAddress
from app.api.entry import entry_routes
from app.api.gate import Gate, Limits
from app.api.imports import IMPORTING, import_routes
from app.api.jobs import JOBS, job_routes
from app.api.local import local_routes
from app.api.marts import described_marts, mart_routes
from app.api.order_page import order_page_routes
from app.api.ordering_form import ordering_form_routes
from app.api.repair_page import repair_page_routes
from app.api.routes import api_routes, describe
from app.api.shell import Shell
from app.api.tracking import tracking_routes
from app.api.webhooks import webhook_routes
from app.jobs.boards import boards_of
from app.kernel.gateway import Gateway
from app.kernel.jobs import JobQueue
from app.ui import gateway as screens_gateway
from app.ui.screens.catalog import all_pages
from app.ui.theme import THEME_OPTIONS

_HERE: Final = Path(__file__).parent
_SCREENS: Final = _HERE.parent / "ui" / "main.py"

STREAMLIT_OPTIONS: Final[dict[str, Any]] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "client.disableDataExport": True,
    "runner.magicEnabled": False,
    "runner.postScriptGC": False,  # Half of the processor went there: Python collects by itself when there is something to collect.
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.maxUploadSize": 20,
    "server.maxMessageSize": 100,
    "server.disconnectedSessionTTL": 120,
}


def create_server(
    gateway: Gateway,
    sessions: Any,
    drafts: screens_gateway.Drafts,
    *,
    public_hosts: Iterable[str] = (),
    set_up_open: bool = False,
    local_token: str | None = None,
    public_address: str | None = None,
    limits: Limits | None = None,
) -> Gate:
    """The ASGI application of one store.

    Args:
        gateway: runs commands and queries.
        sessions: signs people in and says who a token is.
        drafts: keeps unfinished forms.
        public_hosts: names besides loopback that this server answers to.
        set_up_open: whether the company has no user yet, so that the set-up page is open.
        local_token: what the command line of this machine shows; without one its door is not there.
        public_address: under which customers reach this server, as printed sheets name it.
        limits: the largest bodies that are read.
    """
    for option, value in {**STREAMLIT_OPTIONS, **THEME_OPTIONS}.items():
        config.set_option(option, value)
    boards, queue = boards_of(gateway.store.address), JobQueue(gateway.store, gateway.clock)
    doors = screens_gateway.Doors(gateway, sessions, drafts, boards, queue, cookies.form_token)
    screens_gateway.open_doors(doors)
    screens = streamlit.App(_SCREENS)
    parent = FastAPI(
        title="Tallyworks",
        version="0.1.0",
        lifespan=_settled(screens.lifespan()),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    parent.include_router(entry_routes(sessions, set_up_open=set_up_open))
    parent.include_router(api_routes(gateway, public_address=public_address))
    parent.include_router(mart_routes(boards))
    parent.include_router(import_routes(gateway))
    parent.include_router(job_routes(gateway, queue))
    parent.include_router(order_page_routes(gateway))
    parent.include_router(ordering_form_routes(gateway))
    parent.include_router(repair_page_routes(gateway))
    parent.include_router(tracking_routes(gateway))
    parent.include_router(webhook_routes(gateway))
    if local_token is not None:
        parent.include_router(local_routes(gateway, local_token))
    described = {"/api/imports/shop-orders/{shop}": {"post": IMPORTING}, **described_marts(), **JOBS}
    describe(parent, gateway.bus, described)
    parent.mount("/assets", StaticFiles(directory=_HERE / "assets"))

    @parent.get("/favicon.ico", include_in_schema=False)
    async def icon() -> FileResponse:
        return FileResponse(_HERE / "assets" / "mark.svg", media_type="image/svg+xml")

    parent.mount("/", Shell(screens))
    return Gate(parent, sessions, address=PublicAddress.named(public_hosts), limits=limits)


def _settled(inner: Callable[[FastAPI], AbstractAsyncContextManager[Any]]) -> Callable[[FastAPI], Any]:
    """Streamlit's life, begun with all pages loaded and taken out of the garbage collector's sight.

    What is loaded once and stays (modules, classes, texts) would be walked by every full collection, while all pages wait.
    """

    @asynccontextmanager
    async def living(parent: FastAPI) -> AsyncIterator[Any]:
        async with inner(parent) as state:
            all_pages()
            gc.collect()
            gc.freeze()
            try:
                yield state
            finally:
                gc.unfreeze()

    return living
