"""Lets `python -m app.cli` be the command line."""

from app.cli.main import run

run()
