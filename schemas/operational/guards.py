"""What the databases refuse by themselves, whatever code asks: changing a ledger, an unbalanced or misdated entry.

Each guard is written for SQLite and for PostgreSQL; the contract suite tries to break each on both.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.operational.base import METADATA

PERIOD_NOT_OPEN_STATE = "TW001"
"""PostgreSQL's state of the one guard whose verdict others can change while a command waits."""

_PERIOD_NOT_OPEN = "fiscal period is not open for this date"
_PERIOD_IS_OPEN = (
    "select count(*) from fiscal_period p where p.id = NEW.period_id and p.state = 'open'"
    " and NEW.posted_on between p.starts_on and p.ends_on"
)

_SEAL_CHECKS = (
    (
        "select coalesce(sum(debit) - sum(credit), 1) from journal_line where entry_id = NEW.id",
        "<> 0",
        "journal entry does not balance",
    ),
    ("select count(*) - NEW.line_count from journal_line where entry_id = NEW.id", "<> 0", "journal entry lacks lines"),
    (
        _PERIOD_IS_OPEN,
        "<> 1",
        _PERIOD_NOT_OPEN,
    ),
)

_MINOR_UNIT = (
    "select count(*) from company where "
    "({column} % (case currency_decimals when 0 then 10000 when 1 then 1000 when 2 then 100 when 3 then 10 else 1 end))"
    " <> 0"
)

_DATED = ("journal_entry", "stock_move")

_CHECKS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "journal_entry": _SEAL_CHECKS,
    "journal_line": (
        ("select count(*) from journal_entry where id = NEW.entry_id", "<> 0", "journal entry is sealed"),
        (_MINOR_UNIT.format(column="NEW.debit"), "<> 0", "debit is not on the minor unit of the currency"),
        (_MINOR_UNIT.format(column="NEW.credit"), "<> 0", "credit is not on the minor unit of the currency"),
    ),
    "stock_move": (
        (
            _PERIOD_IS_OPEN,
            "<> 1",
            _PERIOD_NOT_OPEN,
        ),
        (_MINOR_UNIT.format(column="NEW.value"), "<> 0", "stock value is not on the minor unit of the currency"),
    ),
}


_NEVER_DELETED = ("document", "document_line")
_FIXED_ONCE_POSTED = (
    "kind",
    "number",
    "party_id",
    "posted_on",
    "currency",
    "net_amount",
    "tax_amount",
    "total_amount",
    "created_by",
    "created_at",
)


def guard_statements(dialect: str) -> Iterator[str]:
    """Yield the DDL that installs every guard.

    Args:
        dialect: `sqlite` or `postgresql`.
    """
    append_only = sorted(t.name for t in METADATA.tables.values() if t.info["append_only"])
    if dialect == "sqlite":
        yield from _sqlite(append_only)
    else:
        yield from _postgresql(append_only)


def _sqlite(append_only: list[str]) -> Iterator[str]:
    for name in [*append_only, *_NEVER_DELETED]:
        operations = ("delete",) if name in _NEVER_DELETED else ("update", "delete")
        for operation in operations:
            yield (
                f"create trigger {name}_no_{operation} before {operation} on {name} begin"
                f" select raise(abort, '{name} is append-only'); end"
            )
    changed = " or ".join(f"OLD.{name} is not NEW.{name}" for name in _FIXED_ONCE_POSTED)
    yield (
        f"create trigger document_posted before update on document when OLD.posted_on is not null and ({changed})"
        " begin select raise(abort, 'document is posted'); end"
    )
    for name, checks in _CHECKS.items():
        body = " ".join(
            f"select raise(abort, '{message}') where ({query}) {condition};" for query, condition, message in checks
        )
        yield f"create trigger {name}_guard before insert on {name} begin {body} end"


def _postgresql(append_only: list[str]) -> Iterator[str]:
    yield (
        "create function refuse_change() returns trigger language plpgsql as $$ begin"
        " raise exception '% is append-only', TG_TABLE_NAME; end $$"
    )
    for name in [*append_only, *_NEVER_DELETED]:
        operations = "delete" if name in _NEVER_DELETED else "update or delete"
        yield f"create trigger {name}_no_change before {operations} on {name} execute function refuse_change()"
        yield f"create trigger {name}_no_truncate before truncate on {name} execute function refuse_change()"
    old, new = (", ".join(f"{row}.{name}" for name in _FIXED_ONCE_POSTED) for row in ("OLD", "NEW"))
    yield (
        "create function refuse_posted() returns trigger language plpgsql as $$ begin"
        " raise exception 'document is posted'; end $$"
    )
    yield (
        "create trigger document_posted before update on document for each row"
        f" when (OLD.posted_on is not null and ({old}) is distinct from ({new})) execute function refuse_posted()"
    )
    for name, checks in _CHECKS.items():
        body = " ".join(
            f"if ({query}) {condition} then raise exception '{message}'{_state_of(message)}; end if;"
            for query, condition, message in checks
        )
        share = "perform 1 from fiscal_period where id = NEW.period_id for share; " if name in _DATED else ""
        yield (
            f"create function {name}_guard() returns trigger language plpgsql as"
            f" $$ begin {share}{body} return NEW; end $$"
        )
        yield f"create trigger {name}_guard before insert on {name} for each row execute function {name}_guard()"


def _state_of(message: str) -> str:
    return f" using errcode = '{PERIOD_NOT_OPEN_STATE}'" if message == _PERIOD_NOT_OPEN else ""
