"""The command `promise`: when a quantity of an item can be had beside everything that a constrained plan has promised.

`python -m planning promise --package DIR --item ITEM --quantity N --wanted DATE`; the answer is printed as JSON: the whole
quantity with its date and what limits it, and where that is late what can be had by the wanted date and when the rest.
With `--first` it also says whom it would hurt to serve this order before all others.
"""

import argparse
import json
import sys
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from planning.capable.asking import Answer, Offer, UnknownItemError, ask, capable_state
from planning.capable.displacing import hurt_by
from planning.command import PLANNED, USAGE
from planning.package import PackageError, read_package
from schemas.planning import QUANTITY_SCALE

MOST_DIGITS = 12
"""A quantity has at most so many digits before the point, less one."""


def promise_package(
    folder: str | Path, item: str, quantity: str, wanted: str, location: str = "MAIN", *, first: bool = False
) -> int:
    """Answer one request against the package in a folder; prints JSON.

    Args:
        quantity: in the item's stock unit, up to 6 decimals.
        wanted: an ISO date.
        first: also say whom it would hurt to serve this order before all others.

    Returns:
        0 answered, 2 usage (no package, no such item, no such date or quantity).
    """
    try:
        millionths = _millionths(quantity)
        day = date.fromisoformat(wanted)
        package = read_package(folder)
        said = _as_json(ask(capable_state(package), item, millionths, day, location=location))
        if first:
            said["hurts"] = hurt_by(package, item, millionths, day, location=location).to_dicts()
    except (PackageError, UnknownItemError, InvalidOperation, OverflowError, ValueError, OSError) as error:
        reason = f"{quantity} is no quantity" if isinstance(error, (InvalidOperation, OverflowError)) else error
        print(f"error: {reason}", file=sys.stderr)
        return USAGE
    print(json.dumps(said, indent=2, ensure_ascii=False, default=str))
    return PLANNED


def _millionths(quantity: str) -> int:
    number = Decimal(quantity)
    if not number.is_finite() or number.adjusted() > MOST_DIGITS:
        raise ValueError(f"{quantity} is no quantity that can be promised; it must be above 0 and at most 10^12")
    return int((number * QUANTITY_SCALE).to_integral_value())


def _as_json(answer: Answer) -> dict:
    return {"whole": _offer(answer.whole), "split": [_offer(offer) for offer in answer.split]}


def _offer(offer: Offer) -> dict:
    amount = Decimal(offer.quantity) / QUANTITY_SCALE
    return {"quantity": str(amount), "on": None if offer.on is None else offer.on.isoformat(), "limit": offer.limit}


def main(arguments: list[str] | None = None) -> int:
    """Parse the arguments and answer."""
    parser = argparse.ArgumentParser(prog="python -m planning promise", description="Say when a quantity can be had.")
    parser.add_argument("--package", required=True, metavar="DIR")
    parser.add_argument("--item", required=True)
    parser.add_argument("--quantity", required=True)
    parser.add_argument("--wanted", required=True, help="YYYY-MM-DD")
    parser.add_argument("--location", default="MAIN")
    parser.add_argument("--first", action="store_true", help="also say whom it would hurt to serve this order first")
    given = parser.parse_args(arguments)
    return promise_package(given.package, given.item, given.quantity, given.wanted, given.location, first=given.first)
