"""The form by which a customer says how it was, on the page of his order: drawn without script, and read as bytes of a stranger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs

from app.kernel.access import SYSTEM
from app.kernel.gateway import Gateway, new_command_id
from app.kernel.i18n import t
from app.modules.service.feedback import feedback_asked

_MOST_BYTES: Final = 32_000
_MARKS: Final = range(1, 6)
_LIKELY: Final = range(11)


def feedback_forms(
    asked: Sequence[Mapping[str, Any]],
    token: str,
    lang: str,
    *,
    said: str | None,
    given: Mapping[str, str] | None = None,
) -> str:
    """A section for each thing a customer may speak about, and what became of what he just said.

    Args:
        asked: what he may speak about.
        token: of his link.
        lang: the reader's language.
        said: `yes` or `no`, whether what he just said was kept.
        given: what he just typed and was not kept; it stands in its form, to be mended.
    """
    told = {"yes": "public.feedback_kept", "no": "public.feedback_not_kept"}.get(said or "")
    note = f'<p class="said" role="status">{escape(t(told, lang))}</p>' if told and asked else ""
    about = (given or {}).get("about")
    return note + "".join(_section(row, token, lang, given if str(row["about_id"]) == about else None) for row in asked)


def _section(row: Mapping[str, Any], token: str, lang: str, given: Mapping[str, str] | None) -> str:
    key = "public.how_was_case" if row["kind"] == "service_case" else "public.how_was_order"
    title = f"<h2>{escape(t(key, lang, number=row['number']))}</h2>"
    if not row["changeable"]:
        shown = t("public.you_gave", lang, mark=row["satisfaction"])
        return f'<section class="feedback">{title}<p>{escape(shown)}</p></section>'
    stands = {name: row[name] for name in ("satisfaction", "recommendation", "comment")} | dict(given or {})
    marks = "".join(_choice("satisfaction", mark, stands["satisfaction"], " required") for mark in _MARKS)
    likely = "".join(_choice("recommendation", mark, stands["recommendation"]) for mark in _LIKELY)
    send = t("public.send_change" if row["satisfaction"] is not None else "public.send", lang)
    return (
        f'<section class="feedback">{title}<form method="post" action="/o/{escape(token)}?lang={lang}">'
        f'<input type="hidden" name="about" value="{row["about_id"]}">'
        f"<fieldset><legend>{escape(t('public.satisfaction', lang))}</legend><div>{marks}</div></fieldset>"
        f"<fieldset><legend>{escape(t('public.recommendation', lang))}</legend><div>{likely}</div></fieldset>"
        f"<label>{escape(t('public.comment', lang))}"
        f'<textarea name="comment" rows="3" maxlength="2000">{escape(stands["comment"] or "")}</textarea></label>'
        f'<button type="submit">{escape(send)}</button></form></section>'
    )


def _choice(name: str, mark: int, chosen: int | str | None, more: str = "") -> str:
    checked = " checked" if str(mark) == str(chosen) else ""
    return f'<label><input type="radio" name="{name}" value="{mark}"{more}{checked}>{mark}</label>'


def read_feedback(body: bytes) -> dict[str, str]:
    """What a form says by the names of its fields; nothing where it cannot be read."""
    if len(body) > _MOST_BYTES:
        return {}
    try:
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8"), max_num_fields=10).items()}
    except ValueError:
        return {}


def take_feedback(gateway: Gateway, token: str, given: Mapping[str, str]) -> bool:
    """Keep what the holder of a link says of something that his link shows; returns whether it is kept.

    What is said already makes no command.
    """
    asked = next((row for row in feedback_asked(gateway, token) if str(row["about_id"]) == given.get("about")), None)
    if asked is None or not asked["changeable"]:
        return False
    marks = {name: given[name] for name in ("satisfaction", "recommendation") if name in given}
    if not all(value.isdecimal() and value.isascii() and len(value) <= 2 for value in marks.values()):
        return False
    comment = given.get("comment", "").replace("\r\n", "\n").strip()
    told: dict[str, Any] = {
        name: int(marks[name]) if name in marks else None for name in ("satisfaction", "recommendation")
    }
    told["comment"] = comment or None
    if all(asked[name] == value for name, value in told.items()) and told["satisfaction"] is not None:
        return True
    told["about"] = asked["about_id"]
    return gateway.submit("give_feedback", told, command_id=new_command_id(), principal=SYSTEM).status == "done"
