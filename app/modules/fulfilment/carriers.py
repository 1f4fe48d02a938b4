"""Who brings goods to customers: carriers with their services and sealed secrets, and the choice of one for an order."""

from __future__ import annotations

from typing import Any, Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import by_code, find_document
from app.kernel.errors import Refused
from app.kernel.keys import Keys
from app.kernel.unit_of_work import Row
from schemas.commands import fulfilment as commands
from schemas.operational import fulfilment as tables
from schemas.vocabulary.documents import DocumentKind

SECRET: Final = "secret"
API_KEY: Final = "api_key"


@handles(commands.PutCarrier, permission="fulfilment.carrier.write")
def put_carrier(ctx: Context, data: commands.PutCarrier) -> Outcome:
    """Make or change a carrier and its services; its secrets are sealed and never shown again."""
    row = ctx.uow.one(tables.carrier, "code", data.code, lock=True)
    if row is not None and row.system != data.system:
        raise Refused("carrier_system", field="system", code=data.code, system=row.system)
    row_id = row.id if row is not None else ctx.uow.next_id()
    values: dict[str, Any] = {
        "name": data.name,
        "system_code": data.system_code,
        "account": data.account,
        "quiet_days": data.quiet_days,
        "active": data.active,
    }
    for name, given in ((SECRET, data.secret), (API_KEY, data.api_key)):
        if given is not None:
            values[f"{name}_cipher"] = ctx.keys.encrypt(
                given.get_secret_value(), table="carrier", column=name, row_id=row_id
            )
    if row is None:
        ctx.uow.insert(tables.carrier, id=row_id, code=data.code, system=data.system, **values, version=1)
    else:
        ctx.uow.update(tables.carrier, row, **values)
    _put_services(ctx, row_id, data.services)
    key = "receipt.created" if row is None else "receipt.changed"
    return Outcome(key, values={"what": "carrier", "code": data.code}, data={"id": row_id})


def _put_services(ctx: Context, carrier_id: int, wanted: list[commands.CarrierService]) -> None:
    """Make or change the services that are named; one that is not named any more can no longer be chosen."""
    present = {row.code: row for row in ctx.uow.where(tables.carrier_service, "carrier_id", carrier_id, lock=True)}
    for service in wanted:
        values = {"name": service.name, "transit_days": service.transit_days, "active": True}
        row = present.pop(service.code, None)
        if row is None:
            ctx.uow.insert(tables.carrier_service, carrier_id=carrier_id, code=service.code, **values)
        else:
            ctx.uow.update(tables.carrier_service, row, **values)
    for row in present.values():
        ctx.uow.update(tables.carrier_service, row, active=False)


@handles(commands.PlanDelivery, permission="fulfilment.delivery.write")
def plan_delivery(ctx: Context, data: commands.PlanDelivery) -> Outcome:
    """Say who brings an order, by which service, into which region, and whom to call there."""
    order = find_document(ctx, data.order, DocumentKind.SALES_ORDER)
    carrier, service = chosen(ctx, data.carrier, data.service)
    values = {
        "carrier_id": carrier.id if carrier else None,
        "service_id": service.id if service else None,
        "region": data.region,
        "phone": data.phone,
        "address": data.address,
    }
    row = ctx.uow.get(tables.order_delivery, order.id, lock=True)
    if row is None:
        ctx.uow.insert(tables.order_delivery, id=order.id, **values, version=1)
    else:
        ctx.uow.update(tables.order_delivery, row, **values)
    return Outcome("receipt.changed", order, {"what": "sales_order", "code": order.number})


def chosen(ctx: Context, code: str | None, service_code: str | None) -> tuple[Row | None, Row | None]:
    """The carrier and the service that a command names.

    Raises:
        Refused: the carrier is unknown or inactive, or has no such service.
    """
    carrier = by_code(ctx, tables.carrier, code, "carrier", field="carrier")
    if carrier is not None and not carrier.active:
        raise Refused("carrier_inactive", field="carrier", code=carrier.code)
    if service_code is None:
        return carrier, None
    services = ctx.uow.where(tables.carrier_service, "carrier_id", carrier.id) if carrier is not None else []
    service = next((row for row in services if row.code == service_code and row.active), None)
    if service is None:
        known = ", ".join(row.code for row in services if row.active)
        raise Refused("service_unknown", field="service", service=service_code, carrier=code or "-", known=known or "-")
    return carrier, service


def opened(keys: Keys, row: Any, column: str) -> str | None:
    """Open a sealed secret of a carrier; None where it has none.

    Raises:
        Refused: it cannot be read, for the key file is another's.
    """
    sealed = row[f"{column}_cipher"]
    return None if sealed is None else keys.decrypt(sealed, table="carrier", column=column, row_id=row["id"])
