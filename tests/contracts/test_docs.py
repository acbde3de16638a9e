"""What the documentation says is so: pages written by code are current, links lead somewhere, examples are valid, names exist."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import graphql
import pytest
import typer

from api.schema import CORE
from leadwell.base.refusals import Refusal
from leadwell.base.setting_table import OUTSIDE, TABLE
from leadwell.cli import reference
from leadwell.cli.verbs import app
from leadwell.events.kinds import KINDS
from tests.processes import ROOT
from workers.kinds import KINDS as JOBS

DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").glob("*/README.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"(api|bench|deploy|docs|examples|leadwell|models|tests|workers)/[\w./-]+\.\w+")
INLINE = re.compile(r"`([^`\n]+)`")
PAGES = ("errors.md", "configuration.md", "cli.md", "events.md", "fields.md", "permissions.md", "openapi.json")
# Refusals after which there is nothing to do but not to ask for that.
FINAL = frozenset({
    "ActivityAboutNothing", "BadCompanyField", "BadContactField", "BadCustomField", "BadEntryField", "BadPurchase",
    "BadDealField", "BadField", "BadTaskField", "BadWish", "EnrollmentEnded", "FormClosed",
    "FormRefused", "NoSuchPerson", "NoSuchPipeline", "NotJunk", "TaskClosed",
    "TemplateEmpty", "TemplateTooLong", "TooManyAttempts", "UnknownForm",
})
COMMANDS: dict[str, Any] = {"leadwell": typer.main.get_command(app)}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(*kinds: str) -> list[Any]:
    found = ((path, m[1], m[2]) for path in DOCS for m in BLOCK.finditer(path.read_text()))
    return [pytest.param(text, id=f"{name(path)}:{i}") for i, (path, kind, text) in enumerate(found) if kind in kinds]


def prose(path: Path) -> str:
    return BLOCK.sub("", path.read_text())


@cache
def written() -> dict[str, str]:
    """Made when it is needed: every process of a test run reads this module."""
    return reference.pages()


def test_every_page_written_by_code_is_compared() -> None:
    assert tuple(written()) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_page_written_by_code_is_current(page: str) -> None:
    assert (ROOT / "docs/reference" / page).read_text() == written()[page], "run `leadwell schema --reference docs/reference`"


def test_readme_is_short_enough_to_be_read() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings, and those written out."""
    text = path.read_text()
    titles = (re.sub(r"[^\w\- ]", "", m[1].lower()).replace(" ", "-") for m in re.finditer(r"^#+ (.*)$", BLOCK.sub("", text), re.MULTILINE))
    return {*titles, *re.findall(r'<a id="([^"]+)">', text)}


def broken_links(path: Path) -> Iterator[str]:
    for target in LINK.findall(prose(path)):
        file, _, anchor = target.partition("#")
        if target.startswith(("https://", "http://")):
            continue
        found = (path.parent / file).resolve() if file else path
        if not found.exists() or (anchor and anchor not in anchors(found)):
            yield target


