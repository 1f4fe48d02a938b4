"""Handlers of founding, users and roles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from app.kernel.approval_rules import CONDITIONS, EVERY_CONDITION
from app.kernel.approvals import approval_source, is_approved, prepare_standing, tell_asker
from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code, need_by_code
from app.kernel.errors import Refused
from app.kernel.inbox import close_inbox_of
from app.kernel.unit_of_work import Row
from app.modules.ledger.handlers import create_fiscal_year
from app.modules.sales.handlers import CONFIRMING
from app.modules.sales.versions import waiting_change
from schemas.commands import company as commands
from schemas.commands.ledger import CreateFiscalYear
from schemas.facts import DocumentApproved, DocumentRejected
from schemas.operational import counting, documents, kernel, ledger, master_data
from schemas.vocabulary.accounting import AccountClass
from schemas.vocabulary.places import STATUS_AT, CapacityPolicy, LocationKind

REFERENCE: Final = Path(__file__).resolve().parents[3] / "data" / "reference"
_HANDS_OUT_RIGHTS: Final = "company.rights.grant"
_DEBIT_CLASSES: Final = frozenset({AccountClass.ASSET, AccountClass.COST, AccountClass.EXPENSE})
_TAX_CODES: Final = {
    "VAT13": ("VAT 13 %", "0.13"),
    "VAT9": ("VAT 9 %", "0.09"),
    "VAT6": ("VAT 6 %", "0.06"),
    "VAT3": ("VAT levy 3 %", "0.03"),
    "VAT0": ("VAT 0 %", "0"),
}
_TERMS: Final = {"NOW": ("Due at once", 0), "NET30": ("30 days net", 30), "NET60": ("60 days net", 60)}
_COUNT_CLASSES: Final = {
    "A": ("0.8", 30, "0.01", "500"),
    "B": ("0.95", 90, "0.02", "500"),
    "C": ("1", 365, "0.05", "500"),
}
_UNITS: Final = {"EA": ("Each", 0), "KG": ("Kilogram", 3), "M": ("Metre", 3), "L": ("Litre", 3), "BOX": ("Box", 0)}


@handles(commands.FoundCompany, permission="company.found")
def found_company(ctx: Context, data: commands.FoundCompany) -> Outcome:
    """Found the company of an empty store."""
    if ctx.uow.get(kernel.company, 1) is not None:
        raise Refused("company_exists")
    values = data.model_dump(exclude={"first_fiscal_year", "last_fiscal_year"})
    ctx.company = ctx.uow.insert(kernel.company, id=1, created_at=ctx.now, **values)
    _chart_of_accounts(ctx, data.chart)
    _posting_rules(ctx)
    for year in range(data.first_fiscal_year, data.last_fiscal_year + 1):
        create_fiscal_year(ctx, CreateFiscalYear(starts_on=date(year, 1, 1)))
    _places(ctx)
    _terms(ctx)
    for code, role in _read("roles.json").items():
        _put_role(ctx, code, role["name"], role["permissions"])
    for command in ("confirm_sales_order", "ship_goods"):
        put_approval_rule(
            ctx, commands.PutApprovalRule(command=command, name="credit", approver_role="executive", credit="any")
        )
    return Outcome("receipt.founded", values={"name": data.name})


@handles(commands.PutCompanyProfile, permission="company.profile.write")
def put_company_profile(ctx: Context, data: commands.PutCompanyProfile) -> Outcome:
    """Say what printed documents state of the company."""
    company = ctx.uow.need(kernel.company, 1, lock=True)
    ctx.uow.update(kernel.company, company, **data.model_dump())
    return Outcome("receipt.changed", values={"what": "company", "code": data.name})


def _read(name: str) -> dict[str, Any]:
    return json.loads((REFERENCE / name).read_text(encoding="utf-8"))


def _chart_of_accounts(ctx: Context, chart: str) -> None:
    extra = _read("charts/roles.json")[chart]
    accounts = [*_read(f"charts/{chart}.json")["accounts"], *extra["added"]]
    parents = {account.get("parent") for account in accounts}
    ids: dict[str, int] = {}
    for account in sorted(accounts, key=lambda a: a["code"]):
        english = account["en"]
        normal = account.get("normal") or ("debit" if account["cls"] in _DEBIT_CLASSES else "credit")
        row = ctx.uow.insert(
            ledger.account,
            code=account["code"],
            parent_id=ids.get(account.get("parent") or ""),
            name_en=english,
            name_zh_hans=account.get("zh_hans", english),
            name_zh_hant=account.get("zh_hant", english),
            normal_side=normal,
            postable=account["code"] not in parents,
            active=True,
            **{"class": account["cls"]},
        )
        ids[account["code"]] = row.id
    for role, code in extra["roles"].items():
        ctx.uow.insert(ledger.account_role, role=role, account_id=ids[code])


def _posting_rules(ctx: Context) -> None:
    for fact, lines in _read("posting_rules.json").items():
        for number, (side, role, amount, *party) in enumerate(lines, start=1):
            ctx.uow.insert(
                ledger.posting_rule, fact=fact, line=number, side=side, role=role, amount=amount, by_party=bool(party)
            )


AN_ORDINARY_PLACE: Final = {"blocked": False, "receiving": False, "capacity_policy": CapacityPolicy.REFUSE.value}


def _places(ctx: Context) -> None:
    site = ctx.uow.insert(master_data.site, code="MAIN", name="Main site")
    ctx.uow.insert(
        master_data.location,
        code="MAIN",
        name="Main store",
        site_id=site.id,
        kind=LocationKind.STORAGE.value,
        active=True,
        **AN_ORDINARY_PLACE,
    )
    for kind in LocationKind:
        if kind not in {LocationKind.STORAGE, *STATUS_AT}:
            name = kind.value.replace("_", " ").capitalize()
            place = {"code": kind.value.upper(), "name": name, "kind": kind.value, "active": True}
            ctx.uow.insert(master_data.location, **place, **AN_ORDINARY_PLACE)


def _terms(ctx: Context) -> None:
    for code, (name, rate) in _TAX_CODES.items():
        ctx.uow.insert(master_data.tax_code, code=code, name=name, rate=Decimal(rate), active=True)
    for code, (name, days) in _TERMS.items():
        ctx.uow.insert(master_data.payment_term, code=code, name=name, due_days=days, instalments="[]")
    for code, (name, decimals) in _UNITS.items():
        ctx.uow.insert(master_data.unit, code=code, name=name, decimals=decimals)
    for code, (share, days, rate, value) in _COUNT_CLASSES.items():
        limits = {"recount_rate": Decimal(rate), "approval_rate": Decimal(rate), "approval_value": Decimal(value)}
        ctx.uow.insert(counting.count_class, code=code, usage_share=Decimal(share), days_between=days, **limits)


@handles(commands.PutRole, permission="company.users.write")
def put_role(ctx: Context, data: commands.PutRole) -> Outcome:
    """Make or change a role that one has not oneself; what it holds no more is taken away at once."""
    if data.code in ctx.principal.roles:
        raise Refused("own_rights", login=ctx.principal.login)
    _demand_rights(ctx, data.permissions)
    _put_role(ctx, data.code, data.name, data.permissions)
    return Outcome("receipt.changed", values={"what": "role", "code": data.code})


def _put_role(ctx: Context, code: str, name: str, permissions: list[str]) -> None:
    row = ctx.uow.one(kernel.role, "code", code, lock=True)
    listed = json.dumps(sorted(set(permissions)))
    if row is None:
        ctx.uow.insert(kernel.role, code=code, name=name, permissions=listed)
    else:
        ctx.uow.update(kernel.role, row, name=name, permissions=listed)


@handles(commands.PutUser, permission="company.users.write")
def put_user(ctx: Context, data: commands.PutUser) -> Outcome:
    """Make or change a user account and the roles it has."""
    roles = [need_by_code(ctx, kernel.role, code, "role", field="roles") for code in data.roles]
    row = ctx.uow.one(kernel.user_account, "login", data.login, lock=True)
    if row is not None and row.id == ctx.principal.user_id:
        raise Refused("own_rights", login=data.login)
    _demand_rights_of(ctx, roles)
    if row is not None:
        _demand_rights_of(ctx, _roles_of(ctx, row))
    values = {
        "name": data.name,
        "language": data.language,
        "state": "active" if data.active else "disabled",
        "roles": json.dumps(sorted(role.code for role in roles)),
    }
    if row is None:
        row = ctx.uow.insert(
            kernel.user_account, login=data.login, failed_count=0, created_at=ctx.now, version=1, **values
        )
    else:
        ctx.uow.update(kernel.user_account, row, **values)
    return Outcome("receipt.changed", values={"what": "user", "code": data.login}, data={"id": row.id})


def _roles_of(ctx: Context, user: Row) -> list[Row]:
    return [need_by_code(ctx, kernel.role, code, "role") for code in json.loads(user.roles)]


def _demand_rights_of(ctx: Context, roles: list[Row]) -> None:
    """Nobody acts on an account whose rights he could not give."""
    for role in roles:
        _demand_rights(ctx, json.loads(role.permissions))


def _demand_rights(ctx: Context, permissions: list[str]) -> None:
    """Rights are given by one who has them himself, or by one who hands out rights and uses none of them: never to himself."""
    if not ctx.principal.may(_HANDS_OUT_RIGHTS):
        for permission in permissions:
            ctx.principal.demand(permission)


@handles(commands.SetPassword, permission="company.users.write")
def set_password(ctx: Context, data: commands.SetPassword) -> Outcome:
    """Set a user's password by its hash, and end the sessions that were opened with the one before."""
    row = ctx.uow.one(kernel.user_account, "login", data.login, lock=True)
    if row is None:
        raise Refused("code_unknown", field="login", what="user", code=data.login)
    _demand_rights_of(ctx, _roles_of(ctx, row))
    ctx.uow.update(kernel.user_account, row, password_hash=data.password_hash, failed_count=0, locked_until=None)
    for session in ctx.uow.where(kernel.user_session, "user_id", row.id, lock=True):
        if session.revoked_at is None:
            ctx.uow.update(kernel.user_session, session, revoked_at=ctx.now)
    return Outcome("receipt.changed", values={"what": "password", "code": data.login})


