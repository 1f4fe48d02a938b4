"""Receivables: invoices to customers for what was shipped, and payments from customers.

Invariants: invoiced never exceeds shipped; the sum of a customer's open items is his balance in the ledger.
"""
