"""Products, what was spent on them, and what other currencies are worth."""

from typing import Any

from tortoise import fields

from models.columns import Choice, Dated, MoneyPair, Table, ToMany, ToOne, big, choice, money, public, text

SPENT = "(SELECT {what} FROM purchases p WHERE p.workspace_id = $1 AND p.{key} = {t}.id AND p.base_minor IS NOT NULL AND p.archived_at IS NULL)"


def spent(key: str) -> MoneyPair:
    """What purchases less refunds come to for the record that their column `key` names, in the workspace's currency."""
    minor, currency = (SPENT.replace("{what}", what).replace("{key}", key) for what in ("sum(p.base_minor)::bigint", "max(p.base_currency)"))
    return money(minor, currency, "What was bought so far, less refunds, in the workspace's currency; missing: nothing.", null=True)


class Product(Dated):
    """Something we sell."""

    tag = 20
    read_with = ("Lead", "Deal", "Purchase")

    code = public(text(), "Stable code.", sort=True)
    name = public(text(), "Name people see.", sort=True)

    class Meta(Table):
        table = "products"


class PurchaseState(Choice):
    """Whether a purchase counts yet."""

    RECORDED = "RECORDED", "It is on the contact or company."
    PARKED = "PARKED", "It waits for its buyer to become a contact."


class Purchase(Dated):
    """Money spent; a refund is negative and linked to what it refunds."""

    tag = 21
    part_of = ("Contact", "contact_id")
    read_with = ("Company",)

    amount = money("amount_minor", "currency", "What was paid.", sort=True)
    base_amount = money("base_minor", "base_currency", "What was paid, in the workspace's currency by the rate of that day.", null=True)
    at = public(fields.DatetimeField(), "When it was bought.", sort=True)
    state = public(choice(PurchaseState, default=PurchaseState.RECORDED), "Whether it counts yet.")
    parked_reason = public(text(null=True), "Why it waits.")
    origin = public(text(column="source"), "The system it came from.")
    external_id = public(text(), "Its id in that system.")
    items = public(fields.JSONField[list[dict[str, Any]]](default=list), "What was bought.", where=False)
    amount_minor = big()
    currency = text()
    base_minor = big(null=True)
    base_currency = text(null=True)
    person_id = fields.UUIDField(null=True)
    contact_id = fields.UUIDField(null=True)
    company_id = fields.UUIDField(null=True)
    refund_of_id = fields.UUIDField(null=True)

    person = ToOne("Person", "person_id", "Who bought.")
    contact = ToOne("Contact", "contact_id", "The contact who bought.")
    company = ToOne("Company", "company_id", "For which company.")
    refund_of = ToOne("Purchase", "refund_of_id", "What this refunds.")
    refunds = ToMany("Purchase", "refund_of_id", "Refunds of it, oldest first.", order="at")

    class Meta(Table):
        table = "purchases"


class ExchangeRate(Dated):
    """What a currency is worth in the workspace's, from a day on."""

    tag = 71
    read_with = ("Deal", "Purchase")

    currency = public(text(), "ISO 4217 code.", sort=True)
    base = public(text(), "The workspace's currency it is told in.")
    from_on = public(fields.DateField(), "First day it holds, until that of the next one.", sort=True)
    rate = public(fields.FloatField(), "Units of the workspace's currency for one unit.")
    factor = fields.FloatField()

    class Meta(Table):
        table = "exchange_rates"
