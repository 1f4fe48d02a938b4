"""Chromium over the served plant. Where Chromium is missing the tests say so, and fail where CI runs them (rulings 10)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.plant import PASSWORD, Plant, built
from tests.postgresql import not_run
from tests.serving import ROOT, served

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_REMEDY = "Chromium is missing: apt-get install -y chromium fonts-noto-cjk, or set TALLYWORKS_CHROMIUM to its path."
_PATIENCE_MILLISECONDS = 30_000
_GRID_ATTEMPTS = 6
_GRID_SETTLES_MILLISECONDS = 400
_GUIDES = ROOT / "docs" / "guides"

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = os.environ.get("TALLYWORKS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        not_run(_REMEDY)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, headless=True, args=_ARGUMENTS)
        yield opened
        opened.close()


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


class Desk:
    """A person at a browser: his page, and everything that went wrong or went outside."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context = context
        self.base = base
        self.page: Page = context.new_page()
        self.page.set_default_timeout(_PATIENCE_MILLISECONDS)
        self.outside: list[str] = []
        self.blocked: list[str] = []
        self.page.on("request", lambda request: self._note_request(request.url))
        self.page.on("console", lambda message: self._note_message(message.text))
        self.page.on("dialog", lambda dialog: self._note_message(f"dialog {dialog.message}"))

    def _note_request(self, url: str) -> None:
        own = (self.base, self.base.replace("http", "ws"), "data:", "blob:")
        if not url.startswith(own):
            self.outside.append(url)

    def _note_message(self, text: str) -> None:
        if "Content Security Policy" in text or text.startswith("dialog"):
            self.blocked.append(text)

    def sign_in(self, login: str) -> None:
        """Sign in by the page."""
        self.page.goto(f"{self.base}/login")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", PASSWORD)
        self.page.locator("button.go").click()
        expect(self.page.locator(".tw-head").first).to_be_visible()

    def open(self, path: str, heading: str) -> None:
        """Open a page by its address and wait for its heading."""
        self.page.goto(f"{self.base}/{path}")
        expect(self.page.get_by_role("heading", name=heading).first).to_be_visible()

    def settle(self) -> None:
        """Wait until the page has finished its rerun."""
        expect(self.page.locator("[data-test-script-state=running]")).to_have_count(0)

    def picture(self, name: str) -> None:
        """Take the picture of a guide where pictures are renewed (`make accept`): the page as it stands, with a calm frame.

        Args:
            name: path under docs/guides, without its ending.
        """
        if not os.environ.get("TALLYWORKS_ACCEPT"):
            return
        self.settle()
        self.page.mouse.move(0, 0)
        self.page.add_style_tag(content="[data-testid=stToast] { display: none }")
        height = self.page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
        before = self.page.viewport_size
        assert before is not None
        self.page.set_viewport_size({"width": before["width"], "height": max(560, min(int(height), 1600))})
        self.settle()
        self.page.screenshot(path=_GUIDES / f"{name}.png")
        self.page.set_viewport_size(before)

    def type_line(self, *values: str | None, row: int = 1) -> None:
        """Type a line into the grid, cell by cell, each opened by Enter and left by Tab; None leaves a cell as it is."""
        grid = self.page.locator("[data-testid=stDataFrame]").first
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        assert box is not None
        editor = self.page.locator("textarea.gdg-input")
        for attempt in range(_GRID_ATTEMPTS):
            self.page.mouse.click(box["x"] + 100, box["y"] + 18 + 31 * row)
            self.page.keyboard.press("Enter")
            try:
                editor.wait_for(timeout=1500)
                break
            except PlaywrightTimeoutError:
                assert attempt < _GRID_ATTEMPTS - 1, "the grid never opened its first cell"
        for index, value in enumerate(values):
            if value is None:
                self.page.keyboard.press("ArrowRight")
                continue
            if index > 0:
                self.page.keyboard.press("Enter")
                editor.wait_for()
            editor.fill(value)
            self.page.keyboard.press("Tab")
            expect(editor).to_have_count(0)
        self.page.wait_for_timeout(_GRID_SETTLES_MILLISECONDS)
        self.settle()

    def tick_all(self) -> None:
        """Tick every row of the first grid that can be ticked, by the box in its head."""
        grid = self.page.locator("[data-testid=stDataFrame]").first
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + 16, box["y"] + 16)
        self.settle()


@pytest.fixture
def desk(browser: Browser, base: str) -> Iterator[Callable[..., Desk]]:
    """Seat people at browsers: `desk("clerk", locale="zh-CN")`."""
    opened: list[BrowserContext] = []

    def seat(login: str | None = None, **options: object) -> Desk:
        context = browser.new_context(viewport={"width": 1360, "height": 1000}, **options)  # pyright: ignore[reportArgumentType]
        opened.append(context)
        seated = Desk(context, base)
        if login is not None:
            seated.sign_in(login)
        return seated

    yield seat
    for context in opened:
        context.close()
