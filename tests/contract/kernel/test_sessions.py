"""Sign-in and sessions: guesses are counted, tokens end, revoking works at the next look, the set-up token works once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.kernel import passwords
from app.kernel import sessions as sessions_module
from app.kernel.errors import Refused
from app.kernel.sessions import Sessions, create_user, token_hash
from app.kernel.settings import Settings
from tests.company import Company

PASSWORD = "four stout wooden crates"


@dataclass
class MovableClock:
    """A clock that tests move on."""

    instant: datetime = datetime(2026, 6, 15, 8, tzinfo=UTC)

    def now(self) -> datetime:
        """The instant."""
        return self.instant

    def today(self) -> date:
        """Its day."""
        return self.instant.date()

    def wait(self, **duration: float) -> None:
        """Let time pass."""
        self.instant += timedelta(**duration)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hash at the least cost, and keep count of the passwords that were looked at."""
    from argon2 import PasswordHasher

    hasher, looked_at = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), []
    right = passwords.password_is_right

    def counted(stored: str | None, password: str) -> bool:
        looked_at.append(password)
        return right(stored, password)

    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", hasher.hash("nobody"))
    monkeypatch.setattr(sessions_module, "password_is_right", counted)
    return looked_at


@pytest.fixture
def clock(works: Company) -> MovableClock:
    """The store's clock, movable."""
    works.gateway.clock = clock = MovableClock()
    return clock


@pytest.fixture
def door(works: Company, clock: MovableClock) -> Sessions:
    """The sessions of a company with one user."""
    create_user(works.gateway, "li", "Li", ["clerk"], PASSWORD)
    return Sessions(works.gateway, Settings())


def refusal(function: Any, *given: Any, **named: Any) -> str:
    """The key a call is refused with."""
    with pytest.raises(Refused) as raised:
        function(*given, **named)
    return raised.value.key


def test_the_right_password_opens_a_session_and_nothing_else_does(door: Sessions) -> None:
    assert refusal(door.sign_in, "li", "another one", address="a") == "sign_in_wrong"
    assert refusal(door.sign_in, "nobody", PASSWORD, address="a") == "sign_in_wrong"
    principal = door.principal_of(door.sign_in("li", PASSWORD, address="a"))
    assert principal is not None
    assert (principal.login, principal.roles) == ("li", frozenset({"clerk"}))
    assert door.principal_of("a planted token") is None


def test_the_store_keeps_no_token_and_no_password(works: Company, door: Sessions) -> None:
    token = door.sign_in("li", PASSWORD, address="a")
    rows = f"{works.ask_table('user_session')}{works.ask_table('user_account')}{works.ask_table('feed')}"
    assert token_hash(token) in rows
    assert token not in rows
    assert PASSWORD not in rows


def test_wrong_guesses_slow_an_account_down_and_never_lock_it_for_good(door: Sessions, clock: MovableClock) -> None:
    for _ in range(5):
        assert refusal(door.sign_in, "li", "guess", address="a") == "sign_in_wrong"
    assert refusal(door.sign_in, "li", PASSWORD, address="a") == "too_many_tries"
    clock.wait(seconds=2)
    assert refusal(door.sign_in, "li", "guess", address="a") == "sign_in_wrong"
    clock.wait(seconds=1)
    assert refusal(door.sign_in, "li", PASSWORD, address="a") == "too_many_tries"
    clock.wait(minutes=15)
    assert door.sign_in("li", PASSWORD, address="a")
    assert refusal(door.sign_in, "li", "guess", address="a") == "sign_in_wrong"


def test_a_hundred_guesses_at_once_are_counted_one_by_one(door: Sessions, quick_hashes: list[str]) -> None:
    with ThreadPoolExecutor(16) as guessers:
        answers = list(guessers.map(lambda n: refusal(door.sign_in, "li", f"guess {n}", address=f"a{n}"), range(60)))
    assert len(quick_hashes) == 5
    assert answers.count("too_many_tries") == 55


def test_an_address_has_a_hundred_tries_an_hour(door: Sessions) -> None:
    for _ in range(100):
        assert refusal(door.sign_in, "nobody", "guess", address="a") == "sign_in_wrong"
    assert refusal(door.sign_in, "li", PASSWORD, address="a") == "too_many_tries"
    assert door.sign_in("li", PASSWORD, address="b")


def test_a_user_who_is_not_there_costs_the_same_work(door: Sessions, quick_hashes: list[str]) -> None:
    refusal(door.sign_in, "nobody", "guess", address="a")
    assert quick_hashes == ["guess"]


