"""How a screen asks and acts: queries and commands through the kernel's gateway, as the person who is signed in.

The principal is found anew from the session cookie at every rerun and again at every command, never taken from
Streamlit's session state (R13); within a rerun it is asked once, because a page asks for it a hundred times. Nothing
here catches a refusal of a query: the page frame shows it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import streamlit as st

from app.jobs.boards import Answer, Boards
from app.jobs.going_live import GoingLive, check_workbook, commit_workbook
from app.jobs.import_shop_orders import OrderFile, ShopImport, import_shop_orders
from app.jobs.running import ask_for_forecast, ask_for_plan, ask_for_policies
from app.kernel.access import SYSTEM, Principal
from app.kernel.bus import Bus, Receipt
from app.kernel.clock import Clock
from app.kernel.gateway import Gateway as KernelGateway
from app.kernel.i18n import Language, format_money, negotiated, t
from app.kernel.jobs import JobQueue
from pipelines.connectors.workbook.template import template

_COOKIES = ("__Host-tallyworks", "tallyworks")
_LANGUAGE_COOKIE = "tallyworks-language"
_COUNT_SECONDS = 30
_KNOWN_SECONDS = 1.0


class Gateway(Protocol):
    """What the screens need of the kernel's gateway."""

    bus: Bus
    clock: Clock

    def submit(self, command: str, data: dict[str, Any], *, command_id: str, principal: Principal) -> Receipt:
        """Run a command."""
        ...

    def query(self, name: str, arguments: dict[str, Any], *, principal: Principal) -> list[dict[str, Any]]:
        """Answer a query."""
        ...


class Drafts(Protocol):
    """What the forms need of the kernel's drafts."""

    def load(self, user_id: int, form: str) -> str | None:
        """The kept body of a form, or None."""
        ...

    def keep(self, user_id: int, form: str, body: str) -> None:
        """Keep a body in place of the one before."""
        ...

    def drop(self, user_id: int, form: str) -> None:
        """Throw a draft away."""
        ...


class Sessions(Protocol):
    """What the screens need of the kernel's sessions."""

    def principal_of(self, token: str) -> Principal | None:
        """The principal of a living session, else None."""
        ...


@dataclass(frozen=True)
class Doors:
    """What this process serves.

    Attributes:
        gateway: runs commands and queries.
        sessions: says who a token is.
        drafts: keeps unfinished forms.
        boards: answers from the marts.
        queue: takes the jobs that a screen asks for.
        form_token: the token that a plain form of the page sends with its session.
    """

    gateway: Gateway
    sessions: Sessions
    drafts: Drafts
    boards: Boards
    queue: JobQueue
    form_token: Callable[[str], str]


class SessionOver(Exception):
    """The session behind this page has ended; the page frame sends the reader to sign in."""


@dataclass(frozen=True)
class Visit:
    """Who looks at this rerun, and in which language."""

    principal: Principal
    lang: Language
    token: str

    def may(self, permission: str) -> bool:
        """Whether the person holds a permission; for what is shown, never for what is allowed."""
        return self.principal.may(permission)


_doors: list[Doors] = []


def open_doors(opened: Doors) -> None:
    """Name what this process serves; called once by the server before it serves."""
    _doors[:] = [opened]


def doors() -> Doors:
    """The gateway and the sessions of this process."""
    assert _doors, "the server opens the doors before it serves a screen"
    return _doors[0]


class _Looked(threading.local):
    """Who looked in the rerun of this thread, and since when that is known."""

    visit: Visit | None = None
    at: float = 0.0


_looked = _Looked()


def visit(*, anew: bool = False) -> Visit:
    """Who is looking. Asked of the sessions at the start of every rerun and before every command, and kept for its drawing.

    Args:
        anew: ask the sessions, whatever this rerun knows already.

    Raises:
        SessionOver: there is no living session behind the cookie.
    """
    if not anew and _looked.visit is not None and time.monotonic() - _looked.at < _KNOWN_SECONDS:
        return _looked.visit
    _looked.visit = None
    token = next((st.context.cookies[name] for name in _COOKIES if name in st.context.cookies), None)
    principal = doors().sessions.principal_of(token) if token else None
    if principal is None or token is None:
        raise SessionOver
    chosen = st.context.cookies.get(_LANGUAGE_COOKIE)
    found = Visit(principal, negotiated(chosen, principal.language, accept_language=st.context.locale), token)
    _looked.visit, _looked.at = found, time.monotonic()
    return found


def today() -> date:
    """The company's business day."""
    return doors().gateway.clock.today()


def form_token(visit: Visit) -> str:
    """The token for the plain forms of a page: sign-out and language."""
    return doors().form_token(visit.token)


def ask(name: str, /, **arguments: Any) -> list[dict[str, Any]]:
    """The rows of a query, as the person who is looking."""
    given = {key: value for key, value in arguments.items() if value is not None}
    return doors().gateway.query(name, given, principal=visit().principal)


def send(command: str, data: dict[str, Any], *, command_id: str) -> Receipt:
    """Submit a command as the person who is looking, judged again at this moment."""
    return doors().gateway.submit(command, data, command_id=command_id, principal=visit(anew=True).principal)


