"""The pages of docs/reference that code can write: errors, settings, command line, events, fields, permissions."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from leadwell.base.refusals import Refusal

MADE = "<!-- Written by `leadwell schema --reference`; edit the code it comes from. -->"
WIDTH = 100
ROOT = Path(__file__).resolve().parents[2]
OPENING = {
    "errors": """
        Every refusal has a code for programs, a sentence for people and, where there is one, a way out. GraphQL mutations answer them in `userErrors`,
        other requests under `errors[].extensions` or `error`, the command line on standard error with exit code 4 (3 when a server cannot be reached).
        A refusal changes nothing. Words in *italics* are filled in. What is not in this list is our fault: it is called `INTERNAL`, masked, and found
        in the log by its `requestId`.""",
    "configuration": """
        Environment variables, or lines of a `.env` in the working directory. An option wins over the environment, that over `.env`, that over the data
        directory of `leadwell up`, and defaults come last. An empty one counts as not set; one that does not exist is an error that names the nearest.
        `leadwell config` shows what holds and where it came from; secrets are masked. In production (`LEADWELL_ENVIRONMENT=production`) the secret
        keys, the public address and the outbound epoch must be set.""",
    "cli": """
        Results go to standard output, talk to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a server cannot be reached, 4 refused.
        With `--json` a refusal is `{"error": {"code", "message", "fix", …}}` on standard error.""",
    "events": """
        What happened, written in the transaction that made it true and numbered after commit, so that a reader by number misses nothing and sees
        nothing twice. A webhook endpoint names kinds (`lead.converted`), a noun's (`lead.*`) or all (`*`). Its body is
        `{"type": kind, "timestamp", "data": {"id", "noun", "version", "personId", "seq", …}}`; what else stands in `data` depends on the kind, `changes`
        always being `{field: [before, after]}`; every `….updated` of a setting has it, with secrets as `***`, and values of more than 4,096 bytes as
        `{"bytes", "sha256"}`. What a quiet import does goes to no webhook.""",
    "fields": """
        What forms, partners, `createLead` and imports can fill. The schema calls some of them otherwise: {same}. Columns of a file that are called as in
        the last column map themselves; case, accents and punctuation do not matter. A form may also have fields of names of its own: they are kept with
        the submission.""",
    "permissions": """
        A permission is `noun:verb`; `leads:*` is every verb of a noun, `*:read` a verb of every noun, `*` everything. Users have them by their role, API
        keys as scopes. Nobody can give a key or a user more than they have. What you may not see is not found rather than forbidden. A grant for every
        noun that is not for every verb does not reach {guarded}: these may then be read (but for {secret}) and nothing else.""",
}


def pages() -> dict[str, str]:
    """Every page by file name."""
    found: Mapping[str, Callable[[], str]] = {
        "errors.md": errors, "configuration.md": configuration, "cli.md": cli, "events.md": events, "fields.md": fields, "permissions.md": permissions,
        "openapi.json": openapi,
    }
    return {name: page() for name, page in found.items()}


def openapi() -> str:
    """The REST doors."""
    from api.http.openapi.document import text

    return text().decode()


def write(folder: Path) -> list[Path]:
    """Writes the pages that differ; returns these."""
    changed: list[Path] = []
    for name, text in pages().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def errors() -> str:
    """Anchors are those of `Refusal.docs_path`."""
    known = refusals()
    met = [r for r in known if not r.__module__.startswith(("leadwell.cli", "leadwell.embedded", "leadwell.base.setting"))]
    return _page(
        "Errors", OPENING["errors"],
        "## Met through the API", *_errors(met), "## Met by whoever runs it", *_errors(r for r in known if r not in met),
    )  # fmt: skip


def _errors(those: Iterable[type[Refusal]]) -> list[str]:
    rows = ((_anchored(r), _sentence(r), _fix(r), "yes" if r.retryable else "", str(r.status)) for r in those)
    return ["", *_table(("code", "it says", "what to do", "retry", "HTTP"), rows), ""]


def _anchored(refusal: type[Refusal]) -> str:
    return f'<a id="{anchor(refusal)}"></a>`{refusal.code}`'


def anchor(refusal: type[Refusal]) -> str:
    return refusal.code.lower().replace("_", "-")


def _sentence(refusal: type[Refusal]) -> str:
    from api.errors import sentence

    return re.sub(r"\{(\w+)\}", r"*\1*", sentence(refusal))


def _fix(refusal: type[Refusal]) -> str:
    return refusal.fix or ("told with the error" if refusal.__name__ in fixed_when_raised() else "")


def refusals() -> list[type[Refusal]]:
    """All of them, by code; every module is imported first."""
    import importlib
    import pkgutil

    import api
    import leadwell
    import workers

    for package in (leadwell, api, workers):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found = {r.code: r for r in _below(Refusal) if r.__module__.startswith(("leadwell.", "api.", "workers."))}
    return [found[code] for code in sorted(found)]


def _below(cls: type[Refusal]) -> Iterator[type[Refusal]]:
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)


@cache
def fixed_when_raised() -> frozenset[str]:
    """Names of the refusals that get their fix where they are raised or made, because it depends on what was sent."""
    sources = (path for package in ("leadwell", "api", "workers") for path in (ROOT / package).rglob("*.py"))
    return frozenset(name for path in sources for name in _fixed(ast.parse(path.read_text(encoding="utf-8"))))


def _fixed(tree: ast.AST) -> Iterator[str]:
    """What is called with `fix=`, and classes that hand it on themselves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(map(_gives_fix, ast.walk(node))):
            yield node.name
        elif isinstance(node, ast.Call) and _gives_fix(node):
            yield ast.unparse(node.func).rpartition(".")[2]


