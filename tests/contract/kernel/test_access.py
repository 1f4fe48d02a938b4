"""Who may do what: nobody without a permission, no command without one, and roles against commands as the kept matrix says."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from app.bootstrap import build_bus
from app.kernel.access import Principal
from app.kernel.errors import Refused
from app.modules.company.handlers import REFERENCE
from tests.company import Company
from tests.specimens import FOUNDING, SPECIMENS

BUS = build_bus()
ROLES = json.loads((REFERENCE / "roles.json").read_text(encoding="utf-8"))
MATRIX = Path(__file__).with_name("role_matrix.tsv")
NOBODY = Principal(50, "nobody", "Nobody")


def generated_matrix() -> str:
    """One line a command or query: its name, then who may use it, roles in their order."""
    lines = ["name\t" + "\t".join(ROLES)]
    people = [Principal(1, role, role, permissions=frozenset(part["permissions"])) for role, part in ROLES.items()]
    for name, spec in [*sorted(BUS.commands.items()), *sorted(BUS.queries.items())]:
        lines.append(name + "\t" + "\t".join("yes" if p.may(spec.permission) else "-" for p in people))
    return "\n".join(lines) + "\n"


def test_roles_may_do_what_the_reviewed_file_says() -> None:
    """Read the difference, and if it is meant, write the file anew: python -m tests.contract.kernel.test_access."""
    assert generated_matrix() == MATRIX.read_text(encoding="utf-8")


def test_a_role_that_gains_a_right_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROLES["clerk"], "permissions", ["ledger.period.unlock"])
    assert generated_matrix() != MATRIX.read_text(encoding="utf-8")


def test_nobody_without_a_permission_may_give_any_command(small_works: Company) -> None:
    for command in [*SPECIMENS, "found_company"]:
        receipt = small_works.submit(command, principal=NOBODY, **(FOUNDING if command == "found_company" else {}))
        assert receipt.message_key == "refusal.not_permitted", command
    assert len(small_works.ask_table("command_receipt")) == len(small_works.ask_table("feed"))


def test_nobody_without_a_permission_may_ask_any_query(small_works: Company) -> None:
    for query in BUS.queries:
        with pytest.raises(Refused, match="not_permitted"):
            small_works.gateway.query(query, {}, principal=NOBODY)


@pytest.mark.parametrize(
    ("held", "asked", "may"),
    [("sales.*", "sales.order.write", True), ("sales.order.*", "sales.order.write", True), ("*", "sales.x", True),
     ("sales.order.write", "sales.order.write", True), ("sales.order.read", "sales.order.write", False),
     ("sale.*", "sales.order.write", False), ("sales.*", "sales", False), ("sales", "sales.order.write", False),
     ("", "sales.order.write", False), ("*.write", "sales.order.write", False)],
)  # fmt: skip
def test_a_permission_covers_its_area_and_nothing_beside_it(held: str, asked: str, may: bool) -> None:
    assert Principal(1, "x", "X", permissions=frozenset({held})).may(asked) is may


def test_a_guard_that_breaks_lets_nobody_in(small_works: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: object, _permission: str) -> None:
        raise RuntimeError("the guard is ill")

    monkeypatch.setattr(Principal, "demand", broken)
    assert small_works.submit("put_unit", code="A", name="A").status == "error"
    monkeypatch.undo()
    assert [row for row in small_works.ask_table("unit") if row["code"] == "A"] == []


def test_who_acts_is_never_read_from_the_input() -> None:
    """No input has a field for the acting person, so nobody can act as another (confused deputy)."""
    acting = {"user", "user_id", "principal", "principal_id", "created_by", "requested_by", "decided_by", "as_user"}
    named = {spec.name for spec in BUS.commands.values() if acting & set(spec.model.model_fields)}
    assert named == set()
    handlers = [spec.handler for spec in BUS.commands.values()]
    assert {h.__name__ for h in handlers if list(inspect.signature(h).parameters) != ["ctx", "data"]} == set()


def test_the_feed_names_who_acted(works: Company) -> None:
    someone = Principal(77, "wang", "Wang", permissions=frozenset({"master_data.write"}))
    works.submit("put_unit", principal=someone, code="A", name="A")
    assert works.ask_table("feed")[-1]["principal_id"] == 77


if __name__ == "__main__":
    MATRIX.write_text(generated_matrix(), encoding="utf-8")
