"""Queries about users and roles."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final

from sqlalchemy import Connection, case, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Query, answers
from app.kernel.document_queries import Nothing
from schemas.operational import documents, kernel, master_data


@answers(Nothing, permission="company.users.read")
def users(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Users with their roles and state."""
    table = kernel.user_account
    query = select(table.c.id, table.c.login, table.c.name, table.c.language, table.c.state, table.c.roles).order_by(
        table.c.login
    )
    rows = [{**row, "roles": json.loads(row["roles"])} for row in connection.execute(query).mappings()]
    return [{**row, "roles_shown": ", ".join(row["roles"]), "active": row["state"] == "active"} for row in rows]


@answers(Nothing, permission="company.users.read")
def user_choices(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Users as a form offers them: sign-in name and name."""
    table = kernel.user_account
    query = select(table.c.login.label("code"), table.c.name).order_by(table.c.login)
    return [dict(row) for row in connection.execute(query).mappings()]


@answers(Nothing, permission="company.users.read")
def roles(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Roles with their permissions and how many active users have them."""
    table, account = kernel.role, kernel.user_account
    held = connection.execute(select(account.c.roles).where(account.c.state == "active")).scalars()
    having = Counter(code for listed in held for code in json.loads(listed))
    rows = connection.execute(select(*table.c).order_by(table.c.code)).mappings()
    found = [{**row, "permissions": json.loads(row["permissions"])} for row in rows]
    return [{**r, "permission_count": len(r["permissions"]), "user_count": having[r["code"]]} for r in found]


@answers(Nothing, permission="company.approvals.read")
def approval_rules(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Which documents wait for whom, and under which conditions."""
    table, category = kernel.approval_rule, master_data.item_category
    query = (
        select(*table.c, category.c.code.label("family"))
        .outerjoin(category, category.c.id == table.c.family_id)
        .order_by(table.c.command, table.c.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


@answers(Nothing, permission="desk.inbox")
def inbox(connection: Connection, _asked: Nothing, principal: Principal) -> list[dict[str, Any]]:
    """What waits for the reader or for his roles, the most urgent first."""
    table = kernel.inbox_item
    mine = or_(table.c.user_id == principal.user_id, table.c.role_code.in_(principal.roles))
    if principal.may("*"):
        mine = table.c.state == "open"
    severity = case({"critical": 0, "warning": 1}, value=table.c.severity, else_=2)
    number = documents.document.c.number.label("document_number")
    query = (
        select(*table.c, number)
        .outerjoin(documents.document, documents.document.c.id == table.c.document_id)
        .where(mine, table.c.state == "open")
        .order_by(severity, table.c.due_on, table.c.id)
        .limit(500)
    )
    return [{**row, "facts": json.loads(row["facts"])} for row in connection.execute(query).mappings()]


@answers(Nothing, permission="company.jobs.read")
def jobs(connection: Connection, _asked: Nothing, _principal: Principal) -> list[dict[str, Any]]:
    """Background jobs, the newest first."""
    table = kernel.job
    shown = ("id", "kind", "state", "attempt", "done_count", "total_count", "message", "run_at")
    query = select(*(table.c[name] for name in shown)).order_by(table.c.id.desc()).limit(200)
    return [dict(row) for row in connection.execute(query).mappings()]


QUERIES: Final[tuple[Query, ...]] = (users, user_choices, roles, approval_rules, inbox, jobs)
