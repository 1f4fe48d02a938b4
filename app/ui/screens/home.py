"""Home: what needs a decision today, by money or time at risk."""

from __future__ import annotations

from app.kernel.i18n import t
from app.ui.gateway import visit
from app.ui.screens.page import Page
from app.ui.widgets import markup


def draw_home() -> None:
    """Draw the inbox of the person who looks."""
    here = visit()
    markup.show(markup.heading(t("nav.home", here.lang), lead=t("home.lead", here.lang)))
    markup.show(markup.joined([markup.link("a", "/home?x=1"), markup.chip("Confirmed", "good")]))
    markup.show(markup.steps([("Draft","past"),("Confirmed","now"),("Closed","ahead")], "x"))


HOME = Page(path="home", title="nav.home", icon="inbox", draw=draw_home)
