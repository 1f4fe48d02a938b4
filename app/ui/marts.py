"""How a board asks: named queries and metrics of the published warehouse, with the permission that stands beside each.

Nothing here reads the operational store. Answers are kept by the version they come from, so that a page costs a lookup
until something new is published, and every page says as of when its numbers hold. What is kept holds no reader's
scope: the permission is asked again before each answer.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import streamlit as st

from app.kernel.errors import Refused
from app.ui import gateway
from pipelines.serving.catalog import metrics, named_queries
from pipelines.serving.mart import Mart, NoWarehouseError


def may_ask(name: str) -> bool:
    """Whether the person may see what a named query or metric shows."""
    asked = named_queries().get(name) or metrics().get(name)
    return asked is not None and gateway.visit().may(asked.permission)


def ask(name: str, /, **values: Any) -> list[dict[str, Any]]:
    """The rows of a named query.

    Raises:
        Refused: the person may not see them.
    """
    _demand(named_queries()[name].permission)
    given = {key: value for key, value in values.items() if value is not None}
    return _kept(_mart(), _position(), "query", name, given)


def metric(name: str, /, **values: Any) -> Decimal | None:
    """The one value of a metric, in the first currency it is given in.

    Raises:
        Refused: the person may not see it.
    """
    _demand(metrics()[name].permission)
    given = {key: value for key, value in values.items() if value is not None}
    rows = _kept(_mart(), _position(), "metric", name, given)
    return rows[0]["value"] if rows else None


def published_at() -> datetime | None:
    """When the numbers were published; None while nothing is."""
    try:
        return _mart().version().published_at
    except NoWarehouseError:
        return None


def _mart() -> Mart:
    return gateway.doors().mart


def _position() -> int:
    return _mart().version().position


def _demand(permission: str) -> None:
    principal = gateway.visit().principal
    if not principal.may(permission):
        raise Refused("not_permitted", login=principal.login, permission=permission)


@st.cache_data(max_entries=500, ttl=600, show_spinner=False)
def _kept(_mart: Mart, position: int, kind: str, name: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """One answer of one published version; the same for everyone who may ask."""
    return _mart.query(name, **given) if kind == "query" else _mart.metric(name, **given).to_dicts()
