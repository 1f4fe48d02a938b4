"""What every command, state, fact and refusal must have, whoever adds one; each check is shown one that lacks it."""

from __future__ import annotations

import ast
import json
import re
import string
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from app.api.routes import describe
from app.bootstrap import build_bus
from app.kernel.bus import Bus, CommandSpec
from app.kernel.numbering import SERIES
from app.modules.company.handlers import REFERENCE
from schemas import facts
from schemas.commands.base import Command
from schemas.vocabulary.accounting import INVENTORY_ROLES, Role
from schemas.vocabulary.documents import TRANSITIONS, DocumentKind, DocumentState
from tests.architecture.command_reference import PAGE, reference_page
from tests.specimens import SPECIMENS

ROOT = Path(__file__).resolve().parents[2]
BUS = build_bus()
_LANGUAGES = ("en", "zh-Hans", "zh-Hant")

# Commands ------------------------------------------------------------------------------------------------------------


def unfit_commands(specs: Iterable[CommandSpec]) -> dict[str, list[str]]:
    """Commands that lack what every command has."""
    faults: dict[str, list[str]] = defaultdict(list)
    for spec in specs:
        help_text = (spec.handler.__doc__ or "").strip()
        if not help_text.endswith("."):
            faults[spec.name].append("no help text that is a sentence; it is what the audit trail and the lists show")
        if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", spec.permission):
            faults[spec.name].append(f"permission {spec.permission!r} is not area.action")
        if not (issubclass(spec.model, Command) and (spec.model.__doc__ or "").strip()):
            faults[spec.name].append("its input is no documented Command")
        if not spec.model.model_config.get("frozen") or spec.model.model_config.get("extra") != "forbid":
            faults[spec.name].append("its input can be changed, or takes unknown fields")
        faults[spec.name] += [f"{path} has no upper limit" for path in unlimited(spec.model.model_json_schema())]
    return {name: found for name, found in faults.items() if found}


def unlimited(schema: dict[str, Any]) -> list[str]:
    """Texts and lists of an input that could be of any length (R17)."""
    found: list[str] = []
    for name, part in [("", schema), *schema.get("$defs", {}).items()]:
        for field, value in part.get("properties", {}).items():
            found += [f"{name}.{field}".strip(".")] if _is_unlimited(value) else []
    return found


def _is_unlimited(value: dict[str, Any]) -> bool:
    options = value.get("anyOf", ())
    if any(option.get("type") == "number" for option in options):
        return False  # A decimal, which pydantic describes as a number or its text.
    if any(_is_unlimited(option) for option in options):
        return True
    if value.get("type") == "array":
        return "maxItems" not in value or _is_unlimited(value.get("items", {}))
    if value.get("type") != "string" or {"maxLength", "enum", "const", "format"} & set(value):
        return False
    return not re.fullmatch(r"\^\[[^\]]+\](\{[\d,]+\})?\$", value.get("pattern", ""))


def test_every_command_has_help_permission_and_a_limited_input() -> None:
    assert unfit_commands(BUS.commands.values()) == {}


class _Loose(BaseModel):
    model_config = ConfigDict(extra="allow")

    words: list[str] = []


def _silent(ctx: Any, data: Any) -> Any: ...


def test_a_command_that_lacks_them_is_found() -> None:
    found = unfit_commands([CommandSpec("loose", _Loose, _silent, "everything", "sales")])
    assert len(found["loose"]) == 5


def test_every_command_has_a_specimen_that_other_tests_go_through() -> None:
    assert set(SPECIMENS) | {"found_company"} == set(BUS.commands)


def test_a_command_without_a_permission_does_not_register() -> None:
    with pytest.raises(AttributeError):
        Bus([_silent], [], [])


def test_two_handlers_of_one_command_do_not_register() -> None:
    handler = BUS.commands["put_unit"].handler
    with pytest.raises(AssertionError):
        Bus([handler, handler], [], [])


def described_paths(bus: Bus) -> set[str]:
    """The paths that the API describes."""
    from fastapi import FastAPI

    app = FastAPI(title="t", version="1")
    describe(app, bus)
    return set(app.openapi()["paths"])


