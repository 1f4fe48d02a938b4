"""EasyPost: the signature of its events, and its parcels in the shape that all couriers share."""
