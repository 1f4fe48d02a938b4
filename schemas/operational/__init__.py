"""The operational tables, one file an area. Importing this package completes the metadata."""

from schemas.operational import (
    counting,
    documents,
    foreign_currency,
    fulfilment,
    inventory,
    kernel,
    ledger,
    master_data,
    order_routing,
    planning_desk,
    production,
    purchasing,
    repairs,
    sales,
    service,
    service_levels,
    shops,
)
from schemas.operational.base import METADATA

__all__ = [
    "METADATA",
    "counting",
    "documents",
    "foreign_currency",
    "fulfilment",
    "inventory",
    "kernel",
    "ledger",
    "master_data",
    "order_routing",
    "planning_desk",
    "production",
    "purchasing",
    "repairs",
    "sales",
    "service",
    "service_levels",
    "shops",
]
