"""The plant's doors opened in this process, and pages run as a signed-in person would see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.api import cookies
from app.jobs.warehouse import refresh_store, warehouse_folder
from app.ui import gateway
from pipelines.serving.mart import Mart
from tests.plant import PASSWORD, Plant, built

MAIN = Path(gateway.__file__).with_name("main.py")


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """The plant, its doors open to the screens of this process."""
    opened = built(tmp_path_factory.mktemp("plant"))
    store = opened.gateway.store
    refresh_store(store)
    mart = Mart(warehouse_folder(store.address))
    doors = gateway.Doors(opened.gateway, opened.sessions, opened.drafts, mart, store.folder, cookies.form_token)
    gateway.open_doors(doors)
    yield opened
    mart.close()
    opened.close()


class _Context:
    """What a browser would have sent: its cookies, its language."""

    def __init__(self, given: dict[str, str]) -> None:
        self.cookies = given
        self.locale = "en-US"
        self.url = "http://localhost:8501/"


@pytest.fixture
def page(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Run a page as a person: `page("sales_orders", login="clerk", lang="en", id="5")`."""
    tokens: dict[str, str] = {}

    def run(path: str, *, login: str = "admin", lang: str = "en", **query: Any) -> AppTest:
        if login not in tokens:
            tokens[login] = plant.sessions.sign_in(login, PASSWORD, address="test")
        monkeypatch.setattr(st, "context", _Context({"tallyworks": tokens[login], "tallyworks-language": lang}))
        test = AppTest.from_file(str(MAIN), default_timeout=30)
        test.session_state["go_to"] = (path, {name: str(value) for name, value in query.items()})
        return test.run()

    return run
