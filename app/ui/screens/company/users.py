"""Users and roles: lists, and the forms that make and change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.kernel.passwords import hash_password
from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.set_up import SetUp
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen
from app.ui.widgets.values import Column

_LANGUAGES: Final = ("en", "zh-Hans", "zh-Hant")


def _with_hash(data: dict[str, Any]) -> dict[str, Any]:
    """The password leaves the form as its hash only.

    Raises:
        Refused: the rule for passwords does not allow it.
    """
    return {"login": data["login"], "password_hash": hash_password(data["password"], login=data["login"])}


USERS: Final = SetUp(
    "person",
    ListScreen(
        path="users",
        title="nav.users",
        query="users",
        columns=(
            Column("login", "word.login", "code", opens="edit_user", opens_by="login"),
            Column("name", "word.name"),
            Column("roles_shown", "term.role"),
            Column("language", "word.language", "word", family="language"),
            Column("state", "word.state", "state"),
        ),
        filters=(Filter("state", "word.state", ("active", "disabled")),),
        create=("edit_user", "put_user", "action.new_user"),
        empty="empty.users",
    ),
    FormScreen(
        path="edit_user",
        title="term.user",
        command="put_user",
        submit="action.save",
        lead="form.user_lead",
        inputs=(
            Input("login", "word.login", needed=True),
            Input("name", "word.name", needed=True),
            Input("roles", "term.role", "several", query="roles"),
            Input("language", "word.language", "choice", default="en", choices=_LANGUAGES, family="language"),
            Input("active", "word.active", "flag", default=True),
        ),
    ),
    known_by="login",
)
PASSWORD_PAGE: Final = trade.form_page(
    FormScreen(
        path="set_password",
        title="action.set_password",
        command="set_password",
        submit="action.save",
        lead="form.password_lead",
        inputs=(
            Input("login", "term.user", "lookup", needed=True, query="user_choices"),
            Input("password", "door.password", "secret", needed=True, help="door.password_rule"),
        ),
        shaped=_with_hash,
    ),
    "key",
    listed=True,
)
ROLES: Final = SetUp(
    "badge",
    ListScreen(
        path="roles",
        title="nav.roles",
        query="roles",
        columns=(
            Column("code", "word.code", "code", opens="edit_role", opens_by="code"),
            Column("name", "word.name"),
            Column("permission_count", "term.permission", "count"),
            Column("user_count", "nav.users", "count"),
        ),
        create=("edit_role", "put_role", "action.new_role"),
        empty="empty.roles",
    ),
    FormScreen(
        path="edit_role",
        title="term.role",
        command="put_role",
        submit="action.save",
        inputs=(
            Input("code", "word.code", needed=True),
            Input("name", "word.name", needed=True),
            Input("permissions", "term.permission", "words", needed=True, help="form.permissions_help"),
        ),
    ),
)


def _profile(_asked: Mapping[str, str]) -> dict[str, Any]:
    """The form opens with what is known of the company."""
    known = gateway.ask("company")[0]
    return {entry.name: known[entry.name] or "" for entry in _PROFILE_INPUTS}


_PROFILE_INPUTS: Final = (
    Input("name", "word.name", needed=True),
    Input("tax_number", "word.tax_number"),
    Input("phone", "word.phone"),
    Input("email", "word.email"),
    Input("address", "word.address", "note"),
    Input("bank_account", "word.bank_account", help="form.bank_account_help"),
)
PROFILE_PAGE: Final = trade.form_page(
    FormScreen(
        path="company_profile",
        title="nav.company_profile",
        command="put_company_profile",
        submit="action.save",
        lead="form.company_profile_lead",
        inputs=_PROFILE_INPUTS,
        prefill=_profile,
    ),
    "apartment",
    listed=True,
)

COMPANY_PAGES: Final = (PROFILE_PAGE, *USERS.pages(), PASSWORD_PAGE, *ROLES.pages())
