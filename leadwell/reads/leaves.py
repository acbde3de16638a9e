"""A column's value as JSON text, letter for letter what the ordinary executor's answer holds."""

from leadwell.base.amounts import decimals
from leadwell.base.ids import encoded
from leadwell.catalog import Column
from leadwell.catalog.kinds import Kind
from leadwell.reads.text import QUOTE, Part, Text, or_null, string

PLAIN = ("int", "big", "flag", "json", "custom")
SCALAR = ("text", "moment", "date")


def leaf(c: Column, x: str, scalar: str, *, found: bool) -> Part | Text:
    """`x` is the column's expression, `scalar` what makes it JSON; `found` says that a NULL in it would be a fault of the row, not of a look-up."""
    text = Text(QUOTE, encoded(c.tag, x), QUOTE) if c.kind == "id" else printed(c.kind, x, scalar)
    return text if found and not c.null else or_null(text, null=c.null or bool(c.contract.see))


def printed(kind: Kind, x: str, scalar: str = "to_json") -> Text:
    """A value of a kind as JSON text; NULL stays NULL."""
    if kind == "choice":
        return Text(QUOTE, x, QUOTE)
    if kind in PLAIN:
        return Text(f"({x})::text")
    return Text(_float(x) if kind == "float" else f"{scalar if kind in SCALAR else 'to_json'}({x})::text")


def _float(x: str) -> str:
    """Whole numbers keep their ".0"; those that the two printers spell differently are left to the other path."""
    return (
        f"CASE WHEN {x} IS NULL THEN NULL WHEN {x} = 0 OR abs({x}) BETWEEN 1e-4 AND 1e15"
        f" THEN ({x})::text||CASE WHEN {x} = trunc({x}) THEN '.0' ELSE '' END ELSE chr(1) END"
    )


def money(minor: str, currency: str) -> dict[str, Part | Text]:
    """The fields of an amount, by name."""
    return {"__typename": string("Money"), "amount": Text(QUOTE, decimals(minor, currency), QUOTE), "currency": Text(QUOTE, currency, QUOTE)}
