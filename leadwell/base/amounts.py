"""Amounts in decimals, as callers give and read them, and in the minor units that are stored."""

from decimal import Decimal, InvalidOperation

from leadwell.base.identity.currencies import CODES
from leadwell.base.identity.money import DIGITS, LARGEST_MINOR, minor_digits
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


def minor_of(amount: object, currency: str) -> int:
    """An amount to compare with, in whole minor units; ValueError when it has a fraction of one."""
    try:
        minor = Decimal(str(amount)).scaleb(minor_digits(currency))
    except InvalidOperation:
        raise ValueError("not a decimal number") from None
    if not minor.is_finite() or abs(minor) >= 1 << 63:
        raise ValueError("out of range")
    if minor != minor.to_integral_value():
        raise ValueError(f"{currency} has {minor_digits(currency)} decimal places")
    return int(minor)


def from_minor(minor: int, currency: str) -> str:
    """The decimal text of an amount in minor units."""
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def decimals(minor: str, currency: str) -> str:
    """from_minor in SQL: an expression of type text, of those of the amount and the currency."""
    cases = ""
    for digits, unit in {0: "1", 3: "0.001", 4: "0.0001"}.items():
        codes = ",".join(f"'{code}'" for code in DIGITS[digits].split())
        cases += f" WHEN {currency} IN ({codes}) THEN {unit}"
    return f"({minor}*CASE{cases} ELSE 0.01 END)::text"
