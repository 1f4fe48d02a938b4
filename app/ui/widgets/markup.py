"""The only place where HTML reaches the browser: an escaper, and the few shapes that Streamlit has no part for.

Every value that is not our own markup is escaped here; no other module under app/ui may call `st.html` or allow HTML in
Markdown (a test reads the source). Links stay inside the application. What a shape contains is its caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote, urlencode

import streamlit as st

from app.ui.theme import ACCENT, LATIN, SIMPLIFIED, TRADITIONAL

Tone = Literal["plain", "good", "watch", "bad", "info"]

_STYLE: Final = Path(__file__).with_name("style.css")
_VARIABLES: Final = {
    "accent": (ACCENT["light"], ACCENT["dark"]),
    "accent-text": (ACCENT["light"], "#aab0f8"),
    "accent-ink": ("#ffffff", "#ffffff"),
    "accent-ground": ("#f1f2fc", "#20223a"),
    "ink": ("#1d1e2c", "#e6e7f0"),
    "quiet": ("#5d6073", "#a3a6b8"),
    "side": ("#f6f6f9", "#1a1c27"),
    "rule": ("#e6e7ee", "#2b2e3d"),
    "rule-strong": ("#cfd1de", "#44475a"),
    "head-ground": ("#f8f8fb", "#1a1c27"),
    "grey-ground": ("#eeeff4", "#262936"),
    "grey-ink": ("#4d5062", "#b9bccb"),
    "good-ground": ("#e8f5ee", "#15291f"),
    "good-ink": ("#125c3d", "#92dab6"),
    "watch-ground": ("#fdf1e0", "#352515"),
    "watch-ink": ("#84430a", "#f3c08a"),
    "bad-ground": ("#fdeeef", "#3a1c21"),
    "bad-ink": ("#96242f", "#f6a9af"),
    "info-ground": ("#ebf2fb", "#18273a"),
    "info-ink": ("#1d4f87", "#a3c9f3"),
}
_MARKDOWN: Final = str.maketrans({mark: "\\" + mark for mark in "\\`*_{}[]()#+-.!|<>~$:"})


@dataclass(frozen=True)
class Html:
    """Markup that this module made; plain strings are text and get escaped."""

    code: str


@dataclass(frozen=True)
class Cell:
    """One cell of a table: what it shows and how."""

    shown: str | Html
    numeric: bool = False
    unbroken: bool = False


def safe(text: object) -> str:
    """A value as text that no browser takes for markup.

    >>> safe('<img src=x onerror=alert(1)>')
    '&lt;img src=x onerror=alert(1)&gt;'
    """
    return escape(str(text), quote=True)


def plain(text: object) -> str:
    """A value as Markdown that stays the text it is: no links, images, colours or formulas.

    >>> plain("![x](https://evil.example/a.png)")
    '\\\\!\\\\[x\\\\]\\\\(https\\\\://evil\\\\.example/a\\\\.png\\\\)'
    """
    return str(text).replace("\n", " ").translate(_MARKDOWN)


def show(markup: Html) -> None:
    """Put markup on the page."""
    st.html(markup.code)


def joined(parts: Iterable[Html]) -> Html:
    """Markup one after another."""
    return Html("".join(part.code for part in parts))


def markup_of(value: str | Html) -> str:
    """The code of a value: its own where it is markup, escaped where it is text."""
    return value.code if isinstance(value, Html) else safe(value)


def chip(text: str, tone: Tone = "plain") -> Html:
    """A state, told by a word and a mark as well as by colour."""
    return Html(f'<span class="tw-chip {tone}">{safe(text)}</span>')


def href(path: str, **query: object) -> str:
    """An address inside the application.

    >>> href("sales_order", id=7)
    '/sales_order?id=7'
    """
    given = {name: value for name, value in query.items() if value is not None}
    return f"/{path}" + (f"?{urlencode(given)}" if given else "")


def link(text: str, address: str) -> Html:
    """A link inside the application; it does not reload the page."""
    assert address.startswith("/"), address
    assert not address.startswith("//"), address
    return Html(f'<a class="tw-link" href="{safe(address)}" target="_self">{safe(text)}</a>')


def heading(
    title: str,
    *,
    eyebrow: str | None = None,
    state: Html | None = None,
    amount: str | None = None,
    lead: str | None = None,
) -> Html:
    """The first line of a page: what it is, how it is."""
    parts = [f"<h1>{safe(title)}</h1>"]
    if state is not None:
        parts.append(state.code)
    if eyebrow:
        parts.append(f'<span class="tw-eyebrow">{safe(eyebrow)}</span>')
    if amount:
        parts.append(f'<span class="tw-amount">{safe(amount)}</span>')
    below = f'<p class="tw-lead">{safe(lead)}</p>' if lead else ""
    return Html(f'<div class="tw-head">{"".join(parts)}</div>{below}')


def steps(entries: Sequence[tuple[str, Literal["past", "now", "ahead", "stopped"]]], label: str) -> Html:
    """The life of a document, with the step it stands at."""
    current = {"now": ' aria-current="step"', "stopped": ' aria-current="step"'}
    items = "".join(f'<li class="{place}"{current.get(place, "")}>{safe(text)}</li>' for text, place in entries)
    return Html(f'<ol class="tw-steps" aria-label="{safe(label)}">{items}</ol>')


def facts(entries: Iterable[tuple[str, str | Html]]) -> Html:
    """Header fields in two columns."""
    rows = "".join(f"<div><dt>{safe(name)}</dt><dd>{markup_of(value)}</dd></div>" for name, value in entries)
    return Html(f'<dl class="tw-facts">{rows}</dl>')


def table(
    head: Sequence[tuple[str | Html, bool]],
    rows: Iterable[Sequence[Cell]],
    *,
    foot: Sequence[Cell] | None = None,
    classes: Sequence[str] | None = None,
    label: str | None = None,
) -> Html:
    """A table of cells; numbers to the right, totals below a rule."""
    titles = "".join(f'<th scope="col"{_side(numeric)}>{markup_of(text)}</th>' for text, numeric in head)
    body = "".join(
        f'<tr class="{safe(classes[index]) if classes else ""}">{"".join(_cell(cell) for cell in row)}</tr>'
        for index, row in enumerate(rows)
    )
    total = f"<tfoot><tr>{''.join(_cell(cell) for cell in foot)}</tr></tfoot>" if foot else ""
    named = f' aria-label="{safe(label)}"' if label else ""
    return Html(
        f'<div class="tw-scroll"><table class="tw-table"{named}><thead><tr>{titles}</tr></thead>'
        f"<tbody>{body}</tbody>{total}</table></div>"
    )


def _side(numeric: bool) -> str:
    return ' class="n"' if numeric else ""


def _cell(cell: Cell) -> str:
    side = ' class="u"' if cell.unbroken and not cell.numeric else _side(cell.numeric)
    return f"<td{side}>{markup_of(cell.shown)}</td>"


def chain(entries: Iterable[tuple[str, str, str | None]]) -> Html:
    """The documents before and after: kind, number, address; the one that is shown has no address."""
    items = []
    for kind, number, address in entries:
        inner = f"<small>{safe(kind)}</small><b>{safe(number)}</b>"
        if address is None:
            items.append(f'<li><span class="here" aria-current="page">{inner}</span></li>')
        else:
            items.append(f'<li><a href="{safe(address)}" target="_self">{inner}</a></li>')
    return Html(f'<ol class="tw-chain">{"".join(items)}</ol>')


def note(message: str, tone: Tone, *, title: str | None = None) -> Html:
    """A message with its mark: a refusal, a warning, good news."""
    strong = f"<p><b>{safe(title)}</b></p>" if title else ""
    role = "alert" if tone == "bad" else "status"
    return Html(f'<div class="tw-note {tone}" role="{role}"><div>{strong}<p>{safe(message)}</p></div></div>')


def empty(title: str, message: str) -> Html:
    """What would be here, and the first step."""
    return Html(f'<div class="tw-empty"><b>{safe(title)}</b>{safe(message)}</div>')


def tiles(entries: Iterable[Html]) -> Html:
    """Tiles beside each other; they wrap on a narrow screen."""
    return Html(f'<div class="tw-tiles">{joined(entries).code}</div>')


def tile(
    name: str,
    value: str,
    *,
    told: str | None = None,
    tone: Literal["plain", "good", "bad"] = "plain",
    trend: Sequence[float] = (),
    address: str | None = None,
) -> Html:
    """One number with its name, a remark, a small line of its last values, and the way to what is behind it."""
    below = f'<span class="told {tone}">{safe(told)}</span>' if told else ""
    line = f'<img alt="" src="data:image/svg+xml,{quote(_sparkline(trend))}">' if len(trend) > 1 else ""
    inner = f'<span class="name">{safe(name)}</span><span class="value">{safe(value)}</span>{below}{line}'
    if address is None:
        return Html(f'<div class="tw-tile">{inner}</div>')
    return Html(f'<a class="tw-tile" href="{safe(address)}" target="_self">{inner}</a>')


def _sparkline(values: Sequence[float]) -> str:
    """A small line of values in a tone that is seen on light and on dark ground."""
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    step = 200 / (len(values) - 1)
    points = " ".join(
        f"{index * step:.1f},{27 - 24 * (value - low) / spread:.1f}" for index, value in enumerate(values)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 30" preserveAspectRatio="none">'
        f'<polyline points="{points}" fill="none" stroke="#7277d6" stroke-width="1.6" vector-effect="non-scaling-stroke"/>'
        "</svg>"
    )


def freshness(text: str, *, old: bool = False) -> Html:
    """As of when the numbers on the page hold."""
    return Html(f'<p class="tw-fresh{" old" if old else ""}">{safe(text)}</p>')


def quiet(text: str) -> Html:
    """A small remark."""
    return Html(f'<p class="tw-lead">{safe(text)}</p>')


def account(
    name: str,
    detail: str,
    languages: Sequence[tuple[str, str]],
    *,
    lang: str,
    here: str,
    form_token: str,
    texts: Mapping[str, str],
) -> Html:
    """Who is signed in, his language, and the way out; plain forms that post to the door."""
    hidden = f'<input type="hidden" name="form_token" value="{safe(form_token)}">'
    current = {lang: ' aria-current="true"'}
    choices = "".join(
        f'<button name="language" value="{safe(code)}" lang="{safe(code)}"{current.get(code, "")}>{safe(own_name)}</button>'
        for code, own_name in languages
    )
    leave = f'<form method="post" action="/sign-out">{hidden}<button>{safe(texts["sign_out"])}</button></form>'
    asks = f'<button type="button" class="tw-help" title="{safe(texts["shortcuts"])}">?</button>'
    who = f"<span><b>{safe(name)}</b><small>{safe(detail)}</small></span>"
    return Html(
        f'<div class="tw-account"><div class="who">{who}{asks}{leave}</div>'
        f'<form class="languages" method="post" action="/language" aria-label="{safe(texts["language"])}">{hidden}'
        f'<input type="hidden" name="next" value="{safe(here)}">{choices}</form></div>'
    )


def shortcuts(title: str, close: str, entries: Sequence[tuple[str, str]]) -> Html:
    """The list of shortcuts that the page's own script opens on "?"; closed until then."""
    rows = "".join(f"<div><dt><kbd>{safe(keys)}</kbd></dt><dd>{safe(what)}</dd></div>" for keys, what in entries)
    return Html(
        f'<div class="tw-shortcuts" role="dialog" aria-label="{safe(title)}" tabindex="-1"><div class="box">'
        f'<b>{safe(title)}</b><dl class="tw-facts">{rows}</dl><button class="tw-close">{safe(close)}</button></div></div>'
    )


def dress(lang: str) -> None:
    """Our style sheet, with the Chinese fonts of the reader's script first."""
    st.html(_sheet(lang))


@cache
def _sheet(lang: str) -> str:
    variables = "".join(f"--tw-{name}:light-dark({light},{dark});" for name, (light, dark) in _VARIABLES.items())
    chinese = f"{TRADITIONAL}, {SIMPLIFIED}" if lang == "zh-Hant" else f"{SIMPLIFIED}, {TRADITIONAL}"
    family = f"{LATIN}, {chinese}, sans-serif"
    fonts = f".stApp, .stApp button, .stApp input, .stApp textarea, .stApp h1, .stApp h2, .stApp h3 {{ font-family: {family}; }}"
    return f"<style>.stApp, body {{ {variables} }}\n{fonts}\n{_STYLE.read_text(encoding='utf-8')}</style>"
