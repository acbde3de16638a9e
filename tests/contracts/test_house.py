"""The house keeps its shape: sizes, names, opening sentences, and nothing of this machine in the project."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
ROOMS = ("api", "leadwell", "models", "workers")
READING, MOST_LINES = ("leadwell/reads/", "leadwell/catalog/", "api/reads/", "api/grammar/"), 3_000
LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 300, 40, 5
EXCEPTIONS: dict[str, str] = {}


def tracked(*suffixes: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=HOUSE, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    return [HOUSE / name for name in listed if name.endswith(suffixes) and (HOUSE / name).is_file()]


SOURCES = [p for p in tracked(".py") if p.relative_to(HOUSE).parts[0] in ROOMS]


def name(path: Path) -> str:
    return str(path.relative_to(HOUSE))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_module_is_short_and_opens_with_a_sentence(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert text.count("\n") <= LONGEST_FILE or name(path) in EXCEPTIONS
    assert ast.get_docstring(tree), "open the module with one sentence"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            place = f"{name(path)}:{node.name}"
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION or place in EXCEPTIONS, (
                f"{place} is longer than {LONGEST_FUNCTION} lines"
            )


def test_the_four_rooms_of_reading_have_at_most_3000_lines_that_are_not_blank() -> None:
    rooms = [p for p in SOURCES if name(p).startswith(READING)]
    assert {str(p.parent.relative_to(HOUSE)) + "/" for p in rooms} == set(READING)
    assert sum(1 for p in rooms for line in p.read_text().splitlines() if line.strip()) <= MOST_LINES


def test_no_room_is_called_after_what_it_is_not() -> None:
    bad = re.compile(r"(^|[/_])(utils?|helpers?|managers?|misc|common)(\.py|/|$)")
    assert [name(p) for p in SOURCES if bad.search(name(p))] == []


def test_no_path_of_a_machine_and_no_package_host_in_the_project() -> None:
    bad = re.compile("/" + "work/main|/" + "tmp/lw|pypi" + r"\.org/simple|registry\.npmjs" + r"\.org")
    assert [
        name(p)
        for p in tracked(".py", ".md", ".toml", ".yml", ".txt", ".sql", ".json", "Makefile")
        if bad.search(p.read_text(errors="replace"))
    ] == []


def test_every_sql_file_says_what_it_does() -> None:
    silent = [name(p) for p in tracked(".sql") if not p.read_text().lstrip().startswith("--")]
    assert silent == []


def test_tortoise_short_cuts_that_lose_updates_are_not_used() -> None:
    bad = re.compile(
        r"\.(save|refresh_from_db|bulk_update|get_or_create|update_or_create|select_related|prefetch_related)\(|\bin_transaction\(|ForeignKeyField"
    )
    assert [f"{name(p)}: {m[0]}" for p in SOURCES if (m := bad.search(p.read_text()))] == []


def test_business_rules_never_ask_the_database_for_the_time() -> None:
    bad = re.compile(r"\bnow\(\)\s*[-+,)]|CURRENT_TIMESTAMP", re.IGNORECASE)
    found = [name(p) for p in tracked(".sql") if "migrations" not in p.parts and bad.search(p.read_text())]
    assert found == []


def test_no_statement_of_the_product_is_excused_from_the_workspace_law() -> None:
    assert [name(p) for p in SOURCES if "left out on purpose" in p.read_text()] == []
