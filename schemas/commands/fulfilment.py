"""Commands of fulfilment: waves and pick lists, parcels, and who brings them where."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, SecretStr, StringConstraints

from schemas.commands.base import Code, Command, Day, DocumentRef, Name, Note, Quantity, QuantityOrZero
from schemas.commands.trade import LineNumber

Reason = Literal["not_found", "damaged", "expired", "other"]
Said = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Phone = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class CarrierService(Command):
    """A way in which a carrier brings parcels, and how many days it is meant to take."""

    code: Code
    name: Name
    transit_days: Annotated[int, Field(ge=0, le=365)] | None = None


class PutCarrier(Command):
    """Make or change a carrier; its secrets are sealed at once and never shown.

    `secret` verifies what is pushed to us, `api_key` signs what we ask; without them that side is off. `system_code` is the
    carrier's code in the system that reports, `account` our customer number there.
    """

    code: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    name: Name
    system: Literal["manual", "kuaidi100", "webhook"] = "manual"
    system_code: Code | None = None
    account: Code | None = None
    secret: Annotated[SecretStr, Field(min_length=1, max_length=500)] | None = None
    api_key: Annotated[SecretStr, Field(min_length=1, max_length=500)] | None = None
    quiet_days: Annotated[int, Field(ge=1, le=365)] = 3
    services: Annotated[list[CarrierService], Field(max_length=100)] = []
    active: bool = True


class PlanDelivery(Command):
    """Say who brings an order, by which service, into which region, and whom to call there; what is not given is cleared."""

    order: DocumentRef
    carrier: Code | None = None
    service: Code | None = None
    region: Code | None = None
    phone: Phone | None = None
    address: Note | None = None


class ReleaseWave(Command):
    """Choose open confirmed orders, hold their goods by lot and place for nobody else, and make the pick lists.

    Orders are named, or chosen by what is given, the most urgent first. `lists` says whether there is one list for all of them or
    one an order; with `complete_only` an order that cannot be picked whole waits.
    """

    orders: Annotated[list[DocumentRef], Field(max_length=500)] = []
    due_until: Day | None = None
    priority_until: Annotated[int, Field(ge=1, le=9)] | None = None
    carrier: Code | None = None
    region: Code | None = None
    channel: Code | None = None
    at_most: Annotated[int, Field(ge=1, le=500)] = 50
    lists: Literal["wave", "order"] = "wave"
    complete_only: bool = False
    note: Note | None = None


class WaveAction(Command):
    """An action on a wave as a whole."""

    wave: DocumentRef


class PickListAction(Command):
    """An action on a pick list as a whole."""

    pick_list: DocumentRef


class ConfirmPick(Command):
    """Confirm by scan what was taken for a line of a pick list.

    `scanned` is the code of the lot, or of an item without lots its code or barcode. With `short_reason` the rest of the line is
    not there and becomes a back order. Goods of another place or lot than asked for need a `substitute_reason`.
    """

    pick_list: DocumentRef
    line: LineNumber
    location: Code
    scanned: Code
    quantity: QuantityOrZero
    short_reason: Reason | None = None
    substitute_reason: Said | None = None
    note: Note | None = None


class PutBackPicked(Command):
    """Put what was picked of an order and is in no parcel back to where it was taken; it stays reserved for the order."""

    order: DocumentRef


PackageType = Literal["carton", "bag", "envelope", "pallet", "other"]
TrackingNumber = Annotated[str, StringConstraints(min_length=4, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
Centimetres = Annotated[Decimal, Field(gt=0, le=2000, decimal_places=2, allow_inf_nan=False)]
Kilograms = Annotated[Decimal, Field(gt=0, le=50_000, decimal_places=3, allow_inf_nan=False)]


class PackedLine(Command):
    """What goes into a parcel of an order line, of one lot where it is named."""

    line: LineNumber
    quantity: Quantity
    lot: Code | None = None


class Package(Command):
    """What a parcel is like and who brings it; the scale's weight counts before the sum of its items' weights."""

    package_type: PackageType = "carton"
    length_cm: Centimetres | None = None
    width_cm: Centimetres | None = None
    height_cm: Centimetres | None = None
    scale_weight_kg: Kilograms | None = None
    carrier: Code | None = None
    service: Code | None = None
    tracking_number: TrackingNumber | None = None


class PackParcel(Package):
    """Pack picked goods of an order into a parcel; without lines, everything that is picked and in no parcel."""

    order: DocumentRef
    lines: Annotated[list[PackedLine], Field(max_length=1000)] = []


class ChangeParcel(Package):
    """Say anew what a parcel is like and who brings it; what is not given is cleared."""

    parcel: DocumentRef


class ParcelAction(Command):
    """An action on a parcel as a whole."""

    parcel: DocumentRef


class HandOverParcels(Command):
    """Hand packed parcels of an order over to who brings them; without parcels, all that are packed."""

    order: DocumentRef
    parcels: Annotated[list[DocumentRef], Field(max_length=200)] = []
    posted_on: Day | None = None


TrackingState = Literal[
    "announced",
    "collected",
    "in_transit",
    "in_customs",
    "out_for_delivery",
    "ready_for_pickup",
    "delivered",
    "failed",
    "returning",
    "returned",
    "refused",
    "cancelled",
]
Id = Annotated[int, Field(ge=1, lt=2**63)]
LARGEST_MESSAGE: Final = 2_000_000


class RecordTrackingEvent(Command):
    """Record by hand what happened to a parcel; without an instant it happens now."""

    parcel: DocumentRef
    state: TrackingState
    happened_at: AwareDatetime | None = None
    said: Annotated[str, StringConstraints(max_length=500)] = ""
    place: Annotated[str, StringConstraints(max_length=200)] = ""


class ReceiveCarrierMessage(Command):
    """Store what a carrier's system sent as it came; its body travels as base64, so that no byte of it is lost."""

    carrier: Code
    source: Literal["push", "answer"]
    body: Annotated[
        str, StringConstraints(min_length=1, max_length=LARGEST_MESSAGE * 4 // 3 + 4, pattern=r"^[A-Za-z0-9+/]+=*$")
    ]


class ApplyCarrierMessage(Command):
    """Do what a stored message of a carrier says."""

    message: Id


class SetCarrierMessageAside(Command):
    """Put a message that could not be applied aside, with what went wrong."""

    message: Id
    detail: Annotated[str, StringConstraints(max_length=4000)]


class FollowParcel(Command):
    """Ask the carrier's system about a parcel: to push its news from now on, or for its news once."""

    parcel: DocumentRef
    how: Literal["subscribe", "query"] = "query"


class RecordCarrierAnswer(Command):
    """Record what became of a request to a carrier's system; one that failed is sent again later, some times."""

    request: Id
    attempt: Annotated[int, Field(ge=0, le=100)]
    answered: bool
    again: bool = True
    answer: Annotated[str, StringConstraints(max_length=4000)]


class WatchParcels(Command):
    """Look for parcels without news and parcels that will be late, and tell who sold them.

    Of very many parcels one command looks at `at_most`, those after the parcel `after`.
    """

    after: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=1, le=2000)] = 500


class ShareOrder(Command):
    """Make the customer's link to the page of an order; a link that was made before stays good until it expires."""

    order: DocumentRef
    valid_days: Annotated[int, Field(ge=1, le=365)] = 90


class OrderLinks(Command):
    """An action on all links of an order."""

    order: DocumentRef
