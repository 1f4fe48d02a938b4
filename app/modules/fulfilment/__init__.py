"""Fulfilment: from the confirmed order to the parcel in front of the customer's door.

`allocation` decides which stock an order is picked from, `waves` chooses orders and makes pick lists, `picking` confirms what was
taken by scan, `carriers` keeps who brings it, `queries` asks.
"""
