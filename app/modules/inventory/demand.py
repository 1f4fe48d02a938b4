"""Which document lines still take goods from our stock: what promises and minimums count as needed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, and_, or_

from schemas.operational.documents import document, document_line
from schemas.vocabulary.documents import DocumentKind, DocumentState

_LINE: Final = document_line.c
_DOCUMENT: Final = document.c

TAKES_STOCK: Final[ColumnElement[bool]] = and_(
    or_(
        and_(
            _DOCUMENT.kind == DocumentKind.SALES_ORDER.value,
            _DOCUMENT.state == DocumentState.CONFIRMED.value,
            _LINE.kind == "item",
            _LINE.supplier_id.is_(None),
        ),
        and_(
            _DOCUMENT.kind == DocumentKind.PRODUCTION_ORDER.value,
            _DOCUMENT.state == DocumentState.RELEASED.value,
            _LINE.kind == "component",
        ),
    ),
    _LINE.closed.is_(False),
)
"""Goods of confirmed sales orders that no supplier ships himself, and components of released production orders."""
