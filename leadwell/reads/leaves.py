"""A column's value as JSON text, letter for letter what the ordinary executor's answer holds."""

from leadwell.catalog import Column
from leadwell.catalog.kinds import EXPONENTS, Kind
from leadwell.reads.text import QUOTE, Part, Text, or_null

PLAIN = ("int", "big", "flag", "json", "custom")


def opaque(tag: int, id: str) -> Text:
    """leadwell.base.ids.encode_id in SQL."""
    raw = f"encode('\\x{tag:04x}'::bytea||uuid_send({id}),'base64')"
    return Text(QUOTE, f"translate({raw},'+/','-_')", QUOTE)


def leaf(c: Column, x: str, *, found: bool) -> Part | Text:
    """`x` is the column's expression; `found` says that a NULL in it would be a fault of the row, not of a look-up."""
    text = opaque(c.tag, x) if c.kind == "id" else printed(c.kind, x)
    return text if found and not c.null else or_null(text, null=c.null or bool(c.contract.see))


def printed(kind: Kind, x: str) -> Text:
    """A value of a kind as JSON text; NULL stays NULL."""
    if kind == "choice":
        return Text(QUOTE, x, QUOTE)
    if kind in PLAIN:
        return Text(f"({x})::text")
    return Text(_float(x) if kind == "float" else f"to_json({x})::text")


def _float(x: str) -> str:
    """Whole numbers keep their ".0"; those that the two printers spell differently are left to the other path."""
    return (
        f"CASE WHEN {x} IS NULL THEN NULL WHEN {x} = 0 OR abs({x}) BETWEEN 1e-4 AND 1e15"
        f" THEN ({x})::text||CASE WHEN {x} = trunc({x}) THEN '.0' ELSE '' END ELSE chr(1) END"
    )


def amount(minor: str, currency: str) -> str:
    """leadwell.catalog.kinds.from_minor in SQL: the decimals of the currency's minor unit."""
    units = {0: "1", 3: "0.001", 4: "0.0001"}
    cases = ""
    for digits, unit in units.items():
        codes = ",".join(f"'{code}'" for code, d in EXPONENTS.items() if d == digits)
        cases += f" WHEN {currency} IN ({codes}) THEN {unit}"
    return f"({minor}*CASE{cases} ELSE 0.01 END)::text"

