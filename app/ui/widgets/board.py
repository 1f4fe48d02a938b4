"""The metric board: few numbers, each with its trend and target, leading to what is behind it; and how fresh they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

import streamlit as st

from app.kernel.i18n import format_day, format_moment, format_quantity, format_share, t
from app.ui import gateway
from app.ui.widgets import markup


@dataclass(frozen=True)
class Tile:
    """One number of a board.

    Attributes:
        label: what it is.
        value: as it is written.
        trend: the last values, oldest first, for the small line; statistics, so floats.
        change: share by which it changed.
        better: whether more or less of it is good.
        told: what the number means and where it comes from.
        opens: page of the rows behind it.
    """

    label: str
    value: str
    trend: Sequence[float] = ()
    change: Decimal | None = None
    better: Literal["more", "less", "neither"] = "neither"
    told: str | None = None
    opens: str | None = None


def tiles(entries: Sequence[Tile]) -> None:
    """Draw tiles beside each other; they wrap on a narrow screen."""
    lang = gateway.visit().lang
    colours: dict[str, Literal["normal", "inverse", "off"]] = {"more": "normal", "less": "inverse", "neither": "off"}
    for place, entry in zip(st.columns(len(entries)), entries, strict=True):
        with place:
            st.metric(
                entry.label,
                entry.value,
                delta=None if entry.change is None else format_share(entry.change, lang),
                delta_color=colours[entry.better],
                chart_data=list(entry.trend) or None,
                help=entry.told,
                border=True,
                height="stretch",
            )
            if entry.opens is not None:
                markup.show(markup.link(t("board.rows_behind", lang), markup.href(entry.opens)))


def quantity(value: Decimal, unit: str, lang: str) -> str:
    """A quantity with its unit, for a tile."""
    return f"{format_quantity(Decimal(value), lang)} {unit}"


def as_of(moment: datetime | None, lang: str, *, old: bool = False) -> None:
    """Say as of when the numbers hold, with the date and the time to the second."""
    if moment is None:
        markup.show(markup.freshness(t("board.no_data_yet", lang), old=True))
        return
    markup.show(markup.freshness(t("board.as_of", lang, moment=format_moment(moment, lang)), old=old))


def today_line(lang: str) -> str:
    """Today with its weekday, as the company's clock has it."""
    return format_day(gateway.today(), lang, weekday=True)
