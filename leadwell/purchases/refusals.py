"""What the verbs of purchases refuse."""

from leadwell.base.refusals import Refusal


class BadPurchase(Refusal):
    """{name} cannot be "{value}": {why}."""


class BuyerRequired(Refusal):
    """A purchase needs a buyer."""

    fix = "Name a contact, a company, a lead, or who the person is."


class PurchaseExists(Refusal):
    """{source} has told of a purchase {external_id} before, with another {differs}."""

    fix = "Give each purchase an id of its own; take one back with a refund."
    status = 409


class RefundTooLarge(Refusal):
    """{refund} more than the {left} that are left of the purchase cannot be refunded."""

    fix = "Refund what is left at most."
