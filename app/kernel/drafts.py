"""Unfinished forms, kept for the person who typed them. A draft is no document: it binds nobody and is thrown away freely."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.kernel.clock import Clock
from app.kernel.errors import Refused
from app.kernel.store import Store
from app.kernel.unit_of_work import fresh_id
from schemas.operational.kernel import draft

LARGEST_DRAFT: Final = 500_000
_INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Drafts:
    """The drafts of one store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def load(self, user_id: int, form: str) -> str | None:
        """The kept body of a form, or None."""
        with self._store.reading() as connection:
            return connection.execute(
                select(draft.c.data).where(draft.c.user_id == user_id, draft.c.form == form)
            ).scalar_one_or_none()

    def keep(self, user_id: int, form: str, body: str) -> None:
        """Keep a body in place of the one before.

        Raises:
            Refused: the body is larger than a form can be.
        """
        if len(body) > LARGEST_DRAFT:
            raise Refused("draft_too_large", size=len(body), limit=LARGEST_DRAFT)
        mine = (draft.c.user_id == user_id, draft.c.form == form)
        kept = {"data": body, "saved_at": self._clock.now()}
        with self._store.writing() as connection:
            if connection.execute(update(draft).where(*mine).values(**kept)).rowcount > 0:
                return
            insert = _INSERTS[connection.dialect.name](draft)
            insert = insert.values(id=fresh_id(connection), user_id=user_id, form=form, **kept)
            connection.execute(insert.on_conflict_do_update(index_elements=["user_id", "form"], set_=kept))

    def drop(self, user_id: int, form: str) -> None:
        """Throw a draft away."""
        with self._store.writing() as connection:
            connection.execute(delete(draft).where(draft.c.user_id == user_id, draft.c.form == form))
