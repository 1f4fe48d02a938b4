"""Sell: orders with availability and price while they are typed, and shipments."""