@handles(commands.PutApprovalRule, permission="company.approvals.write")
def put_approval_rule(ctx: Context, data: commands.PutApprovalRule) -> Outcome:
    """Add an approval rule, or change the one of the same command and name; the conditions are set all at once.

    Raises:
        Refused: a condition has no meaning for the documents of the command.
    """
    need_by_code(ctx, kernel.role, data.approver_role, "role", field="approver_role")
    values = rule_values(data, by_code(ctx, master_data.item_category, data.family, "item_category", field="family"))
    name = data.name or data.approver_role
    rows = ctx.uow.where(kernel.approval_rule, "command", data.command, lock=True)
    row = next((r for r in rows if r.name == name), None)
    values |= {"approver_role": data.approver_role, "active": data.active}
    if row is None:
        row = ctx.uow.insert(kernel.approval_rule, command=data.command, name=name, **values)
    else:
        ctx.uow.update(kernel.approval_rule, row, **values)
    return Outcome("receipt.changed", values={"what": "approval_rule", "code": data.command}, data={"id": row.id})


def rule_values(data: commands.RuleConditions, family: Mapping[str, Any] | None) -> dict[str, Any]:
    """The conditions as a rule keeps them.

    Raises:
        Refused: a condition has no meaning for the documents of the command.
    """
    values = {name: getattr(data, name) for name in EVERY_CONDITION if name != "family_id"}
    values["over_budget"] = data.over_budget or None
    values["family_id"] = family["id"] if family is not None else None
    for name in sorted(name for name, value in values.items() if value is not None):
        if name not in CONDITIONS[data.command]:
            field = "family" if name == "family_id" else name
            raise Refused("condition_without_meaning", field=field, condition=field, command=data.command)
    return values


