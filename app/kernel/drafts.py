"""Unfinished forms, kept for the person who typed them. A draft is no document: it binds nobody and is thrown away freely."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select, update

from app.kernel.clock import Clock
from app.kernel.errors import Refused
from app.kernel.store import Store
from schemas.operational.kernel import draft

LARGEST_DRAFT = 500_000


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
        with self._store.writing() as connection:
            changed = connection.execute(update(draft).where(*mine).values(data=body, saved_at=self._clock.now()))
            if changed.rowcount == 0:
                last = connection.execute(select(func.coalesce(func.max(draft.c.id), 0))).scalar_one()
                connection.execute(
                    insert(draft).values(id=last + 1, user_id=user_id, form=form, data=body, saved_at=self._clock.now())
                )

    def drop(self, user_id: int, form: str) -> None:
        """Throw a draft away."""
        with self._store.writing() as connection:
            connection.execute(delete(draft).where(draft.c.user_id == user_id, draft.c.form == form))
