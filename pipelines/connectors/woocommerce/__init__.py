"""WooCommerce: the signature of its deliveries, its ping, and its orders in the shape that all shops share."""
