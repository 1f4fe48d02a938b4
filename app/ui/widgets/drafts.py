"""What a person typed and has not booked yet, kept so that a reload, a lost connection or a closed tab loses nothing.

A draft belongs to a person and a form and carries the command id that its form was opened with: booking it twice from
two tabs books once. It is kept where the gateway's store keeps drafts; this module decides only when.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from app.ui import gateway


@dataclass(frozen=True)
class Draft:
    """An unfinished form."""

    command_id: str
    data: dict[str, Any]


def kept(form: str) -> Draft | None:
    """The draft of a form, where there is one."""
    found = gateway.doors().drafts.load(gateway.visit().principal.user_id, form)
    if found is None:
        return None
    stored = json.loads(found)
    return Draft(stored["command_id"], stored["data"])


def keep(form: str, command_id: str, typed: dict[str, Any]) -> None:
    """Keep what was typed, where it changed since the last rerun."""
    body = json.dumps({"command_id": command_id, "data": typed}, default=_plain, sort_keys=True, ensure_ascii=False)
    marker = f"draft.{form}"
    before = st.session_state.get(marker)
    st.session_state[marker] = body
    if before is not None and before != body:
        gateway.doors().drafts.keep(gateway.visit().principal.user_id, form, body)


def drop(form: str) -> None:
    """Forget the draft of a form."""
    st.session_state.pop(f"draft.{form}", None)
    gateway.doors().drafts.drop(gateway.visit().principal.user_id, form)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
