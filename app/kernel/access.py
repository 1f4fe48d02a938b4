"""Who is acting and what they may do. A command without a permission does not register; a missing permission is a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.kernel.errors import Refused

ALL = "*"
SYSTEM_USER_ID = 0


@dataclass(frozen=True)
class Principal:
    """The person or service on whose behalf something is done.

    Attributes:
        user_id: id of the user account; 0 is the system itself (imports and jobs started on the machine).
        permissions: permission names; `*` stands for all, `sales.*` for an area.
        sites: sites that the person is limited to; empty means all.
    """

    user_id: int
    login: str
    name: str
    language: str = "en"
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    sites: frozenset[int] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        """Say whether this principal holds a permission.

        >>> Principal(1, "li", "Li", permissions=frozenset({"sales.*"})).may("sales.order.write")
        True
        """
        held = self.permissions
        if permission in held or ALL in held:
            return True
        parts = permission.split(".")
        return any(".".join(parts[:n]) + ".*" in held for n in range(1, len(parts)))

    def demand(self, permission: str) -> None:
        """Refuse unless the permission is held.

        Raises:
            Refused: it is not.
        """
        if not self.may(permission):
            raise Refused("not_permitted", login=self.login, permission=permission)


SYSTEM = Principal(SYSTEM_USER_ID, "system", "System", permissions=frozenset({ALL}))
