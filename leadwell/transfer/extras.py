"""What columns can fill beside a noun's own fields: the workspace's custom fields, and tags."""

from collections.abc import Mapping
from dataclasses import dataclass

from leadwell import custom, tags
from leadwell.base.identity import key
from leadwell.base.tx import Tx
from leadwell.transfer.nouns import NOUNS

CUSTOM, TAGS = "custom.", "tags"
KINDS = {
    "TEXT": "a text", "CHOICE": "a choice", "INT": "a whole number", "FLOAT": "a number", "FLAG": "yes or no", "MOMENT": "a time", "DATE": "a day",
}  # fmt: skip
TAG_NAMES = (
    "tags|tag|labels|label|lead labels|lead label|person labels|person label|organization labels|organization label|deal label|deal labels|"
    "lead tags|contact tags|account tags|company tags|etiquetas|etiquettes|schlagworte|etichette"
)
FIELDS = (
    "SELECT f.noun, f.key, f.label, f.type, f.options FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun = ANY($2::text[]) "
    "AND f.archived_at IS NULL ORDER BY f.created_at, f.id"
)


@dataclass(frozen=True, slots=True)
class Extra:
    """`name` as a mapping says it: "custom.<key>", or "tags", whose `type` is TAGS too."""

    name: str
    label: str
    type: str
    options: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.name.removeprefix(CUSTOM)

    @property
    def doc(self) -> str:
        if self.type == TAGS:
            return "Tags, separated by semicolons or commas; those that are new are made."
        return f'"{self.label}", a field of the workspace: {KINDS[self.type]}{" of " + ", ".join(self.options[:20]) if self.options else ""}.'


Extras = Mapping[str, Extra]
NONE: Extras = {}


def is_extra(name: str) -> bool:
    return name == TAGS or name.startswith(CUSTOM)


async def extras_of(tx: Tx) -> dict[str, Extras]:
    """What the workspace's columns can fill, noun by noun."""
    found: dict[str, dict[str, Extra]] = {noun: {TAGS: Extra(TAGS, "Tags", TAGS)} if noun in tags.NOUNS else {} for noun in NOUNS}
    for row in await tx.fetch(FIELDS, tx.workspace, [noun for noun in NOUNS if noun in custom.NOUNS]):
        name = CUSTOM + row["key"]
        found[row["noun"]][name] = Extra(name, row["label"], row["type"], tuple(row["options"] or ()))
    return dict(found)


def spelled(extras: Extras) -> dict[str, str]:
    """What a column is called, folded, that says in so many words what it fills: what exports write."""
    return {key(name) or "": name for name in extras if name != TAGS}


def labeled(extras: Extras) -> dict[str, str]:
    """What else a column may be called, folded: the label or the key of a field, the usual words for tags. The older field counts."""
    found: dict[str, str] = {}
    for extra in extras.values():
        for text in (extra.label, extra.key) if extra.type != TAGS else TAG_NAMES.split("|"):
            found.setdefault(key(text) or "", extra.name)
    found.pop("", None)
    return found
