"""How people come in: invitations, identity providers, and who of the users somebody is there. No nouns of the API's grammar: few, and asked for whole."""

from tortoise import fields

from models.columns import Rows, Table, Tenant, text, texts


class Invitation(Tenant):
    """Somebody who may become a user by a link that was mailed to them."""

    id = fields.UUIDField(primary_key=True)
    email = text()
    name = text()
    role_id = fields.UUIDField()
    team_id = fields.UUIDField(null=True)
    token_hash = fields.BinaryField()
    credential = text(null=True)
    invited_by_id = fields.UUIDField(null=True)
    sent_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    user_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()

    class Meta(Table):
        table = "invitations"


class IdentityProvider(Tenant):
    """Whom a workspace believes who somebody is."""

    id = fields.UUIDField(primary_key=True)
    name = text()
    issuer = text()
    client_id = text(null=True)
    secret_key_id = text(null=True)
    secret_ciphertext = fields.BinaryField(null=True)
    domains = texts()
    link_by_email = fields.BooleanField(default=False)
    role_id = fields.UUIDField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    archived_at = fields.DatetimeField(null=True)

    class Meta(Table):
        table = "identity_providers"


class Identity(Rows):
    """Which user somebody is whom an issuer knows."""

    issuer = text()
    subject = text()
    user_id = fields.UUIDField(primary_key=True)
    email = text(null=True)
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField()

    class Meta(Table):
        table = "identities"
