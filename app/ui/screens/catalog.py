"""The table of contents of the application: every page, in the section of the work it belongs to."""

from __future__ import annotations

from functools import cache
from typing import Final

from app.ui.screens.boards.after_sales import AFTER_SALES_BOARD
from app.ui.screens.boards.budgets import BUDGET_BOARD
from app.ui.screens.boards.finance import FINANCE
from app.ui.screens.boards.fulfilment import FULFILMENT_PAGES
from app.ui.screens.boards.instalments import INSTALMENT_PAGES
from app.ui.screens.boards.operations import OPERATIONS_BOARD
from app.ui.screens.boards.promotions import PROMOTION_MARGIN
from app.ui.screens.boards.quality import QUALITY
from app.ui.screens.company.approval_rules import APPROVAL_RULES
from app.ui.screens.company.users import COMPANY_PAGES
from app.ui.screens.going_live import GOING_LIVE
from app.ui.screens.home import HOME
from app.ui.screens.inventory.section import WAREHOUSE_PAGES
from app.ui.screens.master_data.boms import BOM_PAGES
from app.ui.screens.master_data.items import ITEM_PAGES
from app.ui.screens.master_data.parties import PARTY_PAGES
from app.ui.screens.master_data.places import PLACE_PAGES
from app.ui.screens.master_data.routings import ROUTING_PAGES
from app.ui.screens.master_data.terms import TERM_PAGES
from app.ui.screens.money.costs import COST_CLOSINGS, LANDED_COSTS
from app.ui.screens.money.credits import CREDIT_APPLICATIONS, CREDIT_NOTES, DEBIT_NOTES
from app.ui.screens.money.freight import FREIGHT_BILLS
from app.ui.screens.money.invoices import CUSTOMER_INVOICES, SUPPLIER_BILLS
from app.ui.screens.money.ledger import LEDGER_PAGES, OPEN_PAYABLES, OPEN_RECEIVABLES
from app.ui.screens.money.openings import OPENING_PAYABLES, OPENING_RECEIVABLES
from app.ui.screens.money.payments import DEPOSITS, PAYMENTS_IN, PAYMENTS_OUT, PREPAYMENTS
from app.ui.screens.money.revaluation import REVALUATIONS
from app.ui.screens.money.statements import STATEMENT_PAGES
from app.ui.screens.money.trial_balance import TRIAL_BALANCE_PAGES
from app.ui.screens.page import Page, Section
from app.ui.screens.planning.demand import DEMAND
from app.ui.screens.planning.desk import DESK
from app.ui.screens.planning.policies import POLICIES
from app.ui.screens.planning.release import RELEASE
from app.ui.screens.planning.runs import RUN_PAGES
from app.ui.screens.planning.schedule import SCHEDULE
from app.ui.screens.planning.tree import PEGGING
from app.ui.screens.production.orders import COMPLETIONS, MATERIAL_ISSUES, PRODUCTION_ORDERS
from app.ui.screens.purchasing.blanket_orders import BLANKET_ORDERS
from app.ui.screens.purchasing.budgets import BUDGETS
from app.ui.screens.purchasing.claims import SUPPLIER_CLAIMS
from app.ui.screens.purchasing.components import COMPONENT_PAGES
from app.ui.screens.purchasing.drop_shipments import DROP_SHIPMENT_PAGES
from app.ui.screens.purchasing.matching import PURCHASE_MATCH
from app.ui.screens.purchasing.minimums import MINIMUM_PAGES
from app.ui.screens.purchasing.orders import PURCHASE_ORDERS
from app.ui.screens.purchasing.policies import PURCHASING_POLICIES
from app.ui.screens.purchasing.promises import DELIVERY_NOTICES, ORDER_CONFIRMATIONS
from app.ui.screens.purchasing.receipts import GOODS_RECEIPTS
from app.ui.screens.purchasing.requisitions import PURCHASE_REQUISITIONS
from app.ui.screens.purchasing.scorecard import SCORECARD_PAGES
from app.ui.screens.purchasing.sourcing import COMPARISON, REQUESTS, SUPPLIER_QUOTATIONS
from app.ui.screens.returns import CUSTOMER_RETURNS, SUPPLIER_RETURNS
from app.ui.screens.sales.consignment import CONSIGNMENT_PAGES
from app.ui.screens.sales.order_routing import ORDER_PAGES, RULE_PAGES
from app.ui.screens.sales.ordering_forms import ORDERING_FORM_PAGES
from app.ui.screens.sales.promotions import PROMOTION_PAGES
from app.ui.screens.sales.quick_order import SALES_ORDER_PAGES
from app.ui.screens.sales.quotations import QUOTATIONS
from app.ui.screens.sales.reservations import RESERVATION_PAGES
from app.ui.screens.sales.shipments import SHIPMENTS
from app.ui.screens.sales.shop_discounts import CODE_RESULTS
from app.ui.screens.sales.shop_import import SHOP_IMPORT
from app.ui.screens.sales.shops import SHOP_PAGES
from app.ui.screens.service.cases import CASE_PAGES
from app.ui.screens.service.quality_cost import QUALITY_COST_PAGES
from app.ui.screens.service.repairs import REPAIR_PAGES
from app.ui.screens.shipping.pages import SHIP_PAGES

