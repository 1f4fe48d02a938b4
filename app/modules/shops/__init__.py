"""Web shops: their messages are stored as they come and booked as sales orders, each once, by the newest word of the shop.

`handlers` has the commands, `booking` decides what a message does, `changing` carries a newer version into an order, `amounts`
makes the order come to the shop's total, `door` finds a shop's secrets for the door that takes its messages.
"""
