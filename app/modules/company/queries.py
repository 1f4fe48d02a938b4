"""Queries about users and roles."""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import Connection, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from schemas.operational import kernel


class Nothing(BaseModel):
    """No arguments."""


@answers(Nothing, permission="company.users.read")
def users(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Users with their roles and state."""
    table = kernel.user_account
    query = select(table.c.id, table.c.login, table.c.name, table.c.language, table.c.state, table.c.roles).order_by(
        table.c.login
    )
    return [{**row, "roles": ", ".join(json.loads(row["roles"]))} for row in connection.execute(query).mappings()]


QUERIES: Final[tuple[Query, ...]] = (users,)