def _gives_fix(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(word.arg == "fix" for word in node.keywords)


def configuration() -> str:
    from leadwell.base.setting_table import TABLE

    rows = ((f"`{row.variable}`", row.meaning, f"`{row.default}`" if row.default else "", "yes" if row.secret else "") for row in TABLE.values())
    return _page(
        "Configuration", OPENING["configuration"],
        *_table(("variable", "meaning", "default", "secret"), rows), "",
        "## Of a workspace", "", "Chosen with `updateWorkspaceSettings`, read under `viewer { workspace { settings } }`.", "",
        *_table(("setting", "meaning", "default"), _chosen()),
    )  # fmt: skip


def _chosen() -> Iterator[tuple[str, str, str]]:
    from leadwell.access.names import camel
    from leadwell.base.workspace import SAYS, WorkspaceSettings

    unchosen = asdict(WorkspaceSettings())
    return ((f"`{camel(name)}`", says, f"`{json.dumps(unchosen[name])}`") for name, says in SAYS.items())


def cli() -> str:
    """The help texts as `--help` prints them, with their options in one width."""
    import typer

    from leadwell.cli.verbs import app

    told = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in _helps(typer.main.get_command(app), "leadwell", None)]
    return _page(
        "Command line", OPENING["cli"],
        *told,
    )  # fmt: skip


def _helps(command: Any, word: str, above: Any) -> Iterator[tuple[str, str]]:
    context = command.make_context(word, [], parent=above, resilient_parsing=True, max_content_width=WIDTH, terminal_width=WIDTH)
    yield context.command_path, command.get_help(context).rstrip()
    for name, below in getattr(command, "commands", {}).items():
        yield from _helps(below, name, context)


def events() -> str:
    from leadwell.events.kinds import KINDS

    by_noun: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, says in KINDS.items():
        by_noun[kind.split(".")[0]].append((f"`{kind}`", says))
    return _page(
        "Events", OPENING["events"],
        *(line for noun in by_noun for line in (f"## {noun}", "", *_table(("kind", "says"), by_noun[noun]), "")),
    )  # fmt: skip


