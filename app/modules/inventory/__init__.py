"""Inventory: the stock ledger, its valuation, reservations, counts, transfers and opening stock.

Invariants: on hand is the sum of moves and never negative; reserved never exceeds on hand; the value of an item is the sum of its
moves' values, and leaves with the last unit to the last minor unit.
"""
