"""The control plane: workspaces, logins, sessions and keys, reached only through functions of the database."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.columns import Choice, Model, Table, text


class DealAtConversion(Choice):
    """What converting a lead does about a deal, where the conversion does not say."""

    CREATE = "CREATE", "A deal is made."
    NONE = "NONE", "No deal is made."


class RepeatHandRaise(Choice):
    """What the owner of a contact who asks to be spoken to gets."""

    LEAD = "LEAD", "A repeat lead."
    TASK = "TASK", "A task, due at once; asking again while it is open makes no second one."


class PurchaseByLead(Choice):
    """What a purchase by somebody with an open lead does."""

    CONVERT = "CONVERT", "The lead is converted by the system, without a deal."
    PARK = "PARK", "The purchase waits until somebody converts the lead."


class KeyRows(Choice):
    """Which rows of records an API key reaches."""

    ALL = "ALL", "All rows."
    TEAM = "TEAM", "Rows of everybody in a team, as it is at that moment."
    OWN = "OWN", "Rows of one user."


class Workspace(Model):
    """A tenant."""

    id = fields.UUIDField(primary_key=True)
    slug = text()
    name = text()
    kind = text()
    time_zone = text()
    currency = text()
    country = text(null=True)
    locale = text()
    clock_at = fields.DatetimeField(null=True)
    parent_id = fields.UUIDField(null=True)
    outbound_epoch = text()
    cell = text()
    settings = fields.JSONField[dict[str, Any]](default=dict)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    archived_at = fields.DatetimeField(null=True)

    class Meta(Table):
        table = "workspaces"


class Login(Model):
    """Somebody who can sign in, to one workspace or several."""

    id = fields.UUIDField(primary_key=True)
    email = text()
    name = text()
    password_hash = text(null=True)
    password_place = fields.UUIDField(null=True)
    failures = fields.IntField(default=0)
    locked_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    verified_at = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)

    class Meta(Table):
        table = "logins"


class Session(Model):
    """A signed-in browser, known by the hash of its token."""

    token_hash = fields.BinaryField()
    id = fields.UUIDField(primary_key=True)
    login_id = fields.UUIDField()
    workspace_id = fields.UUIDField()
    via = text()
    user_agent = text(null=True)
    address = text(null=True)
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    idle_seconds = fields.IntField()
    expires_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()

    class Meta(Table):
        table = "sessions"


class SignInLink(Model):
    """A link that signs in once, or sets a password once."""

    token_hash = fields.BinaryField()
    login_id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    purpose = text(default="SIGN_IN")
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta(Table):
        table = "sign_in_links"


class SignInFlow(Model):
    """Somebody on their way to an identity provider and back."""

    state_hash = fields.BinaryField()
    browser_hash = fields.BinaryField()
    key_id = text()
    sealed = fields.BinaryField()
    expires_at = fields.DatetimeField(primary_key=True)

    class Meta(Table):
        table = "sign_in_flows"


class ApiKey(Model):
    """A partner's key: what it may do, whatever secrets open it."""

    id = fields.UUIDField(primary_key=True)
    workspace_id = fields.UUIDField()
    name = text()
    scopes: fields.Field[list[str]] = ArrayField("text")
    bounds = fields.JSONField[dict[str, Any]](default=dict)
    created_by = fields.UUIDField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta(Table):
        table = "api_keys"


class ApiKeySecret(Model):
    """A secret that opens a key; two of a key are live at most."""

    secret_hash = fields.BinaryField()
    key_id = fields.UUIDField(primary_key=True)
    prefix = text()
    created_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)
    used_from = text(null=True)

    class Meta(Table):
        table = "api_key_secrets"


class FeedKey(Model):
    """Which workspace and feed a public key opens."""

    key = text()
    workspace_id = fields.UUIDField()
    feed_id = fields.UUIDField(primary_key=True)

    class Meta(Table):
        table = "feed_keys"


class EnrichmentKey(Model):
    """Which workspace and provider a public key of a push opens."""

    key = text()
    workspace_id = fields.UUIDField()
    provider_id = fields.UUIDField(primary_key=True)

    class Meta(Table):
        table = "enrichment_keys"


class FormKey(Model):
    """The public key of a form and whose it is."""

    key = text()
    workspace_id = fields.UUIDField()
    form_id = fields.UUIDField(primary_key=True)

    class Meta(Table):
        table = "form_keys"


class WorkerBeat(Model):
    """A worker's sign of life."""

    worker_id = fields.UUIDField(primary_key=True)
    host = text()
    pid = fields.IntField()
    version = text()
    started_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    tally = fields.JSONField[dict[str, Any]](default=dict)

    class Meta(Table):
        table = "worker_beats"


class Outbound(Model):
    """Which database this is, as it was when somebody last said that it may send."""

    life = fields.UUIDField(primary_key=True)
    system = text()
    database = fields.BigIntField()
    written = fields.BigIntField()
    doubt = text(null=True)

    class Meta(Table):
        table = "outbound"


class OutboundTide(Model):
    """How far workers have seen a database come."""

    life = fields.UUIDField(primary_key=True)
    tide = fields.BigIntField()

    class Meta(Table):
        table = "outbound_tide"


class SignInAttempt(Model):
    """Failed sign-ins of an address or network, known by its hash."""

    key = fields.BinaryField()
    failures = fields.IntField()
    locked_until = fields.DatetimeField(null=True)
    seen_at = fields.DatetimeField(primary_key=True)

    class Meta(Table):
        table = "sign_in_attempts"
