"""Sales: customers' orders with availability and reservation, and shipments.

Invariants: a confirmed line reserves only what is free; shipped never exceeds ordered; cost of sales leaves with the goods.
"""