def test_every_command_and_query_has_its_route() -> None:
    wanted = {f"/api/commands/{name}" for name in BUS.commands} | {f"/api/queries/{name}" for name in BUS.queries}
    assert described_paths(BUS) == wanted | {"/api/documents/{document}/print"}


def test_every_query_has_help_permission_and_a_strict_input() -> None:
    faults = {
        spec.name
        for spec in BUS.queries.values()
        if not (spec.function.__doc__ or "").strip()
        or not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", spec.permission)
        or spec.model.model_config.get("extra") != "forbid"
    }
    assert faults == set()


def test_the_command_reference_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(BUS), "run python -m tests.architecture.command_reference"


def test_a_new_command_shows_in_the_reference() -> None:
    changed = build_bus()
    changed.commands["put_unit"] = replace(changed.commands["put_unit"], permission="nobody.may")
    assert reference_page(changed) != reference_page(BUS)


# States --------------------------------------------------------------------------------------------------------------

_FINAL = {DocumentState.CANCELLED, DocumentState.REVERSED, DocumentState.CLOSED, DocumentState.SETTLED}
_FIRST = {
    DocumentKind.PURCHASE_REQUISITION: {DocumentState.DRAFT},
    DocumentKind.REQUEST_FOR_QUOTATION: {DocumentState.SENT},
    DocumentKind.SUPPLIER_QUOTATION: {DocumentState.OFFERED},
    DocumentKind.BLANKET_ORDER: {DocumentState.DRAFT},
    DocumentKind.PURCHASE_ORDER: {DocumentState.DRAFT},
    DocumentKind.QUOTATION: {DocumentState.DRAFT, DocumentState.CONFIRMED},
    DocumentKind.ORDER_CONFIRMATION: {DocumentState.CONFIRMED},
    DocumentKind.DELIVERY_NOTICE: {DocumentState.CONFIRMED},
    DocumentKind.SUPPLIER_CLAIM: {DocumentState.OPEN},
    DocumentKind.SUPPLIER_BILL: {DocumentState.DRAFT},
    DocumentKind.SALES_ORDER: {DocumentState.DRAFT},
    DocumentKind.PRODUCTION_ORDER: {DocumentState.DRAFT, DocumentState.RELEASED},
    DocumentKind.PICK_WAVE: {DocumentState.RELEASED},
    DocumentKind.PICK_LIST: {DocumentState.RELEASED},
    DocumentKind.PARCEL: {DocumentState.OPEN},
    DocumentKind.SERVICE_CASE: {DocumentState.OPEN},
    DocumentKind.REPAIR_ORDER: {DocumentState.DRAFT},
    DocumentKind.COUNT_SHEET: {DocumentState.OPEN},
    DocumentKind.ADVANCE_ISSUE: {DocumentState.OPEN},
}
Graph = dict[DocumentState, frozenset[DocumentState]]


def stuck_states(graph: Graph, first: set[DocumentState]) -> set[tuple[DocumentState, str]]:
    """States that cannot be reached, or neither left nor meant to be the last."""
    reached, edge = set(first), set(first)
    while edge:
        edge = {after for state in edge for after in graph.get(state, ())} - reached
        reached |= edge
    unreachable = {(state, "unreachable") for state in set(graph) - reached}
    unknown = {(state, "unknown") for state in reached - set(graph)}
    return unreachable | unknown | {(s, "no way out") for s in reached & set(graph) if not graph[s] and s not in _FINAL}


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_every_state_is_reached_and_left_or_final(kind: DocumentKind) -> None:
    assert stuck_states(TRANSITIONS[kind], _FIRST.get(kind, {DocumentState.POSTED})) == set()


