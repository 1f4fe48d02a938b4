"""Payables: suppliers' bills matched to receipts, and payments to suppliers.

Invariants: billed never exceeds received; the sum of a supplier's open items is his balance in the ledger.
"""
