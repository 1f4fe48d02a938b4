"""Goods that are taken before their receipt is booked: the document that says so, its settlement by the receipt, and its report.

Stands above purchasing, production and sales, whose receipts settle it and whose issues and shipments it becomes.
"""
