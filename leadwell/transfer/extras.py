"""What columns can fill beside a noun's own fields: the workspace's custom fields, tags, and that somebody opted out."""

from collections.abc import Mapping
from dataclasses import dataclass

from leadwell import custom, tags
from leadwell.base.identity import key
from leadwell.base.tx import Tx
from leadwell.transfer.nouns import NOUNS

CUSTOM, TAGS, OPT_OUT = "custom.", "tags", "optOut"
KINDS = {
    "TEXT": "a text", "CHOICE": "a choice", "INT": "a whole number", "FLOAT": "a number", "FLAG": "yes or no", "MOMENT": "a time", "DATE": "a day",
}  # fmt: skip
TAG_NAMES = (
    "tags|tag|labels|label|lead labels|lead label|person labels|person label|organization labels|organization label|deal label|deal labels|"
    "lead tags|contact tags|account tags|company tags|etiquetas|etiquettes|schlagworte|etichette"
)
OPT_OUT_NAMES = (
    "opt out|email opt out|e mail opt out|email optout|email opted out|opted out|opted out of email|has opted out of email|hasoptedoutofemail|"
    "unsubscribed|email unsubscribed|unsubscribed from all email|unsubscribed from all e mail|do not email|do not e mail|donotemail|do not bulk email|"
    "do not allow emails|do not allow bulk emails|no email|no emails|abgemeldet|keine e mails|newsletter abgemeldet|desabonne|desinscrit|baja|disiscritto"
)
OF_PEOPLE = ("Lead", "Contact")
FIELDS = (
    "SELECT f.noun, f.key, f.label, f.type, f.options FROM custom_fields f WHERE f.workspace_id = $1 AND f.noun = ANY($2::text[]) "
    "AND f.archived_at IS NULL ORDER BY f.created_at, f.id"
)


@dataclass(frozen=True, slots=True)
class Extra:
    """`name` as a mapping says it: "custom.<key>", "tags" or "optOut", whose `type` is their name too."""

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
        if self.type == OPT_OUT:
            return "Whether the person wants no mail: their addresses are put away. Whatever is no plain no counts as yes; nobody is taken off the list."
        return f'"{self.label}", a field of the workspace: {KINDS[self.type]}{" of " + ", ".join(self.options[:20]) if self.options else ""}.'


Extras = Mapping[str, Extra]
NONE: Extras = {}


def is_extra(name: str) -> bool:
    return name in (TAGS, OPT_OUT) or name.startswith(CUSTOM)


async def extras_of(tx: Tx) -> dict[str, Extras]:
    """What the workspace's columns can fill, noun by noun."""
    found: dict[str, dict[str, Extra]] = {noun: {TAGS: Extra(TAGS, "Tags", TAGS)} if noun in tags.NOUNS else {} for noun in NOUNS}
    for noun in OF_PEOPLE:
        found[noun][OPT_OUT] = Extra(OPT_OUT, "Opted out", OPT_OUT)
    for row in await tx.fetch(FIELDS, tx.workspace, [noun for noun in NOUNS if noun in custom.NOUNS]):
        name = CUSTOM + row["key"]
        found[row["noun"]][name] = Extra(name, row["label"], row["type"], tuple(row["options"] or ()))
    return dict(found)


def spelled(extras: Extras) -> dict[str, str]:
    """What a column is called, folded, that says in so many words what it fills: what exports write."""
    return {key(name) or "": name for name in extras if name != TAGS}


def labeled(extras: Extras) -> dict[str, str]:
    """What else a column may be called, folded: the label or the key of a field, the usual words for tags and opt-outs. The older field counts."""
    found: dict[str, str] = {}
    usual = {TAGS: TAG_NAMES.split("|"), OPT_OUT: OPT_OUT_NAMES.split("|")}
    for extra in sorted(extras.values(), key=lambda extra: extra.type in usual):
        for text in usual.get(extra.type) or (extra.label, extra.key):
            found.setdefault(key(text) or "", extra.name)
    found.pop("", None)
    return found
