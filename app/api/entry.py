"""Sign-in, first set-up, sign-out and the choice of language: plain pages that work without scripts.

Decides what a visitor without a session sees and how he gets one. Whether a name and a password are right, how long to
wait after wrong tries, and whether the set-up token is still good is the kernel's; its refusals are shown in the
visitor's language. Every form carries the token of a cookie that only our own page could have set.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from app.api import cookies
from app.kernel.errors import Refused
from app.kernel.i18n import ENDONYMS, LANGUAGES, Language, language_of, negotiated, t

_PAGE: Final = Template((Path(__file__).parent / "pages" / "door.html").read_text(encoding="utf-8"))
_YEAR_SECONDS: Final = 365 * 24 * 3600
_NOTICES: Final = {"out": ("good", "door.signed_out")}
_FLOW: Final = ("goods", "money", "plan")

_log = logging.getLogger(__name__)


class Sessions(Protocol):
    """What the sign-in pages ask of the kernel's sessions; each raises Refused where the answer is no."""

    def sign_in(self, login: str, password: str, *, address: str) -> str:
        """Mint a session for a user whose password is right."""
        ...

    def sign_out(self, token: str) -> None:
        """End a session."""
        ...

    def set_up(self, token: str, login: str, password: str) -> Any:
        """Create the first administrator with the one-time token."""
        ...


@dataclass(frozen=True)
class Field:
    """One input of a form."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    hint: str | None = None


@dataclass(frozen=True)
class Form:
    """One page of the door: what it is called, where it sends, what it asks."""

    path: str
    heading: str
    lead: str
    button: str
    fields: tuple[Field, ...]


SIGN_IN: Final = Form(
    path="/login",
    heading="door.sign_in",
    lead="door.sign_in_lead",
    button="door.sign_in",
    fields=(
        Field("login", "door.login", autocomplete="username"),
        Field("password", "door.password", kind="password", autocomplete="current-password"),
    ),
)
SET_UP: Final = Form(
    path="/setup",
    heading="door.set_up",
    lead="door.set_up_lead",
    button="door.set_up_button",
    fields=(
        Field("token", "door.set_up_token"),
        Field("login", "door.login", autocomplete="username"),
        Field("password", "door.password", "password", "new-password", "door.password_rule"),
        Field("password_again", "door.password_again", "password", "new-password"),
    ),
)


@dataclass(frozen=True)
class Shown:
    """What a page shows besides its form."""

    status: int = 200
    note: tuple[str, str] | None = None
    kept: Mapping[str, str] = field(default_factory=dict)


class Visit:
    """One request to a page of the door, with its cookies read."""

    def __init__(self, request: Request) -> None:
        self.https = request.url.scheme == "https"
        self._form_cookie = cookies.cookie_name(cookies.FORM, https=self.https)
        self._key = cookies.read_cookie(request.headers.raw, self._form_cookie)
        self.session = cookies.read_cookie(request.headers.raw, cookies.cookie_name(cookies.SESSION, https=self.https))
        self.lang = negotiated(
            cookies.read_cookie(request.headers.raw, cookies.LANGUAGE),
            accept_language=request.headers.get("accept-language"),
        )
        self.key = self._key or cookies.new_form_key()

    def proves(self, token: str | None) -> bool:
        """Whether a form was sent from a page that was shown to this very browser."""
        return cookies.is_form_token(token, self._key) or cookies.is_form_token(token, self.session)

    def remember(self, response: Response) -> Response:
        """Give a new visitor the key of his forms."""
        if self._key is None:
            response.headers.append("set-cookie", cookies.set_cookie(self._form_cookie, self.key, https=self.https))
        return response


def page(form: Form, visit: Visit, shown: Shown, *, onward: str, set_up_open: bool) -> Response:
    """The page of a form, every value escaped."""
    lang = visit.lang

    def text(key: str) -> str:
        return escape(t(key, lang))

    after = ""
    if form is SIGN_IN and set_up_open:
        after = f'<p class="hint"><a href="/setup">{text("door.set_up_first")}</a></p>'
    html = _PAGE.substitute(
        lang=lang,
        title=text(form.heading),
        promise=text("door.promise"),
        flow="".join(
            f"<li><span><b>{text(f'door.flow_{part}')}</b><br>{text(f'door.flow_{part}_says')}</span></li>"
            for part in _FLOW
        ),
        footer=text("door.footer"),
        language_label=text("door.language"),
        languages="".join(_language_button(code, lang) for code in LANGUAGES),
        form_token=cookies.form_token(visit.key),
        here=escape(form.path),
        next=escape(onward),
        heading=text(form.heading),
        lead=text(form.lead),
        notes=_note(*shown.note) if shown.note else "",
        action=escape(form.path),
        fields="".join(_input(entry, lang, shown.kept.get(entry.name, "")) for entry in form.fields),
        button=text(form.button),
        after=after,
    )
    return visit.remember(HTMLResponse(html, status_code=shown.status))


def _language_button(code: Language, lang: str) -> str:
    current = ' aria-current="true"' if code == lang else ""
    return f'<button name="language" value="{code}" lang="{code}"{current}>{escape(ENDONYMS[code])}</button>'


def _note(kind: str, message: str) -> str:
    role = "alert" if kind == "bad" else "status"
    return f'<p class="note {kind}" role="{role}"><span>{escape(message)}</span></p>'


def _input(entry: Field, lang: str, value: str) -> str:
    hint = f'<p class="hint" id="{entry.name}-hint">{escape(t(entry.hint, lang))}</p>' if entry.hint else ""
    described = f' aria-describedby="{entry.name}-hint"' if entry.hint else ""
    kept = f' value="{escape(value)}"' if value and entry.kind == "text" else ""
    return (
        f'<label for="{entry.name}">{escape(t(entry.label, lang))}</label>'
        f'<input id="{entry.name}" name="{entry.name}" type="{entry.kind}" autocomplete="{entry.autocomplete}" '
        f'maxlength="200" required spellcheck="false" autocapitalize="none"{described}{kept}>{hint}'
    )


def own_path(wanted: object) -> str:
    """A path of this server to go on to; anything else becomes the first page.

    >>> own_path("/orders?id=4"), own_path("//evil.example"), own_path("https://evil.example")
    ('/orders?id=4', '/', '/')
    """
    path = str(wanted or "")
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain and len(path) <= 2000 and not path.startswith(("/login", "/sign-out")) else "/"


def refusal_text(refusal: Refused, lang: str) -> str:
    """A kernel refusal in the visitor's language."""
    return t(f"refusal.{refusal.key}", lang, **refusal.values)