_SET_UP: Final = (*ITEM_PAGES, *PARTY_PAGES, *BOM_PAGES, *ROUTING_PAGES, *TERM_PAGES, *PLACE_PAGES, GOING_LIVE)

_SELL: Final = (
    Section(
        "nav.sell",
        (
            *QUOTATIONS.pages(),
            *SALES_ORDER_PAGES,
            *ORDER_PAGES,
            *PROMOTION_PAGES,
            PROMOTION_MARGIN,
            *CONSIGNMENT_PAGES,
            *RESERVATION_PAGES,
            *ORDERING_FORM_PAGES,
            *CUSTOMER_INVOICES.pages(),
        ),
    ),
    Section("nav.web_shops", (SHOP_IMPORT, *SHOP_PAGES, CODE_RESULTS)),
    Section("nav.ship", (*SHIP_PAGES, *SHIPMENTS.pages())),
    Section(
        "nav.service",
        (*CASE_PAGES, *REPAIR_PAGES, *QUALITY_COST_PAGES, *CUSTOMER_RETURNS.pages(), *CREDIT_NOTES.pages()),
    ),
)
_BUY: Final = (
    Section(
        "nav.buy",
        (
            *PURCHASE_REQUISITIONS.pages(),
            *MINIMUM_PAGES,
            *REQUESTS.pages(),
            COMPARISON,
            *SUPPLIER_QUOTATIONS.pages(),
            *BLANKET_ORDERS.pages(),
            *PURCHASE_ORDERS.pages(),
            *ORDER_CONFIRMATIONS.pages(),
            *COMPONENT_PAGES,
            *DROP_SHIPMENT_PAGES,
            *SCORECARD_PAGES,
            BUDGET_BOARD,
        ),
    ),
    Section(
        "nav.receive",
        (*DELIVERY_NOTICES.pages(), *GOODS_RECEIPTS.pages(), *SUPPLIER_CLAIMS.pages(), *SUPPLIER_RETURNS.pages()),
    ),
    Section(
        "nav.bills",
        (*SUPPLIER_BILLS.pages(), PURCHASE_MATCH, *LANDED_COSTS.pages(), *FREIGHT_BILLS.pages(), *DEBIT_NOTES.pages()),
    ),
)
_MONEY: Final = Section(
    "nav.money",
    (
        *STATEMENT_PAGES,
        *TRIAL_BALANCE_PAGES,
        OPEN_RECEIVABLES,
        OPEN_PAYABLES,
        *PAYMENTS_IN.pages(),
        *PAYMENTS_OUT.pages(),
        *DEPOSITS,
        *PREPAYMENTS,
        *CREDIT_APPLICATIONS.pages(),
        *COST_CLOSINGS.pages(),
        *REVALUATIONS.pages(),
        *OPENING_RECEIVABLES.pages(),
        *OPENING_PAYABLES.pages(),
        *LEDGER_PAGES,
    ),
)


@cache
def sections() -> tuple[Section, ...]:
    """All sections in the order of the navigation."""
    return (
        Section(
            "nav.today",
            (HOME, FINANCE, *INSTALMENT_PAGES, OPERATIONS_BOARD, *FULFILMENT_PAGES, AFTER_SALES_BOARD, QUALITY),
        ),
        *_SELL,
        *_BUY,
        Section("nav.stock", WAREHOUSE_PAGES),
        Section("nav.make", (*PRODUCTION_ORDERS.pages(), *MATERIAL_ISSUES.pages(), *COMPLETIONS.pages())),
        Section("nav.plan", (DESK, DEMAND, POLICIES, RELEASE, SCHEDULE, PEGGING, *RUN_PAGES)),
        _MONEY,
        Section("nav.set_up", _SET_UP),
        Section(
            "nav.company",
            (
                *COMPANY_PAGES,
                *APPROVAL_RULES.pages(),
                *RULE_PAGES,
                *PURCHASING_POLICIES.pages(),
                *BUDGETS.pages(),
            ),
        ),
    )


def all_pages() -> tuple[Page, ...]:
    """Every page of every section."""
    return tuple(page for section in sections() for page in section.pages)
