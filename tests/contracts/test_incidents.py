"""The page of incidents names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_incident_is_proven_by_tests_that_exist() -> None:
    page = (ROOT / "docs/incidents.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", page)
    assert [(path, name) for path, name in named if f"def {name}(" not in (ROOT / path).read_text()] == []
    rows = [row.split(" | ") for row in page.splitlines() if re.match(r"\| \d", row)]
    assert [int(row[0].strip("| ")) for row in rows] == [*range(1, 17), *range(20, 25), 37]
    assert [row[0] for row in rows if "::test_" not in row[-1]] == []
