"""Sign-in and sessions: a random token in the browser, only its hash in the store, checked again at every use (R13).

Wrong passwords slow an account down, doubling from the fifth on, and never lock it for good; one address gets a hundred tries an
hour. Revoking a session or disabling a user works at the next check, open pages included.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections import defaultdict, deque
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from app.kernel.access import SYSTEM, Principal
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway, new_command_id
from app.kernel.passwords import hash_password, password_is_right
from app.kernel.settings import Settings
from app.kernel.unit_of_work import fresh_id
from schemas.operational import kernel

_FREE_TRIES: Final = 5
_LONGEST_WAIT: Final = timedelta(minutes=15)
_TRIES_AN_ADDRESS_AND_HOUR: Final = 100
_SEEN_STEP: Final = timedelta(seconds=30)
_SETUP_LIFE: Final = timedelta(minutes=30)


def token_hash(token: str) -> str:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class Sessions:
    """Signs people in and says who a token is."""

    def __init__(self, gateway: Gateway, settings: Settings) -> None:
        self._gateway = gateway
        self._idle = timedelta(minutes=settings.session_idle_minutes)
        self._life = timedelta(hours=settings.session_hours)
        self._tries: dict[str, deque[float]] = defaultdict(deque)
        self._mutex = threading.Lock()

    def sign_in(self, login: str, password: str, *, address: str) -> str:
        """Mint a session for a user whose password is right.

        Raises:
            Refused: the name or password is wrong, or there were too many tries.
        """
        self._count_try(address)
        now = self._gateway.clock.now()
        user = self._take_try(login, now)
        right = password_is_right(user.password_hash if user is not None else None, password)
        if user is None or not right or user.state != "active":
            raise Refused("sign_in_wrong")
        return self._open(user.id, now, address)

    def _open(self, user_id: int, now: datetime, address: str) -> str:
        token = secrets.token_urlsafe(32)
        users, sessions = kernel.user_account, kernel.user_session
        with self._gateway.store.writing() as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(failed_count=0, locked_until=None))
            connection.execute(
                insert(sessions).values(
                    id=fresh_id(connection),
                    token_hash=token_hash(token),
                    user_id=user_id,
                    created_at=now,
                    seen_at=now,
                    expires_at=now + self._life,
                    address=address[:64],
                )
            )
        return token

    def principal_of(self, token: str) -> Principal | None:
        """The principal of a living session or API token, else None."""
        sessions, users = kernel.user_session, kernel.user_account
        now = self._gateway.clock.now()
        with self._gateway.store.reading() as connection:
            query = select(sessions, users.c.state).join(users, users.c.id == sessions.c.user_id)
            found = connection.execute(query.where(sessions.c.token_hash == token_hash(token))).first()
            if found is None:
                return self._principal_of_api_token(connection, token, now)
            over = found.revoked_at is not None or found.expires_at <= now or found.seen_at + self._idle <= now
            if over or found.state != "active":
                return None
            principal = principal_of_user(connection, found.user_id)
        if now - found.seen_at > _SEEN_STEP:
            with self._gateway.store.writing() as connection:
                connection.execute(update(sessions).where(sessions.c.id == found.id).values(seen_at=now))
        return principal

    def _principal_of_api_token(self, connection: Connection, token: str, now: datetime) -> Principal | None:
        tokens, users = kernel.api_token, kernel.user_account
        query = select(tokens, users.c.state).join(users, users.c.id == tokens.c.user_id)
        found = connection.execute(query.where(tokens.c.token_hash == token_hash(token))).first()
        if found is None or found.revoked_at is not None or found.expires_at <= now or found.state != "active":
            return None
        principal = principal_of_user(connection, found.user_id)
        scopes = frozenset(json.loads(found.scopes))
        held = frozenset(scope for scope in scopes if principal.may(scope))
        return Principal(principal.user_id, principal.login, principal.name, principal.language, principal.roles, held)

    def sign_out(self, token: str) -> None:
        """End a session."""
        sessions = kernel.user_session
        now = self._gateway.clock.now()
        with self._gateway.store.writing() as connection:
            connection.execute(
                update(sessions).where(sessions.c.token_hash == token_hash(token)).values(revoked_at=now)
            )

    def revoke_user(self, login: str) -> None:
        """End every session of a user."""
        sessions, users = kernel.user_session, kernel.user_account
        now = self._gateway.clock.now()
        with self._gateway.store.writing() as connection:
            owner = select(users.c.id).where(users.c.login == login).scalar_subquery()
            connection.execute(update(sessions).where(sessions.c.user_id == owner).values(revoked_at=now))

    def new_api_token(self, login: str, name: str, scopes: list[str], *, days: int) -> str:
        """Mint a bearer token for a user, limited to scopes that are permission names.

        Raises:
            Refused: there is no such user.
        """
        users = kernel.user_account
        token = secrets.token_urlsafe(32)
        now = self._gateway.clock.now()
        with self._gateway.store.writing() as connection:
            user_id = connection.execute(select(users.c.id).where(users.c.login == login)).scalar()
            if user_id is None:
                raise Refused("code_unknown", field="login", what="user", code=login)
            connection.execute(
                insert(kernel.api_token).values(
                    id=fresh_id(connection),
                    token_hash=token_hash(token),
                    user_id=user_id,
                    name=name,
                    scopes=json.dumps(scopes),
                    expires_at=now + timedelta(days=days),
                )
            )
        return token

    # First start -----------------------------------------------------------------------------------------------------

    def set_up_open(self) -> bool:
        """Say whether the company has no user who can sign in yet."""
        users = kernel.user_account
        with self._gateway.store.reading() as connection:
            return connection.execute(select(func.count()).where(users.c.password_hash.is_not(None))).scalar() == 0

    def new_setup_token(self) -> str:
        """Mint the one-time token that creates the first administrator."""
        token = secrets.token_urlsafe(16)
        with self._gateway.store.writing() as connection:
            connection.execute(
                insert(kernel.setup_token).values(
                    id=fresh_id(connection),
                    token_hash=token_hash(token),
                    expires_at=self._gateway.clock.now() + _SETUP_LIFE,
                )
            )
        return token

    def set_up(self, token: str, login: str, password: str) -> None:
        """Create the first administrator with the one-time token.

        Raises:
            Refused: the token is wrong, used or too old; or the company has its administrator.
        """
        if not self.set_up_open():
            raise Refused("set_up_closed")
        hash_password(password, login=login)
        table = kernel.setup_token
        now = self._gateway.clock.now()
        mine = (table.c.token_hash == token_hash(token), table.c.used_at.is_(None), table.c.expires_at > now)
        with self._gateway.store.writing() as connection:
            taken = connection.execute(update(table).where(*mine).values(used_at=now)).rowcount == 1
        if not taken:
            raise Refused("set_up_token_wrong", field="token")
        create_user(self._gateway, login, login, ["administrator"], password)

    # Throttling ------------------------------------------------------------------------------------------------------

    def _count_try(self, address: str) -> None:
        now = time.monotonic()
        with self._mutex:
            tries = self._tries[address]
            while tries and now - tries[0] > 3600:
                tries.popleft()
            if len(tries) >= _TRIES_AN_ADDRESS_AND_HOUR:
                raise Refused("too_many_tries", seconds=int(3600 - (now - tries[0])) + 1)
            tries.append(now)

    def _take_try(self, login: str, now: datetime) -> Any:
        """Count a try as failed before the password is looked at, so that a hundred guesses at once are counted one by one.

        Signing in sets the count back.
        """
        users = kernel.user_account
        with self._gateway.store.writing() as connection:
            query = select(users).where(users.c.login == login)
            if connection.dialect.name == "postgresql":
                query = query.with_for_update()
            user = connection.execute(query).first()
            if user is None:
                return None
            if user.locked_until is not None and user.locked_until > now:
                raise Refused("too_many_tries", seconds=int((user.locked_until - now).total_seconds()) + 1)
            count = user.failed_count + 1
            wait = min(timedelta(seconds=2 ** max(0, count - _FREE_TRIES)), _LONGEST_WAIT)
            until = now + wait if count >= _FREE_TRIES else None
            changed = {"failed_count": min(count, 40), "locked_until": until}
            connection.execute(update(users).where(users.c.id == user.id).values(**changed))
        return user


def create_user(gateway: Gateway, login: str, name: str, roles: list[str], password: str, language: str = "en") -> None:
    """Make a user with roles and a password, by commands of the system.

    Raises:
        Refused: the password is not allowed, or a command says no.
    """
    hashed = hash_password(password, login=login)
    for command, data in (
        ("put_user", {"login": login, "name": name, "roles": roles, "language": language}),
        ("set_password", {"login": login, "password_hash": hashed}),
    ):
        receipt = gateway.submit(command, data, command_id=new_command_id(), principal=SYSTEM)
        if receipt.status != "done":
            raise Refused(receipt.message_key.removeprefix("refusal."), **receipt.values)


def principal_of_user(connection: Connection, user_id: int) -> Principal:
    """Build the principal of a user from his roles as they are now."""
    users, roles = kernel.user_account, kernel.role
    user: Any = connection.execute(select(users).where(users.c.id == user_id)).one()
    codes = frozenset(json.loads(user.roles))
    permissions: set[str] = set()
    for row in connection.execute(select(roles).where(roles.c.code.in_(codes))):
        permissions.update(json.loads(row.permissions))
    return Principal(user.id, user.login, user.name, user.language, codes, frozenset(permissions))


def principal_of_login(gateway: Gateway, login: str) -> Principal:
    """Build the principal of an active user by sign-in name.

    Raises:
        Refused: there is no active user of that name.
    """
    users = kernel.user_account
    with gateway.store.reading() as connection:
        row = connection.execute(select(users.c.id, users.c.state).where(users.c.login == login)).first()
        if row is None or row.state != "active":
            raise Refused("code_unknown", what="user", code=login)
        return principal_of_user(connection, row.id)
