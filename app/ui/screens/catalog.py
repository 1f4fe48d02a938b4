"""The table of contents of the application: every page, in the section of the work it belongs to."""

from __future__ import annotations

from functools import cache

from app.ui.screens.home import HOME
from app.ui.screens.page import Section


@cache
def sections() -> tuple[Section, ...]:
    """All sections in the order of the navigation."""
    return (Section("nav.today", (HOME,)),)
