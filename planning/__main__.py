"""`python -m planning`: plan a package from the command line, with nothing but this room.

The same options and exit status as `tallyworks plan`. `python -m planning forecast` forecasts a history,
`python -m planning scenarios` compares scenarios of a package,
`python -m planning promise` says when a quantity can be had.
"""

import argparse
import sys

from planning.capable.command import main as promise
from planning.command import plan_package
from planning.forecast.command import main as forecast
from planning.methods import KNOWN_METHODS
from planning.scenarios.command import main as scenarios


def main(arguments: list[str] | None = None) -> int:
    """Parse the arguments and plan; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["forecast"]:
        return forecast(arguments[1:])
    if arguments[:1] == ["scenarios"]:
        return scenarios(arguments[1:])
    if arguments[:1] == ["promise"]:
        return promise(arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m planning", description="Plan a planning package.")
    parser.add_argument("--package", required=True, metavar="IN_DIR")
    parser.add_argument("--out", required=True, metavar="OUT_DIR")
    parser.add_argument("--method", choices=KNOWN_METHODS, default="mrp")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--objective", choices=["makespan"])
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--csv", action="store_true")
    given = parser.parse_args(arguments)
    return plan_package(
        given.package,
        given.out,
        given.method,
        given.seconds,
        given.seed,
        strict=given.strict,
        csv=given.csv,
        objective=given.objective,
    )


if __name__ == "__main__":
    sys.exit(main())
