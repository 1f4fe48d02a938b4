"""What the pages have in common that a customer opens by his link: their form, and how often an address may ask for them."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi.responses import HTMLResponse, Response

from app.kernel.i18n import ENDONYMS, LANGUAGES

LINK_PATH: Final = re.compile(r"/[for]/[A-Za-z0-9_-]{43}")
"""The pages that customers open by a link: an ordering form, an order, a repair."""
PER_SECOND: Final = 0.5
"""How many requests a second an address is granted once its first ones are used up."""
_PAGE: Final = Template((Path(__file__).parent / "pages" / "order.html").read_text(encoding="utf-8"))
_BURST: Final = 30
_MOST_ADDRESSES: Final = 10_000


@dataclass
class Pace:
    """How often each address may ask: some at once, then one every two seconds; the longest unseen address is forgotten first."""

    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def allows(self, address: str) -> bool:
        """Count one request of an address and say whether it may pass."""
        now = time.monotonic()
        left, before = self._left.pop(address, (float(_BURST), now))
        left = min(float(_BURST), left + (now - before) * PER_SECOND)
        allowed = left >= 1
        self._left[address] = (left - 1 if allowed else left, now)
        while len(self._left) > _MOST_ADDRESSES:
            self._left.popitem(last=False)
        return allowed


def customers_page(title: str, body: str, path: str, lang: str, *, status: int = 200, seller: str = "") -> Response:
    """A page at a path, with its languages to choose from; nobody keeps it, and no search engine lists it."""
    links = " ".join(
        f'<a href="{escape(path)}?lang={code}" lang="{code}"{" aria-current=true" if code == lang else ""}>{ENDONYMS[code]}</a>'
        for code in LANGUAGES
    )
    html = _PAGE.substitute(lang=lang, title=escape(title), seller=escape(seller), body=body, languages=links)
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "same-origin"}
    return HTMLResponse(html, status_code=status, headers=headers)