class Entry:
    """The handlers of the door. Set-up is open only in a company that had no user when the server started."""

    def __init__(self, sessions: Sessions, *, set_up_open: bool) -> None:
        self._sessions = sessions
        self._set_up_open = set_up_open

    def _show(self, form: Form, visit: Visit, shown: Shown | None = None, onward: str = "/") -> Response:
        return page(form, visit, shown or Shown(), onward=onward, set_up_open=self._set_up_open)

    async def sign_in_page(self, request: Request) -> Response:
        """Show the sign-in page, with a word on why the visitor is here."""
        visit = Visit(request)
        onward = own_path(request.query_params.get("next"))
        notice = _NOTICES.get(request.query_params.get("note", ""))
        if notice is None and request.query_params.get("next") and visit.session:
            notice = ("bad", "door.session_over")
        note = (notice[0], t(notice[1], visit.lang)) if notice else None
        return self._show(SIGN_IN, visit, Shown(note=note), onward)

    async def sign_in(self, request: Request) -> Response:
        """Sign a visitor in; a session he already had ends."""
        visit, given = Visit(request), await _given(request)
        onward = own_path(given.get("next"))
        login, password = given.get("login", "").strip(), given.get("password", "")
        if not visit.proves(given.get("form_token")):
            return self._show(SIGN_IN, visit, Shown(403, _bad("door.form_stale", visit), {"login": login}), onward)
        if not login or not password:
            return self._show(SIGN_IN, visit, Shown(422, _bad("door.need_both", visit), {"login": login}), onward)
        try:
            token = await run_in_threadpool(self._sessions.sign_in, login, password, address=_address(request))
        except Refused as refusal:
            return self._refused(refusal, visit, login, onward)
        if visit.session:
            await run_in_threadpool(self._sessions.sign_out, visit.session)
        return _signed_in(RedirectResponse(onward, status_code=303), token, visit)

    def _refused(self, refusal: Refused, visit: Visit, login: str, onward: str) -> Response:
        waiting = refusal.values.get("seconds")
        note = ("bad", refusal_text(refusal, visit.lang))
        answer = self._show(SIGN_IN, visit, Shown(401 if waiting is None else 429, note, {"login": login}), onward)
        if waiting is not None:
            answer.headers["retry-after"] = str(waiting)
        return answer

    async def set_up_page(self, request: Request) -> Response:
        """Show the set-up page while it is open."""
        visit = Visit(request)
        if not self._set_up_open:
            return self._show(SIGN_IN, visit, Shown(410, _bad("door.set_up_not_open", visit)))
        return self._show(SET_UP, visit, Shown(kept={"token": request.query_params.get("token", "")[:200]}))

    async def set_up(self, request: Request) -> Response:
        """Create the first administrator and sign him in."""
        visit, given = Visit(request), await _given(request)
        kept = {name: given.get(name, "").strip() for name in ("token", "login")}
        password = given.get("password", "")
        if not self._set_up_open:
            return self._show(SIGN_IN, visit, Shown(410, _bad("door.set_up_not_open", visit)))
        if not visit.proves(given.get("form_token")):
            return self._show(SET_UP, visit, Shown(403, _bad("door.form_stale", visit), kept))
        if password != given.get("password_again"):
            return self._show(SET_UP, visit, Shown(422, _bad("door.passwords_differ", visit), kept))
        try:
            await run_in_threadpool(self._sessions.set_up, kept["token"], kept["login"], password)
            token = await run_in_threadpool(self._sessions.sign_in, kept["login"], password, address=_address(request))
        except Refused as refusal:
            return self._show(SET_UP, visit, Shown(422, ("bad", refusal_text(refusal, visit.lang)), kept))
        self._set_up_open = False
        return _signed_in(RedirectResponse("/", status_code=303), token, visit)

    async def sign_out(self, request: Request) -> Response:
        """End the session on the server and in the browser."""
        visit, given = Visit(request), await _given(request)
        if not visit.proves(given.get("form_token")):
            return self._show(SIGN_IN, visit, Shown(403, _bad("door.form_stale", visit)))
        if visit.session:
            await run_in_threadpool(self._sessions.sign_out, visit.session)
        answer = RedirectResponse("/login?note=out", status_code=303)
        name = cookies.cookie_name(cookies.SESSION, https=visit.https)
        answer.headers.append("set-cookie", cookies.set_cookie(name, "", https=visit.https, seconds=0))
        answer.headers["clear-site-data"] = '"cache", "storage"'
        return answer

    async def choose_language(self, request: Request) -> Response:
        """Remember the language this browser wants and go back to where it was."""
        visit, given = Visit(request), await _given(request)
        onward = given.get("next", "/")
        onward = onward if onward in {"/login", "/setup"} else own_path(onward)
        answer: Response = RedirectResponse(onward, status_code=303)
        language = language_of(given.get("language"))
        if language is not None and visit.proves(given.get("form_token")):
            chosen = cookies.set_cookie(cookies.LANGUAGE, language, https=visit.https, seconds=_YEAR_SECONDS)
            answer.headers.append("set-cookie", chosen)
        return visit.remember(answer)