@pytest.mark.parametrize(
    "graph",
    [
        {DocumentState.DRAFT: frozenset()},
        {DocumentState.DRAFT: frozenset({DocumentState.CANCELLED})},
        {DocumentState.DRAFT: frozenset({DocumentState.CLOSED}), DocumentState.CLOSED: frozenset(), DocumentState.POSTED: frozenset({DocumentState.CLOSED})},
    ],
    ids=["no way out", "unknown", "unreachable"],
)  # fmt: skip
def test_a_stuck_state_is_found(graph: Graph) -> None:
    assert stuck_states(graph, {DocumentState.DRAFT})


def test_every_kind_of_document_has_a_number_series_of_its_own() -> None:
    assert set(DocumentKind) <= set(SERIES)
    assert len({series.prefix for series in SERIES.values()}) == len(SERIES)


# Facts ---------------------------------------------------------------------------------------------------------------

_NO_POSTING = {
    "DocumentReversed": "the ledger mirrors the entries of what is taken back",
    "PeriodLocked": "what a period ended with is kept, and nothing is booked",
    "DocumentApproved": "an approval moves neither goods nor money",
    "DocumentRejected": "neither does a rejection",
}


def fact_classes() -> dict[str, type]:
    """Every fact that goods hand to money."""
    return {
        name: value
        for name, value in vars(facts).items()
        if isinstance(value, type) and value.__module__ == facts.__name__ and value not in {facts.Fact, facts.FactLine}
    }


def unposted_facts(rules: dict[str, list[list[str]]], known: dict[str, type]) -> list[str]:
    """Facts without a posting rule or a written reason, and rules that name an amount or a role nobody knows."""
    faults = [f"{name} has no posting rule" for name in known if (name in rules) == (name in _NO_POSTING)]
    faults += [f"rule for an unknown fact {name}" for name in rules if name not in known]
    for name, lines in rules.items():
        if name not in known:
            continue
        amounts = set(re.findall(r"\b[a-z_]+\b", (known[name].__doc__ or "").partition("Amounts:")[2]))
        for _side, role, amount, *_party in lines:
            if amount not in amounts:
                faults.append(f"{name} has no amount {amount}")
            if role != "$inventory" and role not in set(Role):
                faults.append(f"{name}: nobody knows the role {role}")
    return faults


def posting_rules() -> dict[str, list[list[str]]]:
    """The posting rules that a company is founded with."""
    return json.loads((REFERENCE / "posting_rules.json").read_text(encoding="utf-8"))


def test_every_fact_has_a_posting_rule_or_a_written_reason_for_none() -> None:
    assert unposted_facts(posting_rules(), fact_classes()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rules: rules.pop("GoodsShipped"),
        lambda rules: rules.update({"GoodsLost": []}),
        lambda rules: rules["GoodsShipped"].append(["debit", "cost_of_sales", "price"]),
        lambda rules: rules["GoodsShipped"].append(["debit", "slush_fund", "cost"]),
        lambda rules: rules.update({"DocumentReversed": []}),
    ],
    ids=["no rule", "unknown fact", "unknown amount", "unknown role", "rule and reason"],
)
def test_a_fact_that_is_posted_wrongly_is_found(spoil: Callable[[dict[str, Any]], Any]) -> None:
    rules = posting_rules()
    spoil(rules)
    assert unposted_facts(rules, fact_classes())


def test_every_fact_is_heard_by_somebody() -> None:
    assert {name for name, fact in fact_classes().items() if not BUS._subscribers.get(fact)} == set()


def test_every_chart_has_an_account_for_every_role_that_rules_name() -> None:
    named = {role for lines in posting_rules().values() for _, role, *_ in lines} - {"$inventory"} | INVENTORY_ROLES
    charts = json.loads((REFERENCE / "charts" / "roles.json").read_text(encoding="utf-8"))
    assert {chart: named - set(parts["roles"]) for chart, parts in charts.items() if named - set(parts["roles"])} == {}


# Refusals ------------------------------------------------------------------------------------------------------------

_TOLD_APART = {"internal": "what the gateway says when something went wrong on our side"}


