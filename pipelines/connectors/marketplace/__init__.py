"""Order files of marketplaces that offer no webhook to everybody: Taobao and Tmall, JD, Pinduoduo.

A marketplace is a layout (data/reference/marketplaces): which of its columns means what, and what its states mean. `export` cuts a
seller's files into one message an order, as its rows stand; `translate` reads such a message when it is booked.
"""