_counted: dict[tuple[Doors, frozenset[str], tuple[str, ...], int], tuple[float, dict[str, int]]] = {}


def waiting_counts() -> dict[str, int]:
    """How many things wait behind each page for the person who is looking, for the navigation; up to half a minute old."""
    principal, now = visit().principal, time.monotonic()
    key = (doors(), principal.permissions, tuple(sorted(principal.roles)), principal.user_id)
    known = _counted.get(key)
    if known is not None and now - known[0] < _COUNT_SECONDS:
        return known[1]
    for old in [other for other, (at, _) in list(_counted.items()) if now - at >= _COUNT_SECONDS]:
        _counted.pop(old, None)
    counts = {"home": len(ask("inbox")) if may_ask("inbox") else 0}
    for row in ask("waiting_work") if may_ask("waiting_work") else []:
        counts[f"{row['kind']}s"] = counts.get(f"{row['kind']}s", 0) + int(row["document_count"])
    _counted[key] = (now, counts)
    return counts


def may_ask(name: str) -> bool:
    """Whether the person may use a query that exists; navigation shows what he may use."""
    spec = doors().gateway.bus.queries.get(name)
    return spec is not None and visit().may(spec.permission)


def may_send(command: str) -> bool:
    """Whether the person may give a command that exists."""
    spec = doors().gateway.bus.commands.get(command)
    return spec is not None and visit().may(spec.permission)


def arguments_of(query: str) -> frozenset[str]:
    """The names of a query's arguments; empty where there is no such query."""
    spec = doors().gateway.bus.queries.get(query)
    return frozenset(spec.model.model_fields) if spec else frozenset()


def message(receipt: Receipt, lang: str) -> str:
    """What a receipt says, in the reader's language."""
    return t(receipt.message_key, lang, **receipt.values)


def read(name: str, /, **values: Any) -> Answer:
    """The answer of a named query of the marts, as the person who is looking."""
    return doors().boards.ask(name, visit().principal, **values)


def measure(name: str, /, **values: Any) -> dict[str, Any]:
    """A metric of the marts, as the person who is looking: its row, empty where there is none."""
    return doors().boards.metric(name, visit().principal, **values)


def warehouse_moment() -> datetime | None:
    """When the warehouse was last published, in the company's time zone; None where it never was."""
    version = doors().boards.version()
    return None if version is None else local(version.published_at)


def gate_refusal() -> dict[str, Any] | None:
    """What the last red gate refused, or None."""
    return doors().boards.refusal(visit().principal)


def plan_now(*, method: str, forecast: str) -> int:
    """Queue a plan of the company for the person who is looking, as of the business day."""
    return ask_for_plan(doors().queue, visit(anew=True).principal, as_of=today(), method=method, forecast=forecast)


def forecast_now(*, weeks: int) -> int:
    """Queue a forecast of the company's demand for the person who is looking, as of the business day."""
    return ask_for_forecast(doors().queue, visit(anew=True).principal, as_of=today(), weeks=weeks)


def propose_policies_now(**settings: Any) -> int:
    """Queue proposals for inventory policies for the person who is looking, as of the business day."""
    return ask_for_policies(doors().queue, visit(anew=True).principal, as_of=today(), **settings)


def workbook_template() -> bytes:
    """The empty going-live workbook."""
    return template()


def judge_workbook(content: bytes, *, start_on: date, keep: bool) -> GoingLive:
    """Check the going-live workbook as the person who is looking, and book it where asked and clean.

    Raises:
        Refused: the file is no workbook or goes beyond a limit.
    """
    opened = doors().gateway
    assert isinstance(opened, KernelGateway), "a workbook is booked by the store's own gateway"
    judge = commit_workbook if keep else check_workbook
    return judge(opened, content, start_on=start_on, principal=visit(anew=True).principal)


def import_orders(shop: str, files: Sequence[OrderFile]) -> ShopImport:
    """Take the orders of a shop from its files as the person who is looking.

    Raises:
        Refused: a file is no file of the shop's orders.
    """
    opened = doors().gateway
    assert isinstance(opened, KernelGateway), "orders are taken by the store's own gateway"
    return import_shop_orders(opened, shop, files, principal=visit(anew=True).principal)


def cancel_job(job_id: int) -> None:
    """Cancel a run that waits or runs; who may plan may cancel any."""
    visit(anew=True).principal.demand("planning.run.write")
    doors().queue.cancel(job_id)


def local(moment: datetime) -> datetime:
    """An instant in the company's time zone."""
    return moment.astimezone(ZoneInfo(_company(doors())["time_zone"]))


def currency() -> str:
    """The currency of the books."""
    return str(_company(doors())["currency"])


def money(value: Decimal, lang: str, of: str | None = None) -> str:
    """An amount with its sign, in the currency of the books unless another is named."""
    home = currency()
    return format_money(value, of or home, lang, home=home)


def company_name() -> str:
    """The company's name, for the head of its statements."""
    return str(_company(doors())["name"])


@cache
def _company(opened: Doors) -> dict[str, Any]:
    """The company that these doors open; it keeps its name, currency and time zone for as long as it is served."""
    return opened.gateway.query("company", {}, principal=SYSTEM)[0]