@handles(commands.DecideApproval, permission="desk.approve")
def decide_approval(ctx: Context, data: commands.DecideApproval) -> Outcome:
    """Approve or reject a request of somebody else; the last approval confirms the document."""
    request = ctx.uow.need(kernel.approval_request, data.request, lock=True)
    rule = ctx.uow.need(kernel.approval_rule, request.rule_id)
    ctx.uow.write_earlier()  # What follows from the last approval looks at what others were promised.
    if request.state != "waiting":
        raise Refused("approval_decided", request=data.request, state=request.state)
    document = ctx.uow.need(documents.document, request.document_id, lock=True)
    if document.party_id is not None:
        prepare_standing(
            ctx, rule.command, document.party_id
        )  # What others drew on his credit since it was asked counts.
    change = waiting_change(ctx, document) if rule.command == CONFIRMING else None
    author = change.requested_by if change is not None else None
    if ctx.principal.user_id in {request.requested_by, document.created_by, author}:
        raise Refused("own_request", login=ctx.principal.login)
    if rule.approver_role not in ctx.principal.roles:
        raise Refused("approver_role", login=ctx.principal.login, role=rule.approver_role)
    ctx.uow.update(
        kernel.approval_request,
        request,
        state="approved" if data.approve else "rejected",
        decided_by=ctx.principal.user_id,
        decided_at=ctx.now,
        reason=data.reason,
    )
    close_inbox_of(ctx, approval_source(request.id))
    if not data.approve:
        tell_asker(ctx, request, document)
        ctx.emit(DocumentRejected(document.id, rule.command))
    elif is_approved(ctx, document, rule.command, since=change.id if change is not None else None):
        ctx.emit(DocumentApproved(document.id, document.kind, rule.command))
    return Outcome("receipt.decided", document, {"state": request.state})


@handles(commands.SetReadOnly, permission="company.read_only.write")
def set_read_only(ctx: Context, data: commands.SetReadOnly) -> Outcome:
    """Put the company read-only with a reason on screen, or let it write again."""
    company = ctx.uow.need(kernel.company, 1, lock=True)
    ctx.uow.update(kernel.company, company, read_only_reason=data.reason)
    return Outcome("receipt.changed", values={"what": "company", "code": company.name})


@handles(commands.CloseInboxItem, permission="desk.inbox")
def close_inbox_item(ctx: Context, data: commands.CloseInboxItem) -> Outcome:
    """Mark an inbox item of one's own or of one's roles as done."""
    row = ctx.uow.need(kernel.inbox_item, data.inbox_item, lock=True)
    mine = row.user_id == ctx.principal.user_id or row.role_code in ctx.principal.roles
    if not (mine or ctx.principal.may("company.users.write")):
        raise Refused("not_found", what="inbox_item", value=data.inbox_item)
    ctx.uow.update(kernel.inbox_item, row, state="done")
    return Outcome("receipt.changed", values={"what": "inbox_item", "code": str(data.inbox_item)})
