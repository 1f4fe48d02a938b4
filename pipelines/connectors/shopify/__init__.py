"""Shopify: the signature of its deliveries, and what its orders say in the one shape that all shops share."""
