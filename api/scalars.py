"""Scalars of the API; values come as the catalog reads them from PostgreSQL."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON

BigInt = NewType("BigInt", int)
Duration = NewType("Duration", str)
SAFE = 1 << 53


def stamp(at: datetime) -> str:
    """PostgreSQL's JSON form of a moment in UTC, so that both ways of reading give the same text."""
    text = at.isoformat()
    return f"{text[:26].rstrip('0')}{text[26:]}" if at.microsecond else text    # 26: up to the sixth digit of the second's part


def read_moment(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        known = at.tzinfo is not None and at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        known = False
    if not known:
        raise GraphQLError("DateTime is ISO 8601 with an offset, such as 2026-01-31T12:00:00Z.")
    return known


def read_date(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise GraphQLError("Date is ISO 8601, such as 2026-01-31.") from None


def read_decimal(text: Any) -> Decimal:
    try:
        number = Decimal(text if isinstance(text, str) else str(text))
    except ArithmeticError:
        number = Decimal("NaN")
    if isinstance(text, bool) or not number.is_finite():
        raise GraphQLError("Decimal is a decimal number as text, such as 12.50.")
    return number


def read_big(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or abs(number) >= SAFE:
        raise GraphQLError("BigInt is a whole number below 2^53.")
    return number


SCALARS: dict[object, Any] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, ISO 8601 with an offset; answers are in UTC.",
        serialize=stamp,
        parse_value=read_moment,
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    ),
    date: strawberry.scalar(
        name="Date", description="A day, ISO 8601.", serialize=date.isoformat, parse_value=read_date
    ),
    Decimal: strawberry.scalar(
        name="Decimal", description="A decimal number, as text so that nothing is lost.", serialize=str,
        parse_value=read_decimal,
    ),
    BigInt: strawberry.scalar(
        name="BigInt", description="A whole number below 2^53.", serialize=int, parse_value=read_big
    ),
    Duration: strawberry.scalar(
        name="Duration", description="A span of time, ISO 8601, such as P7D or PT12H.", serialize=str, parse_value=str,
    ),
    JSON: strawberry.scalar(name="JSON", description="Any JSON value."),
}  # fmt: skip