def entry_routes(sessions: Sessions, *, set_up_open: bool) -> APIRouter:
    """The routes of the door."""
    entry = Entry(sessions, set_up_open=set_up_open)
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/login", entry.sign_in_page, methods=["GET"])
    router.add_api_route("/login", entry.sign_in, methods=["POST"])
    router.add_api_route("/setup", entry.set_up_page, methods=["GET"])
    router.add_api_route("/setup", entry.set_up, methods=["POST"])
    router.add_api_route("/sign-out", entry.sign_out, methods=["POST"])
    router.add_api_route("/language", entry.choose_language, methods=["POST"])
    return router


def _address(request: Request) -> str:
    return request.client.host if request.client else "-"


def _bad(key: str, visit: Visit) -> tuple[str, str]:
    return ("bad", t(key, visit.lang))


def _signed_in(answer: Response, token: str, visit: Visit) -> Response:
    name = cookies.cookie_name(cookies.SESSION, https=visit.https)
    answer.headers.append("set-cookie", cookies.set_cookie(name, token, https=visit.https))
    return answer


async def _given(request: Request) -> dict[str, str]:
    """The text fields of a form; anything that is not a short text is left out."""
    form = await request.form(max_files=0, max_fields=20, max_part_size=4096)
    return {name: value for name, value in form.items() if isinstance(value, str) and len(value) <= 2000}
