"""`python -m tests.benchmarks [NAME ...] [--small] [--again]`: run the benchmarks that have no result yet and write the page."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks.report import MODULES, PAGE, RESULTS, found_modules, page_of, run_cells, titles_of


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which: {', '.join(MODULES)}; all unless named")
    parser.add_argument("--small", action="store_true", help="small sizes, nothing is kept")
    parser.add_argument("--again", action="store_true", help="measure again what has a result")
    given = parser.parse_args()
    modules = found_modules(tuple(given.names) or MODULES)
    if given.small:
        with tempfile.TemporaryDirectory() as folder:
            run_cells(modules, Path(folder) / "small.json", small=True)
        return
    kept = run_cells(modules, RESULTS, again=given.again)
    PAGE.write_text(page_of(kept, titles_of(found_modules())), encoding="utf-8")


if __name__ == "__main__":
    main()
