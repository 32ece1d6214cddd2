"""`python -m deploy.prometheus` writes rules.yml, and the table of alerts in docs/alerts.md.

--runbooks URL  where the pages of docs/runbooks are published: with it the rules alone are printed, for an installation of one's own
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from deploy.prometheus.rule import rules_yaml
from deploy.prometheus.rules import ALERTS, GROUPS, RUNBOOKS
from deploy.prometheus.table import with_table

HERE = Path(__file__).resolve().parent
RULES = HERE / "rules.yml"
DOCS = HERE.parent.parent / "docs" / "alerts.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.prometheus", description=__doc__)
    parser.add_argument("--runbooks", metavar="URL")
    runbooks = parser.parse_args().runbooks
    if runbooks:
        print(rules_yaml(GROUPS, runbooks.rstrip("/")), end="")
        return 0
    RULES.write_text(rules_yaml(GROUPS, RUNBOOKS))
    DOCS.write_text(with_table(DOCS.read_text(), ALERTS))
    print(f"wrote {RULES.relative_to(HERE.parent.parent)} and the table of {DOCS.relative_to(HERE.parent.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
