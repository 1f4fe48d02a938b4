"""The plant's doors opened in this process, and pages run as a signed-in person would see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from app.api import cookies
from app.jobs.boards import boards_of
from app.jobs.planning import PlanRequest, plan_company
from app.kernel.access import SYSTEM
from app.kernel.jobs import JobQueue
from app.ui import gateway
from tests.plant import PASSWORD, TODAY, Plant, built

MAIN = Path(gateway.__file__).with_name("main.py")


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """The plant, planned once, its doors open to the screens of this process."""
    opened = built(tmp_path_factory.mktemp("plant"))
    plan_company(opened.gateway, PlanRequest(TODAY), SYSTEM)
    store = opened.gateway.store
    boards, queue = boards_of(store.address), JobQueue(store, opened.gateway.clock)
    gateway.open_doors(gateway.Doors(opened.gateway, opened.sessions, opened.drafts, boards, queue, cookies.form_token))
    yield opened
    boards.close()
    opened.close()


@pytest.fixture(scope="session", autouse=True)
def installed_components() -> Iterator[None]:
    """Streamlit looks through every installed package at each run of a test; what is installed does not change in between."""
    with pytest.MonkeyPatch.context() as patched:
        looked_up = cache(manifest_scanner.scan_component_manifests)
        patched.setattr(manifest_scanner, "scan_component_manifests", looked_up)
        yield


class _Context:
    """What a browser would have sent: its cookies, its language."""

    def __init__(self, given: dict[str, str]) -> None:
        self.cookies = given
        self.locale = "en-US"
        self.url = "http://localhost:8501/"


@pytest.fixture
def page(request: pytest.FixtureRequest, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Run a page as a person: `page("sales_orders", login="clerk", lang="en", id="5")`.

    Each test signs in from an address of its own: one address has only so many tries an hour.
    """
    tokens: dict[str, str] = {}

    def run(path: str, *, login: str = "owner", lang: str = "en", **query: Any) -> AppTest:
        if login not in tokens:
            tokens[login] = plant.sessions.sign_in(login, PASSWORD, address=request.node.name)
        monkeypatch.setattr(st, "context", _Context({"tallyworks": tokens[login], "tallyworks-language": lang}))
        test = AppTest.from_file(str(MAIN), default_timeout=30)
        test.session_state["go_to"] = (path, {name: str(value) for name, value in query.items()})
        return test.run()

    return run