@pytest.mark.parametrize("path", DOCS, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    assert list(broken_links(path)) == []


def test_every_page_is_reachable_from_the_readme() -> None:
    seen, new = set[Path](), {ROOT / "README.md"}
    while new:
        path = new.pop()
        seen.add(path)
        targets = {(path.parent / t.partition("#")[0]).resolve() for t in LINK.findall(prose(path)) if "://" not in t}
        folders = {page for t in targets if t.is_dir() for page in t.glob("*.md")}
        new |= {t for t in targets | folders if t.suffix == ".md" and t.exists()} - seen
    assert {name(p) for p in (ROOT / "docs").rglob("*.md")} - {name(p) for p in seen} == set()


@pytest.mark.parametrize("text", blocks("graphql"))
def test_graphql_is_valid(text: str) -> None:
    document = graphql.parse(text)
    assert [error.message for error in graphql.validate(CORE, document)] == []


@pytest.mark.parametrize("text", blocks("python"))
def test_python_compiles(text: str) -> None:
    ast.parse(text)


@pytest.mark.parametrize("text", blocks("json"))
def test_json_is_json(text: str) -> None:
    json.loads(text)


def spoken(path: Path) -> Iterator[str]:
    """Command lines in blocks and in running text."""
    for kind, text in BLOCK.findall(path.read_text()):
        if kind in ("console", "sh", "bash"):
            yield from (line.removeprefix("$ ") for line in text.replace("\\\n", " ").splitlines() if kind != "console" or line.startswith("$ "))
    yield from (said for said in INLINE.findall(prose(path)) if re.match(r"(leadwell|make) [a-z]", said))


def wrong_words(line: str) -> Iterator[str]:
    """What of a command line does not exist."""
    line = line.partition(" #")[0].partition(" | ")[0].partition(" > ")[0]
    words = [word.rpartition("/")[2] if word.endswith("/leadwell") else word for word in shlex.split(line)]
    if "leadwell" in words:
        words = words[words.index("leadwell"):]
        yield from wrong_options(COMMANDS["leadwell"], words[1:], line)
    elif words[:1] == ["make"]:
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        yield from (f"{line}: no target {word}" for word in words[1:] if "=" not in word and word not in targets)


def wrong_options(command: Any, words: list[str], line: str) -> Iterator[str]:
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        verb, *words = words
        if verb not in command.commands:
            yield f"{line}: no verb {verb}"
            return
        command = command.commands[verb]
    known = {"-h", "--help", *(option for p in command.params for option in (*p.opts, *p.secondary_opts))}
    yield from (f"{line}: no option {word}" for word in words if word.startswith("--") and word.partition("=")[0] not in known)


@pytest.mark.parametrize("path", DOCS, ids=name)
def test_commands_and_their_options_exist(path: Path) -> None:
    assert [wrong for line in spoken(path) for wrong in wrong_words(line)] == []


@pytest.mark.parametrize("path", DOCS, ids=name)
def test_settings_and_files_that_are_named_exist(path: Path) -> None:
    text = path.read_text()
    settings = {row.variable for row in TABLE.values()} | set(OUTSIDE)
    strange = set(re.findall(r"\bLEADWELL_[A-Z_]*[A-Z]\b", text)) - settings - {"LEADWELL_URL", "LEADWELL_API_KEY"}
    files = (word for word in INLINE.findall(prose(path)) if FILE.fullmatch(word))
    invented = {"models/migrations/sql/0014_linkedin.sql", "models/migrations/0002_pre_linkedin.py"}
    assert sorted(strange) + [file for file in files if not (ROOT / file).exists() and file not in invented] == []


@pytest.mark.parametrize("refusal", reference.refusals(), ids=lambda r: r.code)
def test_refusal_says_what_is_wrong_and_what_to_do(refusal: type[Refusal]) -> None:
    assert refusal.__doc__, "its docstring is the sentence people read"
    assert refusal.fix or refusal.__name__ in FINAL | reference.fixed_when_raised(), "say what to do, in `fix` or where it is raised"


def test_refusals_that_need_no_fix_exist_and_have_none() -> None:
    known = {r.__name__: r for r in reference.refusals()}
    assert [one for one in sorted(FINAL) if one not in known or known[one].fix or one in reference.fixed_when_raised()] == []


def test_anchors_of_errors_are_where_answers_point() -> None:
    there = anchors(ROOT / "docs/reference/errors.md")
    assert [r.code for r in reference.refusals() if reference.anchor(r) not in there] == []
    assert reference.refusals()[0]().docs_path == f"/docs/reference/errors#{reference.anchor(reference.refusals()[0])}"


def noted() -> set[str]:
    """Texts of modules that note events which look like a kind of one and are no kind of job."""
    prefixes, jobs = {kind.split(".")[0] for kind in KINDS}, {job.name for job in JOBS}
    found: set[str] = set()
    for path in [*(ROOT / "leadwell").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]:
        source = path.read_text()
        if path.name != "kinds.py" and re.search(r"\bevents\.(note|note_all|revised|Event)\(|\b(Event|Entry)\(", source):
            tree = ast.parse(source)
            words = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)} - set(elsewhere(tree))
            found |= {word for word in words if re.fullmatch(r"[A-Za-z_]+\.[a-z_]+", word) and word.split(".")[0] in prefixes} - jobs
    return found


def elsewhere(tree: ast.AST) -> Iterator[str]:
    """Texts that name a point to be killed at, or the field a refusal is about."""
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
        point = call.args[:1] if ast.unparse(call.func) == "faults.point" else []
        said = [*point, *(k.value for k in call.keywords if k.arg == "field")]
        yield from (n.value for n in said if isinstance(n, ast.Constant) and isinstance(n.value, str))


# Kinds put together from a state or a noun: f"mail.{state}", f"deal.{stage}", f"{noun}.merged".
MADE_OF_STATES = {
    "mail.sent", "mail.rejected", "mail.ambiguous", "mail.skipped", "deal.won", "deal.lost",
    *(f"{noun}.{done}" for noun in ("company", "contact", "lead", "person") for done in ("merged", "unmerged")),
    *(f"{piece}.{done}" for piece in ("snippet", "layout") for done in ("created", "updated", "archived")), "segment.entered", "segment.left",
}  # fmt: skip


def test_every_event_that_is_noted_has_its_sentence_and_the_other_way_round() -> None:
    assert noted() | MADE_OF_STATES == set(KINDS)