def fields() -> str:
    from leadwell.capture.fields import FIELDS, SYNONYMS
    from leadwell.transfer.mapping import ALIASES

    called: defaultdict[str, list[str]] = defaultdict(list)
    for alias, field in ALIASES.items():
        called[field].append(alias)
    goes = {"PERSON": "person", "LEAD": "lead", "BOTH": "both", "OTHER": ""}
    rows = ((f"`{f.name}`", f.doc, goes[f.goes], ", ".join(sorted(set(called[f.name])))) for f in FIELDS.values())
    same = ", ".join(f"`{there}` is `{here}`" for there, here in SYNONYMS.items())
    return _page(
        "Capture fields", OPENING["fields"].replace("{same}", same),
        *_table(("field", "is", "kept on", "columns that map themselves"), rows),
    )  # fmt: skip


def permissions() -> str:
    from leadwell.access.viewer import GUARDED, SECRET
    from leadwell.cli.scopes import needed
    from leadwell.workspaces import ROLES

    roles = [(f"`{code}`", name, *_granted(grants)) for code, name, grants in ROLES]
    verbs = [(f"`{mutation}`", " and ".join(f"`{scope}`" for scope in scopes)) for mutation, scopes in needed().items()]
    return _page(
        "Permissions", OPENING["permissions"].replace("{guarded}", _listed(GUARDED)).replace("{secret}", _listed(SECRET)),
        "## Roles of a new workspace", "", *_table(("role", "name", "all nouns", "more"), roles), "",
        "A role is data: `grants` maps nouns to `verbs`, to `rows` (`all`, `team` or `own`, for all verbs or by verb), to `hide` (fields, or `contact_data`) "
        "and to `readonly` (fields). [Who may do what](../guide/permissions.md) shows how.", "",
        "## Whose rows are", "",
        "Other nouns have no owners: a grant for every noun shows all of their rows, one that names them with `own` or `team` none of them.", "",
        *_table(("noun", "rows are reached by"), _owned()), "",
        "## Personal fields", "", "`contact_data` in `hide`, or in a key's `withoutFields`, hides:", "", _listed(hidden_by("contact_data")) + ".", "",
        "## What mutations need", "", "Queries and subscriptions need `read` of the nouns they show.", "", *_table(("mutation", "permission"), verbs),
    )  # fmt: skip


def _owned() -> list[tuple[str, str]]:
    """Of each noun that is somebody's: whose."""
    from leadwell.catalog import CATALOG

    said: list[tuple[str, str]] = []
    for noun in sorted(CATALOG, key=lambda noun: noun.plural):
        top = noun
        while top.parent:
            top = top.parent[0]
        if owned := top.model.owned_by:
            about = "owners of what it is about" if "IS NULL" not in owned else "nobody: it tells of any record"
            how = about if "{" in owned else f"its {owned.removesuffix('_id')}"
            said.append((f"`{noun.plural}`", how if top is noun else f"whoever reaches its {top.singular}"))
    return said


def hidden_by(permission: str) -> list[str]:
    from leadwell.access.names import hidden, nouns

    return [path for noun in nouns() for path in hidden(noun, permission)]


def _granted(grants: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[str, str]:
    def said(noun: str) -> str:
        verbs = grants[noun]["verbs"]
        return "everything" if "*" in verbs else ", ".join(verbs)

    more: defaultdict[str, list[str]] = defaultdict(list)
    for noun in grants:
        if noun != "*":
            more[said(noun)].append(noun)
    return said("*") if "*" in grants else "", "; ".join(f"{', '.join(nouns)}: {verbs}" for verbs, nouns in more.items())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [" | ".join(head), "|".join("---" for _ in head), *(" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return [f"| {line} |" if not line.startswith("---") else f"|{line}|" for line in lines]


def _page(title: str, opening: str, *lines: str) -> str:
    return "\n".join((f"# {title}", "", MADE, "", dedent(opening).strip(), "", *lines)).rstrip() + "\n"
