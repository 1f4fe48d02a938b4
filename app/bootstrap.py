"""The one place that wires commands to handlers, and facts to what follows from them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from app.kernel import document_queries, document_totals
from app.kernel.bus import Bus, Query
from app.modules.advance_issues import queries as advance_queries
from app.modules.advance_issues import settling as advance_settling
from app.modules.advance_issues import taking as advance_taking
from app.modules.company import approval_queries
from app.modules.company import handlers as company
from app.modules.company import queries as company_queries
from app.modules.drop_shipping import confirming, ordering
from app.modules.drop_shipping import queries as drop_shipping_queries
from app.modules.fulfilment import carriers, packing, picking, sharing, tracking, waves
from app.modules.fulfilment import queries as fulfilment_queries
from app.modules.inventory import (
    count_queries,
    counting,
    place_queries,
    recall,
    scrap,
    serial_queries,
    stock_ledger,
    third_party,
    third_party_queries,
    transfer_queries,
    transfers,
)
from app.modules.inventory import handlers as inventory
from app.modules.inventory import queries as inventory_queries
from app.modules.inventory import status as inventory_status
from app.modules.inventory.period_stock import keep_period_stock
from app.modules.inventory.reversal import take_goods_back
from app.modules.ledger import credits as ledger_credits
from app.modules.ledger import handlers as ledger
from app.modules.ledger import queries as ledger_queries
from app.modules.ledger import revaluation, revaluation_queries
from app.modules.ledger.open_items import reopen_items
from app.modules.ledger.posting import mirror_entries, post_fact
from app.modules.ledger.prepayments import end_prepayment
from app.modules.master_data import currency_queries, storage
from app.modules.master_data import handlers as master_data
from app.modules.master_data import queries as master_data_queries
from app.modules.payables import debits, freight, landed_cost, prepayments
from app.modules.payables import handlers as payables
from app.modules.payables import queries as payables_queries
from app.modules.people import handlers as people
from app.modules.planning_desk import forecast_queries, forecasts, policy_queries, schedules
from app.modules.planning_desk import handlers as planning_desk
from app.modules.planning_desk import policies as inventory_policies
from app.modules.planning_desk import queries as planning_desk_queries
from app.modules.production import cost_closing, made_for
from app.modules.production import handlers as production
from app.modules.purchasing import (
    blanket_orders,
    blanket_queries,
    budget_queries,
    budgets,
    claims,
    component_queries,
    components,
    minimums,
    policies,
    promises,
    requisitions,
    sourcing,
    sourcing_queries,
    supply_queries,
    taking_over,
)
from app.modules.purchasing import handlers as purchasing
from app.modules.purchasing import queries as purchasing_queries
from app.modules.purchasing import returns as supplier_returns
from app.modules.receivables import credits as customer_credits
from app.modules.receivables import deposits
from app.modules.receivables import handlers as receivables
from app.modules.receivables import queries as receivables_queries
from app.modules.receivables.exposure import credit_exposure
from app.modules.sales import (
    change_queries,
    consignment,
    consignment_queries,
    direct_marks,
    order_changes,
    order_routing_queries,
    ordering_forms,
    pasted_lines,
    promise_queries,
    promotion_queries,
    promotions,
    quotations,
    rerouting,
    reservation_queries,
    reserving,
)
from app.modules.sales import handlers as sales
from app.modules.sales import queries as sales_queries
from app.modules.sales import returns as customer_returns
from app.modules.service import (
    answering,
    cases,
    feedback,
    files,
    following,
    giving,
    goods,
    levels,
    measures,
    quality_cost,
    recalling,
    removed_parts,
    repair_answers,
    repair_billing,
    repair_queries,
    repair_work,
    repairs,
    settling,
    supplier_warranty,
    warranty_queries,
)
from app.modules.service import level_queries as service_level_queries
from app.modules.service import queries as service_queries
from app.modules.shops import discount_queries as shops_discount_queries
from app.modules.shops import handlers as shops
from app.modules.shops import queries as shops_queries
from schemas import facts

_AREAS: tuple[ModuleType, ...] = (
    company,
    master_data,
    storage,
    people,
    inventory,
    inventory_status,
    scrap,
    transfers,
    third_party,
    counting,
    minimums,
    requisitions,
    sourcing,
    blanket_orders,
    purchasing,
    promises,
    taking_over,
    components,
    claims,
    policies,
    budgets,
    supplier_returns,
    sales,
    promotions,
    consignment,
    direct_marks,
    order_changes,
    rerouting,
    reserving,
    ordering_forms,
    quotations,
    customer_returns,
    production,
    cost_closing,
    ledger,
    ledger_credits,
    revaluation,
    payables,
    debits,
    landed_cost,
    freight,
    prepayments,
    receivables,
    customer_credits,
    deposits,
    planning_desk,
    forecasts,
    inventory_policies,
    shops,
    carriers,
    waves,
    picking,
    packing,
    tracking,
    sharing,
    cases,
    files,
    goods,
    settling,
    recalling,
    answering,
    feedback,
    levels,
    measures,
    repairs,
    repair_answers,
    repair_work,
    repair_billing,
    removed_parts,
    supplier_warranty,
    ordering,
    confirming,
    advance_taking,
)

_QUERIES: tuple[Query, ...] = (
    *document_queries.QUERIES,
    document_totals.document_totals,
    *company_queries.QUERIES,
    *approval_queries.QUERIES,
    *master_data_queries.QUERIES,
    *currency_queries.QUERIES,
    *inventory_queries.QUERIES,
    *stock_ledger.QUERIES,
    *recall.QUERIES,
    *serial_queries.QUERIES,
    *count_queries.QUERIES,
    *transfer_queries.QUERIES,
    *place_queries.QUERIES,
    *third_party_queries.QUERIES,
    *purchasing_queries.QUERIES,
    *minimums.QUERIES,
    *budget_queries.QUERIES,
    *sourcing_queries.QUERIES,
    *blanket_queries.QUERIES,
    *supply_queries.QUERIES,
    *component_queries.QUERIES,
    *sales_queries.QUERIES,
    *promotion_queries.QUERIES,
    *change_queries.QUERIES,
    *order_routing_queries.QUERIES,
    *consignment_queries.QUERIES,
    *reservation_queries.QUERIES,
    *ordering_forms.QUERIES,
    *promise_queries.QUERIES,
    *pasted_lines.QUERIES,
    *made_for.QUERIES,
    *ledger_queries.QUERIES,
    *revaluation_queries.QUERIES,
    *receivables_queries.QUERIES,
    *payables_queries.QUERIES,
    *freight.QUERIES,
    *planning_desk_queries.QUERIES,
    *forecast_queries.QUERIES,
    *policy_queries.QUERIES,
    *schedules.QUERIES,
    *shops_queries.QUERIES,
    *shops_discount_queries.QUERIES,
    *fulfilment_queries.QUERIES,
    *service_queries.QUERIES,
    *service_level_queries.QUERIES,
    *feedback.QUERIES,
    *measures.QUERIES,
    *quality_cost.QUERIES,
    *repair_queries.QUERIES,
    *repair_answers.QUERIES,
    *warranty_queries.QUERIES,
    *removed_parts.QUERIES,
    *drop_shipping_queries.QUERIES,
    *advance_queries.QUERIES,
)

_POSTED_FACTS: tuple[type[facts.Fact], ...] = (
    facts.GoodsReceived,
    facts.SupplierBilled,
    facts.GoodsShipped,
    facts.CustomerInvoiced,
    facts.GoodsReturned,
    facts.CustomerCredited,
    facts.GoodsSentBack,
    facts.SupplierDebited,
    facts.LandedCostBooked,
    facts.FreightBilled,
    facts.CostsClosed,
    facts.PaymentReceived,
    facts.PaymentMade,
    facts.PrepaymentApplied,
    facts.ExchangeDifferenceRealised,
    facts.OpenItemsRevalued,
    facts.RevaluationTakenBack,
    facts.DepositApplied,
    facts.StockCounted,
    facts.GoodsScrapped,
    facts.GoodsUsed,
    facts.GoodsLostInTransit,
    facts.OpeningStockBooked,
    facts.OpeningReceivableBooked,
    facts.OpeningPayableBooked,
    facts.MaterialIssued,
    facts.ProductionCompleted,
    facts.ProductionOrderSettled,
    facts.StockReversalDiffered,
    facts.MaterialReturned,
    facts.LabourReported,
    facts.RepairFinished,
    facts.WarrantyCredited,
)


def build_bus() -> Bus:
    """Wire every handler, query and subscription of the product."""
    handlers = [h for area in _AREAS for h in _declared(area, "command_spec")]
    reversal = facts.DocumentReversed
    undone_by = (
        following.follow_case_back,
        repair_work.undo_repair_work,
        purchasing.reopen_order_of_receipt,
        taking_over.cancel_order_of_take_over,
        sales.reopen_order_of_shipment,
        packing.take_parcels_back,
        payables.reopen_receipts_of_bill,
        receivables.reopen_order_of_invoice,
        giving.keep_replaced_invoiced,
        repair_billing.follow_repair_back,
        production.undo_production,
        advance_settling.undo_settlement,  # An order that its settlement closed is released before the goods are owed again.
        customer_returns.undo_customer_return,
        supplier_returns.undo_supplier_return,
        customer_credits.undo_credit_note,
        debits.undo_debit_note,
        cost_closing.undo_cost_closing,
        revaluation.undo_revaluation,
        transfers.undo_transfer,
        end_prepayment,
        reopen_items,
        mirror_entries,
        take_goods_back,
        confirming.take_partner_back,
    )
    subscriptions: list[tuple[type, Any]] = [(fact, post_fact) for fact in _POSTED_FACTS]
    subscriptions += [(reversal, undo) for undo in undone_by]
    approved_by = (
        requisitions.confirm_approved_requisition,
        blanket_orders.confirm_approved_blanket_order,
        purchasing.confirm_approved_purchase_order,
        payables.post_approved_bill,
        sales.confirm_approved_sales_order,
        order_changes.apply_approved_change,
    )
    subscriptions += [(facts.DocumentApproved, confirm) for confirm in approved_by]
    subscriptions.append((facts.DocumentRejected, order_changes.end_rejected_change))
    subscriptions.append((facts.PeriodLocked, advance_taking.refuse_locking_with_advances))
    subscriptions.append((facts.PeriodLocked, keep_period_stock))
    subscriptions.append((facts.GoodsReceived, advance_settling.settle_by_receipt))
    subscriptions.append((facts.ProductionCompleted, advance_settling.settle_by_receipt))
    subscriptions.append((facts.CustomerCredited, giving.keep_replaced_from_credit))
    subscriptions.append((facts.GoodsReturned, giving.keep_replaced_from_return))
    return Bus(handlers, _QUERIES, subscriptions, credit_exposure=credit_exposure)


def _declared(area: ModuleType, mark: str) -> list[Any]:
    return [value for value in vars(area).values() if hasattr(value, mark) and value.__module__ == area.__name__]