def refusals_in(text: str) -> list[tuple[str, set[str] | None]]:
    """The keys a file refuses with, and the values it names; None where the values are passed on."""
    found: list[tuple[str, set[str] | None]] = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        own = name == "__init__" and ast.unparse(node.func) == "super().__init__"
        if name != "Refused" and not own:
            continue
        given = {k.arg for k in node.keywords if k.arg and k.arg != "field"}
        values = None if any(k.arg is None for k in node.keywords) else given
        keys = [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        if isinstance(node.args[0], ast.Constant | ast.IfExp):
            found += [(key, values) for key in keys if re.fullmatch(r"[a-z_]+", key)]
    return found


def refusal_texts(language: str) -> dict[str, str]:
    """The texts of refusals in a language."""
    path = REFERENCE / "translations" / language / "refusal.json"
    return json.loads(path.read_text(encoding="utf-8"))


def untold(used: list[tuple[str, set[str] | None]], texts: dict[str, str]) -> list[str]:
    """Refusals without a text, texts that nobody uses, and texts that name a value which is not given."""
    keys = {key for key, _ in used}
    faults = [f"{key} has no text" for key in keys - set(texts)]
    faults += [f"{key} is never used" for key in set(texts) - keys - set(_TOLD_APART)]
    for key, values in used:
        named = {name for _, name, _, _ in string.Formatter().parse(texts.get(key, "")) if name}
        if values is not None and not named <= values:
            faults.append(f"{key} names {', '.join(sorted(named - values))}, which is not given")
    return sorted(set(faults))


def refusals_of_the_product() -> list[tuple[str, set[str] | None]]:
    """Every refusal in the product's code."""
    return [
        entry
        for room in ("app", "pipelines")
        for path in sorted((ROOT / room).rglob("*.py"))
        for entry in refusals_in(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("language", _LANGUAGES)
def test_every_refusal_has_a_text_and_every_text_a_refusal(language: str) -> None:
    assert untold(refusals_of_the_product(), refusal_texts(language)) == []


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('raise Refused("gone", what=1)', {}),
        ("", {"gone": "It is gone."}),
        ('raise Refused("gone", what=1)', {"gone": "{thing} is gone."}),
        ('raise Refused("gone" if x else "here")', {"gone": "Gone."}),
    ],
    ids=["no text", "unused text", "value not given", "one branch without text"],
)
def test_an_untold_refusal_is_found(code: str, texts: dict[str, str]) -> None:
    assert untold(refusals_in(code), texts)


def test_every_refusal_ends_with_a_remedy() -> None:
    """A refusal is two sentences or more: what is wrong, and what to do."""
    verbs = re.compile(r"^(Report|Make|Put) ")
    short = {
        k for k, text in refusal_texts("en").items() if text.count(".") + text.count(";") < 2 and not verbs.match(text)
    }
    assert short == set()


def receipt_keys_in(text: str) -> set[str]:
    """The receipt texts a file names."""
    return set(re.findall(r"\"receipt\.([a-z_]+)\"", text))


@pytest.mark.parametrize("language", _LANGUAGES)
def test_every_receipt_has_a_text(language: str) -> None:
    used = {k for path in (ROOT / "app").rglob("*.py") for k in receipt_keys_in(path.read_text(encoding="utf-8"))}
    texts = json.loads((REFERENCE / "translations" / language / "receipt.json").read_text(encoding="utf-8"))
    assert used - set(texts) == set()
    assert set(texts) - used - {"landed"} == set()


def test_roles_name_only_permissions_that_exist() -> None:
    """A permission in a role that no command or query asks for is a typing error that denies somebody his work."""
    known = {spec.permission for spec in [*BUS.commands.values(), *BUS.queries.values()]}
    areas = {".".join(p.split(".")[:n]) + ".*" for p in known for n in range(1, p.count(".") + 1)}
    roles = json.loads((REFERENCE / "roles.json").read_text(encoding="utf-8"))
    named = {permission for role in roles.values() for permission in role["permissions"]}
    in_handlers = {"master_data.supplier.write"}
    beyond_the_bus = {"*", "marts.*", "marts.operations.read", "inventory.cost.read", "desk.inbox", *in_handlers}
    assert named - known - areas - beyond_the_bus == set()
