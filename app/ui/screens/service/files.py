"""The files of a case on its page: names and sizes, the content of one when somebody asks for it, and new ones are taken."""

from __future__ import annotations

import base64
from typing import Any

import streamlit as st

from app.kernel.gateway import new_command_id
from app.kernel.i18n import format_number, t
from app.ui import gateway
from app.ui.widgets import markup, notices

_KIBIBYTE = 1024
_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "application/pdf": "pdf"}
_COLUMNS = 4


def draw_files() -> None:
    """Draw the files of the case that the address names, and the way to add one."""
    lang = gateway.visit().lang
    asked = st.query_params.get("id", "")
    found = gateway.ask("case_details", document=int(asked)) if asked.isdecimal() else []
    if not found:
        return
    case = found[0]
    rows = gateway.ask("case_files", document=case["id"])
    st.subheader(t("document.case_files", lang), anchor=False)
    columns = st.columns(_COLUMNS)
    for index, row in enumerate(rows):
        with columns[index % _COLUMNS]:
            _draw(row, lang)
    if gateway.may_send("attach_case_file"):
        _take(case, lang)


def _draw(row: dict[str, Any], lang: str) -> None:
    """One file: its name and size, and its content once somebody asks for it.

    Its name is a person's word and its kind is not: what is served is named by what its bytes are.
    """
    asked = st.toggle(markup.plain(row["name"]), key=f"case_file_show.{row['id']}")
    size = format_number(max(row["byte_count"] // _KIBIBYTE, 1), lang)
    markup.show(markup.quiet(f"{size} KB · {row['made_by_name'] or ''}"))
    if asked:
        _draw_content(row, lang)


def _draw_content(row: dict[str, Any], lang: str) -> None:
    """The content of a file: a picture is shown, and either kind is handed out."""
    (kept,) = gateway.ask("case_file_content", file=row["id"])
    content = base64.b64decode(kept["content_base64"])
    if row["media_type"].startswith("image/"):
        st.image(content, width="stretch")
    st.download_button(
        t("action.download_file", lang),
        content,
        file_name=f"{row['sha256'][:12]}.{_EXTENSIONS[row['media_type']]}",
        mime=row["media_type"],
        key=f"case_file.{row['id']}",
        icon=":material/download:",
        on_click="ignore",
    )


def _take(case: dict[str, Any], lang: str) -> None:
    """Take one more file; the uploader is new after each that was kept."""
    key = f"case_upload.{case['id']}"
    round_of = st.session_state.setdefault(key, 0)
    given = st.file_uploader(
        t("form.case_file", lang), type=["png", "jpg", "jpeg", "webp", "pdf"], key=f"{key}.{round_of}"
    )
    if given is None:
        return
    content = base64.b64encode(given.getvalue()).decode("ascii")
    data = {"case": case["id"], "name": given.name[:200], "content": content}
    receipt = gateway.send("attach_case_file", data, command_id=new_command_id())
    if receipt.status != "done":
        notices.refusal(gateway.message(receipt, lang))
        return
    st.session_state[key] = round_of + 1
    notices.say_after_rerun(gateway.message(receipt, lang))
    st.rerun()