def test_a_session_ends_without_use_and_after_its_life(door: Sessions, clock: MovableClock) -> None:
    token = door.sign_in("li", PASSWORD, address="a")
    clock.wait(minutes=29)
    assert door.principal_of(token) is not None
    clock.wait(minutes=31)
    assert door.principal_of(token) is None
    token = door.sign_in("li", PASSWORD, address="a")
    for _ in range(26):
        clock.wait(minutes=28)
        alive = door.principal_of(token) is not None
    assert not alive


def test_a_session_ends_when_it_is_signed_out_revoked_or_its_user_disabled(works: Company, door: Sessions) -> None:
    first, second, third = (door.sign_in("li", PASSWORD, address="a") for _ in range(3))
    door.sign_out(first)
    assert door.principal_of(first) is None
    assert door.principal_of(second) is not None
    door.revoke_user("li")
    assert door.principal_of(second) is None
    assert door.principal_of(third) is None
    fourth = door.sign_in("li", PASSWORD, address="a")
    works.do("put_user", login="li", name="Li", roles=["clerk"], active=False)
    assert door.principal_of(fourth) is None
    assert refusal(door.sign_in, "li", PASSWORD, address="a") == "sign_in_wrong"


def test_a_new_password_ends_the_sessions_of_the_one_before(works: Company, door: Sessions) -> None:
    create_user(works.gateway, "wu", "Wu", ["clerk"], PASSWORD)
    mine, other = door.sign_in("li", PASSWORD, address="a"), door.sign_in("wu", PASSWORD, address="a")
    works.do("set_password", login="li", password_hash=passwords.hash_password(PASSWORD + "!", login="li"))
    assert door.principal_of(mine) is None
    assert door.principal_of(other) is not None
    assert door.principal_of(door.sign_in("li", PASSWORD + "!", address="a")) is not None


def test_a_role_that_changes_changes_open_sessions(works: Company, door: Sessions) -> None:
    token = door.sign_in("li", PASSWORD, address="a")
    works.do("put_user", login="li", name="Li", roles=["executive"])
    principal = door.principal_of(token)
    assert principal is not None
    assert not principal.may("sales.order.write")


def test_a_token_of_a_program_holds_no_more_than_its_user_and_its_scopes(door: Sessions, clock: MovableClock) -> None:
    token = door.new_api_token("li", "shop", ["sales.order.write", "ledger.entry.post"], days=1)
    principal = door.principal_of(token)
    assert principal is not None
    assert principal.permissions == {"sales.order.write"}
    clock.wait(days=1)
    assert door.principal_of(token) is None


@pytest.mark.parametrize(
    ("password", "refused"),
    [("x" * 11, "password_length"), ("x" * 129, "password_length"), ("Password1234", "password_common"),
     ("my name is li, yes it is", "password_common"), ("aaaaaaaaaaaaaa", "password_common")],
)  # fmt: skip
def test_a_password_that_is_easy_to_guess_is_refused(works: Company, password: str, refused: str) -> None:
    assert refusal(create_user, works.gateway, "li", "Li", ["clerk"], password) == refused
    assert [row["login"] for row in works.ask_table("user_account")] == []


@pytest.mark.parametrize(
    "password", ["x1y2z3 x1y2z3", "密码很长而且没有人猜得到它", "🔑🚪🏭📦🔧🔩⚙️🛢️🧰🪛🪚🔨", "a1 b2 c3 " * 14]
)
def test_any_long_password_works(works: Company, clock: MovableClock, password: str) -> None:
    create_user(works.gateway, "wang", "Wang", ["clerk"], password)
    assert Sessions(works.gateway, Settings()).sign_in("wang", password, address="a")


def test_the_setup_token_works_once_and_for_half_an_hour(works: Company, clock: MovableClock) -> None:
    door = Sessions(works.gateway, Settings())
    late = door.new_setup_token()
    clock.wait(minutes=30)
    assert refusal(door.set_up, late, "boss", PASSWORD) == "set_up_token_wrong"
    token = door.new_setup_token()
    assert refusal(door.set_up, "guess", "boss", PASSWORD) == "set_up_token_wrong"
    assert refusal(door.set_up, token, "boss", "short") == "password_length"
    door.set_up(token, "boss", PASSWORD)
    assert refusal(door.set_up, token, "thief", PASSWORD) == "set_up_closed"


def test_eight_people_with_one_setup_token_make_one_administrator(works: Company, clock: MovableClock) -> None:
    door = Sessions(works.gateway, Settings())
    token = door.new_setup_token()

    def set_up(number: int) -> str:
        try:
            door.set_up(token, f"boss{number}", PASSWORD)
        except Refused as error:
            return error.key
        return "done"

    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(set_up, range(8)))
    assert answers.count("done") == 1
    assert len(works.ask_table("user_account")) == 1
