"""Unfinished forms are kept for each person, whichever process he types into."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from app.kernel.drafts import Drafts
from app.kernel.store import Store
from tests.company import Company


def test_drafts_of_two_processes_never_take_the_same_id(company: Company) -> None:
    users = [company.do("put_user", login=f"u{n}", name=f"U{n}", roles=[]).data["id"] for n in range(8)]
    stores = [Store(company.gateway.store.address) for _ in range(2)]
    doors = [Drafts(store, company.gateway.clock) for store in stores]

    def type_into(number: int) -> None:
        doors[number % 2].keep(users[number % 8], f"form {number}", f"body {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(type_into, range(48)))
    rows = company.ask_table("draft")
    assert len({row["id"] for row in rows}) == len(rows) == 48
    documents = {row["id"] for row in company.ask_table("user_account")}
    assert documents.isdisjoint(row["id"] for row in rows)
    for store in stores:
        store.close()


def test_two_tabs_that_keep_one_form_at_once_keep_the_later_body(company: Company) -> None:
    user = company.do("put_user", login="tab", name="Tab", roles=[]).data["id"]
    drafts = Drafts(company.gateway.store, company.gateway.clock)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: drafts.keep(user, "order", f"body {n}"), range(24)))
    assert len(company.ask_table("draft")) == 1
    drafts.keep(user, "order", "last")
    assert drafts.load(user, "order") == "last"
    drafts.drop(user, "order")
    assert drafts.load(user, "order") is None
