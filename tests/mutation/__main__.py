"""python -m tests.mutation [--only REGEX] [--limit N]: the table, function by function, and the share killed."""

from __future__ import annotations

import argparse

from tests.mutation.report import LIMIT, chosen, summary, verdicts


def main() -> None:
    """Print a line for each function as it is judged, and the share at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Wrong rules: are they noticed?")
    parser.add_argument("--only", default="", metavar="REGEX", help="functions with such a name alone")
    parser.add_argument("--limit", default=LIMIT, type=int, metavar="N", help="mutants of each function, at most")
    options = parser.parse_args()
    print(f"{'rule':<48}{'mutants':>8}{'killed':>8}")
    found = []
    for verdict in verdicts(chosen(options.only), options.limit):
        print(verdict, flush=True)
        found.append(verdict)
    print(summary(found))


if __name__ == "__main__":
    main()
