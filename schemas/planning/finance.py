"""Tables that turn a plan into financial statements: rules, roles, prices, terms and the opening position.

Read by planning/projection, filled from the books by pipelines/serving. Beside the planning package: a package without them is
planned as ever and has no statements. Amounts are in one currency, >= 0, net of tax unless a line says otherwise.
"""

from schemas.planning.columns import Column, Kind, Table


def _text(name: str, *, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, required=required)


def _amount(name: str, default: int | None = None, *, required: bool = False) -> Column:
    return Column(name, Kind.QUANTITY, default, required=required)


ACCOUNT_CLASSES = ("asset", "liability", "equity", "income", "expense", "cost", "common")
VALUATIONS = ("standard", "moving_average")

_BOOKS = (
    Table(
        "posting_rules",
        (
            _text("fact", required=True),
            Column("line", Kind.COUNT, required=True),
            Column("side", Kind.CHOICE, required=True, choices=("debit", "credit")),
            _text("role", required=True),
            _text("amount", required=True),
        ),
        key=("fact", "line"),
        required=True,
    ),
    Table(
        "roles",
        (
            _text("role", required=True),
            _text("account"),
            Column("class", Kind.CHOICE, required=True, choices=ACCOUNT_CLASSES),
            Column("cash", Kind.BOOLEAN, default=False),
            Column("debit_line", Kind.COUNT),
            Column("credit_line", Kind.COUNT),
            _text("balance_group"),
            Column("income_line", Kind.COUNT),
            Column("received_line", Kind.COUNT),
            Column("paid_line", Kind.COUNT),
        ),
        key=("role",),
        required=True,
    ),
    Table(
        "statement_lines",
        (
            Column(
                "statement",
                Kind.CHOICE,
                required=True,
                choices=("balance_sheet", "income_statement", "cash_flow"),
            ),
            Column("line", Kind.COUNT, required=True),
            _text("key", required=True),
            Column(
                "kind",
                Kind.CHOICE,
                "line",
                choices=("header", "line", "sum", "opening", "memo", "not_computed", "outside"),
            ),
            Column("side", Kind.CHOICE, choices=("debit", "credit")),
            Column("indent", Kind.COUNT, 0),
            _text("name_en"),
            _text("name_zh_hans"),
            _text("name_zh_hant"),
        ),
        key=("statement", "line"),
    ),
    Table(
        "statement_sums",
        (
            _text("statement", required=True),
            Column("line", Kind.COUNT, required=True),
            Column("term", Kind.COUNT, required=True),
            Column("factor", Kind.INTEGER, 1),
        ),
        key=("statement", "line", "term"),
    ),
)
"""How the books work: `posting_rules` as data/reference/posting_rules.json says, `roles` with the line of each statement that a
role stands in, and the statements' form. Without a form every role is a line of its own."""

_COMMERCE = (
    Table(
        "item_accounts",
        (
            _text("item", required=True),
            _text("inventory_role"),
            Column("valuation", Kind.CHOICE, "standard", choices=VALUATIONS),
            _amount("standard_cost"),
            _amount("stock_quantity"),
            _amount("stock_value"),
        ),
        key=("item",),
        items=("item",),
    ),
    Table(
        "prices",
        (_text("item", required=True), _text("customer_group"), _amount("unit_price", required=True)),
        key=("item", "customer_group"),
        items=("item",),
    ),
    Table(
        "demand_prices",
        (
            _text("demand", required=True),
            Column("use", Kind.CHOICE, "sale", choices=("sale", "production")),
            _text("order"),
            _amount("unit_price"),
        ),
        key=("demand",),
    ),
    Table(
        "order_values",
        (_text("order", required=True), _amount("unit_price"), _amount("work_in_process")),
        key=("order",),
    ),
    Table(
        "terms",
        (
            Column("side", Kind.CHOICE, required=True, choices=("customer", "supplier")),
            _text("party"),
            _text("customer_group"),
            Column("payment_days", Kind.COUNT, 0),
            Column("invoice_days", Kind.COUNT, 0),
        ),
        key=("side", "party"),
    ),
    Table(
        "tax",
        (
            Column("side", Kind.CHOICE, required=True, choices=("output", "input")),
            _text("item"),
            _amount("rate", required=True),
        ),
        key=("side", "item"),
    ),
)
"""`item_accounts`: how an item is valued, and quantity and value of all that is ours of it, which may be more than `stock` plans
with; `prices` net of tax, by customer group where one is named; `demand_prices` of single orders, and which demand is
components of a production order that runs; `order_values` of open receipts: what a purchase costs a unit, what is in process of a
production order; `terms` and `tax` of everybody and everything else where no party and no item is named."""

_POSITION = (
    Table(
        "opening_balances",
        (_text("role", required=True), _amount("debit", 0), _amount("credit", 0)),
        key=("role",),
    ),
    Table(
        "open_items",
        (
            _text("open_item"),
            Column("kind", Kind.CHOICE, required=True, choices=("receivable", "payable", "accrued", "delivered")),
            _text("party"),
            Column("due_on", Kind.DATE, required=True),
            _amount("amount", required=True),
            _amount("tax", 0),
            Column("reduces", Kind.BOOLEAN, default=False),
        ),
    ),
    Table(
        "overheads",
        (
            _text("role", required=True),
            Column("on", Kind.DATE, required=True),
            _amount("amount", required=True),
            _text("against"),
        ),
    ),
)
"""`opening_balances` at the end of the day before plan_start; `open_items` of which they consist: receivables and payables by due
date with tax, receipts that are not billed yet (`accrued`: net amount, its tax, and the day of the bill), and deliveries that are
not invoiced yet (`delivered`, alike); `reduces` marks a credit. `overheads` are entries known beforehand: debit `role`, credit
`against` (default `bank`)."""

FINANCE_TABLES: dict[str, Table] = {table.name: table for table in (*_BOOKS, *_COMMERCE, *_POSITION)}
"""Every financial table but `financial_settings`, which is key and value."""

FINANCIAL_SETTINGS: tuple[Column, ...] = (
    Column("currency_decimals", Kind.COUNT, 2),
    Column("labour", Kind.CHOICE, "none", choices=("none", "routing")),
)
"""Keys of the table `financial_settings`: decimals of the currency's minor unit, and whether routings' hours at the resources'
cost_per_hour go into process (`routing`) or not (`none`)."""
