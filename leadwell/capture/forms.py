"""Forms: public doors with their own fields, consents, guards, origins and thanks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from leadwell.base.refusals import NotFound, Refusal
from leadwell.base.tx import Database, Tx
from leadwell.capture.rules import Intent
from leadwell.capture.words import Voice

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
TYPES = ("TEXT", "TEXTAREA", "EMAIL", "PHONE", "URL", "NUMBER", "CHOICE")
BY_TARGET = {"email": "EMAIL", "phone": "PHONE", "mobile": "PHONE", "website": "URL", "employees": "NUMBER", "need": "TEXTAREA"}


class UnknownForm(NotFound):
    """There is no form with this key."""


class FormClosed(Refusal):
    """This form takes no more submissions."""

    status = 410


class BadForm(Refusal):
    """{problem}"""


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form. `target` is a name of FIELDS (the field's own name when None); `hidden` ones take `default` and ignore what is sent.
    `type` is one of TYPES (None: what suits the target); of a CHOICE `options` are all that may be sent. `hint` stands under the field."""

    name: str
    label: str | None = None
    required: bool = False
    target: str | None = None
    default: str | None = None
    hidden: bool = False
    type: str | None = None
    options: Sequence[str] = ()
    hint: str | None = None

    @property
    def fills(self) -> str:
        return self.target or self.name

    @property
    def kind(self) -> str:
        return self.type or BY_TARGET.get(self.fills, "CHOICE" if self.options else "TEXT")


@dataclass(frozen=True, slots=True)
class FormConsent:
    """A box to tick: which topic, the words beside it and their version."""

    topic_id: UUID
    text: str
    version: str
    required: bool = False

    @property
    def name(self) -> str:
        """What the box is called in what is sent."""
        return f"consent_{self.topic_id.hex}"


@dataclass(frozen=True, slots=True)
class NewForm:
    """What a form is made from. `per_minute` submissions are taken at once, the others wait parked; `min_seconds` after the page was drawn a person may
    send it; `proof_bits` is how hard the browser works; with `double_opt_in` nothing is made before the address is confirmed, `opt_in_hours` at most.
    It speaks `locale` (None: the workspace's), but for what `words` has under a name of `words.SAID`."""

    name: str
    fields: Sequence[FormField]
    intent: Intent = "HAND_RAISE"
    consents: Sequence[FormConsent] = ()
    source_id: UUID | None = None
    campaign_id: UUID | None = None
    owner_id: UUID | None = None
    queue_id: UUID | None = None
    allowed_origins: Sequence[str] = ()
    thank_you: str | None = None
    redirect_url: str | None = None
    intro: str | None = None
    button: str | None = None
    locale: str | None = None
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    country: str | None = None
    double_opt_in: bool = False
    opt_in_hours: int = 168
    min_seconds: int = 0
    proof_bits: int = 0
    per_minute: int | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(NewForm):
    """A form as its public door needs it."""

    id: UUID
    workspace: UUID
    key: str

    @property
    def stamped(self) -> bool:
        """What is sent has to say when the form was drawn."""
        return bool(self.min_seconds or self.proof_bits)

    @property
    def voice(self) -> Voice:
        """What it says by itself."""
        return Voice(self.locale or "en", self.words)


COLUMNS = tuple(one.name for one in fields(NewForm))


async def find_form(db: Database, key: str) -> Form:
    """The form behind a public key, in one statement. UnknownForm."""
    found = await db.control("SELECT f.workspace_id, f.told FROM lw_form_told($1) f", key) if NAME.fullmatch(f"k{key[:60]}") and len(key) <= 60 else []
    if not found:
        raise UnknownForm()
    told: dict[str, Any] = found[0]["told"]
    ids = {name: UUID(told[name]) if told[name] else None for name in ("source_id", "campaign_id", "owner_id", "queue_id")}
    values = {name: told[name] for name in COLUMNS} | ids | {"is_active": told["is_active"] and told["archived_at"] is None}
    return Form(id=UUID(told["id"]), workspace=found[0]["workspace_id"], key=told["key"], **shaped(values))


async def read_form(tx: Tx, form_id: UUID) -> Form:
    """A form by id; one that was put away takes no submissions. UnknownForm."""
    columns = ", ".join(f"f.{name}" for name in COLUMNS if name != "is_active")
    row = await tx.row(
        f"SELECT f.id, f.key, {columns}, f.is_active AND f.archived_at IS NULL AS is_active FROM forms f WHERE f.workspace_id = $1 AND f.id = $2",
        tx.workspace, form_id)  # fmt: skip
    if row is None:
        raise UnknownForm()
    return Form(workspace=tx.workspace, **shaped(dict(row)))


def shaped(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns as the shapes of this module."""
    return {
        **row, "fields": tuple(FormField(**one) for one in row["fields"]), "consents": tuple(_kept(consent) for consent in row["consents"]),
        "allowed_origins": tuple(row["allowed_origins"]),
    }  # fmt: skip


def origin_of(url: str | None) -> str:
    """Scheme and host of an address, "" for none: what a page's policy has to allow."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _kept(consent: Mapping[str, Any]) -> FormConsent:
    return FormConsent(UUID(consent["topic_id"]), consent["text"], consent["version"], consent["required"])
