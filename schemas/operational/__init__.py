"""The operational tables, one file an area. Importing this package completes the metadata."""

from schemas.operational import (
    counting,
    documents,
    fulfilment,
    inventory,
    kernel,
    ledger,
    master_data,
    order_routing,
    planning_desk,
    production,
    promotions,
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
    "fulfilment",
    "inventory",
    "kernel",
    "ledger",
    "master_data",
    "order_routing",
    "planning_desk",
    "production",
    "promotions",
    "purchasing",
    "repairs",
    "sales",
    "service",
    "service_levels",
    "shops",
]
