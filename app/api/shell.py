"""The HTML page that carries the Streamlit front end, under our own name, icon, language and content policy.

Streamlit's own index page names itself, preloads a font we do not use and holds an inline script, which would force the
content policy open. This page is derived from the installed one at start, so that the file names of its scripts stay
right after an upgrade, and it paints the outline of the screen before the first script runs.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from html import escape
from pathlib import Path
from typing import Any, Final

import streamlit
from starlette.responses import HTMLResponse, RedirectResponse

from app.api.gate import Asked
from app.kernel.i18n import t

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_INDEX: Final = Path(streamlit.__file__).parent / "static" / "index.html"
_ASSET: Final = re.compile(r'<(?:script type="module"|link rel="(?:modulepreload|stylesheet)")[^>]*>(?:</script>)?')
_OUTLINE: Final = (
    '<div class="outline" aria-hidden="true"><div class="outline-side"><i></i><i></i><i></i><i></i><i></i><i></i></div>'
    '<div class="outline-main"><i class="title"></i><i class="line"></i><i class="block"></i></div></div>'
)


class Shell:
    """Answers page requests with our page and hands everything else to Streamlit."""

    def __init__(self, inner: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._inner = inner
        self._assets = front_end_assets(_INDEX.read_text(encoding="utf-8"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Asked.of(scope)
            if request.method in {"GET", "HEAD"} and request.path == "/home":
                await RedirectResponse("/", status_code=308)(scope, receive, send)
                return
            if request.method in {"GET", "HEAD"} and not request.is_front_end_file:
                principal = scope.get("state", {}).get("principal")
                lang = request.language if principal is None else request.language_of(principal)
                await HTMLResponse(self.page(lang))(scope, receive, send)
                return
        await self._inner(scope, receive, send)

    def page(self, lang: str) -> str:
        """The page in one language."""
        return (
            f'<!doctype html><html lang="{escape(lang)}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark"><title>Tallyworks</title>'
            '<link rel="icon" href="/assets/mark.svg" type="image/svg+xml">'
            '<link rel="stylesheet" href="/assets/shell.css"><script src="/assets/shell.js"></script>'
            f"{self._assets}</head><body><noscript><p>{escape(t('door.needs_scripts', lang))}</p></noscript>"
            f'<div id="root">{_OUTLINE}</div></body></html>'
        )


def front_end_assets(index: str) -> str:
    """The script and style tags of Streamlit's index page, with paths from the root.

    Raises:
        RuntimeError: the page holds none; the installed Streamlit is not the one we know.
    """
    found = _ASSET.findall(index)
    if not any("script" in tag[:8] for tag in found):
        raise RuntimeError(f"{_INDEX} names no script; install the streamlit version of requirements.lock.")
    return "".join(tag.replace('"./', '"/') for tag in found)
