"""What a change of many records looks like before and after."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

import orjson
import strawberry
from strawberry.scalars import JSON

from leadwell.base.ids import encode_id
from leadwell.catalog import CATALOG
from leadwell.changes import Line, Preview
from leadwell.changes.rows import shown_changes


@strawberry.type(description="What becomes, or became, of one record.")
class ChangeLine:
    record_id: strawberry.ID = strawberry.field(description="The record; node(id) shows it.")
    state: str = strawberry.field(description="PENDING, CHANGED, UNCHANGED, REFUSED, REVERTED, or LEFT as it is by the revert.")
    code: str | None = strawberry.field(description="Code of the refusal; TOUCHED_SINCE where a revert left it alone.")
    message: str | None = strawberry.field(description="Why, in words.")
    changes: JSON = strawberry.field(description="Field by field: [before, after]. Fields you may not see are left out.")


@strawberry.type(description="How many were refused for one reason.")
class RefusedCount:
    code: str = strawberry.field(description="Code of the refusal.")
    count: int = strawberry.field(description="Records.")


@strawberry.type(description="What a change would do. Nothing was changed.")
class ChangePreview:
    count: int = strawberry.field(description="Records that match: the expectedCount of createChangeSet.")
    looked_at: int = strawberry.field(description="Of these the first so many (200 at most) were tried and undone at once; what follows is about them.")
    changed: int = strawberry.field(description="Would change.")
    unchanged: int = strawberry.field(description="Are so already.")
    refused: int = strawberry.field(description="Would be refused.")
    refused_by: list[RefusedCount] = strawberry.field(description="Why, with how many for each reason.")
    examples: list[ChangeLine] = strawberry.field(description="The first that would change, 10 at most.")
    refusals: list[ChangeLine] = strawberry.field(description="The first that would be refused, 50 at most.")


def line(noun: str, one: Line) -> ChangeLine:
    id = strawberry.ID(encode_id(CATALOG[noun].tag, one.record_id))
    return ChangeLine(record_id=id, state=one.state, code=one.code, message=one.message, changes=cast("Any", one.changes))


def kept(noun: str, found: Preview, viewer: Any) -> dict[str, Any]:
    """A preview as plain values, for repeats."""
    def lines(of: Any) -> list[dict[str, Any]]:
        shown = [line(noun, Line(id, r.state, r.code, r.message, shown_changes(viewer, noun, r.changes))) for id, r in of]
        return [orjson.loads(orjson.dumps(asdict(one), default=str)) for one in shown]

    counts = {state.lower(): found.counts[state] for state in ("CHANGED", "UNCHANGED", "REFUSED")}
    by = [{"code": code, "count": count} for code, count in found.codes.most_common()]
    return {"count": found.count, "looked_at": found.looked_at, **counts, "refused_by": by, "examples": lines(found.examples),
            "refusals": lines(found.refused)}


def preview(of: Mapping[str, Any]) -> ChangePreview:
    lines: dict[str, Any] = {name: [ChangeLine(**one) for one in of[name]] for name in ("examples", "refusals")}
    lines["refused_by"] = [RefusedCount(**one) for one in of["refused_by"]]
    return ChangePreview(**{**of, **lines})
