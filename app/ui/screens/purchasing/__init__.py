"""Buy: purchase orders at the supplier's price and promise, and goods receipts."""
