"""Commands of master data. A `put_` command makes the thing with this code or changes the fields that are given."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.commands.base import (
    Amount,
    AmountOrZero,
    Code,
    Command,
    CurrencyCode,
    Day,
    Name,
    Note,
    Portion,
    Quantity,
    QuantityOrZero,
    Share,
    UnitPrice,
)
from schemas.vocabulary.delivery import Incoterm
from schemas.vocabulary.places import CapacityPolicy, DeliverySteps, PickingStrategy, PlaceType, PutAwayStrategy

Positive = Annotated[int, Field(ge=1, le=10**12)]


class PutUnit(Command):
    """A unit of measure."""

    code: Code
    name: Name
    decimals: Annotated[int, Field(ge=0, le=6)] = 0


class PutUnitConversion(Command):
    """One from-unit is numerator/denominator to-units, for one item or for all."""

    from_unit: Code
    to_unit: Code
    numerator: Positive
    denominator: Positive = 1
    item: Code | None = None


class PutSite(Command):
    """A site."""

    code: Code
    name: Name


class PutLocation(Command):
    """A place in a site's location tree, or the far side of moves; pickers come by in the order of `walk_sequence`.

    A place holds no more than its capacities, of goods that stand in it directly; by `capacity_policy` more is refused, or warned
    of. A place with a storage class takes only goods of that class. Of a blocked place nothing is reserved or picked, and nothing
    goes in. What is received without a place stands at a `receiving` place until it is put away; nothing takes it before.
    Goods that are provided to a `supplier` stand at a place of his own, which is of the kind `subcontractor`; goods that are
    consigned to a `customer` at one of the kind `consignment`. `delivery_steps` say whether goods leave for customers at once or
    picked and packed; without it as the place above says, and at once where none says anything.
    """

    code: Code
    name: Name
    site: Code | None = None
    parent: Code | None = None
    kind: Literal[
        "storage",
        "transit",
        "subcontractor",
        "consignment",
        "supplier",
        "customer",
        "production",
        "scrap",
        "internal_use",
        "count_difference",
        "opening",
        "drop_shipment",
    ] = "storage"
    supplier: Code | None = None
    customer: Code | None = None
    walk_sequence: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    place_type: PlaceType | None = None
    blocked: bool = False
    receiving: bool = False
    storage_class: Code | None = None
    capacity_quantity: Quantity | None = None
    capacity_weight_kg: Quantity | None = None
    capacity_volume_m3: Quantity | None = None
    capacity_policy: CapacityPolicy = CapacityPolicy.REFUSE
    delivery_steps: DeliverySteps | None = None


class PutStorageRule(Command):
    """How an item, or every item of a category that says nothing itself, is stored and picked; what is left out is said above it.

    Goods of a storage class stand only in places of that class. Goods that arrive without a place go where `put_away_strategy`
    finds room for them; `fixed_location` is the item's own place.
    """

    item: Code | None = None
    category: Code | None = None
    storage_class: Code | None = None
    picking_strategy: PickingStrategy | None = None
    put_away_strategy: PutAwayStrategy | None = None
    fixed_location: Code | None = None


class CalendarDay(Command):
    """A holiday, or a weekend day that is worked instead."""

    on_date: Day
    working: bool = False
    name: Name


HourOfDay = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class PutCalendar(Command):
    """A working calendar: hours for each weekday, and its exceptions."""

    code: Code
    name: Name
    weekly_hours: dict[
        Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        Annotated[list[tuple[HourOfDay, HourOfDay]], Field(max_length=24)],
    ]
    exceptions: Annotated[list[CalendarDay], Field(max_length=5000)] = []


class PutTaxCode(Command):
    """A tax rate by code."""

    code: Code
    name: Name
    rate: Share


class Instalment(Command):
    """A share of what an order comes to and when it is due: days from the order, which asks for a deposit, or from the invoice."""

    share: Portion
    due_days: Annotated[int, Field(ge=0, le=3650)] = 0
    due_from: Literal["order", "invoice"] = "invoice"


class PutPaymentTerm(Command):
    """When an invoice is due: in full after some days, or in instalments whose shares come to the whole."""

    code: Code
    name: Name
    due_days: Annotated[int, Field(ge=0, le=3650)] = 0
    instalments: Annotated[list[Instalment], Field(max_length=36)] = []


class PutParty(Command):
    """A customer, a supplier, or both."""

    code: Code
    name: Name
    is_customer: bool = False
    is_supplier: bool = False
    tax_number: Code | None = None
    phone: Code | None = None
    email: Name | None = None
    address: Note | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    region: Code | None = None
    language: Literal["en", "zh-Hans", "zh-Hant"] | None = None
    currency: CurrencyCode | None = None
    payment_term: Code | None = None
    price_list: Code | None = None
    tax_code: Code | None = None
    customer_class: Code | None = None
    incoterm: Incoterm | None = None
    incoterm_place: Name | None = None
    credit_limit: AmountOrZero | None = None


class PutCreditTerms(Command):
    """How far a customer is trusted: his limit, days of grace after due dates, and what an overdue invoice holds up."""

    customer: Code
    credit_limit: AmountOrZero | None = None
    overdue_grace_days: Annotated[int, Field(ge=0, le=3650)] = 0
    overdue_block: Literal["none", "order", "order_and_shipment"] = "order"


class PutItemSubstitute(Command):
    """An item that may be sold instead of another: how much of it for one unit, which is offered first, and when."""

    item: Code
    substitute: Code
    ratio: Quantity = Decimal(1)
    rank: Annotated[int, Field(ge=1, le=99)] = 1
    valid_from: Day | None = None
    valid_to: Day | None = None


class PutItemCategory(Command):
    """A category of items: how their stock is valued and which inventory account it stands in."""

    code: Code
    name: Name
    parent: Code | None = None
    valuation_method: Literal["moving_average", "fifo", "standard", "month_end_average"] = "moving_average"
    inventory_role: Literal[
        "inventory_raw", "inventory_semi_finished", "inventory_finished", "inventory_consumable"
    ] = "inventory_raw"


LotPolicy = Literal[
    "lot_for_lot",
    "fixed_quantity",
    "fixed_period",
    "economic",
    "part_period_balancing",
    "least_unit_cost",
    "silver_meal",
    "wagner_whitin",
    "min_max",
]
Days = Annotated[Decimal, Field(ge=0, le=3650, decimal_places=6)]
FenceDays = Annotated[int, Field(ge=0, le=3650)]


class PutItem(Command):
    """An item: one master for selling, stocking, making, planning and costing.

    With `serial_tracked` each piece has a number of its own, which is its lot. `warranty_months` begin when a piece is delivered.
    """

    code: Code
    name: Name | None = None
    name_zh: Name | None = None
    barcode: Code | None = None
    category: Code | None = None
    unit: Code | None = None
    source: Literal["make", "buy"] | None = None
    lot_tracked: bool | None = None
    serial_tracked: bool | None = None
    warranty_months: Annotated[int, Field(ge=1, le=600)] | None = None
    shelf_life_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    phantom: bool | None = None
    active: bool | None = None
    standard_cost: UnitPrice | None = None
    list_price: UnitPrice | None = None
    tax_code: Code | None = None
    weight_kg: QuantityOrZero | None = None
    volume_m3: QuantityOrZero | None = None
    lead_time_days: Days | None = None
    safety_days: Days | None = None
    safety_stock: QuantityOrZero | None = None
    reorder_point: QuantityOrZero | None = None
    lot_policy: LotPolicy | None = None
    lot_size: Quantity | None = None
    lot_periods: Annotated[int, Field(ge=1, le=520)] | None = None
    min_lot: Quantity | None = None
    max_lot: Quantity | None = None
    lot_multiple: Quantity | None = None
    max_stock: Quantity | None = None
    planned_yield: Annotated[Decimal, Field(gt=0, le=1, decimal_places=8)] | None = None
    setup_cost: Amount | None = None
    holding_rate: Share | None = None
    demand_fence_days: FenceDays | None = None
    planning_fence_days: FenceDays | None = None


class PriceBreak(Command):
    """A price from a quantity on."""

    from_quantity: QuantityOrZero = Decimal(0)
    unit_price: UnitPrice
    valid_from: Day | None = None


class PutSupplierItem(Command):
    """A supplier's terms for an item.

    With `components_provided` he makes it of components that we provide by its bill of material; his price is the fee.
    With `drop_ships` he sends it straight to our customers wherever he is the item's first supplier.
    """

    supplier: Code
    item: Code
    supplier_item_code: Code | None = None
    lead_time_days: Days = Decimal(0)
    min_lot: Quantity | None = None
    max_lot: Quantity | None = None
    lot_multiple: Quantity | None = None
    priority: Annotated[int, Field(ge=1, le=1000)] = 1
    components_provided: bool = False
    drop_ships: bool = False
    active: bool = True
    prices: Annotated[list[PriceBreak], Field(max_length=1000)] = []


class PriceLine(Command):
    """The price of an item in a list."""

    item: Code
    unit_price: UnitPrice
    from_quantity: QuantityOrZero = Decimal(0)
    valid_from: Day
    valid_to: Day | None = None


class PutPriceList(Command):
    """A price list and the lines to add to it or change in it; with `tax_included` its prices are what a customer pays in all.

    It holds for orders of its currency, which stays once it has prices.
    """

    code: Code
    name: Name
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    tax_included: bool = False
    lines: Annotated[list[PriceLine], Field(max_length=20_000)] = []


class BomLine(Command):
    """A component of a bill of material."""

    component: Code
    quantity_per: QuantityOrZero
    scrap_factor: Share = Decimal(0)
    fixed_quantity: QuantityOrZero = Decimal(0)
    effective_from: Day | None = None
    effective_to: Day | None = None
    operation: Annotated[int, Field(ge=1, le=9999)] | None = None
    alternate_group: Code | None = None
    priority: Annotated[int, Field(ge=1, le=1000)] = 1
    kind: Literal["component", "by_product", "co_product"] = "component"


class CreateBomRevision(Command):
    """A new immutable revision of an item's bill of material; the one before ends where it begins."""

    item: Code
    revision: Code
    base_quantity: Quantity = Decimal(1)
    effective_from: Day
    effective_to: Day | None = None
    lines: Annotated[list[BomLine], Field(min_length=1, max_length=2000)]


