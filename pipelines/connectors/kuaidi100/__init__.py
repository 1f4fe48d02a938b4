"""Kuaidi100: signatures of its queries and pushes, and its parcels in the shape that all couriers share."""
