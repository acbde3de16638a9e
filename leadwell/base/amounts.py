"""Amounts as callers give them, in decimals, to the minor units that are stored."""

from decimal import Decimal

from leadwell.base.identity.currencies import CODES
from leadwell.base.identity.money import LARGEST_MINOR, minor_digits
from leadwell.base.refusals import Refusal

LONGEST = 25  # digits; the default context computes with 28


class BadAmount(Refusal):
    """{amount} {currency} is not an amount: {why}."""

    fix = "Give a decimal with the currency's own number of places, and a currency code such as EUR."


def to_minor(amount: Decimal, currency: str, field: str) -> tuple[int, str]:
    """Minor units and the currency's code; BadAmount."""
    code = currency.strip().upper()
    if code not in CODES:
        raise BadAmount(field=field, amount=str(amount), currency=currency[:10], why="there is no such currency")
    if not amount.is_finite():
        raise BadAmount(field=field, amount=str(amount), currency=code, why="it is no number")
    if amount and amount.adjusted() > LONGEST:
        raise BadAmount(field=field, amount=f"{amount:.3e}", currency=code, why="it is too large")
    if amount and (len(amount.as_tuple().digits) > LONGEST or amount.adjusted() < -LONGEST):
        raise BadAmount(field=field, amount=f"{amount:.3e}", currency=code, why=f"{code} has {minor_digits(code)} decimal places")
    minor = amount.scaleb(minor_digits(code))
    if minor != minor.to_integral_value():
        raise BadAmount(field=field, amount=str(amount), currency=code, why=f"{code} has {minor_digits(code)} decimal places")
    if abs(minor) > LARGEST_MINOR:
        raise BadAmount(field=field, amount=str(amount), currency=code, why="it is too large")
    return int(minor), code
