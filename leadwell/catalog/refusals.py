"""What the catalog refuses, with the path of the offending part."""

from leadwell.base.refusals import Refusal


class BadFilter(Refusal):
    """The filter cannot be used: {path}: {why}."""

    fix = "Correct the part of the filter that the path names."


class BadOrder(Refusal):
    """The order cannot be used: {path}: {why}."""

    fix = "Sort by fields that the order input of this list offers."


class BadSearch(Refusal):
    """The search cannot be made: {why}."""

    fix = "Search for words of at least two letters or digits."


class BadPage(Refusal):
    """The page cannot be read: {why}."""

    fix = "Ask for first or last, from 0 to 200, with after and before as this list returned them."


class BadCursor(Refusal):
    """The cursor cannot be used: {why}."""

    fix = "Use a cursor returned by the same list, with the same filter and order."


class BadGroups(Refusal):
    """The groups cannot be made: {path}: {why}."""

    fix = "Group, compare and sort by fields and figures that the inputs of this aggregate offer."


class FieldForbidden(Refusal):
    """You are not allowed to see {path}, so you cannot filter, sort or group by it."""

    fix = "Leave the field out, or ask an administrator for the permission."
    status = 403


Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    return ".".join(str(p) for p in path)


def bad_filter(path: Path, why: str) -> BadFilter:
    return BadFilter(field=dotted(path), path=dotted(path), why=why)


def bad_order(path: Path, why: str) -> BadOrder:
    return BadOrder(field=dotted(path), path=dotted(path), why=why)


def bad_groups(path: Path, why: str) -> BadGroups:
    return BadGroups(field=dotted(path), path=dotted(path), why=why)
