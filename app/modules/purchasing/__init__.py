"""Purchasing: orders to suppliers and the receipt of goods against them.

Invariants: received never exceeds ordered; a receipt is valued at the order's price and owed to goods received not invoiced.
"""
