"""The chain over what happened: seals, and the last of them."""

from tortoise import fields

from models.columns import Rows, Table, big


class AuditSeal(Rows):
    """A link of the chain."""

    number = fields.BigIntField(primary_key=True, generated=False)
    from_seq = big()
    to_seq = big()
    root = fields.BinaryField()
    mark = fields.BinaryField()
    at = fields.DatetimeField()

    class Meta(Table):
        table = "audit_seals"


class AuditHead(Rows):
    """The last seal."""

    workspace_id = fields.UUIDField(primary_key=True)
    number = big(default=0)
    seq = big(default=0)
    root = fields.BinaryField(null=True)
    mark = fields.BinaryField(null=True)
    verified_at = fields.DatetimeField(null=True)

    class Meta(Table):
        table = "audit_heads"
