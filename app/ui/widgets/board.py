"""The metric board: few numbers, each with its trend and target, leading to what is behind it; and how fresh they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.kernel.i18n import format_day, format_moment, format_number, format_quantity, format_share, t
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
        told: a remark below the number, where it has no change to show.
        opens: page of the rows behind it.
        asks: what that page is asked for in its address.
    """

    label: str
    value: str
    trend: Sequence[float] = ()
    change: Decimal | None = None
    better: Literal["more", "less", "neither"] = "neither"
    told: str | None = None
    opens: str | None = None
    asks: Mapping[str, object] = field(default_factory=dict)


def tiles(entries: Sequence[Tile]) -> None:
    """Draw tiles beside each other; they wrap on a narrow screen."""
    lang = gateway.visit().lang
    markup.show(markup.tiles(_drawn(entry, lang) for entry in entries))


def _drawn(entry: Tile, lang: str) -> markup.Html:
    told = entry.told
    tone: Literal["plain", "good", "bad"] = "plain"
    if entry.change is not None:
        told = t(
            "board.change_up" if entry.change >= 0 else "board.change_down", lang, share=share(abs(entry.change), lang)
        )
        if entry.better != "neither" and entry.change != 0:
            tone = "good" if (entry.change > 0) == (entry.better == "more") else "bad"
    address = markup.href(entry.opens, **entry.asks) if entry.opens is not None else None
    return markup.tile(entry.label, entry.value, told=told, tone=tone, trend=entry.trend, address=address)


def share(value: Decimal, lang: str) -> str:
    """A share of one, for a tile."""
    return format_share(value, lang)


def quantity(value: Decimal, unit: str, lang: str) -> str:
    """A quantity with its unit, for a tile."""
    return f"{format_quantity(Decimal(value), lang)} {unit}"


def as_of(moment: datetime | None, lang: str, *, old: bool = False) -> None:
    """Say as of when the numbers hold, with the date and the time to the second."""
    if moment is None:
        markup.show(markup.freshness(t("board.no_data_yet", lang), old=True))
        return
    markup.show(markup.freshness(t("board.as_of", lang, moment=format_moment(moment, lang)), old=old))


def whole(value: Decimal | None, lang: str) -> str:
    """An amount of a board: no minor units, which nobody reads there, and the currency said once in the head."""
    return format_number((value or Decimal(0)).quantize(Decimal(1)), lang)


def head_line(lang: str) -> None:
    """As of when the numbers of a board hold, and in which currency its amounts are."""
    moment = gateway.warehouse_moment()
    if moment is None:
        as_of(None, lang)
        return
    values = {"moment": format_moment(moment, lang), "currency": gateway.currency()}
    markup.show(markup.freshness(t("board.as_of_in", lang, **values)))


def today_line(lang: str) -> str:
    """Today with its weekday, as the company's clock has it."""
    return format_day(gateway.today(), lang, weekday=True)
