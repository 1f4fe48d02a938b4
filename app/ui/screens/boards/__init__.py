"""Boards: few numbers with their trend, then charts, then the rows behind them."""
