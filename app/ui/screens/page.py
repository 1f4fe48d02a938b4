"""One page of the application: its address, its name, its place in the navigation, and who may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        path: the address after the host; also the stable name of the page.
        title: key of its name.
        icon: Material symbol.
        draw: draws the page.
        query: the query whose permission shows the page; None shows it to everyone.
        command: the command whose permission shows the page, where it is a form.
        permission: the permission that shows the page, where its rows come from the marts.
        listed: whether the navigation lists it; a document's page is reached from lists and links.
    """

    path: str
    title: str
    icon: str
    draw: Callable[[], None]
    query: str | None = None
    command: str | None = None
    permission: str | None = None
    listed: bool = True


@dataclass(frozen=True)
class Section:
    """A kind of work and its pages, in the order in which the work is done."""

    title: str
    pages: tuple[Page, ...]