class PutWorkCenter(Command):
    """A work centre and its capacity."""

    code: Code
    name: Name
    site: Code | None = None
    calendar: Code | None = None
    units: Annotated[int, Field(ge=1, le=10000)] = 1
    efficiency: Annotated[Decimal, Field(gt=0, le=10, decimal_places=8)] = Decimal(1)
    cost_per_hour: UnitPrice = Decimal(0)
    weekly_minutes: Annotated[int, Field(ge=0, le=10080)] = 2400


class RoutingStep(Command):
    """An operation of a routing."""

    operation: Annotated[int, Field(ge=1, le=9999)]
    name: Name
    work_center: Code
    setup_minutes: QuantityOrZero = Decimal(0)
    run_minutes: QuantityOrZero = Decimal(0)
    priority: Annotated[int, Field(ge=1, le=1000)] = 1


class PutRouting(Command):
    """The operations by which an item is made; operations of the same number and priority are replaced."""

    item: Code
    steps: Annotated[list[RoutingStep], Field(min_length=1, max_length=500)]


class PutExchangeRate(Command):
    """What one unit of a currency is worth in another from a day on; a second rate of the same day takes the place of the first."""

    from_currency: CurrencyCode
    to_currency: CurrencyCode
    valid_on: Day
    rate: Annotated[Decimal, Field(gt=0, lt=10**9, decimal_places=8)]


class PutDepartment(Command):
    """A department."""

    code: Code
    name: Name
    group_name: Name | None = None


class PutEmployee(Command):
    """An employee; identity number and pay are stored encrypted."""

    code: Code
    name: Name
    job_title: Name | None = None
    department: Code | None = None
    hired_on: Day | None = None
    identity_number: Code | None = None
    hourly_pay: UnitPrice | None = None
    active: bool = True
