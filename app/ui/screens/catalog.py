"""The table of contents of the application: every page, in the section of the work it belongs to."""

from __future__ import annotations

from functools import cache

from app.ui.screens.boards.overview import OVERVIEW
from app.ui.screens.boards.statements import STATEMENTS
from app.ui.screens.home import HOME
from app.ui.screens.inventory.documents import COUNTS, OPENING, TRANSFERS
from app.ui.screens.inventory.stock import STOCK_PAGES
from app.ui.screens.master_data.boms import BOM_PAGES
from app.ui.screens.master_data.items import ITEM_PAGES
from app.ui.screens.master_data.parties import PARTY_PAGES
from app.ui.screens.money.invoices import CUSTOMER_INVOICES, SUPPLIER_BILLS
from app.ui.screens.money.ledger import LEDGER_PAGES, OPEN_PAYABLES, OPEN_RECEIVABLES
from app.ui.screens.money.payments import PAYMENTS_IN, PAYMENTS_OUT
from app.ui.screens.page import Page, Section
from app.ui.screens.planning_desk.desk import PLAN_PAGES
from app.ui.screens.production.orders import COMPLETIONS, MATERIAL_ISSUES, PRODUCTION_ORDERS
from app.ui.screens.purchasing.orders import PURCHASE_ORDERS
from app.ui.screens.purchasing.receipts import GOODS_RECEIPTS
from app.ui.screens.sales.orders import SALES_ORDERS
from app.ui.screens.sales.shipments import SHIPMENTS


@cache
def sections() -> tuple[Section, ...]:
    """All sections in the order of the navigation."""
    return (
        Section("nav.today", (HOME, OVERVIEW)),
        Section(
            "nav.sell",
            (*SALES_ORDERS.pages(), *SHIPMENTS.pages(), *CUSTOMER_INVOICES.pages()),
        ),
        Section(
            "nav.buy",
            (*PURCHASE_ORDERS.pages(), *GOODS_RECEIPTS.pages(), *SUPPLIER_BILLS.pages()),
        ),
        Section("nav.stock", (*STOCK_PAGES, *TRANSFERS.pages(), *COUNTS.pages(), *OPENING.pages())),
        Section("nav.make", (*PRODUCTION_ORDERS.pages(), *MATERIAL_ISSUES.pages(), *COMPLETIONS.pages())),
        Section("nav.plan", PLAN_PAGES),
        Section(
            "nav.money",
            (OPEN_RECEIVABLES, OPEN_PAYABLES, *PAYMENTS_IN.pages(), *PAYMENTS_OUT.pages(), *LEDGER_PAGES, *STATEMENTS),
        ),
        Section("nav.set_up", (*ITEM_PAGES, *PARTY_PAGES, *BOM_PAGES)),
    )


def all_pages() -> tuple[Page, ...]:
    """Every page of every section."""
    return tuple(page for section in sections() for page in section.pages)
