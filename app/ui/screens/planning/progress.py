"""How far a run under way is, looked at again and again until it is done; then how it ended. The same for every kind of run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import streamlit as st

from app.kernel.i18n import t
from app.ui import gateway
from app.ui.widgets import markup

_LOOK_SECONDS: Final = 1.5
_UNDER_WAY: Final = frozenset({"waiting", "running"})


@dataclass(frozen=True)
class RunKind:
    """A kind of run that a person asks for and waits for.

    Attributes:
        name: names its texts `<name>.step_…`, `<name>.done`, `<name>.failed`, and its place in the session.
        query: the query of its jobs.
        steps: the names of its steps in their order.
        chooser: key of the choice of a run on its page, which gives way to the run that has ended.
    """

    name: str
    query: str
    steps: Sequence[str]
    chooser: str

    def job(self) -> dict[str, Any] | None:
        """The job that waits or runs now."""
        return next((job for job in gateway.ask(self.query) if job["state"] in _UNDER_WAY), None)

    def wait_for(self, ask: Callable[[], int]) -> None:
        """Ask for a run and show its progress from now on."""
        st.session_state[f"{self.name}.waits_for"] = ask()
        st.rerun()


def choose_run(
    kind: RunKind, runs: Sequence[dict[str, Any]], describe: Callable[[dict[str, Any]], str], lang: str
) -> dict[str, Any]:
    """The run that the address names, else the first; the reader may choose another.

    Args:
        runs: at least one, the newest first.
        describe: what a run is called in the choice.
    """
    by_number = {run["number"]: run for run in runs}
    numbers = list(by_number)
    named = st.query_params.get("id")
    number = st.selectbox(
        t(f"{kind.name}.run", lang),
        numbers,
        index=numbers.index(named) if named in by_number else 0,
        format_func=lambda code: describe(by_number[code]),
        key=kind.chooser,
        label_visibility="collapsed",
    )
    return by_number[number or numbers[0]]


def draw_progress(kind: RunKind, lang: str) -> None:
    """The progress of the run under way, or how the one ended that the person waited for."""
    if kind.job() is not None:
        st.fragment(partial(_follow, kind, lang), run_every=_LOOK_SECONDS)()
        return
    mine = st.session_state.pop(f"{kind.name}.waits_for", None)
    ended = None if mine is None else next((row for row in gateway.ask(kind.query) if row["id"] == mine), None)
    if ended is not None:
        st.session_state[f"{kind.name}.ended"] = ended
        st.session_state.pop(kind.chooser, None)
        st.query_params.pop("id", None)
        st.rerun()
    ended = st.session_state.pop(f"{kind.name}.ended", None)
    if ended is None:
        return
    if ended["state"] == "done":
        markup.show(markup.note(t(f"{kind.name}.done", lang, number=ended["message"]), "good"))
    else:
        markup.show(markup.note(t(f"{kind.name}.failed", lang, reason=ended["message"] or ended["state"]), "bad"))


def _follow(kind: RunKind, lang: str) -> None:
    job = kind.job()
    if job is None:
        st.rerun(scope="app")
    done, total = job["done_count"], job["total_count"] or len(kind.steps)
    step = job["message"] if job["message"] in kind.steps else "waiting"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, (done + 0.5) / (total + 0.5)), text=t(f"{kind.name}.step_{step}", lang))
        if st.button(t("plan.cancel", lang), key=f"{kind.name}.cancel", icon=":material/close:"):
            gateway.cancel_job(job["id"])
            st.rerun(scope="app")
