"""The few types every noun shares: Node, PageInfo, Money."""

from decimal import Decimal

import strawberry


@strawberry.interface(description="Anything with a global id.")
class Node:
    """Any noun."""

    id: strawberry.ID = strawberry.field(description="Opaque global id.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="More rows follow.")
    has_previous_page: bool = strawberry.field(description="Rows come before.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row; pass as before: to go back.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row; pass as after: to go on.")


@strawberry.type(description="An amount in a currency.")
class Money:
    """An amount that keeps its decimals."""

    amount: Decimal = strawberry.field(description="The amount, with the currency's decimals.")
    currency: str = strawberry.field(description="Currency, ISO 4217.")


@strawberry.input(description="An amount in a currency.")
class MoneyInput:
    """An amount to compare with or to store."""

    amount: Decimal = strawberry.field(description="The amount; at most the currency's decimals.")
    currency: str = strawberry.field(description="Currency, ISO 4217.")
