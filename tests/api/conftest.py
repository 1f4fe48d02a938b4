"""A served plant for the tests of the door, and clients that sign in as a browser does."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.api.customers_page import PER_SECOND
from tests.plant import PASSWORD, Plant, built
from tests.serving import served


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """The plant's store, open in this process beside the server."""
    opened = built(tmp_path_factory.mktemp("plant"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def base(plant: Plant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server over the plant."""
    folder: Path = tmp_path_factory.mktemp("serving")
    with served(plant.address, folder) as address:
        yield address


@pytest.fixture
def visitor(base: str) -> Iterator[httpx.Client]:
    """A browser that has not signed in."""
    with httpx.Client(base_url=base, headers={"accept": "text/html", "origin": base}) as client:
        yield client


@contextmanager
def signed_in(base: str, login: str) -> Iterator[httpx.Client]:
    """A browser that has signed in, after a while where others have just tried often."""
    with httpx.Client(base_url=base, headers={"accept": "text/html", "origin": base}, timeout=20.0) as client:
        for _ in range(20):
            token = form_token(client.get("/login").text)
            answer = client.post("/login", data={"login": login, "password": PASSWORD, "form_token": token})
            if answer.status_code != 429:
                break
            time.sleep(1)  # As long as the sign-in page makes a name wait for its next try.
        assert answer.status_code == 303, answer.text
        yield client


def asked(caller: httpx.Client, path: str, data: dict[str, str] | None = None) -> httpx.Response:
    """The answer to a customer who waits where others have just asked often from the same address."""
    for _ in range(20):
        answer = caller.get(path) if data is None else caller.post(path, data=data, follow_redirects=True)
        if answer.status_code != 429:
            break
        time.sleep(1 / PER_SECOND)  # As long as the page makes an address wait for its next request.
    return answer


def form_token(page: str) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found is not None, page[:500]
    return found.group(1)


def session_cookie(client: httpx.Client) -> str:
    """The session cookie of a browser."""
    return client.cookies["tallyworks"]
